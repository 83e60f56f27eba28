"""Text files that are read as they are given, and the complaint of what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.basics.errors import InputError
from refute.inputs.delimited import read_text
from refute.inputs.grid import Grid
from refute.inputs.reading import AS_FOUND, Reading

VALUES = [[0.25, 1.5], [3.0, -4.0], [1e-7, 2.0]]
HEADER = Reading(header=True)
NO_HEADER = Reading(header=False)


def read(folder: Path, text: str, reading: Reading = AS_FOUND, name: str = "data.csv") -> Grid:
    path = folder / name
    path.write_bytes(text.encode())
    return read_text(path, reading)


def complaint(folder: Path, text: str, reading: Reading = AS_FOUND, name: str = "data.csv") -> str:
    with pytest.raises(InputError) as caught:
        read(folder, text, reading, name)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(folder / name))
