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
expectation is evaluated through the network for m d <= 6; larger widths rest on the symbolic derivation.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: E <a_r, a_s> = d 1[r = s], so the
cross terms of
    ||u(x)||^2 = (1/(m d)) sum_rs <a_r, a_s> relu(z_r) relu(z_s)
vanish, and with z ~ N(0, ||x||^2)
    E ||u(x)||^2 = E relu(z)^2 = 1/2.
E U = 0 because E A = 0, so E ||X - U||_F^2 = n + n/2. The finite sum
that is compared with it is exact: averaged over the signs of a and over w, -w, the integrand is a polynomial
of degree 2 in each weight. Only second moments of a enter, so the sum over its signs is the expectation under
the Gaussian decoder as well.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_cubature import gauss_hermite
from models.networks.autoencoder import Network, losses, outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet, equal
from refute.numerics import gamma

LARGEST_MD = 6
"""The rule has 4**(m d) nodes."""


def energies(X: np.ndarray, m: int, compute: Compute) -> tuple[float, float, float]:
    """E ||U(0)||_F^2 and E L(0) as finite sums through the network, and a bound on the rounding of either.

    An output errs by gamma_{d+m+6} times the same network on absolute values, inputs and nodes rounded
    included; its square by twice the relative amount; weighted sums run in float64.
    """
    d, n = X.shape
    nodes, weights = gauss_hermite(2, 2 * m * d)
    W, A = tensor(nodes.reshape(-1, 2, m, d), compute).unbind(1)
    samples = tensor(X, compute)
    U = array(outputs(Network(W, A), samples))
    L = array(losses(Network(W, A), samples))
    size = array(outputs(Network(W.abs(), A.abs()), samples.abs())) + np.abs(X)
    relative = gamma(2 * (d + m + 8) + n * d, compute.dtype) + gamma(len(weights) + n * d + 4 * m * d + 8)
    rounding = 2 * relative * float(weights @ np.square(size).sum(axis=(1, 2)))
    return float(weights @ np.square(U).sum(axis=(1, 2))), float(weights @ L), rounding


def check(instance: Instance, compute: Compute, *, share: float = 0.5) -> Comparisons | Unmet:
    """The two moments; what A1 is short of by rounding changes either by at most 2 e + e^2 a column."""
    X = instance.X
    d, n = X.shape
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    energy, loss, rounding = energies(X, instance.m, compute)
    rounding += n * (2 * off + off**2)
    return (
        equal("mean energy of the output", energy, share * n, rounding),
        equal("mean loss", loss, (1 + share) * n / 2, rounding),
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
        Step("E ||U||_F^2 = n/2", sp.simplify(energy - n / 2) == 0, str(sp.simplify(energy))),
        Step("E L = 3n/4", sp.simplify(loss - 3 * n / 4) == 0, str(sp.simplify(loss))),
    )


@st.composite
def _instances(draw: DrawFn) -> Instance:
    X = draw(data_matrices(max_n=4, max_d=4))
    return Instance(X=X, m=draw(st.integers(1, LARGEST_MD // len(X))))


CLAIM = Claim(
    id="I4",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(),
    check=check,
    proof=proof,
    classes=CLASSES,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="quarter",
            statement="E ||U(0)||_F^2 = n/4",
            because="half of the Gaussian's second moment lies on the active side, not a quarter",
            falls="mean energy of the output",
            changes={"share": 0.25},
        ),
    ),
)
