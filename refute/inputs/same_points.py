"""Rows that are the same point: those of a file, and those that float64 would make the same by rounding."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from refute.basics.errors import InputError
from refute.statement.table import Table

NAMED = 20
"""Dropped rows that are named in words; the JSON file has all of them."""
_HELD = 2**53


def without_repeats(table: Table) -> tuple[Table, tuple[tuple[int, int], ...]]:
    """The table without the rows that repeat an earlier one, and of each of these (itself, the earlier one).

    Rows keep their numbers, which are also those of the pairs. Two rows are the same if all their numbers
    are; 0 and -0 are.
    """
    first: dict[bytes, int] = {}
    kept: list[int] = []
    dropped: list[tuple[int, int]] = []
    for row, values in enumerate(table.values):
        # + 0.0: minus zero is zero
        digest = blake2b((values + 0.0).tobytes(), digest_size=32).digest()
        earlier = first.setdefault(digest, row)
        if earlier == row:
            kept.append(row)
        else:
            dropped.append((table.rows[row], table.rows[earlier]))
    if not dropped:
        return table, ()
    return table.select(kept), tuple(dropped)


def dropped_line(name: str, dropped: tuple[tuple[int, int], ...]) -> str:
    """What `without_repeats` dropped, in a line that names the first NAMED of these rows."""
    if not dropped:
        return f"{name}: no row repeats an earlier one; none was dropped"
    rows = ", ".join(f"row {row} (same as row {earlier})" for row, earlier in dropped[:NAMED])
    rows += f", and {len(dropped) - NAMED} more" if len(dropped) > NAMED else ""
    repeat = "1 row that repeats" if len(dropped) == 1 else f"{len(dropped)} rows that repeat"
    return f"{name}: dropped {repeat} an earlier one: {rows}"


def require_held(array: np.ndarray, name: str, first: tuple[int, int] = (0, 0)) -> None:
    """Raise InputError if float64 cannot hold a whole number of this array (rows, columns) of any type.

    Rounded, it would be another point, and two points might become the same. first: the row and the column of
    the whole table at which the array begins.
    """
    if array.dtype.kind not in "iu" or array.size == 0:
        return
    if int(array.min()) >= -_HELD and int(array.max()) <= _HELD:
        return
    lowest = array & (~array + array.dtype.type(1))  # the lowest bit that is set; 0 of 0
    odd = array // np.where(lowest == 0, array.dtype.type(1), lowest)
    for row, column in np.argwhere((odd > _HELD) | (odd < -_HELD))[:1]:
        value = int(array[row, column])
        raise InputError(
            f"{name}, row {first[0] + row}, column {first[1] + column} (counted from 0): "
            f"{value} is a whole number that float64 cannot hold "
            f"(the nearest is {int(float(value))}); subtract a constant, or save floats"
        )
