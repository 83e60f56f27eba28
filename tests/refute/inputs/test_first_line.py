"""What line 1 is taken for, and when that is in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.inputs.first_line import NUMBER, DoubtError, FirstLine, has_index, taken_for


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a,b", FirstLine.NAMES),
        (",a,b", FirstLine.NAMES),
        ("sepal length (cm),größe,°C,x1,_y", FirstLine.NAMES),
        ("a,a", FirstLine.NAMES),
        ("# x,y", FirstLine.NAMES),
        ("e5,infinite", FirstLine.NAMES),
        ("0,1,2,3", FirstLine.NUMBERED),
        (",0,1,2", FirstLine.NUMBERED),
        ("0", FirstLine.NUMBERED),
        ("1,2", FirstLine.DATA),
        ("0.0,1.0", FirstLine.DATA),
        ("1,0", FirstLine.DATA),
        ("00,1", FirstLine.DATA),
        ("nan,-inf", FirstLine.DATA),
        ("-3e-7,+4.", FirstLine.DATA),
    ],
)
def test_what_is_plain_is_taken_for_what_it_is(line: str, found: FirstLine) -> None:
    assert taken_for(line.split(",")) is found


@pytest.mark.parametrize(
    ("line", "column", "problem"),
    [
        ("NA|NA", 1, "'NA' is neither a number nor plainly a name"),
        ("a|n/a", 2, "'n/a' is neither a number nor plainly a name"),
        ("Na|Cl", 1, "'Na' is neither a number nor plainly a name"),
        ("|||", 1, "the cell is empty"),
        ("a||b", 2, "the cell is empty"),
        ("|1.5|2.5", 1, "the cell is empty"),
        ("1,5|2,5", 1, "'1,5' is neither a number nor plainly a name; decimals are written with a point"),
        ("1.0D0|2.0D0", 1, "'1.0D0' is neither a number nor plainly a name; exponents are written with e"),
        ("1 2|a", 1, "'1 2' is neither a number nor plainly a name; cells separated by blanks need "
         "--delimiter space"),
        ("a|1", 1, "'a' is not a number"),
        ("x|y|2020", 1, "'x' is not a number"),
        ("1|b", 2, "'b' is not a number"),
        ("1_0|2_0", 1, "'1_0' is neither a number nor plainly a name"),
        ("0x1F|0x2", 1, "'0x1F' is neither a number nor plainly a name"),
        ("1st|2nd", 1, "'1st' is neither a number nor plainly a name"),
        ("$1.50|$2", 1, "'$1.50' is neither a number nor plainly a name"),
        ("١|٢", 1, "'١' is neither a number nor plainly a name"),
        ("-|-", 1, "'-' is neither a number nor plainly a name"),
        ("\N{MINUS SIGN}1|\N{MINUS SIGN}2", 1, "'\N{MINUS SIGN}1' is neither a number nor plainly a name"),
        ("\x1b[31m1|5", 1, "'\\x1b[31m1' is not a number"),
    ],
)  # fmt: skip
def test_what_may_be_either_is_in_doubt(line: str, column: int, problem: str) -> None:
    with pytest.raises(DoubtError) as caught:
        taken_for(line.split("|"))
    assert (caught.value.column, str(caught.value)) == (column, problem)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_a_line_without_numbers_and_without_names_is_never_dropped(cells: list[str]) -> None:
    """Only names make a header, or 0, 1, 2, ...; each name has a letter and is no number."""
    try:
        found = taken_for(cells)
    except DoubtError:
        return
    named = cells[1:] if has_index(cells) else cells
    if found is FirstLine.DATA:
        assert all(map(NUMBER.fullmatch, cells))
    elif found is FirstLine.NUMBERED:
        assert named == [str(number) for number in range(len(named))]
    else:
        assert all(any(map(str.isalpha, cell)) and not NUMBER.fullmatch(cell) for cell in named)
