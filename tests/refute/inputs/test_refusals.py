"""What a paper refuses of data is the paper's to say: the instrument names the row, and admits the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refute.basics.errors import InputError
from refute.inputs.refusals import at_least, require_admitted
from refute.statement.paper import Paper
from refute.statement.table import Table

ANY = Paper("A paper", "Nobody", {}, {})
"""It refuses nothing, as least squares does."""
PARTICULAR = replace(
    ANY,
    least_rows=2,
    refuses={
        "it is zero": lambda values: np.flatnonzero(~values.any(axis=1)),
        "it is negative": lambda values: [row for row, x in enumerate(values) if (x < 0).any()],
    },
)


def table(*rows: tuple[float, ...], columns: bool = False) -> Table:
    places = tuple(range(2, 2 + len(rows)))
    return Table(
        np.array(rows, dtype=float).reshape(len(rows), 2), "t", tuple(range(len(rows))), places, columns
    )


@pytest.mark.parametrize("rows", [[(0, 0)], [(1, 2), (1, 2)], [(0, 0), (-1, 0), (0, 0)]])
def test_a_paper_that_says_nothing_admits_zeros_repeats_and_a_single_row(
    rows: list[tuple[float, ...]],
) -> None:
    require_admitted(ANY, table(*rows))


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (table((1, 2)), "t: has 1 row; at least 2 data points are needed"),
        (table(), "t: has no rows; at least 2 data points are needed"),
        (table((1, 2), columns=True), "t: has 1 column; at least 2 data points are needed"),
        (table((1, 2), (0, -0.0), (0, 0)), "t, row 1 (line 3): it is zero"),
        (table((1, -2), (0, 0)), "t, row 1 (line 3): it is zero"),
        (table((1, 2), (3, -1), columns=True), "t, column 1 (column 3 of the file): it is negative"),
    ],
)
def test_the_first_row_that_a_paper_refuses_is_named(refused: Table, message: str) -> None:
    with pytest.raises(InputError) as caught:
        require_admitted(PARTICULAR, refused)
    assert str(caught.value) == message


def test_what_a_paper_does_not_refuse_it_admits() -> None:
    require_admitted(PARTICULAR, table((1, 2), (1, 2)))


def test_a_need_is_said_in_words() -> None:
    assert at_least(1, "row") == "at least 1 row is needed"
    assert at_least(3, "data point") == "at least 3 data points are needed"
