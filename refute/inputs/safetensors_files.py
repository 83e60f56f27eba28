"""Arrays and words in .safetensors files, read by the library of that name (the extra `safetensors`).

A file begins with the length of its header in 8 bytes; the header is JSON, and what follows are the numbers:
https://github.com/huggingface/safetensors#format. No pickle is in it. Words are in its metadata.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.grid import put, require_room, shown

LONGEST_HEADER = 2**20
"""Bytes of a header that is read: room for some ten thousand arrays. The library would read 100 MB."""
_READ = ("F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL")


def read_safetensors(path: Path, names: Collection[str]) -> tuple[dict[str, np.ndarray | str], list[str]]:
    """The arrays and words of these names, and all names that are in the file.

    Numbers become float64. Raises InputError for what cannot be read, is damaged, or is too large.
    """
    opened = _library(path)
    _require_header(path)
    try:
        with opened(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            there = [*file.keys(), *metadata]
            return _read(file, metadata, path, names), there
    except InputError:
        raise
    except Exception as error:  # the library's own, which is none of Python's kinds, and what numpy raises
        said = shown(" ".join(str(error).split()) or type(error).__name__, most=200)
        raise InputError(f"{path}: cannot be read as a .safetensors file: {said}") from error


def _library(path: Path) -> Any:
    try:
        from safetensors import safe_open
    except ImportError:
        raise InputError(
            f"{path}: .safetensors files are read by the library of that name, which is not here: "
            "pip install 'refute[safetensors]'"
        ) from None
    return safe_open


def _require_header(path: Path) -> None:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
    if size > LONGEST_HEADER:
        raise InputError(
            f"{path}: its header would be {size} bytes long, so it is damaged or no .safetensors file; "
            f"at most {LONGEST_HEADER} are read"
        )


def _read(
    file: Any, metadata: dict[str, str], path: Path, names: Collection[str]
) -> dict[str, np.ndarray | str]:
    found: dict[str, np.ndarray | str] = {name: word for name, word in metadata.items() if name in names}
    taken = 0
    for name in file.keys():  # noqa: SIM118
        if name not in names:
            continue
        if name in found:
            raise InputError(f"{path}: holds {name} twice, as an array and in its metadata")
        part = file.get_slice(name)
        shape = tuple(part.get_shape())
        kind = part.get_dtype()
        _require_readable(f"{path}[{name}]", kind, shape)
        taken += int(np.prod(shape, dtype=object))
        require_room(str(path), taken, 1)
        found[name] = _values(file.get_tensor(name), f"{path}[{name}]")
    return found


def _require_readable(name: str, kind: str, shape: tuple[int, ...]) -> None:
    if kind not in _READ:
        raise InputError(f"{name}: holds {shown(kind)} numbers; save them as F32 or F64, which is exact")
    if len(shape) > 2:
        raise InputError(f"{name}: has {len(shape)} dimensions; at most 2 are read")


def _values(array: np.ndarray, name: str) -> np.ndarray:
    values = np.empty((1, array.size))
    put(values, array.reshape(1, -1), name, (0, 0))
    return values.reshape(array.shape)
