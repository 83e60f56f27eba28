from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import InputError
from refute.inputs.reading import Reading
from refute.inputs.tables import as_samples, load_dataset, read_table


def written(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def saved(folder: Path, array: object, name: str = "data.npy") -> Path:
    path = folder / name
    np.save(path, np.asarray(array), allow_pickle=True)
    return path


def complaint(path: Path) -> str:
    """The one line that a user reads, without the name of the file, which it must begin with."""
    with pytest.raises(InputError) as caught:
        read_table(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text.removeprefix(str(path))


VALUES = [[1.5, -2.0], [3e-7, 4.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    "text",
    [
        "1.5,-2\n3e-7,4\n0,1\n",
        "a,b\n1.5,-2\n3e-7,4\n0,1",
        "1.5;-2\r\n3e-7;4\r\n0;1\r\n\r\n  \n",
        "x\ty\n1.5\t-2.0\n3E-7\t+4.\n.0\t1\n",
        '\ufeff"a","b"\n"1.5","-2"\n 3e-7 , 4 \n0,1\n\n',
    ],
)
def test_the_same_numbers_come_out_of_every_way_to_write_them(tmp_path: Path, text: str) -> None:
    table = read_table(written(tmp_path, text))
    assert table.values.tolist() == VALUES
    assert table.values.dtype == np.float64
    assert not table.values.flags.writeable


def test_rows_of_text_know_their_line(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a,b\n1,2\n3,4\n"))
    assert [table.label(row) for row in range(2)] == ["row 0 (line 2)", "row 1 (line 3)"]


def test_arrays_are_read_as_they_were_saved(tmp_path: Path) -> None:
    assert read_table(saved(tmp_path, VALUES)).values.tolist() == VALUES
    np.savez(tmp_path / "one.npz", X=np.asfortranarray(VALUES))
    table = read_table(tmp_path / "one.npz")
    assert table.values.tolist() == VALUES
    assert table.name == f"{tmp_path / 'one.npz'}[X]"
    assert read_table(saved(tmp_path, np.array([[1, 2], [3, 4]], dtype=np.int16))).label(1) == "row 1"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=8, unique_by=abs))
def test_every_double_survives_a_csv_file(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    path = written(tmp_path_factory.mktemp("csv"), "\n".join(f"1,{number!r}" for number in numbers))
    assert read_table(path).values[:, 1].tolist() == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the file is empty"),
        ("\n \n", ": the file has only blank lines"),
        ("a,b\n", ": no row follows the header on line 1"),
        ("1,2\n3\n", ", line 2: has 1 cells, but line 1 has 2"),
        ("a,b\n1,2\n3,4,5\n", ", line 3: has 3 cells, but line 1 has 2"),
        ("a,b,c\n1,2\n3,4\n", ", line 2: has 2 cells, but line 1 has 3"),
        ("1,2\n3,four\n", ", line 2, column 2: 'four' is not a number"),
        (
            "a,1\n3,4\n",
            ", line 1, column 1: 'a' is not a number; say what line 1 is with --header yes or --header no",
        ),
        ("1,2\n3,-1e999\n", ", line 2, column 2: -1e999 is not a finite number"),
        ("1,2\n3,\n", ", line 2, column 2: the cell is empty"),
        ("1,2\n\n3,4\n", ", line 2: is blank"),
        ("1,2\n1_0,4\n", ", line 2, column 1: '1_0' is not a number"),
        ("1;2\n1,5;4\n", ", line 2, column 1: '1,5' is not a number; decimals are written with a point"),
        ("1,2\nNaN,4\n", ", line 2, column 1: NaN is not a finite number"),
        ("1,2\n3,-inf\n", ", line 2, column 2: -inf is not a finite number"),
        ("1,2\n1e999,4\n", ", line 2, column 1: 1e999 is not a finite number"),
        ('1,2\n3,"4\n', ", line 2: unexpected end of data"),
        (b"1,2\n\0\0\n", ": is not text (it holds zero bytes); save it as UTF-8"),
    ],
)
def test_what_is_wrong_with_a_text_file_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert complaint(written(tmp_path, text)) == message


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    message = ", line 2: holds the byte 0xe9, which is not UTF-8; save the file as UTF-8"
    assert complaint(written(tmp_path, b"1,2\n\xe9,4\n")) == message


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(3), ": has 1 dimensions; a table has 2, rows and columns"),
        (np.ones((2, 2, 2)), ": has 3 dimensions; a table has 2, rows and columns"),
        (np.ones((2, 2), complex), ": holds complex128 values; a table holds real numbers"),
        (np.array([["a", "b"]]), ": holds <U1 values; a table holds real numbers"),
        (np.ones((0, 3)), ": has no rows"),
        (np.ones((3, 0)), ": has no columns"),
        ([[1, np.nan], [2, 3]], ", row 0, column 1 (counted from 0): nan is not a finite number"),
        ([[1, 2], [2, -np.inf]], ", row 1, column 1 (counted from 0): -inf is not a finite number"),
    ],
)
def test_what_is_wrong_with_an_array_is_named(tmp_path: Path, array: np.ndarray, message: str) -> None:
    assert complaint(saved(tmp_path, array)) == message


def test_a_number_too_large_for_float64_is_infinite(tmp_path: Path) -> None:
    huge = np.array([[np.longdouble("1e400"), 2], [3, 4]], dtype=np.longdouble)
    assert complaint(saved(tmp_path, huge)).endswith("inf is not a finite number")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (tmp_path.joinpath("opened").mkdir, ())

    bomb = pickle.dumps(Bomb())
    for name in ("data.npy", "data.npz"):
        assert "pickles are never opened" in complaint(written(tmp_path, bomb, name))
    assert "Object arrays cannot be loaded" in complaint(saved(tmp_path, np.array([[Bomb()]], dtype=object)))
    np.savez(tmp_path / "object.npz", X=np.array([[Bomb()]], dtype=object))
    assert "Object arrays cannot be loaded" in complaint(tmp_path / "object.npz")
    assert not (tmp_path / "opened").exists()


def test_an_archive_needs_exactly_one_array(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", X=np.eye(2), y=np.eye(3))
    assert complaint(tmp_path / "two.npz") == ": holds 2 arrays (X, y); a table needs exactly one"
    np.savez(tmp_path / "none.npz")
    assert complaint(tmp_path / "none.npz") == ": holds 0 arrays (none); a table needs exactly one"


def test_places_without_a_file_are_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "absent.npy") == ": there is no such file"
    (tmp_path / "folder.csv").mkdir()
    assert complaint(tmp_path / "folder.csv") == ": is a directory, not a file"
    formats = ".npy, .npz, .csv, .tsv and .parquet files"
    assert complaint(written(tmp_path, "1", "data.txt")) == f": tables are read from {formats}"
    assert "cannot be read as a .csv file" in complaint(tmp_path / ("x" * 5000 + ".csv"))


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, **mode: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, "1,2\n3,4")
    monkeypatch.setattr(Path, "open", denied)
    assert complaint(path) == ": cannot be read as a .csv file: Permission denied"


@given(st.data())
def test_damage_never_ends_in_anything_but_a_table_or_a_complaint(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    np.save(folder / "a.npy", np.array(VALUES))
    np.savez_compressed(folder / "a.npz", np.array(VALUES))
    (folder / "a.csv").write_text("a,b\n1.5,-2\n3e-7,4\n0,1\n")
    path = folder / data.draw(st.sampled_from(["a.npy", "a.npz", "a.csv"]))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        table = read_table(path)
    except InputError:
        return
    assert np.isfinite(table.values).all()
    assert len(table.rows) == len(table.values) >= 2


def test_columns_can_be_the_samples(tmp_path: Path) -> None:
    across = Reading(columns=True)
    table = read_table(saved(tmp_path, [[1, 2, 0], [3, 4, 0.5]]), across)
    assert table.values.tolist() == [[1, 3], [2, 4], [0, 0.5]]
    assert (table.label(2), table.noun, table.values.flags.c_contiguous) == ("column 2", "column", True)
    table = read_table(written(tmp_path, ",a,b\nx,1,2\ny,3,4\n"), across)
    assert table.values.tolist() == [[1, 3], [2, 4]]
    assert table.label(1) == "column 1 (column 3 of the file)"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_plain_file_is_never_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    for name in ("data.csv", "data.npy", "data.npz", "data.parquet"):
        make(tmp_path / name)
        assert complaint(tmp_path / name) in (": is a pipe, not a file", ": is a device, not a file")


@pytest.mark.parametrize(
    ("name", "reading", "option"),
    [
        ("data.npy", Reading(header=True), "--header"),
        ("data.npz", Reading(delimiter=","), "--delimiter"),
        ("data.npy", Reading(index="no"), "--index-column"),
        ("data.parquet", Reading(header=False), "--header"),
    ],
)
def test_an_option_that_says_nothing_of_a_file_is_refused(
    tmp_path: Path, name: str, reading: Reading, option: str
) -> None:
    with pytest.raises(InputError, match=f"^{option} is for "):
        read_table(tmp_path / name, reading)
    with pytest.raises(InputError, match="and not for a data set"):
        as_samples(load_dataset("digits"), reading)


def test_rows_may_repeat_and_whole_numbers_stay_what_they_are(tmp_path: Path) -> None:
    assert len(read_table(written(tmp_path, "a,b\n1,0\n2,3\n1,-0\n")).values) == 3
    assert complaint(saved(tmp_path, np.array([[2**53, 1], [2**53 + 1, 1]]))).startswith(
        ", row 1, column 0 (counted from 0): 9007199254740993 is a whole number that float64 cannot hold"
    )
