"""T2. The mean error of the untrained tied autoencoder, exactly.

Statement. For every ||x|| = 1, every c and every m >= 1
    E ||u(x) - x||^2 = (c/2 - 1)^2 + c^2 (2d + 3)/(4m).
At c = 2 the untrained network reconstructs every point of the sphere, seen or not, to (2d + 3)/m.

Assumptions. A1; w_r ~ N(0, I_d).

Symbols. x in R^d, here the columns of X (d, n); W (d, m); u(x) = (c/m) W relu(W^T x).

Refuted by. A unit vector x, a scale c and a width m at which the exact expectation is another number.

A pass does not show. That the error is small at all points at once, nor anything about trained weights. The
expectation is evaluated through the network for m d <= 8; larger widths rest on the symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: rotate x to e_1 and write
w = (g, h). Then
    E ||w relu(g)||^2 = E relu(g)^2 g^2 + (d - 1) E relu(g)^2 = 3/2 + (d - 1)/2 = (d + 2)/2,
different neurons are independent with E w relu(g) = x/2, and E <u, x> = c/2. So
    E ||u||^2 = (c^2/m^2) (m (d + 2)/2 + m (m - 1)/4) = c^2/4 + c^2 (2d + 3)/(4m);
subtract 2 E <u, x> and add 1. The finite sum compared with it is exact: averaged over w, -w for each neuron
in turn, the integrand is a polynomial of degree at most 4 in each weight.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import CLASSES, data_matrices, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_cubature import gauss_hermite
from models.networks.autoencoder import tied_outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet
from refute.numerics import gamma

LARGEST_MD = 8
"""The rule has 3**(m d) nodes, all in one batch."""


def check(instance: Instance, compute: Compute, *, offset: int = 3) -> Comparisons | Unmet:
    """An output errs by gamma_{d+m+8} times the network on absolute values, its square by twice that share.

    A column of norm 1 + e changes an expected square, a polynomial of degree 2 in ||x||, by at most
        2 e + e^2
    times the square of (1 + the absolute output).
    """
    X = instance.X
    m = instance.m
    c = instance.c
    d = len(X)
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    nodes, weights = gauss_hermite(3, m * d)
    W = tensor(nodes.reshape(-1, m, d), compute)
    samples = tensor(X, compute)
    errors = np.square(array(tied_outputs(W, samples, c)) - X).sum(axis=1)
    sizes = np.square(array(tied_outputs(W.abs(), samples.abs(), abs(c))) + np.abs(X)).sum(axis=1)
    relative = (
        gamma(2 * (d + m + 8), compute.dtype) + gamma(len(weights) + 2 * m * d + d + 8) + 2 * off + off**2
    )
    expected = (c / 2 - 1) ** 2 + c**2 * (2 * d + offset) / (4 * m)
    return (
        worst_entry(
            "mean squared error", weights @ errors, np.array(expected), 2 * relative * (weights @ sizes)
        ),
    )


def proof() -> tuple[Step, ...]:
    """Half-Gaussian moments, then the sums over coordinates and neurons for symbolic c, d, m."""
    g, c = sp.symbols("g c", real=True)
    d, m = sp.symbols("d m", positive=True, integer=True)
    density = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    first, second, fourth = (sp.integrate(g**k * density, (g, 0, sp.oo)) for k in (1, 2, 4))
    mean, variance = (sp.integrate(g**k * density, (g, -sp.oo, sp.oo)) for k in (1, 2))
    same = fourth + (d - 1) * variance * second
    different = second**2 + (d - 1) * (mean * first) ** 2
    square = (c / m) ** 2 * (m * same + m * (m - 1) * different)
    error = square - 2 * (c / m) * m * second + 1
    claimed = (c / 2 - 1) ** 2 + c**2 * (2 * d + 3) / (4 * m)
    return (
        Step("E ||w relu(<w, x>)||^2 = (d + 2)/2", sp.simplify(same - (d + 2) / 2) == 0, str(same)),
        Step("two neurons contribute <x/2, x/2> = 1/4", different == sp.Rational(1, 4), str(different)),
        Step("the mean error is as stated", sp.simplify(error - claimed) == 0, str(sp.simplify(error))),
        Step("at c = 2 it is (2d + 3)/m", sp.simplify(error.subs(c, 2) - (2 * d + 3) / m) == 0, ""),
    )


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Unit vectors, widths that the rule can bear, scales c of either sign."""
    X = draw(data_matrices(max_n=3, max_d=4))
    m = draw(st.integers(1, LARGEST_MD // len(X)))
    return Instance(X=X, m=m, c=draw(st.integers(1, 32)) / 8.0 * draw(st.sampled_from([1, -1])))


CLAIM = Claim(
    id="T2",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(),
    check=check,
    proof=proof,
    classes=CLASSES,
    uses=("T1",),
    restrict_to={"T1": lambda instance: (instance.replace(size=1.0),)},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="two-d",
            statement="E ||u(x) - x||^2 = (c/2 - 1)^2 + c^2 (2d)/(4m)",
            because="the fluctuation along x and the product of two means add 3 to 2d",
            falls="mean squared error",
            changes={"offset": 0},
        ),
    ),
)
