"""Arrays: sizes are known before anything is read, and what an array says of itself is not believed."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from refute.basics.errors import InputError
from refute.inputs import arrays
from refute.inputs.arrays import read_npy, read_npz
from refute.inputs.grid import BLOCK, LARGEST
from refute.inputs.tables import read_table


def raw(shape: str, data: bytes = b"", *, descr: str = "'<f8'", order: bool = False) -> bytes:
    """A .npy file that says of itself what it is told to."""
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + data


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("dtype", [bool, "<i2", ">i4", "<u8", "<f2", ">f4", "<f8", ">f8", np.longdouble])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_real_type_and_order_is_read(tmp_path: Path, dtype: str, order: str) -> None:
    values = np.arange(12).reshape(4, 3) % 2
    array = np.asarray(values, dtype=dtype, order="F" if order == "F" else "C")
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", array)
    for grid in (read_npy(tmp_path / "a.npy"), read_npz(tmp_path / "a.npz")):
        assert grid.values.dtype == np.float64 and grid.values.tolist() == values.tolist()


@pytest.mark.parametrize("order", ["C", "F"])
def test_blocks_fit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    values = np.arange(7 * 5.0).reshape(7, 5)
    np.save(tmp_path / "a.npy", np.asarray(values, order="F" if order == "F" else "C"))
    for block in (1, 5, 11, 14, 35, 36):
        monkeypatch.setattr(arrays, "BLOCK", block)
        assert read_npy(tmp_path / "a.npy").values.tolist() == values.tolist()


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
@pytest.mark.parametrize("descr", ["'|b1'", "'<f8'"])
def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path, name: str, descr: str) -> None:
    """500 MB of bools, and what would be 800 GB of numbers; neither takes memory or time."""
    shape = "(500000, 1000)" if descr == "'|b1'" else "(100000000, 1000)"
    content = raw(shape, descr=descr)
    path = tmp_path / name
    _ = zipped(path, ("X.npy", content)) if name == "a.npz" else written(path, content)
    tracemalloc.start()
    said = complaint(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = "3.725 GiB" if descr == "'|b1'" else "745.1 GiB"
    assert f"{size} as float64; at most {LARGEST} numbers (1 GiB) are read" in said
    assert peak < 2**22


def test_bools_take_their_float64_and_little_more(tmp_path: Path) -> None:
    shape = (2000, 4000)
    np.savez_compressed(tmp_path / "a.npz", np.ones(shape, dtype=bool))
    tracemalloc.start()
    grid = read_npz(tmp_path / "a.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert grid.values.shape == shape
    assert peak < grid.values.nbytes + 8 * BLOCK


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (raw("(2, 2)", bytes(24)), "is cut short: 2 rows of 2 float64 numbers take 160 bytes, it has 152"),
        (raw("(2, 2)", bytes(40)), "goes on after its array: 2 rows of 2 float64 numbers take 160 bytes"),
        (raw("(-2, 2)"), "is damaged: its header says that its shape is (-2, 2)"),
        (raw("(2, 2)", descr="'|O'"), "Object arrays cannot be loaded: pickles are never opened"),
        (raw("(2, 2)", descr="[('a', '<f8')]"), "holds [('a', '<f8')] values; a table holds real numbers"),
        (raw("(2, 2)", descr="'<M8[s]'"), "holds datetime64[s] values"),
        (raw("(2,)", bytes(16)), "has 1 dimensions; a table has 2"),
        (b"\x93NUMPY\2\0\xff\xff\xff\x7f", "is damaged: its header would be 2147483647 bytes long"),
        (b"\x93NUMPY\3\0\1\0\0\0 ", "is a .npy file of version 03.00; tables have 1.0 or 2.0"),
        (b"\x93NUM", "is not a .npy file (its first bytes say so)"),
        (raw("(" * 300), "cannot be read as a .npy file"),
        (raw("(2, '2')"), "cannot be read as a .npy file"),
        (raw(f"({'9' * 5000}, 2)"), "cannot be read as a .npy file"),
    ],
)
def test_what_an_array_says_of_itself_is_checked(tmp_path: Path, content: bytes, message: str) -> None:
    assert message in complaint(written(tmp_path / "a.npy", content))
    assert message.replace(".npy file", ".np") in complaint(
        zipped(tmp_path / "a.npz", ("X.npy", content))
    ).replace(".npz file", ".np").replace(".npy file", ".np")


def test_bytes_that_are_no_long_double_are_not_finite_and_no_warning(tmp_path: Path) -> None:
    """Found by fuzzing: 80-bit patterns without their leading bit."""
    content = raw("(2, 3)", bytes(range(1, 97)), descr="'<f16'")
    assert complaint(written(tmp_path / "a.npy", content)).endswith("is not a finite number")


def test_version_2_is_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.eye(3), version=(2, 0))
    assert read_npy(written(tmp_path / "a.npy", file.getvalue())).values.tolist() == np.eye(3).tolist()


def test_an_array_that_python_2_wrote_is_read(tmp_path: Path) -> None:
    assert read_npy(written(tmp_path / "a.npy", raw("(2L, 1L)", bytes(16)))).values.shape == (2, 1)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_changed_number_in_an_archive_is_noticed(tmp_path: Path, method: int) -> None:
    content = raw("(20, 20)", np.random.default_rng(0).normal(size=400).tobytes())
    path = zipped(tmp_path / "a.npz", ("X.npy", content), method=method)
    assert read_npz(path).values.shape == (20, 20)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    assert "cannot be read as a .npz file" in complaint(written(path, bytes(whole)))


def test_the_arrays_of_an_archive_are_counted_and_named(tmp_path: Path) -> None:
    many = [(f"{name}.npy", raw("(2, 2)", bytes(32))) for name in "abcdefgh"]
    assert complaint(zipped(tmp_path / "a.npz", *many)).startswith(": holds 8 arrays (a, b, c, d, e, ...)")
    shady = zipped(tmp_path / "b.npz", ("\x1b[31mX.npy", raw("(2, 2)", np.full(4, np.nan).tobytes())))
    assert complaint(shady).startswith("[\\x1b[31mX], row 0, column 0 (counted from 0): nan")


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.npz", ("X.npy", raw("(2, 2)", bytes(32))), method=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    assert complaint(written(path, bytes(content))) == ": is locked with a password"
