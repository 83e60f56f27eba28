"""Text files of numbers, .csv and .tsv: what line 1 is, where an index is, and every cell with its place."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.first_line import NUMBER, DoubtError, FirstLine, advice, has_index, taken_for
from refute.inputs.grid import LARGEST, Grid, require_room, shown
from refute.inputs.index_column import IndexWatch, chosen_index
from refute.inputs.reading import DELIMITERS, Reading
from refute.statement.json_codec import shortened

LONGEST_LINE = 2**26
"""The most characters of a line; more than the longest row of numbers that is read needs."""
_HELD = 2.0**53
"""Whole numbers up to this one are held; beyond it, rounded, two points might become the same."""
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_PLAIN = re.compile(r"[0-9+\-.eE \t]*", re.ASCII)
_WORDS = {sign: f"{word}s" for word, sign in DELIMITERS.items() if word != "space"} | {" ": "blanks"}
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class _Head:
    """What line 1 is: names of the columns or None, whether it numbers them, and what is said of it."""

    names: list[str] | None
    numbered: bool
    note: str


def read_text(path: Path, reading: Reading) -> Grid:
    """The numbers of a text file. Raises InputError, with the line and the column of what is wrong.

    Cells are separated by what `reading` says; otherwise by tabs, semicolons or commas, whichever of them
    comes first in this order in line 1, and in a .tsv file by tabs.
    """
    delimiter = reading.delimiter or _delimiter(path)
    rows = _rows(path, delimiter)
    try:
        number, cells = next(rows)
    except StopIteration:
        raise InputError(f"{path}: the file has only blank lines") from None
    head = _head(path, number, cells, reading)
    index = chosen_index(str(path), head.names, len(cells), reading.index)
    watch = IndexWatch(str(path), head.names, len(cells), decided=index.decided)
    numbers = array("d")
    lines: list[int] = []
    for line, row in rows if head.names is not None else _before((number, cells), rows):
        if len(row) != len(cells):
            raise InputError(
                f"{path}, line {line}: has {len(row)} cells, but line {number} has {len(cells)}"
                f"{_other_sign(row + cells, delimiter)}"
            )
        watch.see(row)
        numbers.extend(_numbers(path, line, row, index.column))
        lines.append(line)
        if len(numbers) > LARGEST:
            require_room(str(path), len(lines), len(cells))
    if not lines:
        raise InputError(f"{path}: no row follows the header on line {number}")
    watch.judge(numbered=head.numbered, rows=len(lines), line=number)
    columns = tuple(column for column in range(1, len(cells) + 1) if column != index.column)
    values = np.frombuffer(numbers, dtype=np.float64).reshape(len(lines), len(columns))
    notes = (head.note, index.note, f"cells are separated by {_words(delimiter)}")
    return Grid(values, str(path), tuple(lines), columns, notes)


def _words(delimiter: str) -> str:
    return _WORDS.get(delimiter, repr(delimiter))


def _other_sign(cells: Sequence[str], delimiter: str) -> str:
    """A hint where cells hold a sign that may separate them."""
    if not any(sign in cell for cell in cells for sign in ",;\t|"):
        return ""
    return f"; cells are separated by {_words(delimiter)}, and --delimiter names another sign"


def _before(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _head(path: Path, line: int, cells: list[str], reading: Reading) -> _Head:
    """What line 1 is taken for. Raises InputError where that is in doubt and the user has not said it."""
    if reading.header is not None:
        said = "is a header" if reading.header else "is data"
        option = f"--header {'yes' if reading.header else 'no'}"
        return _Head(cells if reading.header else None, False, f"line {line} {said}, as {option} says")
    try:
        found = taken_for(cells)
    except DoubtError as doubt:
        raise InputError(
            f"{path}, line {line}, column {doubt.column}: {doubt}; "
            f"say what line {line} is with --header yes or --header no"
        ) from None
    if found is FirstLine.DATA:
        return _Head(None, False, f"line {line} is data")
    if found is FirstLine.NAMES:
        names = ", ".join(filter(None, cells))
        return _Head(cells, False, f"line {line} is a header ({shown(names)})")
    last = len(cells) - 1 - has_index(cells)
    numbered = not has_index(cells)
    return _Head(cells, numbered, f"line {line} is a header that numbers the columns (0 to {last})")


def _delimiter(path: Path) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    line = next(_lines(path), "")
    return next((sign for sign in "\t;" if sign in line), ",")


def _rows(path: Path, delimiter: str) -> Iterator[Row]:
    """The number and the cells of every line; blank lines are allowed at the end only."""
    blank = 0
    for line, row in _split(path, delimiter):
        if len(row) < 2 and not "".join(row).strip():
            blank = blank or line
            continue
        if blank:
            raise InputError(f"{path}, line {blank}: is blank")
        yield line, [cell.strip() for cell in row]


def _split(path: Path, delimiter: str) -> Iterator[Row]:
    if delimiter == " ":
        for number, line in enumerate(_lines(path), start=1):
            yield number, line.split()
        return
    reader = csv.reader(_lines(path), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        said = str(error).replace("'\t'", "a tab")  # csv puts the sign itself into its message
        raise InputError(f"{path}, line {reader.line_num}: {said}") from error


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text file, which end in a line feed, a carriage return or both."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise InputError(f"{path}, line {number}: is longer than {LONGEST_LINE} characters")
            if "\0" in line:
                raise InputError(f"{path}: is not text (it holds zero bytes); save it as UTF-8")
            if not line.isascii() and (wrong := re.search("[\udc80-\udcff]", line)):
                raise InputError(
                    f"{path}, line {number}: holds the byte {ord(wrong[0]) - 0xDC00:#x}, "
                    "which is not UTF-8; save the file as UTF-8"
                )
            yield line


def _numbers(path: Path, line: int, row: list[str], index: int | None) -> Sequence[float]:
    """The numbers of a row without its index. What holds plain signs only, float reads or refuses rightly."""
    cells = row if index is None else row[: index - 1] + row[index:]
    if _PLAIN.fullmatch("".join(cells)):
        try:
            values = list(map(float, cells))
        except ValueError:
            return _parse(path, line, row, index)
        if min(values, default=0.0) > -_HELD and max(values, default=0.0) < _HELD:
            return values
    return _parse(path, line, row, index)


def _parse(path: Path, line: int, row: list[str], index: int | None) -> list[float]:
    """The same cell by cell. Raises InputError for the first that is no finite number."""
    values = []
    for column, cell in enumerate(row, start=1):
        if column == index:
            continue
        if not NUMBER.fullmatch(cell):
            problem = f"{shortened(cell)} is not a number" if cell else "the cell is empty"
            hint = "; --index-column yes leaves column 1 out" if column == 1 and cell[:1].isalpha() else ""
            raise InputError(f"{path}, line {line}, column {column}: {problem}{advice(cell) or hint}")
        value = float(cell)
        if not math.isfinite(value):
            raise InputError(f"{path}, line {line}, column {column}: {shown(cell)} is not a finite number")
        if abs(value) >= _HELD and _WHOLE.fullmatch(cell) and Decimal(cell) != Decimal(value):
            raise InputError(
                f"{path}, line {line}, column {column}: {shown(cell)} is a whole number that float64 cannot "
                f"hold (the nearest is {value:.0f}); subtract a constant, or write it with an exponent"
            )
        values.append(value)
    return values
