"""T2. The mean error of the untrained tied autoencoder, exactly.

Statement. For every ||x|| = 1, every c and every m >= 1
    E ||u(x) - x||^2 = (c/2 - 1)^2 + c^2 (2d + 3)/(4m).
At c = 2 the untrained network reconstructs every point of the sphere, seen or not, to (2d + 3)/m.

Assumptions. A1; w_r ~ N(0, I_d).

Symbols. x in R^d, here the columns of X (d, n); W (d, m); u(x) = (c/m) W relu(W^T x).

Refuted by. A unit vector x, a scale c and a width m at which the exact expectation is another number.

A pass does not show. That the error is small at all points at once, nor anything about trained weights.
Widths above 64 and dimensions above 24 rest on the symbolic derivation.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: rotate x to e_1 and write
w = (g, h). Then
    E ||w relu(g)||^2 = E relu(g)^2 g^2 + (d - 1) E relu(g)^2 = 3/2 + (d - 1)/2 = (d + 2)/2,
different neurons are independent with E w relu(g) = x/2, and E <u, x> = c/2. So
    E ||u||^2 = (c^2/m^2) (m (d + 2)/2 + m (m - 1)/4) = c^2/4 + c^2 (2d + 3)/(4m);
subtract 2 E <u, x> and add 1. The finite sum compared with it is exact
(claims/preliminaries/exact_expectations.py): averaged over w and -w, the square of a neuron is
|w|^2 <w, x>^2 / 2, and a product of two is one of averages.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import unit_norm, unit_norm_rounding
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.exact_expectations import ROUNDINGS, in_pairs, networks_in_pairs
from models.networks.autoencoder import tied_outputs
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet
from refute.numerics import gamma

N = TypeVar("N", float, sp.Expr)

OFFSET = 3
"""The 3 of 2d + 3."""
LARGEST = 2_000_000
"""Entries of all networks of an instance, by the cost of their outputs."""
WIDTHS = (1, 2, 3, 4, 6, 8, 16, 24, 32, 48, 64)
SCALES = st.builds(lambda k, sign: sign * k / 8.0, st.integers(1, 32), st.sampled_from([1, -1]))


def stated_error(c: N, d: N, m: N, offset: int = OFFSET) -> N:
    """E ||u(x) - x||^2, from numbers or symbols."""
    return (c / 2 - 1) ** 2 + c**2 * (2 * d + offset) / (4 * m)


def check(
    instance: Instance, compute: Compute, *, offset: int = OFFSET, factor: float = 1.0
) -> Comparisons | Unmet:
    """An output errs by gamma_{d+m+8} times the network on absolute values, its square by twice that share.

    A column of norm 1 + e changes an expected square, a polynomial of degree 2 in ||x||, by at most
        2 e + e^2
    times the square of (1 + the absolute output). factor: of the stated error.
    """
    X = instance.X
    m = instance.m
    c = instance.c
    d = len(X)
    off = unit_norm_rounding(d)
    if unit_norm(X) > off:
        return Unmet("a column of X is not a unit vector")
    nodes = in_pairs(d, m)
    W = tensor(nodes, compute)
    samples = tensor(X, compute)
    errors = np.square(array(tied_outputs(W, samples, c)) - X).sum(axis=1).mean(axis=0)
    heights = np.square(array(tied_outputs(W.abs(), samples.abs(), abs(c))) + np.abs(X)).sum(axis=1)
    network = gamma(2 * (d + m + 8), compute.dtype)
    relative = network + gamma(len(nodes) + ROUNDINGS + d + 8) + 2 * off + off**2
    expected = np.array(factor * stated_error(c, float(d), float(m), offset))
    return (worst_entry("mean squared error", errors, expected, 2 * relative * heights.mean(axis=0)),)


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
    stated = stated_error(c, d, m)
    at_two = sp.simplify(error.subs(c, 2) - (2 * d + OFFSET) / m)
    return (
        Step("E ||w relu(<w, x>)||^2 = (d + 2)/2", sp.simplify(same - (d + 2) / 2) == 0, str(same)),
        Step("two neurons contribute <x/2, x/2> = 1/4", different == sp.Rational(1, 4), str(different)),
        Step("the mean error is as stated", sp.simplify(error - stated) == 0, str(sp.simplify(error))),
        Step("at c = 2 it is as stated", at_two == 0, f"{at_two} is left"),
    )


def affordable(d: int, least: int, most: int) -> tuple[int, ...]:
    """The widths between `least` and `most` whose networks fit LARGEST in d dimensions; the least fits."""
    return tuple(
        m for m in WIDTHS if least <= m <= most and (m == least or networks_in_pairs(d, m) * m * d <= LARGEST)
    )


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 16,
    most: int = 64,
    scales: SearchStrategy[float] = SCALES,
) -> Instance:
    """Unit vectors, widths whose networks fit LARGEST, scales c of either sign."""
    X = draw(data)
    m = draw(st.sampled_from(affordable(len(X), least, most)))
    return Instance(X=X, m=m, c=draw(scales))


DATA = Domain(max_n=16, max_d=24)


CLAIM = Claim(
    id="T2",
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
        "c = 2": lambda instance: bool(instance.c == 2),
    },
    strata={
        **DATA.strata(_instances),
        "m <= 8": _instances(DATA.typical(), 1, 8),
        "one neuron": _instances(DATA.typical(), 1, 1),
        "c = 2": _instances(DATA.typical(), scales=st.just(2.0)),
    },
    constants={"3": OFFSET},
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
        Sibling(
            name="two-d-and-two",
            statement="E ||u(x) - x||^2 = (c/2 - 1)^2 + c^2 (2d + 2)/(4m)",
            because="2d + 3 is exact",
            falls="mean squared error",
            changes={"offset": 2},
        ),
        Sibling(
            name="near",
            statement="E ||u(x) - x||^2 = (1 + 1e-5) ((c/2 - 1)^2 + c^2 (2d + 3)/(4m))",
            because="the mean is known exactly",
            falls="mean squared error",
            changes={"factor": 1 + 1e-5},
        ),
    ),
)
