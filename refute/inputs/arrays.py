"""Arrays of numpy in .npy files and .npz archives, of which the size is known before anything is read.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html; only its header is parsed by
numpy, and what follows is taken as numbers, so that no pickle is ever opened.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Collection
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
_LONGEST_TEXT = 4096
"""Bytes of a text in an archive: a word, and room for one that is wrong to be told."""


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
    with _archive(path) as archive:
        members = archive.infolist()
        names = [shown(member.filename.removesuffix(".npy")) for member in members[:6]]
        if len(members) != 1:
            found = ", ".join([*names[:5], "..."] if len(members) > 5 else names) or "none"
            raise InputError(f"{path}: holds {len(members)} arrays ({found}); a table needs exactly one")
        name = f"{path}[{names[0]}]"
        _require_open(path, members[0])
        with archive.open(members[0]) as stream:
            return Grid(_array(stream, members[0].file_size, name), name)


def read_named(path: Path, names: Collection[str]) -> dict[str, np.ndarray | str]:
    """The arrays of these names in a .npz archive, as they are found there; others are not looked at.

    Numbers become float64 of at most two dimensions, a text of no dimension a text. Raises InputError, also
    where all of them together are too large, and what zipfile and numpy raise on damage.
    """
    found: dict[str, np.ndarray | str] = {}
    with _archive(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name not in names:
                continue
            if name in found:
                raise InputError(f"{path}: holds two arrays named {name}")
            _require_open(path, member)
            taken = sum(value.size for value in found.values() if not isinstance(value, str))
            with archive.open(member) as stream:
                found[name] = _named(stream, member.file_size, f"{path}[{name}]", taken)
    return found


def names_in(path: Path) -> list[str]:
    """The names of the arrays in a .npz archive. Raises as `read_named` does."""
    with _archive(path) as archive:
        return [member.filename.removesuffix(".npy") for member in archive.infolist()]


def _archive(path: Path) -> zipfile.ZipFile:
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path}: is not a .npz file (its contents say so); pickles are never opened")
    return zipfile.ZipFile(path)


def _require_open(path: Path, member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _LOCKED:
        raise InputError(f"{path}: is locked with a password")


def _named(stream: IO[bytes], size: int, name: str, taken: int) -> np.ndarray | str:
    """Numbers of at most two dimensions, or a text. taken: how many numbers were read before."""
    header = _header(stream, name)
    if header.dtype.kind in "US" and header.shape == ():
        return _text(stream, size, name, header)
    _require_real(name, header.dtype, "an array of a checkpoint")
    if len(header.shape) > 2:
        raise InputError(f"{name}: has {len(header.shape)} dimensions; at most 2 are read")
    rows, columns = (1,) * (2 - len(header.shape)) + header.shape
    require_room(name, taken + max(rows, 0) * max(columns, 0), 1)
    return _values(stream, size, name, header, (rows, columns)).reshape(header.shape)


def _text(stream: IO[bytes], size: int, name: str, header: _Header) -> str:
    length = header.dtype.itemsize
    if length > _LONGEST_TEXT or size != header.start + length:
        raise InputError(f"{name}: is no text of at most {_LONGEST_TEXT} bytes")
    data = stream.read(length)
    if len(data) != length or stream.read(1):
        raise InputError(f"{name}: is cut short")
    value = np.frombuffer(data, header.dtype)[0] if length else ""
    return value.decode("ascii", "backslashreplace") if isinstance(value, bytes) else str(value)


def _array(stream: IO[bytes], size: int, name: str) -> np.ndarray:
    """The array (rows, columns) in a stream of so many bytes, as float64."""
    header = _header(stream, name)
    _require_real(name, header.dtype, "a table")
    if len(header.shape) != 2:
        raise InputError(f"{name}: has {len(header.shape)} dimensions; a table has 2, rows and columns")
    rows, columns = header.shape
    return _values(stream, size, name, header, (rows, columns))


def _require_real(name: str, dtype: np.dtype, what: str) -> None:
    if dtype.hasobject:
        raise InputError(f"{name}: Object arrays cannot be loaded: pickles are never opened")
    if dtype.kind not in "biuf":
        raise InputError(f"{name}: holds {shown(str(dtype))} values; {what} holds real numbers")


def _values(stream: IO[bytes], size: int, name: str, header: _Header, shape: tuple[int, int]) -> np.ndarray:
    """The numbers after a header, as (rows, columns) float64."""
    rows, columns = shape
    dtype = header.dtype
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
