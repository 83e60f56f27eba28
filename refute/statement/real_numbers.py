"""The real numbers that a comparison takes, and what each of them is: a middle, a radius, and by which means.

Floats are taken at their word: the claim says in `rounding` how far they may be off. Integers and fractions
are exact, and a ball says itself how far it is off; converting these to a float would lose what they say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from numbers import Integral
from typing import TypeAlias

import numpy as np
from flint import arb, fmpq, fmpz

from refute.numerics.enclosure import Enclosure

Real: TypeAlias = float | int | Fraction | Decimal | arb | fmpq | fmpz | Enclosure | np.floating | np.integer
"""What a comparison takes."""

_EXACT_IN_FLOATS = 2**53
"""Integers up to here in size are float64 numbers."""


class Means(StrEnum):
    """By which means a comparison was decided. Later ones prevail over earlier ones."""

    FLOATS = "in floats"
    EXACT = "exactly"
    BALLS = "in balls"
    TRIALS = "by trials"


@dataclass(frozen=True)
class Interval:
    """The real numbers within `radius` of `middle`; both floats if `means` is FLOATS, else fractions."""

    middle: float | Fraction
    radius: float | Fraction
    means: Means


def to_interval(label: str, number: object) -> Interval:
    """What a number is. Raises, with the label, TypeError if it is not real and ValueError if not finite."""
    if isinstance(number, (bool, np.bool_)):
        raise TypeError(f"{label}: compares numbers, and {number!r} is a truth value")
    if isinstance(number, Enclosure):
        return Interval(number.middle, number.radius, Means.FLOATS)
    if isinstance(number, (float, np.floating)):
        return _of_float(label, number)
    if isinstance(number, (Integral, Fraction, Decimal, fmpz, fmpq)):
        return _of_exact(label, number)
    if isinstance(number, arb):
        return _of_ball(label, number)
    raise TypeError(f"{label}: compares real numbers, and {number!r} is a {type(number).__name__}")


def _of_float(label: str, number: float | np.floating) -> Interval:
    if not np.isfinite(number):
        raise ValueError(f"{label}: cannot compare {number}")
    # Longer floats than float64 keep their digits.
    if float(number) == number:
        return Interval(float(number), 0.0, Means.FLOATS)
    return Interval(Fraction(*number.as_integer_ratio()), Fraction(0), Means.EXACT)


def _of_exact(label: str, number: Integral | Fraction | Decimal | fmpz | fmpq) -> Interval:
    """An integer that is a float64 number is no more exact than that float."""
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(f"{label}: cannot compare {number}")
    if isinstance(number, fmpq):
        return Interval(Fraction(int(number.p), int(number.q)), Fraction(0), Means.EXACT)
    value = Fraction(number) if isinstance(number, (Fraction, Decimal)) else Fraction(int(number))
    if isinstance(number, (Integral, fmpz)) and abs(value) <= _EXACT_IN_FLOATS:
        return Interval(float(value), 0.0, Means.FLOATS)
    return Interval(value, Fraction(0), Means.EXACT)


def _of_ball(label: str, ball: arb) -> Interval:
    if not ball.is_finite():
        raise ValueError(f"{label}: cannot compare the ball {ball}")
    return Interval(_dyadic(ball.mid()), _dyadic(ball.rad()), Means.BALLS)


def _dyadic(exact: arb) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def rounded(label: str, number: float | Fraction) -> float:
    """The nearest float64. Raises ValueError, with the label, where there is none."""
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"{label}: a number beyond the range of floats") from None


def rounded_up(label: str, number: Fraction) -> float:
    """A float64 that is at least a number that is not negative, and 0 only for 0."""
    nearest = rounded(label, number)
    return nearest if Fraction(nearest) >= number else math.nextafter(nearest, math.inf)
