"""W2. At the start the output has energy d/2.

Statement. For every X with A1 and every m >= 1: E ||U(0)||_F^2 = d/2.

Assumptions. A1; w_r ~ N(0, I_d); the entries of a_r are independent, of mean 0 and variance 1.

Symbols. X (d, n) data; W, A (d, m) encoder and decoder; U = (1/s) A relu(W^T X) (d, n) with s = sqrt(m d).

Refuted by. A data matrix and a width at which the exact expectation is another number.

A pass does not show. That U(0) is close to its mean. The expectation is evaluated for m d <= 6.

Source. Deliberately wrong: n and d swapped. The energy of one sample is 1/2 whatever d is, because s carries
the d; there are n samples, so it is n/2. On every square X the two agree.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.initialization.i4_output_moments import energies
from claims.preliminaries.assumptions import data_matrices, unit_norm_rounding
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, equal

Count = Callable[[int, int], int]
"""How many entries of energy 1/2 the output has, by d and n."""


def dimensions(d: int, _: int) -> int:
    """As claimed."""
    return d


def samples(_: int, n: int) -> int:
    """As is true."""
    return n


def check(instance: Instance, compute: Compute, *, count: Count = dimensions) -> Comparisons:
    """The exact finite sum against half of the count; columns are unit vectors up to one rounding."""
    (d, n) = instance.X.shape
    off = unit_norm_rounding(len(instance.X))
    energy, _, rounding, size = energies(instance.X, instance.m, compute)
    half = count(d, n) / 2
    return (equal("mean energy of the output", energy, half, rounding + n * (2 * off + off**2), size=size),)


@st.composite
def _instances(draw: DrawFn) -> Instance:
    X = draw(data_matrices(max_n=3, max_d=3))
    return Instance(X=X, m=draw(st.integers(1, 6)))


CLAIM = Claim(
    id="W2",
    title="At the start the output has energy d/2",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(),
    check=check,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="every-entry",
            statement="E ||U(0)||_F^2 = n d/2",
            because="an entry of U has the second moment 1/(2 d), not 1/2",
            falls="mean energy of the output",
            changes={"count": operator.mul},
        ),
    ),
)

CORRECTED = replace(
    CLAIM, id="W2-corrected", title="E ||U(0)||_F^2 = n/2", check=partial(check, count=samples)
)
