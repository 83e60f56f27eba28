"""Tables in .parquet files, read by pyarrow where it is installed (the extra `parquet`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.grid import BLOCK, LARGEST, Grid, put, require_room, shown
from refute.inputs.index_column import chosen_index
from refute.inputs.reading import Reading
from refute.statement.json_codec import shortened

_PANDAS_INDEX = re.compile(r"__index_level_\d+__|Unnamed: 0")


def read_parquet(path: Path, reading: Reading) -> Grid:
    """The numbers of a .parquet file; columns are named in messages. Raises InputError.

    The columns that pandas wrote as an index are left out unless `reading` says that none is one.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            f"{path}: .parquet files are read by pyarrow, which is not here: pip install 'refute[parquet]'"
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            return _read(file, path, reading)
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error


def _read(file: Any, path: Path, reading: Reading) -> Grid:
    names = [field.name for field in file.schema_arrow]
    index, note = _index(str(path), names, reading.index)
    kept = [name for name in names if name not in index]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}: two columns are called {shortened(twice)}")
    for name in kept:
        _require_numbers(path, name, file.schema_arrow.field(name).type)
    rows = file.metadata.num_rows
    require_room(str(path), rows, len(kept))
    _require_honest_sizes(file, path)
    values = np.empty((rows, len(kept)))
    filled = 0
    for batch in file.iter_batches(max(1, BLOCK // max(1, len(kept))), columns=kept):
        if filled + batch.num_rows > rows:
            break
        for place, column in enumerate(_columns(batch, kept, path, filled)):
            target = values[filled : filled + len(column), place : place + 1]
            put(target, column.reshape(-1, 1), str(path), (filled, place))
        filled += batch.num_rows
    if filled != rows:
        raise InputError(f"{path}: is damaged: it says that it has {rows} rows, and has not")
    return Grid(values, str(path), notes=(note,))


def _index(path: str, names: Sequence[str], said: str | None) -> tuple[set[str], str]:
    """The columns that are an index, and what is said of them."""
    if said is None:
        found = [name for name in names if _PANDAS_INDEX.fullmatch(name)]
        if found:
            return set(found), f"{', '.join(found)} is an index of pandas and left out"
    chosen = chosen_index(path, [shown(name) for name in names], len(names), said)
    return set() if chosen.column is None else {names[chosen.column - 1]}, chosen.note


def _require_numbers(path: Path, name: str, kind: Any) -> None:
    from pyarrow import types

    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise InputError(
            f"{path}: column {shortened(name)} holds {shown(str(kind))} values; a table holds real numbers"
            " (an index is named with --index-column)"
        )


def _require_honest_sizes(file: Any, path: Path) -> None:
    """Refuse a file whose parts would be larger than the numbers in it can be."""
    groups = range(file.metadata.num_row_groups)
    size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
    if size > 4 * 8 * LARGEST:
        raise InputError(f"{path}: its parts would be {size} bytes; at most {4 * 8 * LARGEST} are read")


def _columns(batch: Any, names: Sequence[str], path: Path, first: int) -> Iterator[np.ndarray]:
    for name, column in zip(names, batch.columns, strict=True):
        if column.null_count:
            row = first + int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
            raise InputError(f"{path}, row {row}, column {shortened(name)}: the cell is empty")
        yield column.to_numpy(zero_copy_only=False)
