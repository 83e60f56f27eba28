"""Decisions in ball arithmetic are never wrong, and open only where the precision is short."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from refute.numerics.balls import (
    PRECISIONS,
    Order,
    at_rising_precision,
    enclosure_of,
    order,
    order_of_smallest_eigenvalue,
    precision,
)
from refute.numerics.enclosure import Enclosure
from tests.refute.numerics.test_spectrum import with_spectrum

NUMBERS = st.floats(-(2.0**500), 2.0**500)


def balls(rows: list[list[float]]) -> list[list[arb]]:
    return [[arb(entry) for entry in row] for row in rows]


def test_balls_are_ordered_only_when_they_are_apart_or_exact() -> None:
    assert order(arb(1), arb(2)) is Order.LESS
    assert order(arb(2), arb(1)) is Order.GREATER
    assert order(arb(1), arb(1)) is Order.EQUAL
    assert order(arb(1, 0.5), arb(2, 0.25)) is Order.LESS
    assert order(arb(1, 0.5), arb(2, 0.75)) is Order.UNKNOWN
    assert order(arb(1, 0.5), arb(1, 0.5)) is Order.UNKNOWN


@pytest.mark.parametrize(
    ("rows", "bound", "answer"),
    [
        ([[2.0, 1.0], [1.0, 2.0]], 0.0, Order.GREATER),
        ([[2.0, 1.0], [1.0, 2.0]], 1.0, Order.EQUAL),
        ([[2.0, 1.0], [1.0, 2.0]], 1.5, Order.LESS),
        ([[1.0, 1.0], [1.0, 1.0]], 0.0, Order.EQUAL),
        ([[0.0, 0.0], [0.0, 0.0]], 0.0, Order.EQUAL),
        ([[0.0, 1.0], [1.0, 0.0]], 0.0, Order.LESS),
        ([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], 0.0, Order.LESS),
        ([[1.0, 2.0], [2.0, 1.0]], 0.0, Order.LESS),
        ([[5.0]], 5.0, Order.EQUAL),
        ([[5.0]], 4.0, Order.GREATER),
        ([[-1.0, 0.0], [0.0, 3.0]], -2.0, Order.GREATER),
    ],
)
def test_small_matrices_give_every_answer(rows: list[list[float]], bound: float, answer: Order) -> None:
    assert order_of_smallest_eigenvalue(balls(rows), arb(bound)) is answer


def test_a_pivot_that_straddles_zero_is_unknown() -> None:
    assert order_of_smallest_eigenvalue([[arb(1, 0.25)]], arb(1)) is Order.UNKNOWN
    wide = [[arb(1), arb(1, 0.25)], [arb(1, 0.25), arb(1)]]
    assert order_of_smallest_eigenvalue(wide, arb(0)) is Order.UNKNOWN


@given(
    st.sampled_from([1, 2, 4, 8]).flatmap(lambda n: st.lists(st.integers(-30, 30), min_size=n, max_size=n)),
    st.integers(-31, 31),
)
def test_the_order_of_a_known_eigenvalue_is_never_wrong(values: list[int], bound: int) -> None:
    smallest = min(values)
    truth = Order.LESS if smallest < bound else Order.GREATER if smallest > bound else Order.EQUAL
    with precision(256):
        answer = order_of_smallest_eigenvalue(balls(with_spectrum(values).tolist()), arb(bound))
    # An exact tie may hide behind a quotient that no number of bits holds; nothing else may stay open.
    assert answer is truth or (truth is Order.EQUAL and answer is Order.UNKNOWN)


def test_the_precision_rises_until_the_answer_is_known() -> None:
    def decide() -> Order:
        return order(arb(2).sqrt() ** 2, 2 + arb(2) ** -200)

    with precision(PRECISIONS[0]):
        assert decide() is Order.UNKNOWN
    assert at_rising_precision(decide) == (Order.LESS, PRECISIONS[1])
    assert at_rising_precision(lambda: order(arb(2).sqrt() ** 2, arb(2))) == (Order.UNKNOWN, PRECISIONS[-1])
    assert at_rising_precision(lambda: Order.EQUAL) == (Order.EQUAL, PRECISIONS[0])


def test_the_precision_is_restored_even_after_an_error() -> None:
    def fail() -> Order:
        raise ZeroDivisionError

    before = ctx.prec
    with pytest.raises(ZeroDivisionError):
        at_rising_precision(fail)
    assert ctx.prec == before
    with precision(300):
        assert ctx.prec == 300
    assert ctx.prec == before


@given(NUMBERS, st.floats(0, 2.0**400), st.integers(1, 1000))
def test_the_float_enclosure_holds_the_whole_ball(middle: float, radius: float, divisor: int) -> None:
    with precision(128):
        ball = arb(middle, radius) / divisor
        found = enclosure_of(ball)
        assert arb(found.lower) <= ball.lower() and ball.upper() <= arb(found.upper)


def test_the_float_enclosure_of_numbers_beyond_float64() -> None:
    tiny = arb(10) ** -400
    assert enclosure_of(tiny).lower <= 0 < enclosure_of(tiny).upper
    assert enclosure_of(arb(0)) == Enclosure(0.0, 0.0)
    for ball in (arb(10) ** 400, arb("nan"), arb(1, "inf")):
        with pytest.raises(ValueError, match="encloses nothing"):
            enclosure_of(ball)


@given(NUMBERS, st.floats(0, 2.0**500))
def test_an_enclosure_around_a_number_holds_its_ends(value: float, radius: float) -> None:
    around = Enclosure.around(value, radius)
    assert Fraction(around.lower) <= Fraction(value) - Fraction(radius)
    assert Fraction(around.upper) >= Fraction(value) + Fraction(radius)


@given(NUMBERS, NUMBERS)
def test_middle_and_radius_reach_both_ends(a: float, b: float) -> None:
    found = Enclosure(min(a, b), max(a, b))
    middle = Fraction(found.middle)
    radius = Fraction(found.radius)
    assert middle - radius <= Fraction(found.lower) and Fraction(found.upper) <= middle + radius
    assert found.lower <= found.middle <= found.upper
    assert (radius == 0) == (a == b)


@given(st.floats(-(2.0**200), 2.0**200), st.floats(0, 2.0**200), st.floats(-(2.0**200), 2.0**200))
def test_a_scaled_enclosure_holds_every_multiple(value: float, radius: float, factor: float) -> None:
    found = Enclosure.around(value, radius)
    scaled = found.scaled(factor)
    if abs(factor) >= 2.0**-200 and min(abs(found.lower), abs(found.upper)) >= 2.0**-200:
        for end in (found.lower, found.upper):
            assert Fraction(scaled.lower) <= Fraction(end) * Fraction(factor) <= Fraction(scaled.upper)


@pytest.mark.parametrize("ends", [(1.0, 0.0), (math.nan, 1.0), (0.0, math.inf)])
def test_ends_that_enclose_nothing_are_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="encloses nothing"):
        Enclosure(*ends)


def test_a_minor_that_is_exactly_zero_shows_nothing() -> None:
    open_and_flat = [[arb(0, 2.0**-10), arb(0)], [arb(0), arb(0)]]
    assert order_of_smallest_eigenvalue(open_and_flat, arb(0)) is Order.UNKNOWN
