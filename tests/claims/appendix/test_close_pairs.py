"""Closest pairs against all pairs in fractions and balls, and rows that are the same up to a factor."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from claims.appendix.close_pairs import closest_pairs, nearest_distances, pairs_table
from claims.preliminaries.fixed_data import sphere
from refute import Table


def rows_of(values: np.ndarray) -> Table:
    return Table(np.ascontiguousarray(values), "a table", tuple(range(len(values))))


def by_hand(values: np.ndarray) -> dict[tuple[int, int], float]:
    units = values / np.linalg.norm(values, axis=1)[:, None]
    return {
        (i, j): float(min(np.linalg.norm(units[i] - units[j]), np.linalg.norm(units[i] + units[j])))
        for i, j in combinations(range(len(values)), 2)
    }


@pytest.mark.parametrize(("n", "d"), [(2, 3), (3, 2), (30, 5)])
def test_pairs_are_the_closest_of_all(n: int, d: int) -> None:
    values = 7.0 * sphere(n, d, 1).T
    values[1] *= -3.0
    expected = by_hand(values)
    order = sorted(expected, key=lambda pair: expected[pair])[:10]
    found = closest_pairs(rows_of(values))
    assert [(i, j) for i, j, _ in found] == order
    for i, j, pair in found:
        assert pair.delta == pytest.approx(expected[i, j], rel=1e-13)
        assert pair.antipodal == (values[i] @ values[j] < 0)


def test_of_every_row_the_nearest_other_one() -> None:
    values = sphere(30, 5, 2).T
    expected = by_hand(values)
    nearest = [min(value for pair, value in expected.items() if i in pair) for i in range(30)]
    assert nearest_distances(rows_of(values)) == pytest.approx(nearest, rel=1e-13)


def test_parallel_rows_are_at_distance_0_exactly_and_close_ones_are_not() -> None:
    values = np.array([[1.0, 2.0], [-3.0, -6.0], [1.0, 2.0 + 2.0**-51], [5.0, 1.0]])
    found = closest_pairs(rows_of(values))
    assert [(i, j) for i, j, _ in found[:1]] == [(0, 1)]
    assert found[0][2].delta == 0.0 and found[0][2].antipodal
    # the angle between (1, 2) and (1, 2 + h) is h / 5 up to h^2
    assert [pair.delta for _, _, pair in found[1:3]] == pytest.approx([2.0**-51 / 5] * 2, rel=1e-9)
    assert list(nearest_distances(rows_of(values))[:2]) == [0.0, 0.0]
    cells = pairs_table(rows_of(values), "the rows").rows
    assert cells[0] == ("row 0 and row 1", "0, parallel", "x and -y")
    assert len(cells) == 6


def test_many_repeated_rows_fill_the_table() -> None:
    table = pairs_table(rows_of(np.ones((40, 3))), "all rows")
    assert [row[1] for row in table.rows] == ["0, parallel"] * 10
    assert table.note.startswith("10 of 780 pairs")
