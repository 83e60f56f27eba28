"""Numbers as a file holds them, before they are judged; how many may be read, and their way to float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.same_points import require_held

LARGEST = 2**27
"""The most numbers that are read: 1 GiB as float64, which leaves room for copies within 4 GiB."""
BLOCK = 2**20
"""How many numbers are converted at a time: what a file holds and its float64 are never both in memory."""


@dataclass(frozen=True)
class Grid:
    """The numbers of a file. values: (rows, columns) float64, which may hold what is not finite.

    name: the file, and the array in it. lines: for a text file, the line of each row, from 1; otherwise
    empty. columns: for a text file, the number of each column in it, from 1; otherwise empty. notes: what was
    found out of the file, in words.
    """

    values: np.ndarray
    name: str
    lines: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def require_room(name: str, rows: int, columns: int) -> None:
    """Raise InputError if so many numbers are more than are read."""
    if rows * columns > LARGEST:
        raise InputError(
            f"{name}: holds {rows} rows of {columns} numbers, {_size(rows * columns)} as float64; "
            f"at most {LARGEST} numbers ({_size(LARGEST)}) are read; save fewer rows or columns"
        )


def put(target: np.ndarray, block: np.ndarray, name: str, first: tuple[int, int]) -> None:
    """Write a block of real numbers into float64. first: its first row and column in the whole grid.

    What a wider type overflows to is infinite. Raises InputError for an integer that is no float64 number.
    """
    require_held(block, name, first)
    with np.errstate(over="ignore", invalid="ignore"):  # some bytes are no long double at all: nan
        target[...] = block


def shown(text: str, most: int = 60) -> str:
    """A name or a cell of a file as it is told: short, in one line, without signs that a terminal obeys."""
    plain = text if text.isprintable() else repr(text)[1:-1]
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def _size(numbers: int) -> str:
    """How much memory so many float64 numbers take."""
    return f"{numbers * 8 / 2**30:.4g} GiB"
