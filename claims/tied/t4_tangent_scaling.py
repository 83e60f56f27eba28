"""T4. In the scaling of the tangent kernel a tied start explodes with the width.

Statement. For A = W, every ||x|| = 1 and every m >= 1
    E ||u(x)||^2 = (d + 2)/(2d) + (m - 1)/(4d),
    E <u(x), x> = sqrt(m/d)/2,
and for n samples
    E L(0) = (n/2) (1 - sqrt(m/d) + (d + 2)/(2d) + (m - 1)/(4d)).

Assumptions. A1; w_r ~ N(0, I_d), and the decoder is the encoder.

Symbols. X (d, n) data; W (d, m); u(x) = (1/s) W relu(W^T x) with s = sqrt(m d); L = (1/2) ||X - U||_F^2.

Refuted by. Data and a width at which one of the exact expectations is another number.

A pass does not show. Anything after the first step. The expectation is evaluated through the network for
m d <= 8; larger widths rest on the symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983: with an independent decoder E ||u(x)||^2 is
1/2 at every width (I4), with a tied one the loss at the start grows like n m/(8 d). Proof: rotate x to e_1
and write w = (g, h). A neuron and two different ones contribute
    E ||w relu(g)||^2 = 3/2 + (d - 1)/2 = (d + 2)/2,
    ||E w relu(g)||^2 = ||x/2||^2 = 1/4,
and there are m (m - 1) such pairs; divide by m d. E <u, x> = m/(2 s). L sums (1/2) (1 - 2 <u, x> + ||u||^2).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import CLASSES, data_matrices, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_cubature import gauss_hermite
from models.networks.autoencoder import Network, losses, outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet, equal
from refute.numerics import gamma

LARGEST_MD = 8
"""The rule has 3**(m d) nodes, all in one batch."""

Moments = Callable[[int, int], tuple[float, float]]
"""E ||u(x)||^2 and E <u(x), x> from m and d."""


def stated_moments(m: int, d: int) -> tuple[float, float]:
    """E ||u(x)||^2 and E <u(x), x>."""
    return (d + 2) / (2 * d) + (m - 1) / (4 * d), (m / d) ** 0.5 / 2


def moments_without_pairs(m: int, d: int) -> tuple[float, float]:
    """As if two different neurons were uncorrelated."""
    return (d + 2) / (2 * d), (m / d) ** 0.5 / 2


def moments_untied(m: int, d: int) -> tuple[float, float]:
    """As with an independent decoder, but for the energy."""
    return (d + 2) / (2 * d) + (m - 1) / (4 * d), 0.0


def check(instance: Instance, compute: Compute, *, moments: Moments = stated_moments) -> Comparisons | Unmet:
    """The three expectations. Sums over nodes, samples and coordinates run in float64.

    An output errs by gamma_{d+m+8} times the network on absolute values, a square or product by twice that. A
    column of norm 1 + e changes each expected number by at most 2 e + e^2 times the same sizes.
    """
    X = instance.X
    m = instance.m
    d, n = X.shape
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    nodes, weights = gauss_hermite(3, m * d)
    W = tensor(nodes.reshape(-1, m, d), compute)
    samples = tensor(X, compute)
    U = array(outputs(Network(W, W), samples))
    L = array(losses(Network(W, W), samples))
    size = array(outputs(Network(W.abs(), W.abs()), samples.abs())) + np.abs(X)
    height = weights @ np.square(size).sum(axis=1)
    relative = gamma(2 * (d + m + 8) + n * d, compute.dtype) + gamma(len(weights) + 2 * m * d + d + n + 8)
    rounding = 2 * (relative + 2 * off + off**2) * height
    energy, along = moments(m, d)
    loss = n / 2 * (1 - 2 * along + energy)
    return (
        worst_entry("mean energy", weights @ np.square(U).sum(axis=1), np.array(energy), rounding),
        worst_entry("mean <u(x), x>", weights @ (U * X).sum(axis=1), np.array(along), rounding),
        equal("mean loss", float(weights @ L), loss, float(rounding.sum())),
    )


def proof() -> tuple[Step, ...]:
    """Half-Gaussian moments, then the sums over coordinates, neurons and samples for symbolic d, m, n."""
    g = sp.symbols("g", real=True)
    d, m, n = sp.symbols("d m n", positive=True, integer=True)
    density = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    first, second, fourth = (sp.integrate(g**k * density, (g, 0, sp.oo)) for k in (1, 2, 4))
    mean, variance = (sp.integrate(g**k * density, (g, -sp.oo, sp.oo)) for k in (1, 2))
    same = fourth + (d - 1) * variance * second
    different = second**2 + (d - 1) * (mean * first) ** 2
    energy = (m * same + m * (m - 1) * different) / (m * d)
    along = m * second / sp.sqrt(m * d)
    loss = n * (1 - 2 * along + energy) / 2
    claimed = (d + 2) / (2 * d) + (m - 1) / (4 * d)
    stated = n * (1 - sp.sqrt(m) / sp.sqrt(d) + claimed) / 2
    return (
        Step("E ||w relu(<w, x>)||^2 = (d + 2)/2", sp.simplify(same - (d + 2) / 2) == 0, str(same)),
        Step("two neurons contribute 1/4", different == sp.Rational(1, 4), str(different)),
        Step("E ||u||^2 is as stated", sp.simplify(energy - claimed) == 0, str(sp.simplify(energy))),
        Step("E <u, x> = sqrt(m/d)/2", sp.simplify(along - sp.sqrt(m) / sp.sqrt(d) / 2) == 0, str(along)),
        Step("E L(0) is as stated", sp.simplify(loss - stated) == 0, ""),
        Step("E L(0) grows like n m/(8 d)", sp.limit(loss / m, m, sp.oo) == n / (8 * d), ""),
    )


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Several samples, and widths that the rule can bear."""
    X = draw(data_matrices(max_n=5, max_d=4))
    return Instance(X=X, m=draw(st.integers(1, LARGEST_MD // len(X))))


@st.composite
def _several_neurons(draw: DrawFn) -> Instance:
    """Two neurons or more: one has no partner to be correlated with."""
    X = draw(data_matrices(max_n=3, max_d=3))
    return Instance(X=X, m=draw(st.integers(2, LARGEST_MD // len(X))))


CLAIM = Claim(
    id="T4",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(),
    check=check,
    proof=proof,
    classes={**CLASSES, "one neuron": lambda instance: bool(instance.m == 1)},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="uncorrelated-neurons",
            statement="E ||u(x)||^2 = (d + 2)/(2d) at every width, with no term in m - 1",
            because="tied neurons all point towards x: their mean is x/2, and the means add up",
            falls="mean energy",
            changes={"moments": moments_without_pairs},
            instances=_several_neurons(),
        ),
        Sibling(
            name="independent-decoder",
            statement="E <u(x), x> = 0, as with a decoder independent of the encoder",
            because="w_r serves both sides, and E <w, x> relu(<w, x>) = 1/2",
            falls="mean <u(x), x>",
            changes={"moments": moments_untied},
        ),
    ),
)
