"""Files of safetensors: read exactly, and refused in one line where they lie, are damaged or too large."""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.basics.errors import InputError
from refute.inputs import safetensors_files
from refute.inputs.safetensors_files import LONGEST_HEADER, read_safetensors
from tests.refute.inputs.test_states import WHOLE, P, X, state_of

numpy_files = pytest.importorskip("safetensors.numpy")


def saved(path: Path, arrays: dict[str, np.ndarray], **words: str) -> Path:
    numpy_files.save_file(arrays, path, metadata=words)
    return path


def written(path: Path, header: Any, data: bytes = b"", size: int | None = None) -> Path:
    """A file with this header, which says of its length what it is told to."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if size is None else size).to_bytes(8, "little") + text + data)
    return path


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_safetensors(path, ["P", "kind"])
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8])
def test_numbers_are_read_exactly(tmp_path: Path, dtype: Any) -> None:
    found, there = read_safetensors(
        saved(tmp_path / "a.safetensors", {"P": P.astype(dtype), "rest": X}, kind="round"), ["P", "kind"]
    )
    values = found["P"]
    assert isinstance(values, np.ndarray) and values.dtype == np.float64 and values.tolist() == P.tolist()
    assert found["kind"] == "round" and set(there) == {"P", "rest", "kind"}
    assert set(found) == {"P", "kind"}


def test_a_checkpoint_is_the_same_in_either_format(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.safetensors", {"P": P, "X": X, "step": np.array(0.5)}, kind="round")
    state = state_of(path)
    np.savez(tmp_path / "a.npz", **WHOLE)
    other = state_of(tmp_path / "a.npz")
    assert all((state.arrays[name] == other.arrays[name]).all() for name in ("P", "X"))
    assert (state.numbers, state.words) == (other.numbers, other.words)
    assert state_of(saved(path, {"P": P, "X": X}, kind="round", step="0.5")).numbers == {"step": 0.5}


def test_what_cannot_be_read_is_told_with_its_array(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    half = {"P": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]}}
    assert complaint(written(path, half, bytes(4))) == (
        "[P]: holds BF16 numbers; save them as F32 or F64, which is exact"
    )
    assert complaint(saved(path, {"P": np.zeros((1, 1, 1))})) == "[P]: has 3 dimensions; at most 2 are read"
    assert complaint(saved(path, {"P": P}, P="round")).startswith(": holds P twice")
    assert "[P], row 0, column 1" in complaint(saved(path, {"P": np.array([[0, 2**60 + 1]])}))


@pytest.mark.parametrize(
    ("header", "data", "size"),
    [
        (b"", b"", 0),
        (b"{", b"", None),
        (b"[]", b"", None),
        (b"\xff\xfe", b"", None),
        ({"P": {"dtype": "F64", "shape": [1, 1], "data_offsets": [0, 8]}}, bytes(7), None),
        ({"P": {"dtype": "F64", "shape": [1, 1], "data_offsets": [0, 8]}}, bytes(9), None),
        ({"P": {"dtype": "F64", "shape": [2, 1], "data_offsets": [0, 8]}}, bytes(8), None),
        ({"P": {"dtype": "F64", "shape": [-1, 1], "data_offsets": [0, 8]}}, bytes(8), None),
        ({"P": {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, bytes(8), None),
        ({"P": {"dtype": "F65", "shape": [1, 1], "data_offsets": [0, 8]}}, bytes(8), None),
        ({"P": {"dtype": "F64", "shape": [1, 1], "data_offsets": [8, 0]}}, bytes(8), None),
        ({"P": {}}, bytes(8), None),
        ({"__metadata__": {"kind": 5}}, b"", None),
        ({}, b"", 100),
    ],
)
def test_a_file_that_lies_is_refused(tmp_path: Path, header: Any, data: bytes, size: int | None) -> None:
    path = written(tmp_path / "a.safetensors", header, data, size)
    assert complaint(path).startswith(": cannot be read as a .safetensors file: ")


def test_a_long_header_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.safetensors", b"{}", size=2**63)
    assert complaint(path).startswith(f": its header would be {2**63} bytes long")
    with path.open("r+b") as file:
        file.write((LONGEST_HEADER + 1).to_bytes(8, "little"))
        file.truncate(2**21)
    assert "so it is damaged or no .safetensors file" in complaint(path)
    (tmp_path / "text.safetensors").write_bytes(b"no tensors")
    assert "its header would be" in complaint(tmp_path / "text.safetensors")


def test_a_large_array_is_refused_before_it_is_read(tmp_path: Path) -> None:
    size = 2**33
    path = written(
        tmp_path / "a.safetensors", {"P": {"dtype": "F64", "shape": [2**30, 1], "data_offsets": [0, size]}}
    )
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + size)
    tracemalloc.start()
    assert "at most 134217728 numbers" in complaint(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_without_the_library_its_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.safetensors", {"P": P})
    monkeypatch.setitem(sys.modules, "safetensors", None)
    assert complaint(path).endswith("which is not here: pip install 'refute[safetensors]'")
    assert safetensors_files.LONGEST_HEADER == 2**20
