"""Floats as the fractions that they are, so that a formula computed on them is exact."""

from __future__ import annotations

from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np


def exact(value: float | int | np.ndarray | np.floating | np.integer) -> Any:
    """The fraction that a number is; of an array, an array of the same shape of fractions.

    Sums, products, quotients and whole powers of these, `@` and `.sum()` included, are exact, and a
    comparison of fractions decides without rounding and needs no escalation. Their digits add up: this is for
    some hundreds of operations in a row, and for small arrays. Raises ValueError for what is not finite.
    """
    if isinstance(value, np.ndarray):
        fractions = np.empty(value.shape, dtype=object)
        fractions.ravel()[:] = [_fraction(number) for number in value.ravel()]
        return fractions
    return _fraction(value)


def _fraction(number: Any) -> Fraction:
    if isinstance(number, Integral):
        return Fraction(int(number))
    try:
        return Fraction(*number.as_integer_ratio())
    except (OverflowError, ValueError):
        raise ValueError(f"{number} is no fraction: only finite numbers are") from None
