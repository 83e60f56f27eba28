from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import InputError
from refute.inputs.tables import choose_rows
from refute.statement.table import Table


def ten() -> Table:
    return Table(np.arange(20.0).reshape(10, 2), "ten", tuple(range(10)), tuple(range(2, 12)))


@pytest.mark.parametrize(
    ("spec", "rows"),
    [
        (None, (0, 3, 6, 9)),
        ("4", (0, 3, 6, 9)),
        ("2", (0, 9)),
        ("10", tuple(range(10))),
        ("0:3", (0, 1, 2)),
        ("7:", (7, 8, 9)),
        (":2", (0, 1)),
        ("5, 2,9", (5, 2, 9)),
    ],
)
def test_rows_are_chosen_and_keep_their_numbers(spec: str | None, rows: tuple[int, ...]) -> None:
    chosen = choose_rows(ten(), spec, default=4)
    assert chosen.rows == rows
    assert chosen.lines == tuple(row + 2 for row in rows)
    assert chosen.values.tolist() == ten().values[list(rows)].tolist()
    again = choose_rows(chosen, f"{rows[0]},{rows[1]}", default=2)
    assert again.rows == rows[:2]


def test_the_default_takes_every_row_of_a_small_table() -> None:
    assert choose_rows(ten(), None, default=50).rows == tuple(range(10))


@given(st.integers(2, 60), st.integers(2, 60))
def test_spread_rows_are_distinct_and_reach_both_ends(count: int, more: int) -> None:
    total = count + more
    table = Table(np.ones((total, 1)), "t", tuple(range(total)))
    rows = choose_rows(table, str(count), default=2).rows
    assert len(set(rows)) == count
    assert (rows[0], rows[-1]) == (0, total - 1)
    gaps = {after - before for before, after in pairwise(rows)}
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("11", "the table has 10 rows"),
        ("0:11", "the table has rows 0 to 9"),
        ("3,10", "the table has rows 0 to 9"),
        ("3,4,3", "row 3 is listed twice"),
        ("1", "at least 2 rows are needed"),
        ("0", "at least 2 rows are needed"),
        ("5:6", "at least 2 rows are needed"),
        ("6:5", "at least 2 rows are needed"),
        ("-3", "give a number of rows (5), a range (0:5) or a list (0,3,7)"),
        ("0:8:2", "give a number of rows (5), a range (0:5) or a list (0,3,7)"),
        ("", "give a number of rows (5), a range (0:5) or a list (0,3,7)"),
        ("9" * 30, "give a number of rows (5), a range (0:5) or a list (0,3,7)"),
    ],
)
def test_a_choice_that_cannot_be_is_explained(spec: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        choose_rows(ten(), spec, default=4, least=2)
    assert str(caught.value) == f"--rows {spec}: {message}"


def test_who_needs_one_row_only_may_have_one() -> None:
    assert choose_rows(ten(), "1", default=4).rows == choose_rows(ten(), "0:1", default=4).rows == (0,)
    with pytest.raises(InputError, match="--rows 5:5: at least 1 row is needed"):
        choose_rows(ten(), "5:5", default=4)


def test_no_fewer_rows_than_are_needed_are_chosen_unasked() -> None:
    assert choose_rows(ten(), None, default=2, least=3).rows == (0, 4, 9)
    with pytest.raises(InputError, match=r"^ten: at least 11 rows are needed"):
        choose_rows(ten(), None, default=2, least=11)
