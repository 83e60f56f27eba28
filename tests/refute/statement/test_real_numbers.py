"""A comparison takes real numbers at what they are: exact ones exactly, balls as balls, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq, fmpz
from hypothesis import given
from hypothesis import strategies as st

from refute import Comparison, Outcome, at_least, at_most, equal
from refute.numerics import Enclosure
from refute.statement.real_numbers import Means

EXACT = st.one_of(
    st.fractions(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=30)
)


@given(EXACT, EXACT)
def test_exact_numbers_are_compared_exactly(left: Any, right: Any) -> None:
    difference = Fraction(left) - Fraction(right)
    assert (at_most("p", left, right).outcome is Outcome.HOLDS) == (difference <= 0)
    assert (at_least("p", left, right).outcome is Outcome.HOLDS) == (difference >= 0)
    assert (equal("p", left, right).outcome is Outcome.HOLDS) == (difference == 0)


@pytest.mark.parametrize("one", [1, Fraction(1), Decimal(1), fmpz(1), fmpq(1), np.float64(1), np.int32(1)])
def test_a_difference_below_every_float_is_seen(one: Any) -> None:
    above = at_most("p", Fraction(1) + Fraction(1, 10**30), one)
    assert above.outcome is Outcome.VIOLATED
    assert above.means is Means.EXACT and "fails exactly" in above.sentence()


def test_integers_beyond_float64_stay_exact() -> None:
    assert equal("p", 2**53 + 1, 2**53).outcome is Outcome.VIOLATED
    assert at_most("p", np.int64(2**53 + 1), 2**53).outcome is Outcome.VIOLATED
    assert equal("p", 3, 3.0).means is Means.FLOATS


def test_a_longer_float_keeps_its_digits() -> None:
    long = np.longdouble(1) + np.finfo(np.longdouble).eps
    if float(long) == long:
        pytest.skip("this machine has no float longer than float64")
    assert at_most("p", long, 1.0, rounding=0.0).outcome is Outcome.VIOLATED


def test_a_ball_that_holds_both_answers_decides_nothing() -> None:
    assert at_most("p", arb(0, 5), arb(0)).open
    assert at_least("p", arb(0, 5), 0.0).open
    assert at_most("p", arb(-6, 5), arb(0)).outcome is Outcome.HOLDS
    assert at_most("p", arb(6, 5), arb(0)).outcome is Outcome.VIOLATED
    assert "in balls" in at_most("p", arb(6, 5), arb(0)).sentence()


@given(st.fractions(-2, 2), st.fractions(0, 1), st.fractions(-2, 2), st.fractions(0, 1))
def test_what_balls_decide_is_true_of_every_number_in_them(
    left: Fraction, first: Fraction, right: Fraction, second: Fraction
) -> None:
    def ball(middle: Fraction, radius: Fraction) -> arb:
        half = arb(radius.numerator) / radius.denominator
        return (arb(middle.numerator) / middle.denominator).union(
            arb(middle.numerator) / middle.denominator + half
        )

    outcome = at_most("p", ball(left, first), ball(right, second)).outcome
    if outcome is Outcome.HOLDS:
        assert left + first <= right
    if outcome is Outcome.VIOLATED:
        assert left > right + second


@pytest.mark.parametrize("compare", [at_most, at_least, equal])
@pytest.mark.parametrize("number", [True, np.True_, 1j, None, "1", np.array([1.0]), np.array(1.0), [1.0]])
def test_what_is_no_real_number_is_refused_with_the_label(compare: Any, number: Any) -> None:
    for measured, bound, rounding in ((number, 1.0, 0.0), (1.0, number, 0.0), (1.0, 1.0, number)):
        if rounding is None:
            continue  # not said
        with pytest.raises(TypeError, match=r"^the part: compares"):
            compare("the part", measured, bound, rounding)


@pytest.mark.parametrize("number", [float("nan"), np.inf, Decimal("NaN"), arb("nan"), arb("inf")])
def test_what_is_not_finite_is_refused_with_the_label(number: Any) -> None:
    with pytest.raises(ValueError, match=r"^the part: cannot compare"):
        at_most("the part", number, 1.0)


def blind(comparison: Comparison, dtype: str = "float64") -> bool:
    return comparison.weighed(dtype).open


def test_an_allowance_that_leaves_less_than_half_of_the_digits_decides_no_equality() -> None:
    assert not blind(equal("p", 1.0, 1.0, 2.0**-27))
    assert blind(equal("p", 1.0, 1.0, 2.0**-26))
    assert not blind(equal("p", 1.0, 1.0, 2.0**-26), "float32")
    assert blind(equal("p", 1.0, 1.0, 2.0**-11), "float32")
    assert blind(equal("p", 0.0, 0.0, 2.0**-40)) and not blind(equal("p", 0.0, 0.0, 2.0**-40, size=1.0))
    assert not blind(equal("p", 0.0, 0.0))
    assert blind(equal("p", arb(0, 5), 0.0))
    assert equal("p", 3.0, 1.0, 1.0).weighed("float64").outcome is Outcome.VIOLATED


def test_a_bound_that_is_attained_is_forgiven_no_more_than_that() -> None:
    assert not blind(at_most("p", 1.0, 1.0, 2.0**-30, attained=True))
    assert blind(at_most("p", 1.0, 1.0, 2.0**-20, attained=True))
    assert not blind(at_most("p", 0.0, 1.0, 0.5))  # it holds whatever the rounding did


def test_enclosures_stay_floats_with_a_radius() -> None:
    found = equal("p", Enclosure(1.0, 1.5), 1.25)
    assert found.means is Means.FLOATS and found.rounding >= 0.25 and found.outcome is Outcome.HOLDS
