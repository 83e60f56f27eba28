"""What the first line of a text file is: names of columns, their numbers or data, or whether that is open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from refute.statement.json_codec import shortened

NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.ASCII | re.IGNORECASE
)
"""A number as float64 is written; decimals with a point."""
_MISSING = {"", "-", "--", "?", ".", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "nat", "null", "nil", "none"}
_MISSING |= {"missing", "undefined", "#value!", "#div/0!"}
_BEGINS_LIKE_A_NUMBER = re.compile(r"[+\-\N{MINUS SIGN}$(]*[.,]?\d")
_OTHER_NUMBERS = (
    (re.compile(r"[+-]?\d+,\d+"), "decimals are written with a point"),
    (re.compile(r"[+-]?\d+(\.\d*)?[dD][+-]?\d+"), "exponents are written with e"),
    (re.compile(r"[+-]?[\d.eE+-]+([ \t]+[\d.eE+-]+)+"), "cells separated by blanks need --delimiter space"),
    (re.compile(r".*\d[,;\t|]\s*[+-]?[\d.].*"), "another sign between the cells is named with --delimiter"),
)


class FirstLine(Enum):
    """What a first line is taken for."""

    NAMES = "names"
    NUMBERED = "numbered"
    DATA = "data"


class DoubtError(Exception):
    """Why a first line may be a header or data, or neither. column: the cell that says so, from 1."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def taken_for(cells: Sequence[str]) -> FirstLine:
    """What a first line is. Raises DoubtError where some of its cells are neither plainly names nor numbers.

    NAMES: every cell is a name; an empty first cell stands above an index, as pandas and R write it.
    NUMBERED: the cells are 0, 1, 2, ..., as pandas writes columns without names; so may be data.
    DATA: every cell is a number.
    """
    named = cells[1:] if has_index(cells) else cells
    if list(named) == [str(number) for number in range(len(named))]:
        return FirstLine.NUMBERED
    if all(map(NUMBER.fullmatch, cells)):
        return FirstLine.DATA
    if all(map(_is_name, named)):
        return FirstLine.NAMES
    column, cell = next(pair for pair in enumerate(cells, start=1) if _is_doubtful(cells, pair[1]))
    what = "not a number" if _is_name(cell) else "neither a number nor plainly a name"
    raise DoubtError(column, f"{shortened(cell)} is {what}{advice(cell)}" if cell else "the cell is empty")


def has_index(cells: Sequence[str]) -> bool:
    """Whether the first cell of a header, and no other, is empty: what stands above an index."""
    return len(cells) > 1 and not cells[0] and all(cells[1:])


def advice(cell: str) -> str:
    """How a number that is written in another way is to be written; empty if the cell looks like none."""
    return next((f"; {how}" for form, how in _OTHER_NUMBERS if form.fullmatch(cell)), "")


def _is_name(cell: str) -> bool:
    return (
        any(map(str.isalpha, cell))
        and cell.lower() not in _MISSING
        and not NUMBER.fullmatch(cell)
        and not _BEGINS_LIKE_A_NUMBER.match(cell)
    )


def _is_doubtful(cells: Sequence[str], cell: str) -> bool:
    """Whether a cell is what keeps the line from being a header; of a mixed line, its first name."""
    if any(not _is_name(other) and not NUMBER.fullmatch(other) for other in cells):
        return not _is_name(cell) and not NUMBER.fullmatch(cell)
    return _is_name(cell)
