"""Making comparisons: what `at_most`, `at_least` and `equal` are given decides how they decide.

Floats are compared up to a derived rounding. Integers, fractions and balls are compared exactly, and settle
the comparison by themselves. `settled` and `settled_exactly` are how an escalation answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from flint import arb

from refute.numerics.balls import Order, at_rising_precision
from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import unit_roundoff
from refute.statement.comparison import Comparison, Outcome, Relation, outcome_of
from refute.statement.real_numbers import Interval, Means, Real, rounded, rounded_up, to_interval

_FITTING = {
    Relation.EQUAL: (Order.EQUAL,),
    Relation.AT_MOST: (Order.LESS, Order.EQUAL),
    Relation.AT_LEAST: (Order.GREATER, Order.EQUAL),
}
"""The orders of measured and bound with which a relation holds."""


def equal(
    label: str, measured: Real, bound: Real, rounding: Real | None = None, *, size: float | None = None
) -> Comparison:
    """measured == bound up to rounding; an enclosure or a ball adds its radius to the rounding.

    rounding: bounds how far rounding moved the computed difference of the two sides. 0.0 says that both are
    exact. Whole numbers and fractions need none, and where a side is a ball or an enclosure, it has the
    rounding. size: what the rounding is small against, where the two numbers may cancel, such as the sum of
    the absolute values of their terms. Raises, with the label, TypeError for what is not a real number, and
    ValueError for a float without a rounding that is no whole number.
    """
    return _comparison(label, Relation.EQUAL, measured, bound, rounding, size=size)


def at_most(
    label: str,
    measured: Real,
    bound: Real,
    rounding: Real | None = None,
    *,
    attained: bool = False,
    size: float | None = None,
) -> Comparison:
    """measured <= bound; `attained` says that equality is what the claim predicts on this instance.

    rounding, size, errors: as for `equal`.
    """
    return _comparison(label, Relation.AT_MOST, measured, bound, rounding, attained=attained, size=size)


def at_least(
    label: str,
    measured: Real,
    bound: Real,
    rounding: Real | None = None,
    *,
    attained: bool = False,
    size: float | None = None,
) -> Comparison:
    """measured >= bound; `attained`, the rest and errors as for `at_most`."""
    return _comparison(label, Relation.AT_LEAST, measured, bound, rounding, attained=attained, size=size)


def settled(comparison: Comparison, decide: Callable[[], Order], *, strict: bool = False) -> Comparison:
    """The comparison as balls decide it; as it is, if no precision does.

    decide: the order of measured and bound, in this order, in balls of the precision in force, which rises
    until it is known. strict: whether an inequality that is an equality fails.
    """
    answer, bits = at_rising_precision(decide)
    if answer is Order.UNKNOWN:
        return comparison
    holds = answer in _FITTING[comparison.relation] and not (strict and answer is Order.EQUAL)
    return _settled(comparison, holds, Means.BALLS, bits)


def settled_exactly(comparison: Comparison, holds: bool) -> Comparison:
    """The comparison as exact arithmetic decides it for the stored floats."""
    return _settled(comparison, holds, Means.EXACT, 0)


def _settled(comparison: Comparison, holds: bool, means: Means, bits: int) -> Comparison:
    outcome = Outcome.HOLDS if holds else Outcome.VIOLATED
    return replace(comparison, settled=outcome, means=means, settled_bits=bits)


def _comparison(
    label: str,
    relation: Relation,
    measured: Real,
    bound: Real,
    rounding: Real | None,
    *,
    attained: bool = False,
    size: float | None = None,
) -> Comparison:
    left = to_interval(label, measured)
    right = to_interval(label, bound)
    if rounding is None:
        _require_exact(label, measured, bound)
    allowed = to_interval(label, 0 if rounding is None else rounding)
    means = max(left.means, right.means, allowed.means, key=list(Means).index)
    if means is not Means.FLOATS:
        return _exact(label, relation, (left, right, allowed), means, attained, size)
    middle = float(left.middle)
    other = float(right.middle)
    total = _widened(float(allowed.middle) + float(left.radius) + float(right.radius), middle - other)
    return Comparison(label, relation, middle, other, total, attained, size=size)


def _require_exact(label: str, *sides: Real) -> None:
    """Raise ValueError where no rounding is stated, no side says one, and one is a float and not whole."""
    if any(isinstance(side, (Enclosure, arb)) for side in sides):
        return
    for side in sides:
        if isinstance(side, (float, np.floating)) and np.isfinite(side) and side != np.rint(side):
            raise ValueError(
                f"{label}: compares the float {float(side)!r} and gives no rounding=, which bounds how far "
                "rounding moved the difference of the sides (0.0 where both are exact; fractions need none)"
            )


def _exact(
    label: str,
    relation: Relation,
    sides: tuple[Interval, Interval, Interval],
    means: Means,
    attained: bool,
    size: float | None,
) -> Comparison:
    """A comparison of intervals with rational ends, which decides by itself."""
    left, right, allowed = sides
    difference = Fraction(right.middle) - Fraction(left.middle)
    gaps = {
        Relation.EQUAL: -abs(difference),
        Relation.AT_MOST: difference,
        Relation.AT_LEAST: -difference,
    }
    total = sum(
        (Fraction(part) for part in (left.radius, right.radius, allowed.middle, allowed.radius)), Fraction(0)
    )
    outcome = outcome_of(relation, gaps[relation], total)
    measured = rounded(label, left.middle)
    other = rounded(label, right.middle)
    if relation is Relation.EQUAL and outcome is Outcome.HOLDS and total > 0:
        # It holds within a radius, as floats do, and is weighed like these.
        shown = rounded_up(label, total) + math.ulp(measured) + math.ulp(other)
        return Comparison(label, relation, measured, other, shown, attained, means=means, size=size)
    shown = rounded_up(label, total)
    return Comparison(
        label, relation, measured, other, shown, attained, settled=outcome, means=means, size=size
    )


def _widened(total: float, gap: float) -> float:
    """A rounding that also covers the roundings of its own sum and of the difference; 0 stays 0."""
    if total == 0:
        return 0.0
    return math.nextafter(total + 4 * unit_roundoff() * (total + abs(gap)), math.inf)
