"""I4. At the start the output has half the energy of the data, at every width.

Statement. For every X with A1 and every m >= 1,
    E ||U(0)||_F^2 = n/2,
    E L(0) = 3n/4.

Assumptions. A1; w_r ~ N(0, I_d); the entries of a_r are independent, of mean 0 and variance 1 (both decoder
laws).

Symbols. X (d, n) data; W, A (d, m) encoder and decoder; U = (1/s) A relu(W^T X) (d, n) with s = sqrt(m d);
L = (1/2) ||X - U||_F^2.

Refuted by. A data matrix of unit columns and a width at which the exact expectation is another number.

A pass does not show. That U(0) is close to its mean at small width, nor anything after the first step. The
expectation is evaluated through the network for m d <= 512; larger widths rest on the symbolic derivation.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: E <a_r, a_s> = d 1[r = s], so the
cross terms of
    ||u(x)||^2 = (1/(m d)) sum_rs <a_r, a_s> relu(z_r) relu(z_s)
vanish, and with z ~ N(0, ||x||^2)
    E ||u(x)||^2 = E relu(z)^2 = 1/2.
E U = 0 because E A = 0, so E ||X - U||_F^2 = n + n/2. The finite sum that is compared with it is exact: a
neuron takes the nodes +-sqrt(d) b_k of an orthonormal basis, of second moment I, on which
    relu(z)^2 + relu(-z)^2 = z^2,
and for every such encoder each row of A takes signs of mean 0 and mean products 0. Only these moments enter,
so the sum is the expectation under the Gaussian decoder as well.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_cubature import orthogonal_signs
from models.networks.autoencoder import Network, losses, outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet, equal
from refute.numerics import gamma

ENERGY = "mean energy of the output"
LOSS = "mean loss"
N = TypeVar("N", float, sp.Expr)

LARGEST_MD = 512
"""The rule has fewer than 4 d (m + 1) networks of m d weights."""
ENERGY_DIVISOR = 2
"""The output has one part in so many of the energy of the data."""
LOSS_SHARE = (3, 4)
"""The mean loss is this fraction of n."""
ROUNDINGS = 16
"""A node is an entry of a mirror image of the axes times a root: fewer roundings than these."""


def stated_energy(n: N) -> N:
    """E ||U(0)||_F^2, for a number of samples or its symbol."""
    return n / ENERGY_DIVISOR


def stated_loss(n: N) -> N:
    """E L(0), for a number of samples or its symbol."""
    return LOSS_SHARE[0] * n / LOSS_SHARE[1]


def starts(d: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Encoders and decoders (W, A), both (N, m, d), over which moments of the output have their mean."""
    axes = math.sqrt(d) * np.where(np.eye(d) > 0, (d - 2) / d, -2 / d)
    nodes = np.vstack([axes, -axes])
    signs = orthogonal_signs(m + 1)[:, 1:]
    turns = np.arange(len(nodes))[:, None] + np.arange(m)
    places = np.arange(m)[:, None] + np.arange(d)
    W = np.repeat(nodes[turns % len(nodes)], len(signs), axis=0)
    A = np.tile(signs[:, places % m], (len(nodes), 1, 1))
    return W, A


def energies(X: np.ndarray, m: int, compute: Compute) -> tuple[float, float, float, float]:
    """E ||U(0)||_F^2 and E L(0) as finite sums through the network, a bound on the rounding of either, and
    the sum of the absolute values of their terms.

    An output errs by gamma_{d+m+6} times the same network on absolute values, inputs and nodes rounded
    included; its square by twice the relative amount; sums over networks run in float64.
    """
    d, n = X.shape
    W, A = (tensor(weights, compute) for weights in starts(d, m))
    samples = tensor(X, compute)
    U = array(outputs(Network(W, A), samples))
    L = array(losses(Network(W, A), samples))
    height = array(outputs(Network(W.abs(), A.abs()), samples.abs())) + np.abs(X)
    size = float(np.square(height).sum(axis=(1, 2)).mean())
    relative = gamma(2 * (d + m + 8 + ROUNDINGS) + n * d, compute.dtype) + gamma(len(U) + n * d + 8)
    return float(np.square(U).sum(axis=(1, 2)).mean()), float(L.mean()), 2 * relative * size, size


def check(
    instance: Instance, compute: Compute, *, factors: tuple[float, float] = (1.0, 1.0)
) -> Comparisons | Unmet:
    """The two moments against the stated ones times the factors.

    What A1 is short of by rounding changes either by at most 2 e + e^2 a column. The neurons cancel, so the
    terms are larger than their sums.
    """
    X = instance.X
    d, n = X.shape
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    energy, loss, rounding, size = energies(X, instance.m, compute)
    rounding += n * (2 * off + off**2)
    return (
        equal(ENERGY, energy, factors[0] * stated_energy(float(n)), rounding, size=size),
        equal(LOSS, loss, factors[1] * stated_loss(float(n)), rounding, size=size),
    )


def proof() -> tuple[Step, ...]:
    """The moments of one neuron, then the sums over neurons, coordinates and samples for symbolic m, d, n."""
    z, a = sp.symbols("z a", real=True)
    m, d, n = sp.symbols("m d n", positive=True, integer=True)
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    square, first = (sp.integrate(z**k * density, (z, 0, sp.oo)) for k in (2, 1))
    gaussian = [sp.integrate(a**k * density.subs(z, a), (a, -sp.oo, sp.oo)) for k in (1, 2)]
    signs = [((-1) ** k + sp.Integer(1)) / 2 for k in (1, 2)]
    mean, variance = gaussian
    energy = n * (m * d * variance * square + m * (m - 1) * d * mean**2 * first**2) / (m * d)
    loss = (n - 2 * n * mean + energy) / 2
    return (
        Step("E relu(z)^2 = 1/2", square == sp.Rational(1, 2), str(square)),
        Step(
            "both decoder laws have mean 0 and variance 1",
            gaussian == signs == [0, 1],
            str((gaussian, signs)),
        ),
        Step("E ||U||_F^2 = n/2", sp.simplify(energy - stated_energy(n)) == 0, str(sp.simplify(energy))),
        Step("E L = 3n/4", sp.simplify(loss - stated_loss(n)) == 0, str(sp.simplify(loss))),
    )


WIDTHS = (16, 24, 32, 48, 64, 96, 128, 512)
FEW = (1, 2, 3, 5, 8)


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray], widths: tuple[int, ...] = WIDTHS) -> Instance:
    """Data at a width within the bound on m d."""
    X = draw(data)
    m = draw(st.sampled_from([m for m in widths if m * len(X) <= LARGEST_MD]))
    return Instance(X=X, m=m)


DATA = Domain()


CLAIM = Claim(
    id="I4",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    proof=proof,
    classes={
        **DATA.classes(),
        "one neuron": lambda instance: bool(instance.m == 1),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "m >= 64": lambda instance: bool(instance.m >= 64),
    },
    strata={
        **DATA.strata(_instances),
        "one neuron": _instances(DATA.typical(), (1,)),
        "m <= 8": _instances(DATA.typical(), FEW),
        "m >= 64": _instances(Domain(max_d=8).typical(), (64,)),
    },
    constants={"2": ENERGY_DIVISOR, "3, 4": LOSS_SHARE},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="quarter",
            statement="E ||U(0)||_F^2 = n/4",
            because="half of the Gaussian's second moment lies on the active side, not a quarter",
            falls=ENERGY,
            changes={"factors": (0.5, 1.0)},
        ),
        Sibling(
            name="near",
            statement="E ||U(0)||_F^2 = (1 + 1e-5) n/2",
            because="the mean is known exactly",
            falls=ENERGY,
            changes={"factors": (1 + 1e-5, 1.0)},
        ),
        Sibling(
            name="near-of-the-loss",
            statement="E L(0) = (1 + 1e-5) 3n/4",
            because="the mean is known exactly",
            falls=LOSS,
            changes={"factors": (1.0, 1 + 1e-5)},
        ),
    ),
)
