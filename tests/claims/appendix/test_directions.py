"""Directions of rows of any length against balls, and parallel rows against fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from claims.appendix import directions
from claims.appendix.directions import parallel_rows, unit_rows, zero_rows
from claims.paper import PAPER
from models.kernels.limit_in_balls import entry_rounding
from refute import Table
from refute.basics.errors import InputError
from refute.inputs.refusals import require_admitted

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ROWS = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=FLOATS).filter(
    lambda rows: bool(rows.any(axis=1).all())
)


@given(ROWS)
def test_directions_are_right_whatever_the_lengths(rows: np.ndarray) -> None:
    units, norms = unit_rows(rows)
    before, ctx.prec = ctx.prec, 300
    try:
        for row, unit, norm in zip(rows, units, norms, strict=True):
            exact = [fmpq(*float(x).as_integer_ratio()) for x in row]
            size = arb(sum(x * x for x in exact)).sqrt()
            for x, u in zip(exact, unit, strict=True):
                assert abs(arb(x) / size - arb(float(u))) < entry_rounding(len(row))
            largest = arb(np.finfo(np.float64).max)
            assert np.isinf(norm) or abs(arb(float(norm)) / size - 1) < 1e-12 or size < 1e-300
            assert np.isfinite(norm) or size > largest * (1 - entry_rounding(len(row)))
    finally:
        ctx.prec = before


@given(
    st.lists(st.integers(-1060, 1000), min_size=3, max_size=3),
    arrays(np.int64, (3, 2), elements=st.integers(1, 15)),
)
def test_powers_of_two_change_no_bit(powers: list[int], whole: np.ndarray) -> None:
    rows = whole.astype(np.float64)
    assert (unit_rows(np.ldexp(rows, np.array(powers)[:, None]))[0] == unit_rows(rows)[0]).all()


def test_a_norm_beyond_floats_is_infinite_and_its_direction_is_right() -> None:
    units, norms = unit_rows(np.array([[1.7e308, 1.7e308], [5e-324, 0.0]]))
    assert np.abs(units - [[0.5**0.5, 0.5**0.5], [1.0, 0.0]]).max() <= entry_rounding(2)
    assert norms.tolist() == [np.inf, 5e-324]


def parallel(x: np.ndarray, y: np.ndarray) -> bool:
    p, q = ([Fraction(v) for v in row.tolist()] for row in (x, y))
    k = next(i for i, v in enumerate(p) if v)
    return q[k] != 0 and all(a * q[k] == b * p[k] for a, b in zip(p, q, strict=True))


@given(
    st.integers(1, 3).flatmap(
        lambda d: st.lists(
            st.tuples(
                arrays(np.float64, d, elements=st.sampled_from([0.0, 1.0, -2.0, 3.0, 0.1, 5e-324, 1e300])),
                st.sampled_from([1.0, -1.0, 3.0, 2.0**-40, 0.1]),
            ),
            min_size=2,
            max_size=7,
        )
    )
)
def test_parallel_rows_are_those_that_fractions_find(pairs: list[tuple[np.ndarray, float]]) -> None:
    rows = np.array([row * factor for row, factor in pairs])
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        return
    groups = parallel_rows(rows)
    found = {pair for group in groups for pair in pairwise(group)}
    together = {row: group for group in groups for row in group}
    for i in range(len(rows)):
        for j in range(i):
            assert parallel(rows[i], rows[j]) == (together.get(i) is together.get(j) is not None)
    assert all(i < j for i, j in found)


def test_rows_far_apart_in_size_are_compared_exactly() -> None:
    big = np.array([[1e300, 1e-300], [5e-301, 5e-324], [1.0, 0.0], [-0.0, -3.0], [0.0, 7e-310]])
    assert parallel_rows(big) == [(3, 4)]
    assert parallel_rows(np.array([[2.0**53, 2.0], [2.0**52, 1.0], [2.0**53 - 1, 2.0]])) == [(0, 1)]


def test_more_rows_than_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directions, "_HELD", 4)
    rows = np.random.default_rng(0).integers(1, 4, (40, 2)).astype(np.float64)
    groups = parallel_rows(rows)
    assert sum(map(len, groups)) > 30
    assert all(parallel(rows[a], rows[b]) for group in groups for a, b in pairwise(group))
    assert np.abs(np.linalg.norm(unit_rows(rows)[0], axis=1) - 1).max() <= entry_rounding(2)


def test_this_paper_refuses_a_point_without_direction_and_a_single_one() -> None:
    values = np.array([[1.0, 2], [0, -0.0], [5e-324, 0], [0, 0]])
    assert zero_rows(values).tolist() == [1, 3]
    table = Table(values, "t", (0, 1, 2, 3))
    with pytest.raises(InputError, match=r"^t, row 1: every value is zero, so the point has no direction$"):
        require_admitted(PAPER, table)
    require_admitted(PAPER, table.select([0, 2]))
    with pytest.raises(InputError, match=r"^t: has 1 row; at least 2 data points are needed$"):
        require_admitted(PAPER, table.select([0]))
