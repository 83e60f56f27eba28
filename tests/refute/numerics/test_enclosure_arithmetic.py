"""Arithmetic of enclosures holds every result of the numbers in them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refute.numerics import Enclosure

FLOATS = st.floats(-(2.0**100), 2.0**100).filter(lambda x: x == 0 or abs(x) > 2.0**-100)
SHARES = st.fractions(0, 1)


@st.composite
def enclosures(draw: st.DrawFn) -> tuple[Enclosure, Fraction]:
    """An enclosure and a number in it."""
    low, high = sorted((draw(FLOATS), draw(FLOATS)))
    return Enclosure(low, high), Fraction(low) + draw(SHARES) * (Fraction(high) - Fraction(low))


def holds(enclosure: Enclosure, number: Fraction) -> bool:
    return Fraction(enclosure.lower) <= number <= Fraction(enclosure.upper)


@given(enclosures(), enclosures())
def test_results_are_inside(first: tuple[Enclosure, Fraction], second: tuple[Enclosure, Fraction]) -> None:
    left, x = first
    right, y = second
    assert holds(left + right, x + y) and holds(left - right, x - y) and holds(left * right, x * y)
    assert holds(-left, -x) and holds(left.smaller(right), min(x, y)) and holds(left.larger(right), max(x, y))
    if right.lower > 0 or right.upper < 0:
        assert holds(left / right, x / y) and holds(1.0 / right, 1 / y)
    else:
        with pytest.raises(ZeroDivisionError):
            left / right


@given(enclosures(), FLOATS)
def test_floats_are_enclosures_of_no_width(one: tuple[Enclosure, Fraction], factor: float) -> None:
    enclosure, x = one
    z = Fraction(factor)
    assert holds(factor + enclosure, z + x) and holds(factor - enclosure, z - x)
    assert holds(factor * enclosure, z * x)


@given(enclosures(), st.integers(1, 4))
def test_roots_and_powers(one: tuple[Enclosure, Fraction], power: int) -> None:
    enclosure, x = one
    assume(enclosure.lower >= 0)
    root = enclosure.root()
    assert root.lower >= 0 and Fraction(root.lower) ** 2 <= x <= Fraction(root.upper) ** 2
    assert holds(enclosure**power, x**power)


def test_a_negative_number_has_no_root() -> None:
    with pytest.raises(ValueError, match="no square root"):
        Enclosure(-2.0, -1.0).root()
    assert Enclosure(-1.0, 4.0).root().lower == 0.0


@given(enclosures(), enclosures())
def test_certainly_is_said_of_all_numbers_inside(
    first: tuple[Enclosure, Fraction], second: tuple[Enclosure, Fraction]
) -> None:
    left, x = first
    right, y = second
    assert not left.certainly_above(right) or x > y
    assert not left.certainly_below(right) or x < y
    assert left.certainly_above(right) == right.certainly_below(left)


def test_touching_enclosures_are_not_certainly_apart() -> None:
    assert not Enclosure(1.0, 2.0).certainly_above(1.0)
    assert Enclosure(1.0, 2.0).certainly_above(0.5) and Enclosure(1.0, 2.0).certainly_below(2.5)
