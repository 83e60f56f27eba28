"""T4. In the scaling of the tangent kernel a tied start explodes with the width.

Statement. For A = W, every ||x|| = 1 and every m >= 1
    E ||u(x)||^2 = (d + 2)/(2d) + (m - 1)/(4d),
    E <u(x), x> = sqrt(m/d)/2,
and for n samples
    E L(0) = (n/2) (1 - sqrt(m/d) + (d + 2)/(2d) + (m - 1)/(4d)).

Assumptions. A1; w_r ~ N(0, I_d), and the decoder is the encoder.

Symbols. X (d, n) data; W (d, m); u(x) = (1/s) W relu(W^T x) with s = sqrt(m d); L = (1/2) ||X - U||_F^2.

Refuted by. Data and a width at which one of the exact expectations is another number.

A pass does not show. Anything after the first step. Widths above 64 and dimensions above 24 rest on the
symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983: with an independent decoder E ||u(x)||^2 is
1/2 at every width (I4), with a tied one the loss at the start grows like n m/(8 d). Proof: rotate x to e_1
and write w = (g, h). A neuron and two different ones contribute
    E ||w relu(g)||^2 = 3/2 + (d - 1)/2 = (d + 2)/2,
    ||E w relu(g)||^2 = ||x/2||^2 = 1/4,
and there are m (m - 1) such pairs; divide by m d. E <u, x> = m/(2 s). L sums (1/2) (1 - 2 <u, x> + ||u||^2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import unit_norm, unit_norm_rounding
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.exact_expectations import ROUNDINGS, in_pairs
from claims.tied.t2_untrained_error import affordable
from models.networks.autoencoder import Network, losses, outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet, equal
from refute.numerics import gamma

PAIR = 4
"""The 4 of (m - 1)/(4d): two neurons contribute ||x/2||^2."""

ENERGY = "mean energy"
ALONG = "mean <u(x), x>"
LOSS = "mean loss"

Root = Callable[[Any], Any]
Moments = Callable[[Any, Any, Root], tuple[Any, Any]]
"""E ||u(x)||^2 and E <u(x), x> from m, d and a square root, in numbers or symbols."""


def stated_moments(m: Any, d: Any, root: Root) -> tuple[Any, Any]:
    """E ||u(x)||^2 and E <u(x), x>."""
    return (d + 2) / (2 * d) + (m - 1) / (PAIR * d), root(m / d) / 2


def moments_without_pairs(m: Any, d: Any, root: Root) -> tuple[Any, Any]:
    """As if two different neurons were uncorrelated."""
    return (d + 2) / (2 * d), root(m / d) / 2


def moments_untied(m: Any, d: Any, root: Root) -> tuple[Any, Any]:
    """As with an independent decoder, but for the energy."""
    return stated_moments(m, d, root)[0], 0.0


def loss_of(n: Any, energy: Any, along: Any) -> Any:
    """E L(0) of n samples."""
    return n / 2 * (1 - 2 * along + energy)


def check(
    instance: Instance,
    compute: Compute,
    *,
    moments: Moments = stated_moments,
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Comparisons | Unmet:
    """The three expectations. Sums over networks, samples and coordinates run in float64.

    An output errs by gamma_{d+m+8} times the network on absolute values, a square or product by twice that. A
    column of norm 1 + e changes each expected number by at most 2 e + e^2 times the same sizes. factors: of
    the three stated expectations.
    """
    X = instance.X
    m = instance.m
    d, n = X.shape
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    nodes = in_pairs(d, m)
    W = tensor(nodes, compute)
    samples = tensor(X, compute)
    U = array(outputs(Network(W, W), samples))
    L = array(losses(Network(W, W), samples))
    size = array(outputs(Network(W.abs(), W.abs()), samples.abs())) + np.abs(X)
    height = np.square(size).sum(axis=1).mean(axis=0)
    network = gamma(2 * (d + m + 8) + n * d, compute.dtype)
    relative = network + gamma(len(nodes) + ROUNDINGS + d + n + 8) + 2 * off + off**2
    rounding = 2 * relative * height
    energy, along = moments(float(m), float(d), math.sqrt)
    first, second, third = factors
    loss = loss_of(n, energy, along)
    return (
        worst_entry(ENERGY, np.square(U).sum(axis=1).mean(axis=0), np.array(first * energy), rounding),
        worst_entry(ALONG, (U * X).sum(axis=1).mean(axis=0), np.array(second * along), rounding),
        equal(LOSS, float(L.mean()), third * loss, float(rounding.sum())),
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
    stated_energy, stated_along = stated_moments(m, d, sp.sqrt)
    stated_loss = loss_of(n, stated_energy, stated_along)
    return (
        Step("E ||w relu(<w, x>)||^2 = (d + 2)/2", sp.simplify(same - (d + 2) / 2) == 0, str(same)),
        Step("two neurons contribute 1/4", different == sp.Rational(1, 4), str(different)),
        Step("E ||u||^2 is as stated", sp.simplify(energy - stated_energy) == 0, str(sp.simplify(energy))),
        Step("E <u, x> is as stated", sp.simplify(along - stated_along) == 0, str(along)),
        Step("E L(0) is as stated", sp.simplify(loss - stated_loss) == 0, ""),
        Step("E L(0) grows like n m/(8 d)", sp.limit(loss / m, m, sp.oo) == n / (8 * d), ""),
    )


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray], least: int = 16, most: int = 64) -> Instance:
    """Several samples, and widths whose networks can be paid for."""
    X = draw(data)
    return Instance(X=X, m=draw(st.sampled_from(affordable(len(X), least, most))))


DATA = Domain(max_n=16, max_d=24)


CLAIM = Claim(
    id="T4",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(DATA.typical()),
    check=check,
    proof=proof,
    classes={
        **DATA.classes(),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "one neuron": lambda instance: bool(instance.m == 1),
        "m < d": lambda instance: bool(instance.m < len(instance.X)),
    },
    strata={
        **DATA.strata(_instances),
        "m <= 8": _instances(DATA.typical(), 1, 8),
        "one neuron": _instances(DATA.typical(), 1, 1),
        "m < d": _instances(DATA.of_class("many dimensions"), 1, 6),
    },
    constants={"4": PAIR},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="uncorrelated-neurons",
            statement="E ||u(x)||^2 = (d + 2)/(2d) at every width, with no term in m - 1",
            because="tied neurons all point towards x: their mean is x/2, and the means add up",
            falls=ENERGY,
            changes={"moments": moments_without_pairs},
        ),
        Sibling(
            name="independent-decoder",
            statement="E <u(x), x> = 0, as with a decoder independent of the encoder",
            because="w_r serves both sides, and E <w, x> relu(<w, x>) = 1/2",
            falls=ALONG,
            changes={"moments": moments_untied},
        ),
        Sibling(
            name="loss-of-an-independent-decoder",
            statement="E L(0) = (n/2) (1 + (d + 2)/(2d) + (m - 1)/(4d)), without the term - sqrt(m/d)",
            because="the loss sums the errors, and the output leans towards x",
            falls=LOSS,
            changes={"moments": moments_untied},
        ),
        Sibling(
            name="near-energy",
            statement="E ||u(x)||^2 is (1 + 1e-5) times what is stated",
            because="the mean is known exactly",
            falls=ENERGY,
            changes={"factors": (1 + 1e-5, 1.0, 1.0)},
        ),
        Sibling(
            name="near-product",
            statement="E <u(x), x> is (1 + 1e-5) times what is stated",
            because="the mean is known exactly",
            falls=ALONG,
            changes={"factors": (1.0, 1 + 1e-5, 1.0)},
        ),
        Sibling(
            name="near-loss",
            statement="E L(0) is (1 + 1e-5) times what is stated",
            because="the mean is known exactly",
            falls=LOSS,
            changes={"factors": (1.0, 1.0, 1 + 1e-5)},
        ),
    ),
)
