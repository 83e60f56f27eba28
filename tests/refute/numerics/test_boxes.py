"""Inequalities on boxes: what is true is proved, what is false is not, and what resists is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from refute.numerics import boxes
from refute.numerics.balls import precision
from refute.numerics.boxes import Answer, Side, is_positive, quotient

BARELY = 2.0**-60


def parabola(offset: Callable[[], arb]) -> Callable[[Any], Any]:
    """(x - 1/3)^2 + offset: its minimum lies at no float."""
    return lambda x: (x - arb(1) / 3) * (x - arb(1) / 3) + offset()


def near(answer: Answer, targets: tuple[float, ...], distance: float) -> bool:
    """Whether all of the box that is named lies near the target."""
    return all(
        abs(x - target) <= distance for side, target in zip(answer.box, targets, strict=True) for x in side
    )


@pytest.mark.parametrize(
    ("function", "side"),
    [
        (lambda x: x * x + 1, (-3.0, 2.0)),
        (lambda x: x.exp() - x, (-5.0, 5.0)),
        (lambda x: 2 - x.sin() - x.cos(), (0.0, 7.0)),
        (lambda x: 1 + 0 * x, (0.0, 1.0)),
        (lambda x: (1 + x).log() + x, (0.125, 9.0)),
        (lambda _: arb(1), (0.0, 1.0)),
    ],
)
def test_true_inequalities_are_proved(function: Callable[[Any], Any], side: Side) -> None:
    answer = is_positive(function, side)
    assert answer.positive is True and answer.box == ()
    assert str(answer).startswith("decided on ")


@pytest.mark.parametrize(
    ("function", "side"),
    [
        (lambda x: x, (-1.0, 1.0)),
        (lambda x: x.exp() - 1 - 2 * x, (0.5, 2.0)),
        (lambda x: 0 * x, (0.0, 1.0)),
        (lambda x: -1 - x * x, (0.0, 1.0)),
        (lambda x: x.cos() + arb(2) ** -20, (0.0, 3.25)),
    ],
)
def test_false_inequalities_are_refuted_at_a_place_where_they_fail(
    function: Callable[[Any], Any], side: Side
) -> None:
    answer = is_positive(function, side)
    assert answer.positive is False
    ((low, high),) = answer.box
    assert side[0] <= low <= high <= side[1]
    with precision(128):
        assert arb(0) + function(arb(low)) <= 0 and arb(0) + function(arb(high)) <= 0
    assert str(answer).startswith("not positive on [")


def test_barely_true_is_proved_and_barely_false_refuted() -> None:
    side = (-1.0, 1.0)
    assert is_positive(parabola(lambda: arb(BARELY)), side).positive is True
    false = is_positive(parabola(lambda: -arb(BARELY)), side)
    assert false.positive is False and near(false, (1 / 3,), math.sqrt(BARELY))


def test_a_tangent_zero_is_not_settled_and_named() -> None:
    answer = is_positive(parabola(lambda: arb(0)), (-1.0, 1.0))
    assert answer.positive is None and near(answer, (1 / 3,), 2 * 2.0**-boxes.DEPTH)
    assert str(answer).startswith("not settled on [0.333333333")


def test_a_failure_elsewhere_is_found_behind_a_tangent_zero() -> None:
    answer = is_positive(lambda x: (x - arb(1) / 3) * (x - arb(1) / 3) * (arb(3) / 4 - x), (0.0, 1.0))
    assert answer.positive is False and answer.box[0][0] > 0.7


def test_the_cap_ends_the_work_without_a_verdict() -> None:
    answer = is_positive(parabola(lambda: arb(BARELY)), (-1.0, 1.0), cap=10)
    assert answer.positive is None and answer.boxes == 10
    assert len(answer.box) == 1


@pytest.mark.parametrize(
    ("function", "side", "zeros", "positive"),
    [
        (lambda x: x, (0.0, 1.0), {0.0: 1}, True),
        (lambda x: x, (-1.0, 0.0), {0.0: 1}, False),
        (lambda x: x, (-1.0, 1.0), {0.0: 1}, False),
        (lambda x: -x * x * x, (-1.0, 0.0), {0.0: 3}, True),
        (lambda x: x * x * (2 + x), (-1.0, 1.0), {0.0: 2}, True),
        (lambda x: x - x.sin(), (0.0, 10.0), {0.0: 3}, True),
        (lambda x: x - x.sin(), (-10.0, 0.0), {0.0: 3}, False),
        (lambda x: x.exp() - 1 - x, (-3.0, 3.0), {0.0: 2}, True),
        (lambda x: x.exp() - 1 - x - x * x / 2, (-3.0, 3.0), {0.0: 3}, False),
        (lambda x: (arb.pi() * x).sin(), (0.0, 1.0), {0.0: 1, 1.0: 1}, True),
        (lambda x: x * x * (x - 1) * (x - 1) * (x + 1), (-1.0, 2.0), {-1.0: 1, 0.0: 2, 1.0: 2}, True),
        (lambda x: x * x * (x - arb(1) / 2), (0.0, 2.0), {0.0: 2}, False),
    ],
)
def test_stated_zeros_are_stepped_over_and_the_rest_is_decided(
    function: Callable[[Any], Any], side: Side, zeros: dict[float, int], positive: bool
) -> None:
    assert is_positive(function, side, zeros=zeros).positive is positive


def test_without_the_stated_zero_the_same_inequality_is_not_proved() -> None:
    answer = is_positive(lambda x: x - x.sin(), (0.0, 1.0), cap=500)
    assert answer.positive is None and answer.box[0][0] < 2.0**-10


@pytest.mark.parametrize(
    ("sides", "zeros", "message"),
    [
        ((), {}, "every side needs a lower end below its upper end"),
        (((1.0, 1.0),), {}, "every side needs"),
        (((0.0, 1.0), (2.0, 1.0)), {}, "every side needs"),
        (((0.0, math.nan),), {}, "every side needs"),
        (((0.0, 1.0), (0.0, 1.0)), {0.0: 1}, "zeros are stated for functions of one parameter"),
        (((0.0, 1.0),), {2.0: 1}, "the zero 2.0 lies outside of"),
        (((0.0, 1.0),), {1.0: 1}, "does not vanish to order 1 at 1.0"),
        (((0.0, 1.0),), {0.0: 3}, "does not vanish to order 3 at 0.0"),
        (((0.0, 1.0),), {0.0: 0}, "does not vanish to order 0 at 0.0"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    sides: tuple[Side, ...], zeros: dict[float, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        is_positive(lambda x, *_: x * x, *sides, zeros=zeros)


def test_a_function_that_loses_coefficients_is_refused() -> None:
    with pytest.raises(ValueError, match="loses its Taylor coefficients beyond order 0"):
        quotient(lambda x: x.sin() / x, arb(0), 0.0, 1)


@pytest.mark.parametrize("slack", [2.0**-14, -(2.0**-14)])
def test_two_parameters_are_decided_on_a_valley(slack: float) -> None:
    """x^2 + y^2 - 2xy + slack has its minimum along the diagonal."""
    answer = is_positive(lambda x, y: (x - y) * (x - y) + slack, (-1.0, 1.0), (-0.5, 0.75))
    assert answer.positive is (slack > 0)
    assert slack > 0 or abs(answer.box[0][0] - answer.box[1][0]) <= math.sqrt(-slack)


def test_two_parameters_that_touch_zero_are_not_settled() -> None:
    touching = is_positive(lambda x, y: (x - arb(1) / 3) ** 2 + (y - arb(1) / 7) ** 2, (0.0, 1.0), (0.0, 1.0))
    assert touching.positive is None and near(touching, (1 / 3, 1 / 7), 4 * 2.0**-boxes.DEPTH)


coefficients = st.lists(st.integers(-8, 8), min_size=1, max_size=5)


@given(coefficients, st.integers(-8, 7), st.integers(1, 8))
@settings(max_examples=60)
def test_polynomials_are_judged_as_by_their_values_on_a_grid(
    parts: list[int], start: int, length: int
) -> None:
    """A value that is not positive forbids True, a negative one demands False, and False names a place."""
    low = start / 4
    high = (start + length) / 4

    def polynomial(x: Any) -> Any:
        total = 0 * x
        for part in parts:
            total = total * x + part
        return total

    # Quarters, small coefficients and at most degree 4: float64 is exact on this grid.
    grid = [low + (high - low) * k / 16 for k in range(17)]
    values = [polynomial(x) for x in grid]
    answer = is_positive(polynomial, (low, high), cap=2000)
    if answer.positive is True:
        assert min(values) > 0
    if answer.positive is False:
        with precision(128):
            assert polynomial(arb(answer.box[0][0])) <= 0
    if min(values) < 0:
        assert answer.positive is False


def test_precision_and_terms_are_left_as_they_were() -> None:
    before = ctx.prec, ctx.cap
    is_positive(lambda x: x - x.sin(), (0.0, 1.0), zeros={0.0: 3}, bits=200)
    with pytest.raises(ZeroDivisionError):
        is_positive(lambda _: 1 / 0, (0.0, 1.0), zeros={0.0: 3})
    assert (ctx.prec, ctx.cap) == before


def test_a_failure_in_the_middle_is_found_before_any_halving() -> None:
    answer = is_positive(lambda x: x - arb(1) / 8, (-1.0, 1.0))
    assert answer.positive is False
    assert answer.box == ((0.0, 0.0),)
