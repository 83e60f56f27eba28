"""T1. The untrained tied autoencoder reproduces its input in the mean, up to a factor.

Statement. For every x, every c and every m >= 1
    E u(x) = (c/2) x.

Assumptions. w_r ~ N(0, I_d). No assumption on the data.

Symbols. x in R^d, here the columns of X (d, n) times a size; W (d, m); u(x) = (c/m) W relu(W^T x).

Refuted by. A point x, a scale c and a width m at which the exact expectation is another vector.

A pass does not show. How far u(x) is from its mean (that is T2), nor anything about trained weights. Widths
above 128 rest on the symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: u is linear in the neurons, so
    E u(x) = c E[w relu(<w, x>)].
The law of w is invariant under rotations, so let x = |x| e_1 and g, g' be the first and another coordinate of
w. The first coordinate of the mean and every other one are
    |x| E[g relu(g)] = |x|/2,
    |x| E[g'] E relu(g) = 0.
The finite sum compared with it is exact (claims/preliminaries/exact_expectations.py): the average of
w relu(<w, x>) over w and -w is w <w, x> / 2.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.exact_expectations import ROUNDINGS, in_turn
from models.networks.autoencoder import tied_outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step
from refute.numerics import gamma

N = TypeVar("N", np.ndarray, sp.Expr)

DIVISOR = 2
"""What ReLU leaves of a symmetric law: one part of so many."""
WIDTHS = st.sampled_from((16, 24, 32, 48, 64, 96, 128))
FEW = st.integers(1, 8)


def stated_mean(c: float | sp.Expr, x: N) -> N:
    """E u(x), for points x (d, n) or for the symbol of a coordinate."""
    return c / DIVISOR * x


def check(instance: Instance, compute: Compute, *, factor: float = 1.0) -> Comparisons:
    """The mean is taken in float64; an output errs by gamma_{d+m+6} times the network on absolute values.

    factor: of the stated mean. An entry is to be exact against the largest one of its point.
    """
    X = instance.X * instance.size
    m = instance.m
    c = instance.c
    d = len(X)
    nodes = in_turn(d, m)
    W = tensor(nodes, compute)
    samples = tensor(X, compute)
    mean = array(tied_outputs(W, samples, c)).mean(axis=0)
    height = array(tied_outputs(W.abs(), samples.abs(), abs(c))).mean(axis=0)
    expected = factor * stated_mean(c, X)
    relative = gamma(d + m + 6, compute.dtype) + gamma(len(nodes) + ROUNDINGS + 6)
    rounding = 2 * relative * (height + np.abs(c * X))
    return (worst_entry("mean output", mean, expected, rounding, size=np.abs(expected).max(axis=0)),)


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
        Step("E <u(x), x>/|x| is as stated", sp.simplify(first - stated_mean(c, r)) == 0, str(first)),
    )


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], widths: SearchStrategy[int] = WIDTHS
) -> Instance:
    """Points of any size, scales c of either sign."""
    c = draw(st.integers(1, 32)) / 8.0 * draw(st.sampled_from([1, -1]))
    return Instance(X=draw(data), m=draw(widths), c=c, size=2.0 ** draw(st.integers(-10, 10)))


DATA = Domain()


CLAIM = Claim(
    id="T1",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(DATA.typical()),
    check=check,
    proof=proof,
    classes={
        **DATA.classes(),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "one neuron": lambda instance: bool(instance.m == 1),
        "c < 0": lambda instance: bool(instance.c < 0),
        "long points": lambda instance: bool(instance.size >= 2),
        "short points": lambda instance: bool(instance.size <= 0.5),
    },
    strata={
        **DATA.strata(_instances),
        "m <= 8": _instances(DATA.typical(), FEW),
        "one neuron": _instances(DATA.typical(), st.just(1)),
    },
    constants={"2": DIVISOR},
    cost=Cost.FAST,
    siblings=(
        Sibling(
            name="whole",
            statement="E u(x) = c x",
            because="ReLU passes half of the symmetric law of <w, x>",
            falls="mean output",
            changes={"factor": 2.0},
        ),
        Sibling(
            name="near",
            statement="E u(x) = (1 + 1e-5) (c/2) x",
            because="the mean is known exactly",
            falls="mean output",
            changes={"factor": 1 + 1e-5},
        ),
    ),
)
