"""Arrays of numpy in .npy files and .npz archives, of which the size is known before anything is read.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html; only its header is parsed by
numpy, and what follows is taken as numbers, so that no pickle is ever opened.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.grid import BLOCK, Grid, put, require_room, shown

_MAGIC = np.lib.format.MAGIC_PREFIX
# numpy refuses longer headers as well, but reads them first.
_LONGEST_HEADER = 10_000
_LOCKED = 1


@dataclass(frozen=True)
class _Header:
    """What an array says of itself. start: bytes before its first number."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype
    start: int


def read_npy(path: Path) -> Grid:
    """The array in a .npy file. Raises InputError, and what numpy raises on a damaged header."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return Grid(_array(file, size, str(path)), str(path))


def read_npz(path: Path) -> Grid:
    """The one array in a .npz archive. Raises InputError, and what zipfile and numpy raise on damage."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path}: is not a .npz file (its contents say so); pickles are never opened")
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = [shown(member.filename.removesuffix(".npy")) for member in members[:6]]
        if len(members) != 1:
            found = ", ".join([*names[:5], "..."] if len(members) > 5 else names) or "none"
            raise InputError(f"{path}: holds {len(members)} arrays ({found}); a table needs exactly one")
        name = f"{path}[{names[0]}]"
        if members[0].flag_bits & _LOCKED:
            raise InputError(f"{path}: is locked with a password")
        with archive.open(members[0]) as stream:
            return Grid(_array(stream, members[0].file_size, name), name)


def _array(stream: IO[bytes], size: int, name: str) -> np.ndarray:
    """The array (rows, columns) in a stream of so many bytes, as float64."""
    header = _header(stream, name)
    dtype = header.dtype
    if dtype.hasobject:
        raise InputError(f"{name}: Object arrays cannot be loaded: pickles are never opened")
    if dtype.kind not in "biuf":
        raise InputError(f"{name}: holds {shown(str(dtype))} values; a table holds real numbers")
    if len(header.shape) != 2:
        raise InputError(f"{name}: has {len(header.shape)} dimensions; a table has 2, rows and columns")
    rows, columns = header.shape
    if min(rows, columns) < 0:
        raise InputError(f"{name}: is damaged: its header says that its shape is ({rows}, {columns})")
    require_room(name, rows, columns)
    expected = header.start + rows * columns * dtype.itemsize
    if size != expected:
        how = "is cut short" if size < expected else "goes on after its array"
        raise InputError(
            f"{name}: {how}: {rows} rows of {columns} {dtype} numbers take {expected} bytes, it has {size}"
        )
    values = np.empty((rows, columns))
    if header.by_columns:
        _fill(stream, values.T, dtype, name, by_columns=True)
    else:
        _fill(stream, values, dtype, name, by_columns=False)
    if stream.read(1):  # at its end an archive compares its checksum
        raise InputError(f"{name}: goes on after its array")
    return values


def _fill(stream: IO[bytes], values: np.ndarray, dtype: np.dtype, name: str, *, by_columns: bool) -> None:
    """Read the numbers line by line of `values`, some lines at a time."""
    count, length = values.shape
    step = max(1, BLOCK // max(1, length))
    for start in range(0, count, step):
        target = values[start : start + step]
        data = stream.read(target.size * dtype.itemsize)
        if len(data) != target.size * dtype.itemsize:
            raise InputError(f"{name}: is cut short")
        block = np.frombuffer(data, dtype).reshape(target.shape)
        if by_columns:
            put(target.T, block.T, name, (0, start))
        else:
            put(target, block, name, (start, 0))


def _header(stream: IO[bytes], name: str) -> _Header:
    prefix = stream.read(len(_MAGIC))
    if prefix != _MAGIC:
        raise InputError(f"{name}: is not a .npy file (its first bytes say so); pickles are never opened")
    version = stream.read(2)
    width = 2 if version == b"\1\0" else 4
    length = stream.read(width)
    size = int.from_bytes(length, "little")
    if size > _LONGEST_HEADER:
        raise InputError(f"{name}: is damaged: its header would be {size} bytes long")
    text = io.BytesIO(length + stream.read(size))
    read = {
        b"\1\0": np.lib.format.read_array_header_1_0,
        b"\2\0": np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise InputError(f"{name}: is a .npy file of version {version.hex('.')}; tables have 1.0 or 2.0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a header that Python 2 wrote, which is read all the same
        shape, by_columns, dtype = read(text)
    return _Header(shape, by_columns, dtype, len(prefix) + 2 + width + size)
