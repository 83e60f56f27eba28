"""The closest pairs of somebody's rows, and of each row the nearest other one, up to sign."""

from __future__ import annotations

import numpy as np

from claims.appendix.directions import unit_rows
from claims.appendix.kernel_minima import distance
from models.kernels.closest_pair import ClosestPair
from refute import DataTable, Table
from refute.numerics import gamma

SHOWN = 10
"""Pairs in the table."""
CANDIDATES = 64
"""Pairs by inner product from which these are chosen by their distances, which lose no digits."""


def nearest_distances(rows: Table) -> np.ndarray:
    """(n,) the distance of each row, divided by its norm, to the nearest other row or its negative.

    Which one that is says an inner product, so of neighbours whose distances agree to the root of its
    rounding either may be taken. The distance itself is exact to a few roundoffs, and 0 for exactly parallel
    rows.
    """
    units, _ = unit_rows(rows.values)
    sizes = _products(units)
    second = sizes.argmax(axis=1)
    pairs = np.column_stack([np.arange(len(units)), second])
    return np.array([one.delta for one in _measured(rows, units, pairs)])


def closest_pairs(rows: Table, most: int = SHOWN) -> list[tuple[int, int, ClosestPair]]:
    """The `most` closest pairs of rows (first < second), closest first, each with its distance."""
    units, _ = unit_rows(rows.values)
    sizes = np.triu(_products(units), 1)
    wanted = min(CANDIDATES, len(units) * (len(units) - 1) // 2)
    flat = np.argpartition(-sizes, wanted - 1, axis=None)[:wanted]
    pairs = np.column_stack(np.unravel_index(flat, sizes.shape))
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    found = [(int(i), int(j), one) for (i, j), one in zip(pairs, _measured(rows, units, pairs), strict=True)]
    return sorted(found, key=lambda each: (each[2].delta, each[:2]))[:most]


def pairs_table(rows: Table, name: str) -> DataTable:
    """The closest pairs as a table."""
    found = closest_pairs(rows)
    total = len(rows.values) * (len(rows.values) - 1) // 2
    return DataTable(
        f"The closest pairs of {name}",
        ("pair", "distance", "between"),
        tuple(
            (
                f"{rows.label(i)} and {rows.label(j)}",
                "0, parallel" if pair.delta == 0 else f"{pair.delta:.6g}",
                "x and -y" if pair.antipodal else "x and y",
            )
            for i, j, pair in found
        ),
        f"{len(found)} of {total} pairs, after division by the norms: the smaller of ||x - y|| and "
        "||x + y||. The smallest distance is delta(X) of A2.",
    )


def _products(units: np.ndarray) -> np.ndarray:
    """|<x_i, x_j>| (n, n), -1 on the diagonal."""
    sizes: np.ndarray = np.abs(units @ units.T)
    np.fill_diagonal(sizes, -1.0)
    return sizes


def _measured(rows: Table, units: np.ndarray, pairs: np.ndarray) -> list[ClosestPair]:
    """The distance of every pair (k, 2), by differences, and by fractions where these have lost digits."""
    error = gamma(2 * units.shape[1] + 12)
    x = units[pairs[:, 0]]
    y = units[pairs[:, 1]]
    apart = np.stack([np.linalg.norm(x - y, axis=1), np.linalg.norm(x + y, axis=1)], axis=1)
    coarse = [ClosestPair(float(two.min()), 0, 1, bool(two.argmin()), error) for two in apart]
    return [distance(rows.values[[i, j]], one) for (i, j), one in zip(pairs, coarse, strict=True)]
