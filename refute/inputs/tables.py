"""Reading a table of numbers from a user's file, and saying exactly what is wrong with it and where."""

from __future__ import annotations

import csv
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tokenize import TokenError

import numpy as np

from refute.basics.errors import InputError
from refute.statement.table import Table

_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.ASCII | re.IGNORECASE
)
# What numpy, zipfile and the reading of text raise on damaged files of every sort.
_BROKEN = (
    *(OSError, ValueError, EOFError, MemoryError, OverflowError, RuntimeError, SyntaxError, TypeError),
    *(zipfile.BadZipFile, zlib.error, TokenError),
)


def read_table(path: Path) -> Table:
    """The table in a .npy file, a .npz file with one array, or a .csv file.

    In a .csv file cells are separated by commas, semicolons or tabs (whichever the first line has), decimals
    are written with a point, and a first line without any number is a header. Rows are counted from 0, as are
    the columns of an array; lines and columns of a text file are counted from 1. Raises InputError if the
    file cannot be read, is not a table of finite real numbers, has fewer than two rows or no column, has a
    row of zeros or the same row twice.
    """
    readers = {".npy": _read_npy, ".npz": _read_npz, ".csv": _read_csv}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path}: tables are read from .npy, .npz and .csv files")
    try:
        _readable(path)
        return _checked(readers[path.suffix.lower()](path))
    except _BROKEN as error:
        kind = path.suffix.lower()
        raise InputError(f"{path}: cannot be read as a {kind} file: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) else str(error)
    return (text or type(error).__name__).splitlines()[0]


def load_dataset(name: str) -> Table:
    """A data set that comes with an installed library: "digits", 1797 handwritten digits of 8 x 8 pixels.

    Raises InputError for any other name, and if scikit-learn is not installed.
    """
    if name != "digits":
        raise InputError(f"there is no data set {name!r}; there is: digits")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError("the digits come with scikit-learn: pip install scikit-learn") from error
    return _checked(_table(np.asarray(load_digits().data), "digits"))


def choose_rows(table: Table, spec: str | None, default: int) -> Table:
    """Some rows of the table, which keep their numbers; rows are counted from 0.

    spec: "N", that many rows spread evenly from the first to the last; "A:B", rows A to B - 1, each of
    which may be left out; "I,J,K", these rows in this order; None, `default` rows spread evenly, or all if
    there are fewer. Raises InputError if the spec is none of these, names a row that is not there, names one
    twice, or leaves fewer than two.
    """
    total = len(table.values)
    chosen = _spread(min(default, total), total) if spec is None else _numbers(spec.replace(" ", ""), total)
    if len(chosen) < 2:
        raise InputError(f"--rows {spec}: at least two rows are needed")
    lines = tuple(table.lines[i] for i in chosen) if table.lines else ()
    return Table(_frozen(table.values[chosen]), table.name, tuple(table.rows[i] for i in chosen), lines)


def _numbers(spec: str, total: int) -> list[int]:
    if re.fullmatch(r"\d{1,18}", spec, re.ASCII):
        _within(spec, int(spec), total, f"the table has {total} rows")
        return _spread(int(spec), total)
    if re.fullmatch(r"\d{0,18}:\d{0,18}", spec, re.ASCII):
        start, stop = (int(part) if part else None for part in spec.split(":"))
        _within(spec, max(start or 0, stop or 0), total, f"the table has rows 0 to {total - 1}")
        return list(range(total))[start:stop]
    if re.fullmatch(r"\d{1,18}(,\d{1,18})+", spec, re.ASCII):
        chosen = [int(part) for part in spec.split(",")]
        _within(spec, max(chosen), total - 1, f"the table has rows 0 to {total - 1}")
        if len(set(chosen)) < len(chosen):
            twice = next(row for row in chosen if chosen.count(row) > 1)
            raise InputError(f"--rows {spec}: row {twice} is listed twice")
        return chosen
    raise InputError(f"--rows {spec}: give a number of rows (5), a range (0:5) or a list (0,3,7)")


def _within(spec: str, largest: int, limit: int, why: str) -> None:
    if largest > limit:
        raise InputError(f"--rows {spec}: {why}")


def _spread(count: int, total: int) -> list[int]:
    return [i * (total - 1) // (count - 1) for i in range(count)] if count > 1 else list(range(count))


def _readable(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path}: there is no such file")
    if path.is_dir():
        raise InputError(f"{path}: is a directory, not a file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")


def _frozen(values: np.ndarray) -> np.ndarray:
    copy = np.array(values, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy


def _table(array: np.ndarray, name: str) -> Table:
    """An array as a table whose values are not yet judged."""
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name}: holds {array.dtype} values; a table holds real numbers")
    if array.ndim != 2:
        raise InputError(f"{name}: has {array.ndim} dimensions; a table has 2, rows and columns")
    with np.errstate(over="ignore"):  # what a wider type overflows to is reported as infinite
        return Table(_frozen(array), name, tuple(range(len(array))))


def _read_npy(path: Path) -> Table:
    with path.open("rb") as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
            raise InputError(f"{path}: is not a .npy file (its first bytes say so); pickles are never opened")
        file.seek(0)
        return _table(np.lib.format.read_array(file, allow_pickle=False), str(path))


def _read_npz(path: Path) -> Table:
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path}: is not a .npz file (its contents say so); pickles are never opened")
    with np.load(path, allow_pickle=False) as archive:
        names = archive.files
        if len(names) != 1:
            found = ", ".join(names) or "none"
            raise InputError(f"{path}: holds {len(names)} arrays ({found}); a table needs exactly one")
        return _table(np.asarray(archive[names[0]]), f"{path}[{names[0]}]")


def _read_csv(path: Path) -> Table:
    text = path.read_bytes()
    if b"\0" in text:
        raise InputError(f"{path}: is not text (it holds zero bytes); save it as UTF-8")
    cells = list(_cells(path, text.decode("utf-8-sig")))
    if not cells:
        raise InputError(f"{path}: the file has only blank lines")
    first, head = cells[0]
    rows = cells if any(_NUMBER.fullmatch(cell) for cell in head) else cells[1:]
    if not rows:
        raise InputError(f"{path}: no row follows the header on line {first}")
    values = [_parse(path, line, row, first, len(head)) for line, row in rows]
    return Table(
        _frozen(np.array(values)), str(path), tuple(range(len(rows))), tuple(line for line, _ in rows)
    )


def _cells(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Every line's number and cells; blank lines are allowed at the end only."""
    lines = re.split(r"\r\n|\r|\n", text)
    while lines and not lines[-1].strip():
        lines.pop()
    delimiter = next((sign for sign in "\t;" if lines and sign in lines[0]), ",")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if not "".join(row).strip() and len(row) < 2:
                raise InputError(f"{path}, line {reader.line_num}: is blank")
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def _parse(path: Path, line: int, row: list[str], first: int, width: int) -> list[float]:
    if len(row) != width:
        raise InputError(f"{path}, line {line}: has {len(row)} cells, but line {first} has {width}")
    for column, cell in enumerate(row, start=1):
        if not _NUMBER.fullmatch(cell):
            problem = f"{cell[:40]!r} is not a number" if cell else "the cell is empty"
            advice = "; decimals are written with a point" if re.fullmatch(r"-?\d+,\d+", cell) else ""
            raise InputError(f"{path}, line {line}, column {column}: {problem}{advice}")
        if not math.isfinite(float(cell)):
            raise InputError(f"{path}, line {line}, column {column}: {cell} is not a finite number")
    return [float(cell) for cell in row]


def _checked(table: Table) -> Table:
    """The table, if its numbers can be judged at all: finite, two rows or more, no zero row, no row twice."""
    count, width = table.values.shape
    if count == 0 or width == 0:
        raise InputError(f"{table.name}: has no {'rows' if count == 0 else 'columns'}")
    for row, column in np.argwhere(~np.isfinite(table.values))[:1]:
        value = table.values[row, column]
        raise InputError(
            f"{table.name}, row {row}, column {column} (counted from 0): {value} is not a finite number"
        )
    if count == 1:
        raise InputError(f"{table.name}: has one row; at least two data points are needed")
    for row in np.flatnonzero(~table.values.any(axis=1))[:1]:
        raise InputError(
            f"{table.name}, {table.label(row)}: every value is zero, so the point has no direction"
        )
    first: dict[bytes, int] = {}
    for row, values in enumerate(table.values + 0.0):  # + 0.0: minus zero is zero
        earlier = first.setdefault(values.tobytes(), row)
        if earlier != row:
            raise InputError(
                f"{table.name}: {table.label(earlier)} and {table.label(row)} are the same point"
            )
    return table
