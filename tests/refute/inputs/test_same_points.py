"""Rows that repeat an earlier one, and whole numbers that would become others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from refute.basics.errors import InputError
from refute.inputs.same_points import NAMED, dropped_line, require_held, without_repeats
from refute.inputs.tables import choose_rows, load_dataset
from refute.statement.table import Table


def table(rows: list[list[float]], lines: bool = False) -> Table:
    count = len(rows)
    return Table(np.array(rows), "t", tuple(range(count)), tuple(range(2, count + 2)) if lines else ())


def test_the_first_of_equal_rows_is_kept_with_its_number_and_line() -> None:
    found, dropped = without_repeats(table([[1, 0], [2, 0], [1, -0.0], [2, 0], [3, 1]], lines=True))
    assert found.values.tolist() == [[1, 0], [2, 0], [3, 1]]
    assert (found.rows, found.lines) == ((0, 1, 4), (2, 3, 6))
    assert dropped == ((2, 0), (3, 1))
    assert not found.values.flags.writeable


@given(
    arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 2)), elements=st.sampled_from([1.0, 2]))
)
def test_what_is_left_has_every_point_once(values: np.ndarray) -> None:
    points = {tuple(row) for row in values.tolist()}
    whole = Table(values, "t", tuple(range(len(values))))
    found, dropped = without_repeats(whole)
    assert {tuple(row) for row in found.values.tolist()} == points
    assert len(found.values) == len(points) == len(values) - len(dropped)
    assert all((values[row] == values[earlier]).all() and earlier < row for row, earlier in dropped)


def test_multiples_are_other_points_and_a_table_without_repeats_is_itself() -> None:
    whole = table([[1, 2], [2, 4], [-1, -2]])
    assert without_repeats(whole) == (whole, ())


def test_what_was_dropped_is_said() -> None:
    assert dropped_line("t", ((142, 101),)) == (
        "t: dropped 1 row that repeats an earlier one: row 142 (same as row 101)"
    )
    assert dropped_line("t", ((2, 0), (3, 1))) == (
        "t: dropped 2 rows that repeat an earlier one: row 2 (same as row 0), row 3 (same as row 1)"
    )
    assert dropped_line("t", ()) == "t: no row repeats an earlier one; none was dropped"
    many = tuple((row, 0) for row in range(1, NAMED + 4))
    assert dropped_line("t", many).endswith(f"row {NAMED} (same as row 0), and 3 more")


def test_rows_are_chosen_by_the_numbers_that_they_keep() -> None:
    found, _ = without_repeats(table([[1, 0], [1, 0], [2, 0], [3, 1], [4, 1]]))
    assert choose_rows(found, "0,3", 2).rows == (0, 3)
    assert choose_rows(found, "1:4", 2).rows == (2, 3)
    assert choose_rows(found, "4", 2).rows == (0, 2, 3, 4)
    with pytest.raises(InputError, match="--rows 0,1: row 1 repeats an earlier row and was dropped"):
        choose_rows(found, "0,1", 2)
    with pytest.raises(InputError, match="the table has 4 rows"):
        choose_rows(found, "5", 2)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_that_float64_cannot_hold_are_refused(dtype: type) -> None:
    with pytest.raises(InputError) as caught:
        require_held(np.array([[2**53, 1], [2**53 + 1, 1]], dtype=dtype), "x.npy")
    assert str(caught.value).startswith(
        "x.npy, row 1, column 0 (counted from 0): 9007199254740993 is a whole number that float64 cannot "
        "hold (the nearest is 9007199254740992)"
    )


@given(arrays(np.int64, (2, 2)))
def test_they_are_refused_exactly_where_they_would_change(values: np.ndarray) -> None:
    kept = all(int(float(int(x))) == int(x) for x in values.flat)
    if kept:
        require_held(values, "x")
        return
    with pytest.raises(InputError, match="cannot hold"):
        require_held(values, "x")


@pytest.mark.parametrize("values", [[2**63 - 1], [2**64 - 1], [2**53 + 2, 2**62 + 1]])
def test_the_largest_unsigned_numbers_too(values: list[int]) -> None:
    with pytest.raises(InputError, match="cannot hold"):
        require_held(np.array([values], dtype=np.uint64), "x")


def test_numbers_that_it_holds_pass() -> None:
    require_held(np.array([[2**62, -(2**63)], [2**53, 0]]), "x")
    require_held(np.array([[2**63, 0]], dtype=np.uint64), "x")
    require_held(np.array([[1.5, np.nan]]), "x")
    require_held(np.zeros((0, 3), dtype=np.int64), "x")
    require_held(load_dataset("digits").values.astype(np.uint8), "x")
