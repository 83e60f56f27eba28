"""T1. The untrained tied autoencoder reproduces its input in the mean, up to a factor.

Statement. For every x, every c and every m >= 1
    E u(x) = (c/2) x.

Assumptions. w_r ~ N(0, I_d). No assumption on the data.

Symbols. x in R^d, here the columns of X (d, n) times a size; W (d, m); u(x) = (c/m) W relu(W^T x).

Refuted by. A point x, a scale c and a width m at which the exact expectation is another vector.

A pass does not show. How far u(x) is from its mean (that is T2), nor anything about trained weights. The
expectation is evaluated through the network for m d <= 12; larger widths rest on the symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: u is linear in the neurons, so
    E u(x) = c E[w relu(<w, x>)].
The law of w is invariant under rotations, so let x = |x| e_1 and g, g' be the first and another coordinate of
w. The first coordinate of the mean and every other one are
    |x| E[g relu(g)] = |x|/2,
    |x| E[g'] E relu(g) = 0.
The finite sum compared with it is exact: the average of w relu(<w, x>) over w and -w is w <w, x> / 2, of
degree 2.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import CLASSES, data_matrices
from claims.preliminaries.gaussian_cubature import gauss_hermite
from models.networks.autoencoder import tied_outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step
from refute.numerics import gamma

LARGEST_MD = 12
"""The rule has 2**(m d) nodes, all in one batch."""


def check(instance: Instance, compute: Compute, *, share: float = 0.5) -> Comparisons:
    """The mean is taken in float64; an output errs by gamma_{d+m+6} times the network on absolute values."""
    X = instance.X * instance.size
    m = instance.m
    c = instance.c
    d = len(X)
    nodes, weights = gauss_hermite(2, m * d)
    W = tensor(nodes.reshape(-1, m, d), compute)
    samples = tensor(X, compute)
    mean = np.tensordot(weights, array(tied_outputs(W, samples, c)), axes=1)
    size = np.tensordot(weights, array(tied_outputs(W.abs(), samples.abs(), abs(c))), axes=1)
    relative = gamma(d + m + 6, compute.dtype) + gamma(len(weights) + 2 * m * d + 6)
    return (worst_entry("mean output", mean, share * c * X, 2 * relative * (size + np.abs(c * X))),)


def proof() -> tuple[Step, ...]:
    """The two integrals after x is rotated to the first axis; c and m symbolic."""
    g = sp.symbols("g", real=True)
    c, r = sp.symbols("c r", real=True)
    m = sp.symbols("m", positive=True, integer=True)
    density = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    along = sp.integrate(g**2 * density, (g, 0, sp.oo))
    across = sp.integrate(g * density, (g, -sp.oo, sp.oo)) * sp.integrate(g * density, (g, 0, sp.oo))
    first = (c / m) * m * r * along
    return (
        Step("E[g relu(g)] = 1/2 along x", along == sp.Rational(1, 2), str(along)),
        Step("E[g' relu(g)] = 0 across x", across == 0, str(across)),
        Step("E <u(x), x>/|x| = (c/2) |x|", sp.simplify(first - c * r / 2) == 0, str(first)),
    )


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Points of any size, widths that the rule can bear, scales c of either sign."""
    X = draw(data_matrices(max_n=4, max_d=6))
    m = draw(st.integers(1, LARGEST_MD // len(X)))
    c = draw(st.integers(1, 32)) / 8.0 * draw(st.sampled_from([1, -1]))
    return Instance(X=X, m=m, c=c, size=2.0 ** draw(st.integers(-10, 10)))


CLAIM = Claim(
    id="T1",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(),
    check=check,
    proof=proof,
    classes=CLASSES,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="whole",
            statement="E u(x) = c x",
            because="ReLU passes half of the symmetric law of <w, x>",
            falls="mean output",
            changes={"share": 1.0},
        ),
    ),
)
