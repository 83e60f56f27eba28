"""A comparison is decided where rounding cannot change it, and open where it can."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import example, given
from hypothesis import strategies as st

from refute import settled, settled_exactly
from refute.numerics import Order
from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import unit_roundoff
from refute.statement.comparing import at_least, at_most, equal
from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.json_codec import plain

NUMBERS = st.floats(-(2.0**500), 2.0**500)
AT_MOST = Relation.AT_MOST
AT_LEAST = Relation.AT_LEAST
EQUAL = Relation.EQUAL
BEYOND = math.nextafter(2.0, 3.0)


@pytest.mark.parametrize(
    ("relation", "measured", "bound", "outcome"),
    [
        (AT_MOST, 0.0, 2.0, Outcome.HOLDS),
        (AT_MOST, 0.0, math.nextafter(2.0, 0.0), Outcome.TIE),
        (AT_MOST, 0.0, 0.0, Outcome.TIE),
        (AT_MOST, 2.0, 0.0, Outcome.TIE),
        (AT_MOST, BEYOND, 0.0, Outcome.VIOLATED),
        (AT_LEAST, 2.0, 0.0, Outcome.HOLDS),
        (AT_LEAST, math.nextafter(2.0, 0.0), 0.0, Outcome.TIE),
        (AT_LEAST, 0.0, 2.0, Outcome.TIE),
        (AT_LEAST, 0.0, BEYOND, Outcome.VIOLATED),
        (EQUAL, 0.0, 2.0, Outcome.HOLDS),
        (EQUAL, 2.0, 0.0, Outcome.HOLDS),
        (EQUAL, 0.0, BEYOND, Outcome.VIOLATED),
        (EQUAL, BEYOND, 0.0, Outcome.VIOLATED),
    ],
)
def test_the_borders_of_rounding_two(
    relation: Relation, measured: float, bound: float, outcome: Outcome
) -> None:
    comparison = Comparison("part", relation, measured, bound, 2.0)
    assert comparison.outcome is outcome
    assert (comparison.violation > 0) == (outcome is Outcome.VIOLATED)
    assert comparison.open == (outcome is Outcome.TIE)


@pytest.mark.parametrize("relation", list(Relation))
def test_without_rounding_equality_holds_and_nothing_ties(relation: Relation) -> None:
    assert Comparison("part", relation, 1.0, 1.0, 0.0).outcome is Outcome.HOLDS
    above = math.nextafter(1.0, 2.0)
    below = math.nextafter(1.0, 0.0)
    assert (Comparison("part", relation, above, 1.0, 0.0).outcome is Outcome.HOLDS) == (relation is AT_LEAST)
    assert (Comparison("part", relation, below, 1.0, 0.0).outcome is Outcome.HOLDS) == (relation is AT_MOST)


def test_a_predicted_tie_is_not_open() -> None:
    tie = at_most("part", 1.0, 1.0, 0.5)
    assert tie.open and not at_most("part", 1.0, 1.0, 0.5, attained=True).open
    assert not at_least("part", 1.0, 1.0, 0.5, attained=True).open
    assert at_most("part", 1.0, 1.0, 0.5, attained=True).outcome is Outcome.TIE


def test_an_escalation_overrides_float64() -> None:
    tie = Comparison("part", AT_MOST, 1.0, 1.0, 0.5)
    assert settled_exactly(tie, True).outcome is Outcome.HOLDS
    assert not settled_exactly(tie, True).open
    failing = settled(Comparison("part", AT_MOST, 3.0, 1.0, 1.0), lambda: Order.GREATER)
    assert failing.violation == 2.0 / 3.0
    assert "fails in 128-bit balls" in failing.sentence()
    assert "fails exactly" in settled_exactly(tie, False).sentence()


def test_slack_and_violation_are_shares_of_the_largest_number() -> None:
    assert Comparison("part", AT_MOST, 1.0, 4.0, 0.5).slack == 0.75
    assert Comparison("part", AT_LEAST, -4.0, 1.0, 0.5).slack == -1.25
    assert Comparison("part", EQUAL, 4.0, 1.0, 0.5).slack == -0.75
    assert Comparison("part", AT_MOST, 1.0, 1.0, 0.5).slack == 0.0
    assert Comparison("part", AT_MOST, 0.0, 0.0, 0.0).slack == 0.0
    assert Comparison("part", AT_MOST, 0.25, 0.0, 4.0).slack == -0.0625
    assert Comparison("part", AT_MOST, 4.0, 1.0, 1.0).violation == 0.5
    assert Comparison("part", AT_MOST, 1.0, 4.0, 1.0).violation == 0.0


def test_the_slack_of_small_numbers_and_of_settled_comparisons() -> None:
    assert Comparison("part", AT_MOST, 0.25, 0.5, 0.125).slack == 0.5
    assert Comparison("part", AT_MOST, 0.5, 0.25, 0.125).slack == -0.5
    for measured, share in ((0.5, -0.25), (0.25, 0.0), (0.125, 0.125)):
        part = Comparison("part", AT_MOST, measured, 0.25, 1.0)
        assert part.slack == share
        assert settled_exactly(part, True).slack == max(share, 0.0)
        assert settled_exactly(part, False).slack == min(share, 0.0)


@pytest.mark.parametrize(
    ("measured", "bound", "rounding"),
    [
        (math.nan, 1.0, 0.0),
        (1.0, math.inf, 0.0),
        (1.0, 1.0, math.nan),
        (1.0, 1.0, math.inf),
        (1.0, 1.0, -1.0),
        (2.0**1023, -(2.0**1023), 0.0),
    ],
)
def test_numbers_that_cannot_be_compared_are_refused(measured: float, bound: float, rounding: float) -> None:
    with pytest.raises(ValueError, match=r"^part: cannot compare"):
        Comparison("part", AT_MOST, measured, bound, rounding)


@st.composite
def enclosures(draw: st.DrawFn) -> Enclosure:
    low = draw(NUMBERS)
    high = draw(st.one_of(NUMBERS, st.just(low), st.just(math.nextafter(low, math.inf))))
    return Enclosure(min(low, high), max(low, high))


# The difference of the second pair rounds up to the rounding; the sums of the third round down.
@example(Enclosure(0.0, 2.0), Enclosure(2.0, 4.0), 0.0)
@example(Enclosure(2.0**-60, 2.0**-60), Enclosure(1.0, 1.0), 1.0)
@example(Enclosure(-1.0, 1.0), Enclosure(2.0, 2.0), 1.0 + 2.0**-52)
@example(Enclosure(1.0, 1.0), Enclosure(2.0**-60, 2.0**-60), 1.0 - 2.0**-53)
@given(enclosures(), enclosures(), st.floats(0, 2.0**500))
def test_a_decision_holds_for_everything_in_the_enclosures(
    left: Enclosure, right: Enclosure, rounding: float
) -> None:
    outcome = at_most("part", left, right, rounding).outcome
    assert outcome is at_least("part", right, left, rounding).outcome
    slop = Fraction(rounding)
    if outcome is Outcome.HOLDS:
        assert Fraction(left.upper) + slop <= Fraction(right.lower)
    if outcome is Outcome.VIOLATED:
        assert Fraction(left.lower) - slop > Fraction(right.upper)


@given(enclosures(), enclosures())
def test_equality_fails_only_for_disjoint_enclosures(left: Enclosure, right: Enclosure) -> None:
    if equal("part", left, right).outcome is Outcome.VIOLATED:
        assert left.upper < right.lower or right.upper < left.lower


@given(NUMBERS, NUMBERS, st.floats(0, 2.0**400))
def test_the_rounding_is_widened_by_next_to_nothing(measured: float, bound: float, rounding: float) -> None:
    widened = Fraction(at_most("part", measured, bound, rounding).rounding)
    difference = abs(Fraction(measured) - Fraction(bound))
    u = Fraction(unit_roundoff())
    smallest = Fraction(math.ulp(0.0))
    # The added share is 4 u of the two; its own roundings and the step upwards are a few more units.
    assert widened <= (1 + 8 * u) * rounding + 8 * u * difference + 2 * smallest
    assert widened >= rounding if rounding else widened == 0


@pytest.mark.parametrize("compare", [equal, at_most, at_least])
def test_nothing_is_taken_for_rounding_unless_it_is_said(compare: Callable[..., Comparison]) -> None:
    assert compare("x", 1.0, 1.0).rounding == 0.0
    assert compare("x", 1.0, 2.0).outcome is compare("x", 1.0, 2.0, 0.0).outcome
    assert equal("x", 1.0, 2.0).outcome is Outcome.VIOLATED
    assert compare("x", Fraction(1, 2), Fraction(1, 2)).outcome is Outcome.HOLDS
    for sides in ((0.1, 1.0), (1.0, np.float32(0.5)), (Fraction(1, 10), 0.1), (np.longdouble(0.1), 1)):
        with pytest.raises(ValueError, match=r"^x: compares the float 0.* and gives no rounding="):
            compare("x", *sides)
        assert compare("x", *sides, 0.0).label == "x"
    for told in (Enclosure(0.5, 1.0), arb("0.7")):
        assert compare("x", told, 0.1).label == compare("x", 0.1, told).label == "x"


def test_the_sentence_and_the_json_say_what_was_compared() -> None:
    comparison = at_most("energy", 3.0, 1.0, 0.0)
    assert comparison.sentence() == "energy: 3 <= 1 fails (slack -0.667, rounding 0)"
    assert plain(comparison.record()) == {
        "label": "energy",
        "relation": "<=",
        "measured": 3.0,
        "bound": 1.0,
        "rounding": 0.0,
        "attained": False,
        "settled": None,
        "settled_bits": 0,
        "means": "in floats",
        "detail": "",
        "slack": -2.0 / 3.0,
        "outcome": "violated",
    }
