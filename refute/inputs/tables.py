"""Reading a table of numbers from a user's file, and saying exactly what is wrong with it and where."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError

import numpy as np

from refute.basics.errors import InputError
from refute.basics.plain_files import other_kind
from refute.inputs.arrays import read_npy, read_npz
from refute.inputs.datasets import read_dataset
from refute.inputs.delimited import read_text
from refute.inputs.grid import Grid, shown
from refute.inputs.parquet import read_parquet
from refute.inputs.reading import AS_FOUND, Reading
from refute.inputs.refusals import at_least
from refute.statement.table import Table

# What numpy, zipfile, pyarrow and the reading of text raise on damaged files of every sort.
_BROKEN = (
    *(OSError, ValueError, EOFError, MemoryError, OverflowError, RuntimeError, SyntaxError, TypeError),
    *(LookupError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, TokenError),
)
_READERS: Mapping[str, Callable[[Path, Reading], Grid]] = {
    ".npy": lambda path, reading: read_npy(path),
    ".npz": lambda path, reading: read_npz(path),
    ".csv": read_text,
    ".tsv": read_text,
    ".parquet": read_parquet,
}
_TEXT = (".csv", ".tsv")


def read_table(path: Path, reading: Reading = AS_FOUND) -> Table:
    """The table in a .npy file, a .npz file with one array, or a .csv, .tsv or .parquet file.

    What line 1 of a text file is, which column is an index and what separates the cells is found out unless
    `reading` says it (`refute.inputs.delimited`); the notes of the table say what was found. Rows are counted
    from 0, as are the columns of an array; lines and columns of a text file are counted from 1. Raises
    InputError if the file cannot be read, is not a table of finite real numbers or is too large
    (`refute.inputs.grid`), or has no rows or no columns. What else the claims need of data the paper says
    (`refute.inputs.refusals`).
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise InputError(f"{path}: tables are read from .npy, .npz, .csv, .tsv and .parquet files")
    _require_meaning(kind, reading)
    with reading_errors(path, kind):
        require_plain_file(path)
        grid = _READERS[kind](path, reading)
    return _checked(_table(grid, columns=reading.columns))


def load_dataset(name: str) -> Table:
    """A data set that comes with scikit-learn (`refute.inputs.datasets.DATASETS`), one sample a row.

    Raises InputError for any other name, and if scikit-learn is not installed.
    """
    return _checked(_table(read_dataset(name), columns=False))


def as_samples(table: Table, reading: Reading) -> Table:
    """A whole table that is no file, read as a user asks: its rows or its columns are the samples.

    Raises InputError for what is said of files only, and as `read_table` does for the numbers.
    """
    _require_meaning("a data set", reading)
    if not reading.columns:
        return _checked(table)
    return _checked(_table(Grid(table.values, table.name, notes=table.notes), columns=True))


@contextmanager
def reading_errors(path: Path, kind: str) -> Iterator[None]:
    """What a damaged file makes its library raise becomes one InputError that names the file."""
    try:
        yield
    except _BROKEN as error:
        raise InputError(f"{path}: cannot be read as a {kind} file: {_reason(error)}") from error


def _require_meaning(kind: str, reading: Reading) -> None:
    """Refuse an option that says nothing of this kind of file."""
    options = (("--header", reading.header), ("--delimiter", reading.delimiter))
    for option, value in () if kind in _TEXT else options:
        if value is not None:
            raise InputError(f"{option} is for .csv and .tsv files, and not for {kind}")
    if reading.index is not None and kind not in (*_TEXT, ".parquet"):
        raise InputError(f"--index-column is for .csv, .tsv and .parquet files, and not for {kind}")


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) else str(error)
    return shown((text or type(error).__name__).splitlines()[0], most=200)


def choose_rows(table: Table, spec: str | None, default: int, least: int = 1) -> Table:
    """Some rows of the table, which keep their numbers; rows are counted from 0.

    spec: "N", that many rows spread evenly from the first to the last; "A:B", rows A to B - 1, each of
    which may be left out; "I,J,K", these rows in this order; None, `default` rows spread evenly, or all if
    there are fewer. Raises InputError if the spec is none of these, names a row that is not there, names one
    twice, or leaves fewer than `least`.
    """
    total = len(table.values)
    chosen = (
        _spread(min(max(default, least), total), total)
        if spec is None
        else _numbers(spec.replace(" ", ""), table)
    )
    if len(chosen) < least:
        asked = table.name if spec is None else f"--rows {spec}"
        raise InputError(f"{asked}: {at_least(least, 'row')}")
    return table.select(chosen)


def _numbers(spec: str, table: Table) -> list[int]:
    """The places in the table of the rows that a spec names."""
    if re.fullmatch(r"\d{1,18}", spec, re.ASCII):
        total = len(table.values)
        _within(spec, int(spec), total, f"the table has {total} rows")
        return _spread(int(spec), total)
    last = max(table.rows)
    here = f"the table has rows 0 to {last}"
    if re.fullmatch(r"\d{0,18}:\d{0,18}", spec, re.ASCII):
        start, stop = (int(part) if part else None for part in spec.split(":"))
        _within(spec, max(start or 0, stop or 0), last + 1, here)
        named = range(last + 1)[start:stop]
        return [place for place, row in enumerate(table.rows) if row in named]
    if re.fullmatch(r"\d{1,18}(,\d{1,18})+", spec, re.ASCII):
        rows = [int(part) for part in spec.split(",")]
        _within(spec, max(rows), last, here)
        if len(set(rows)) < len(rows):
            twice = next(row for row in rows if rows.count(row) > 1)
            raise InputError(f"--rows {spec}: row {twice} is listed twice")
        places = {row: place for place, row in enumerate(table.rows)}
        for row in rows:
            if row not in places:
                raise InputError(f"--rows {spec}: row {row} repeats an earlier row and was dropped")
        return [places[row] for row in rows]
    raise InputError(f"--rows {spec}: give a number of rows (5), a range (0:5) or a list (0,3,7)")


def _within(spec: str, largest: int, limit: int, why: str) -> None:
    if largest > limit:
        raise InputError(f"--rows {spec}: {why}")


def _spread(count: int, total: int) -> list[int]:
    return [i * (total - 1) // (count - 1) for i in range(count)] if count > 1 else list(range(count))


def require_plain_file(path: Path) -> None:
    """Raise InputError for what is no plain file with something in it: reading a pipe could wait for ever."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file")
    kind = other_kind(path)
    if kind:
        raise InputError(f"{path}: is {kind}, not a file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")


def _frozen(values: np.ndarray) -> np.ndarray:
    """The numbers as read-only float64, copied only where they are something else or not in order."""
    copy = np.ascontiguousarray(values, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def _table(grid: Grid, *, columns: bool) -> Table:
    """The samples of a grid whose numbers are not yet judged, beyond being finite. Raises InputError."""
    finite = np.isfinite(grid.values)
    for row, column in np.argwhere(~finite)[:1] if not finite.all() else ():
        value = grid.values[row, column]
        raise InputError(
            f"{grid.name}, row {row}, column {column} (counted from 0): {value} is not a finite number"
        )
    values = grid.values.T if columns else grid.values
    places = grid.columns if columns else grid.lines
    return Table(_frozen(values), grid.name, tuple(range(len(values))), places, columns, grid.notes)


def _checked(table: Table) -> Table:
    """The table, if there is a number in it."""
    count, width = table.values.shape
    if count == 0 or width == 0:
        raise InputError(f"{table.name}: has no {'rows' if (count == 0) != table.columns else 'columns'}")
    return table
