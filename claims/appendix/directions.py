"""The directions of somebody's samples: whatever their lengths, and which of them are the same up to sign."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

_HELD = 2**17
"""Numbers that are worked on at a time: 1 MiB in float64, of which a few copies fit into a cache."""
_DIGITS = 53


def unit_rows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The directions (n, d) of the rows of `values` (n, d), float64, none of them zero; and their norms (n,).

    A row is divided by the power of two of its largest entry first, exactly but for entries that get smaller
    than floats are, and only then by its norm: rows that differ by powers of two give the same bits. A norm
    beyond the largest float is infinite. What underflows on the way moves a direction by less than d 2^-1070.
    """
    n, d = values.shape
    units = np.empty((n, d))
    norms = np.empty(n)
    for part in _parts(n, d):
        rows = values[part]
        _, exponents = np.frexp(np.abs(rows).max(axis=1))
        scaled = np.ldexp(rows, -exponents[:, None])
        size = np.linalg.norm(scaled, axis=1)
        units[part] = scaled / size[:, None]
        with np.errstate(over="ignore"):
            norms[part] = np.ldexp(size, exponents)
    return units, norms


def zero_rows(values: np.ndarray) -> np.ndarray:
    """Which rows (k,) of the values (N, d) are 0; they have no direction."""
    return np.flatnonzero(~values.any(axis=1))


def parallel_rows(values: np.ndarray) -> list[tuple[int, ...]]:
    """The groups of rows of `values` (n, d), float64, none of them zero, that are parallel: exactly.

    Each group has two rows or more, in order, and so have the groups by their first rows. Two rows are
    parallel if their primitive forms agree: the entries as odd integers times powers of two, without the
    common divisor of the integers and the common power, the first of them positive. Forms are compared by
    their digests of 256 bits.
    """
    n, d = values.shape
    found: dict[bytes, list[int]] = {}
    for part in _parts(n, d):
        odd, powers = _primitive(values[part])
        for row, (numbers, shifts) in enumerate(zip(odd, powers, strict=True), start=part.start):
            digest = blake2b(numbers.tobytes(), digest_size=32)
            digest.update(shifts.tobytes())
            found.setdefault(digest.digest(), []).append(row)
    return [tuple(rows) for rows in found.values() if len(rows) > 1]


def _primitive(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the odd integers, int64, zeros included, and the powers of two, int32, that make it up."""
    mantissas, exponents = np.frexp(rows)
    whole = np.ldexp(mantissas, _DIGITS).astype(np.int64)
    zero = whole == 0
    lowest = np.where(zero, 1, whole & -whole)
    odd = whole // lowest
    powers = exponents + np.frexp(lowest.astype(np.float64))[1]
    first = np.argmax(~zero, axis=1)[:, None]
    divisor = np.gcd.reduce(odd, axis=1)[:, None] * np.sign(np.take_along_axis(odd, first, axis=1))
    powers -= np.take_along_axis(powers, first, axis=1)
    return odd // divisor, np.where(zero, 0, powers).astype(np.int32)


def _parts(n: int, d: int) -> Iterator[slice]:
    step = max(1, _HELD // d)
    return (slice(first, min(first + step, n)) for first in range(0, n, step))
