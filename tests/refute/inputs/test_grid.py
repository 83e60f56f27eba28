"""How many numbers are read, which integers are, and how a file is quoted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import InputError
from refute.inputs.grid import LARGEST, put, require_room, shown

NEAR = [2**53, -(2**53), 2**62, -(2**63), 0, 2**54 + 2**32]
INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.builds(lambda a, b: a + b, st.sampled_from(NEAR), st.integers(0, 70)),
    st.builds(lambda bits, shift: bits << shift, st.integers(0, 2**54 - 1), st.integers(0, 9)),
)


def test_as_much_as_is_read_and_one_more() -> None:
    require_room("x", LARGEST, 1)
    require_room("x", LARGEST // 2, 2)
    message = r"x: holds 134217729 rows of 1 numbers, 1 GiB as float64; at most 134217728 numbers \(1 GiB\)"
    with pytest.raises(InputError, match=message):
        require_room("x", LARGEST + 1, 1)
    with pytest.raises(InputError, match=r"745\.1 GiB as float64"):
        require_room("x", 10**8, 1000)


@given(INTEGERS, st.sampled_from(["<i8", ">i8", "<u8"]))
def test_an_integer_is_read_exactly_or_refused(number: int, dtype: str) -> None:
    number = abs(number) if dtype == "<u8" else number
    block = np.array([[0, number]], dtype=dtype)
    target = np.zeros((1, 2))
    if int(float(number)) == number:
        put(target, block, "x", (0, 0))
        assert int(target[0, 1]) == number
    else:
        with pytest.raises(InputError, match=rf"^x, row 4, column 6 \(counted from 0\): {number} is a whole"):
            put(target, block, "x", (4, 5))


def test_the_largest_integers_are_judged_as_well() -> None:
    for number, dtype in ((2**64 - 1, np.uint64), (2**63 - 1, np.int64), (2**63 + 1, np.uint64)):
        with pytest.raises(InputError, match=str(number)):
            put(np.zeros((1, 1)), np.array([[number]], dtype=dtype), "x", (0, 0))


def test_two_integers_that_float64_takes_for_one_are_never_one_point() -> None:
    with pytest.raises(
        InputError, match=r"row 1, column 0 \(counted from 0\): 9007199254740993 is a whole number"
    ):
        put(np.zeros((2, 1)), np.array([[2**53], [2**53 + 1]]), "x", (0, 0))


def test_shorter_types_are_read_as_they_are() -> None:
    for dtype in (bool, np.int8, np.uint32, np.float16, np.float32, ">f4"):
        target = np.zeros((1, 2))
        put(target, np.array([[0, 1]], dtype=dtype), "x", (0, 0))
        assert target.tolist() == [[0, 1]]


@given(st.text())
def test_what_is_quoted_is_short_and_cannot_command_a_terminal(text: str) -> None:
    assert shown(text).isprintable() and len(shown(text)) <= 60


def test_what_is_plain_is_quoted_as_it_is() -> None:
    assert shown("sepal width") == "sepal width"
    assert shown("\x1b[31m") == "\\x1b[31m"
    assert shown("x" * 61) == "x" * 57 + "..."
