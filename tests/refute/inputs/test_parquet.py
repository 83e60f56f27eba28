"""Tables in .parquet files; skipped only where pyarrow, which `make setup` installs, is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.basics.errors import InputError
from refute.inputs import parquet
from refute.inputs.reading import Reading
from refute.inputs.tables import read_table
from refute.statement.table import Table


def written(folder: Path, columns: dict[str, Any], names: list[str] | None = None, **options: Any) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    path = folder / "data.parquet"
    write_table(pyarrow.table(list(columns.values()), names=names or list(columns)), path, **options)
    return path


def complaint(path: Path, reading: Reading | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, reading or Reading())
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8, np.uint64, bool])
def test_every_real_type_is_read(tmp_path: Path, dtype: type) -> None:
    columns: dict[str, Any] = {"a": np.array([0, 1, 1]).astype(dtype), "b": np.array([1, 0, 1]).astype(dtype)}
    table = read_table(written(tmp_path, columns))
    assert table.values.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert table.notes == ("no column is an index",)


def test_row_groups_and_batches_fit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(50, 3))
    path = written(tmp_path, dict(zip("abc", values.T, strict=True)), row_group_size=7)
    for block in (1, 10, 12, 1000):
        monkeypatch.setattr(parquet, "BLOCK", block)
        assert read_table(path).values.tolist() == values.tolist()


def index_of(table: Table) -> str:
    (note,) = table.notes
    return note


def test_an_index_of_pandas_is_left_out_and_can_be_kept(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": [1, 2], "__index_level_0__": [7, 8]})
    table = read_table(path)
    assert table.values.tolist() == [[1], [2]]
    assert index_of(table) == "__index_level_0__ is an index of pandas and left out"
    kept = read_table(path, Reading(index="no"))
    assert kept.values.tolist() == [[1, 7], [2, 8]]
    path = written(tmp_path, {"who": ["x", "y"], "a": [1, 2]})
    assert complaint(path).startswith(": column 'who' holds string values; a table holds real numbers")
    for index in ("who", "1", "yes"):
        assert read_table(path, Reading(index=index)).values.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, None], "b": [1, 2]}, ", row 1, column 'a': the cell is empty"),
        ({"a": [1.0, float("nan")], "b": [1, 2]}, ", row 1, column 0 (counted from 0): nan is not a finite"),
        ({"a": [[1], [2]]}, ": column 'a' holds list<"),
        ({"\x1b[31m": ["x", "y"]}, ": column '\\x1b[31m' holds string values"),
        ({"a": [2**53, 2**53 + 1]}, ", row 1, column 0 (counted from 0): 9007199254740993 is a whole number"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    assert complaint(written(tmp_path, columns)).startswith(message)


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": [1, 2], "b": [3, 4]}, names=["x", "x"])
    assert complaint(path) == ": two columns are called 'x'"


def test_what_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, {"a": np.ones(1000)})
    monkeypatch.setattr("refute.inputs.grid.LARGEST", 999)
    assert complaint(path).startswith(": holds 1000 rows of 1 numbers")
    monkeypatch.setattr("refute.inputs.grid.LARGEST", 1000)
    monkeypatch.setattr(parquet, "LARGEST", 1)
    assert ": its parts would be " in complaint(path)


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "data.parquet").write_bytes(b"PAR1 and then nothing")
    assert complaint(tmp_path / "data.parquet").startswith(": cannot be read as a .parquet file: ")


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert complaint(tmp_path / "data.parquet").endswith("pip install 'refute[parquet]'")
