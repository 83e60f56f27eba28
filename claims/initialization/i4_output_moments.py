"""I4. At the start the output has half the energy of the data, at every width.

Statement. For every X with A1 and every m >= 1,
    E ||U(0)||_F^2 = (1/2) n,
    E L(0) = (3/4) n.

Assumptions. A1; w_r ~ N(0, I_d); the entries of a_r are independent, of mean 0 and variance 1 (both decoder
laws).

Symbols. X (d, n) data; W, A (d, m) encoder and decoder; U = (1/s) A relu(W^T X) (d, n) with s = sqrt(m d);
L = (1/2) ||X - U||_F^2.

Refuted by. A data matrix of unit columns and a width at which the exact expectation is another number.

A pass does not show. That U(0) is close to its mean at small width, nor anything after the first step. The
expectation is evaluated through networks of up to eight dimensions and 24 neurons; the rest is the proof's.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: E <a_r, a_s> = d 1[r = s], so the
cross terms of
    ||u(x)||^2 = (1/(m d)) sum_rs <a_r, a_s> relu(z_r) relu(z_s)
vanish, and with z ~ N(0, ||x||^2)
    E ||u(x)||^2 = E relu(z)^2 = 1/2.
E U = 0 because E A = 0, so E ||X - U||_F^2 = n + n/2. The finite sum that is compared with it is exact: it
takes encoders that are exact for pairs of neurons, and decoders of signs that are uncorrelated in pairs. Only
second moments of a enter, so the sum over its signs is the expectation under the Gaussian decoder as well.
"""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from scipy.linalg import hadamard

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, unit_norm, unit_norm_rounding
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.exact_expectations import ROUNDINGS, in_pairs, nodes
from models.networks.autoencoder import Network, losses, outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet, equal
from refute.numerics import gamma

ENTRIES = 4_000_000
"""Weights of all networks of a rule, at most: some tenths of a second."""
ENERGY = 1 / 2
LOSS = 3 / 4
"""Of one sample: of the output's energy, and of the loss."""


def networks_of(d: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Encoders and decoders (N, m, d) whose mean is the expectation of what is quadratic in the outputs.

    Every encoder of a rule that is exact for pairs of neurons, with every row of a Hadamard matrix, whose
    columns are signs that are uncorrelated in pairs, as a decoder.
    """
    encoders = in_pairs(d, m)
    signs = hadamard(2 ** math.ceil(math.log2(m * d + 1)))[:, 1 : m * d + 1].reshape(-1, m, d) * 1.0
    return np.repeat(encoders, len(signs), axis=0), np.tile(signs, (len(encoders), 1, 1))


def affordable(d: int, m: int) -> bool:
    """Whether the networks of the rule have at most ENTRIES weights."""
    return len(nodes(d, m)) ** 2 * 2 * m * d * m * d <= ENTRIES


def energies(X: np.ndarray, m: int, compute: Compute) -> tuple[float, float, float]:
    """E ||U(0)||_F^2 and E L(0) as finite sums through the network, and a bound on the rounding of either.

    An output errs by gamma_{d+m+6} times the same network on absolute values, inputs and nodes rounded
    included; its square by twice the relative amount; weighted sums run in float64.
    """
    d, n = X.shape
    W, A = (tensor(part, compute) for part in networks_of(d, m))
    weights = np.full(len(W), 1 / len(W))
    samples = tensor(X, compute)
    U = array(outputs(Network(W, A), samples))
    L = array(losses(Network(W, A), samples))
    size = array(outputs(Network(W.abs(), A.abs()), samples.abs())) + np.abs(X)
    relative = gamma(2 * (d + m + 8 + ROUNDINGS) + n * d, compute.dtype) + gamma(len(weights) + n * d + 8)
    rounding = 2 * relative * float(weights @ np.square(size).sum(axis=(1, 2)))
    return float(weights @ np.square(U).sum(axis=(1, 2))), float(weights @ L), rounding


def check(
    instance: Instance, compute: Compute, *, energy_share: float = ENERGY, loss_share: float = LOSS
) -> Comparisons | Unmet:
    """The two moments; what A1 is short of by rounding changes either by at most 2 e + e^2 a column."""
    X = instance.X
    d, n = X.shape
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    energy, loss, rounding = energies(X, instance.m, compute)
    rounding += n * (2 * off + off**2)
    return (
        equal("mean energy of the output", energy, energy_share * n, rounding),
        equal("mean loss", loss, loss_share * n, rounding),
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
        Step(
            "E ||U||_F^2 is as stated",
            sp.simplify(energy - sp.Rational(ENERGY) * n) == 0,
            str(sp.simplify(energy)),
        ),
        Step("E L is as stated", sp.simplify(loss - sp.Rational(LOSS) * n) == 0, str(sp.simplify(loss))),
    )


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], widths: tuple[int, ...] = (16, 8, 12, 24)
) -> Instance:
    X = draw(data)
    return Instance(X=X, m=draw(st.sampled_from([m for m in (*widths, 2) if affordable(len(X), m)])))


DATA = Domain(max_n=12, max_d=8)
NAMES = tuple(name for name in PREDICATES if name not in ("frame", "clusters"))


CLAIM = Claim(
    id="I4",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    proof=proof,
    classes={
        **DATA.classes(*NAMES),
        "one neuron": lambda instance: bool(instance.m == 1),
        "m >= 16": lambda instance: bool(instance.m >= 16),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "one neuron": _instances(DATA.typical(), (1,)),
        "m >= 16": _instances(Domain(2, 12, 2, 3).typical(), (16,)),
    },
    constants={"1/2": ENERGY, "3/4": LOSS},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="quarter",
            statement="E ||U(0)||_F^2 = n/4",
            because="half of the Gaussian's second moment lies on the active side, not a quarter",
            falls="mean energy of the output",
            changes={"energy_share": 0.25},
        ),
        Sibling(
            name="nearly-energy",
            statement="E ||U(0)||_F^2 = (1 + 1e-5) n/2",
            because="the mean is exact",
            falls="mean energy of the output",
            changes={"energy_share": ENERGY * (1 + 1e-5)},
        ),
        Sibling(
            name="nearly-loss",
            statement="E L(0) = (1 + 1e-5) 3n/4",
            because="the mean is exact",
            falls="mean loss",
            changes={"loss_share": LOSS * (1 + 1e-5)},
        ),
    ),
)
