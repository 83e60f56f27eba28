"""Text files: exports of pandas and R, options that say what a file is, and doubts that name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.inputs.reading import Reading
from tests.refute.inputs.delimited_text import NO_HEADER, VALUES, complaint, read

SAY_HEADER = "say what line 1 is with --header yes or --header no"
SAY_INDEX = "may be an index or data; say which with --index-column yes or --index-column no"


@pytest.mark.parametrize(
    ("text", "header", "index"),
    [
        (",a,b\n0,0.25,1.5\n1,3.0,-4.0\n2,1e-07,2.0\n", "a header (a, b)", "its name is empty"),
        (
            ",0,1\n0,0.25,1.5\n1,3.0,-4.0\n2,1e-07,2.0\n",
            "a header that numbers the columns (0 to 1)",
            "empty",
        ),
        ("0,1\n0.25,1.5\n3.0,-4.0\n1e-07,2.0\n", "a header that numbers the columns (0 to 1)", ""),
        ("a,b\n0.25,1.5\n3.0,-4.0\n1e-07,2.0\n", "a header (a, b)", ""),
        ("Unnamed: 0,a,b\n0,0.25,1.5\n1,3,-4\n2,1e-7,2\n", "a header (Unnamed: 0, a, b)", "'Unnamed: 0'"),
        ('"","a","b"\n"x",0.25,1.5\n"y",3,-4\n"z",1e-07,2\n', "a header (a, b)", "its name is empty"),
        (",a,b\n7.5,0.25,1.5\n9.5,3.0,-4.0\n8.5,1e-07,2.0\n", "a header (a, b)", "its name is empty"),
        ("0.25,1.5\n3.0,-4.0\n1e-07,2.0\n", "data", ""),
    ],
)
def test_exports_of_pandas_and_r_are_read_as_they_were_meant(
    tmp_path: Path, text: str, header: str, index: str
) -> None:
    grid = read(tmp_path, text)
    assert grid.values.tolist() == VALUES
    assert grid.notes[0] == f"line 1 is {header}"
    assert (index or "no column is an index") in grid.notes[1]
    assert grid.notes[2] == "cells are separated by commas"


def test_a_header_of_numbers_above_more_columns_is_recognised(tmp_path: Path) -> None:
    assert read(tmp_path, "0,1,2,3\n5,6,7,8\n8,7,6,5\n").values.tolist() == [[5, 6, 7, 8], [8, 7, 6, 5]]
    as_data = read(tmp_path, "0,1,2\n5,6,7\n", NO_HEADER)
    assert as_data.values.tolist() == [[0, 1, 2], [5, 6, 7]]
    assert as_data.notes[0] == "line 1 is data, as --header no says"


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("NA,NA", "column 1: 'NA' is neither a number nor plainly a name"),
        (",", "column 1: the cell is empty"),
        ("1;5,2;5", "column 1: '1' is neither"),
        ("1.0D0,2.0D0", "column 1: '1.0D0' is neither a number nor plainly a name; exponents are written"),
        ("a,1", "column 1: 'a' is not a number"),
        ("1,b", "column 2: 'b' is not a number"),
    ],
)
def test_a_doubtful_first_line_is_an_error_that_names_the_option(
    tmp_path: Path, first: str, problem: str
) -> None:
    comma = Reading(delimiter=",")
    said = complaint(tmp_path, f"{first}\n1,2\n3,4\n", comma)
    assert said.startswith(f", line 1, {problem.replace(chr(39) + '1' + chr(39), repr('1;5'))}")
    assert said.endswith(SAY_HEADER)
    assert read(tmp_path, f"{first}\n1,2\n3,4\n", Reading(header=True, delimiter=",")).values.tolist() == [
        [1, 2],
        [3, 4],
    ]
    again = complaint(tmp_path, f"{first}\n1,2\n3,4\n", Reading(header=False, delimiter=","))
    assert again.startswith(f", line 1, column {problem[7]}: ") and SAY_HEADER not in again


@pytest.mark.parametrize(
    "text",
    ["NA,NA\n1,2\n3,4\n", ",,,\n1,2,3,4\n4,3,2,1\n", "1,5;2,5\n3,5;1,5\n", "1.0D0,2.0D0\n3.0D0,1.0D0\n",
     "1.0 2.0\n3.0 4.0\n", "1|2\n3|4\n", "0,1\n1,0\n", "0\n1\n2\n"],
)  # fmt: skip
def test_no_first_row_is_dropped_in_silence(tmp_path: Path, text: str) -> None:
    assert "--header yes or --header no" in complaint(tmp_path, text)


def test_what_is_not_doubtful_in_two_columns_needs_decimals_everywhere(tmp_path: Path) -> None:
    assert len(read(tmp_path, "0,1\n0.5,2.5\n1.5,1e0\n").values) == 2
    for rest in ("1.5,2.5\n1,0.5\n", "1.5,2\n1.5,2.5\n"):
        assert "may be a header that numbers the columns, or data" in complaint(tmp_path, "0,1\n" + rest)


@pytest.mark.parametrize(
    ("text", "start", "doubt"),
    [
        ("0,0.5,1.5\n1,2.5,1.0\n2,4.5,2.0\n", 0, True),
        ("1,0.5,1.5\n2,2.5,1.0\n3,4.5,2.0\n", 1, True),
        ("time,x\n0,0.5\n1,2.5\n2,1.0\n", 0, True),
        ("Id,x\n1,5\n2,7\n3,7\n", 1, True),
        ("id,x\n1,5\n2,7\n4,7\n", 1, False),
        ("1,2\n2,4\n3,6\n", 1, False),
        ("0,0.5\n1,1.5\n", 0, False),
        ("0,0.5\n1,1.5\n2,3\n", 0, False),
        ("1.0,0.5\n2.0,1.5\n3.0,3.5\n", 1, False),
    ],
)
def test_a_column_that_counts_rows_is_in_doubt_where_numbers_have_decimals(
    tmp_path: Path, text: str, start: int, doubt: bool
) -> None:
    if not doubt:
        assert read(tmp_path, text).notes[1] == "no column is an index"
        return
    said = complaint(tmp_path, text)
    assert f"counts the rows from {start} on and {SAY_INDEX}" in said
    kept = read(tmp_path, text, Reading(index="no"))
    dropped = read(tmp_path, text, Reading(index="yes"))
    assert kept.values[:, 1:].tolist() == dropped.values.tolist()
    assert kept.notes[1] == "no column is an index, as --index-column no says"
    assert dropped.notes[1] == "column 1 is an index and left out, as --index-column yes says"


def test_an_index_can_be_named_or_counted(tmp_path: Path) -> None:
    text = "a,who,b\n1,ann,2\n3,bob,4\n"
    assert complaint(tmp_path, text) == ", line 2, column 2: 'ann' is not a number"
    for index in ("who", "2"):
        grid = read(tmp_path, text, Reading(index=index))
        assert grid.values.tolist() == [[1, 2], [3, 4]]
        assert (grid.columns, grid.lines) == ((1, 3), (2, 3))
    first = complaint(tmp_path, "who,a\nann,2\nbob,4\n")
    assert first == ", line 2, column 1: 'ann' is not a number; --index-column yes leaves column 1 out"
    for index, problem in (
        ("4", "it has columns 1 to 3"),
        ("0", "it has columns 1 to 3"),
        ("9" * 30, "it has columns 1 to 3"),
        ("c", "0 columns have that name; give its number, from 1"),
    ):
        assert complaint(tmp_path, text, Reading(index=index)).endswith(problem)
    assert complaint(tmp_path, "x,x\n1,2\n3,4\n", Reading(index="x")).endswith(
        ": 2 columns have that name; give its number, from 1"
    )
    assert "it has no header" in complaint(tmp_path, "1,2\n3,4\n", Reading(index="x"))
    assert (
        complaint(tmp_path, "x\n1\n3\n", Reading(index="yes")) == ": has one column, which cannot be an index"
    )


def test_an_index_that_is_not_one_can_be_kept(tmp_path: Path) -> None:
    grid = read(tmp_path, ",a\n1,2\n3,4\n", Reading(index="no"))
    assert grid.values.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "delimiter", "words"),
    [
        ("1 2\n3 4\n", " ", "blanks"),
        ("  1.5  2\t3 \n 4 5 6\n\n", " ", "blanks"),
        ("1|2\n3|4\n", "|", "'|'"),
        ("1:2\n3:4\n", ":", "':'"),
        ("1;2\n3;4\n", ";", "semicolons"),
        ("1\t2\n3\t4\n", "\t", "tabs"),
    ],
)
def test_other_delimiters_can_be_said(tmp_path: Path, text: str, delimiter: str, words: str) -> None:
    grid = read(tmp_path, text, Reading(delimiter=delimiter))
    assert grid.values[0, 0] in (1, 1.5) and len(grid.values) == 2
    assert grid.notes[2] == f"cells are separated by {words}"


def test_a_tsv_file_has_tabs(tmp_path: Path) -> None:
    assert read(tmp_path, "1\t2\n3\t4\n", name="data.tsv").notes[2] == "cells are separated by tabs"
    said = complaint(tmp_path, "1,2\n3,4\n", name="data.tsv")
    assert "column 1: '1,2' is neither" in said and said.endswith(SAY_HEADER)
    comma = read(tmp_path, "1,2\n3,4\n", Reading(delimiter=","), "data.tsv")
    assert comma.values.tolist() == [[1, 2], [3, 4]]


CELLS = st.floats(allow_nan=False, allow_infinity=False).map(repr)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=6), st.booleans(), st.booleans()
)
def test_an_export_with_and_without_index_and_header_is_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], index: bool, named: bool
) -> None:
    """As pandas writes a frame of floats: `to_csv(index=index)`, columns with names or numbers."""
    head = ["a", "b", "c"] if named else ["0", "1", "2"]
    lines = [[""] * index + head, *([str(at)] * index + row for at, row in enumerate(rows))]
    grid = read(tmp_path_factory.mktemp("frame"), "\n".join(map(",".join, lines)) + "\n")
    assert grid.values.tolist() == [list(map(float, row)) for row in rows]
