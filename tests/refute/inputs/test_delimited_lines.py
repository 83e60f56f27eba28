"""Text files line by line: their number and length, quoted line breaks, numbers that float64 cannot hold."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from refute.inputs import delimited
from refute.inputs.delimited import read_text
from refute.inputs.reading import AS_FOUND
from tests.refute.inputs.delimited_text import NO_HEADER, complaint, read


def test_lines_of_another_length_are_told_of_the_sign_that_may_separate_them(tmp_path: Path) -> None:
    said = complaint(tmp_path, "a,b;c\n1,2\n")
    assert said.startswith(", line 2: has 1 cells, but line 1 has 2; cells are separated by semicolons")
    assert complaint(tmp_path, "1,2\n3\n") == ", line 2: has 1 cells, but line 1 has 2"


def test_quoted_line_breaks_count_as_lines(tmp_path: Path) -> None:
    grid = read(tmp_path, '"a\nb",c\n1,2\n3,4\n')
    assert grid.lines == (3, 4)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LONGEST_LINE", 50)
    assert complaint(tmp_path, "1,2\n" + "3" * 60) == ", line 2: is longer than 50 characters"
    assert read(tmp_path, "1,2\n" + "3" * 15 + ".0," + "3" * 15).values.shape == (2, 2)


def test_too_many_numbers_are_refused_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LARGEST", 5)
    monkeypatch.setattr("refute.inputs.grid.LARGEST", 5)
    said = complaint(tmp_path, "1,2\n3,4\n5,6\nx,y\n")
    assert said.startswith(": holds 3 rows of 2 numbers") and "at most 5 numbers" in said


def test_a_long_file_is_never_whole_in_memory_as_text(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(4000, 50))
    text = "\n".join(",".join(map(repr, row.tolist())) for row in values)
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    tracemalloc.start()
    grid = read_text(tmp_path / "data.csv", AS_FOUND)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (grid.values == values).all()
    assert peak < len(text)


@pytest.mark.parametrize("number", ["9007199254740993", "-9007199254740993", "123456789012345678901"])
def test_a_whole_number_that_float64_cannot_hold_is_refused_with_its_place(
    number: str, tmp_path: Path
) -> None:
    """Rounded, 2^53 and 2^53 + 1 would be the same point."""
    said = complaint(tmp_path, f"1.5,2\n3,{number}\n", NO_HEADER)
    assert said.startswith(f", line 2, column 2: {number} is a whole number that float64 cannot hold")
    assert "subtract a constant" in said


@pytest.mark.parametrize(
    "number", ["9007199254740992", "36893488147419103232", "9007199254740993.0", "1e300"]
)
def test_what_float64_holds_or_was_written_as_a_float_is_read(number: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"1.5,2\n3,{number}\n", NO_HEADER).values[1, 1] == float(number)


def test_a_tab_is_named_in_a_complaint(tmp_path: Path) -> None:
    said = complaint(tmp_path, '""x\t0.0\n', name="data.tsv")
    assert said == ", line 1: a tab expected after '\"'"
