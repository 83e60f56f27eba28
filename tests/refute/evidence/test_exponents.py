"""Slopes against a naive fit, and the interval of the median against its exact confidence."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from refute.evidence.exponents import median_interval, slopes

LADDER = 2.0 ** np.arange(6, 13)


def test_a_power_law_has_its_exponent() -> None:
    exponents = np.array([-0.5, 1.0, 0.0])
    values = 7.0 * LADDER ** exponents[:, None]
    assert slopes(LADDER, values) == pytest.approx(exponents, abs=1e-14)


def test_slopes_are_those_of_a_fit_of_each_ladder() -> None:
    sizes = np.array([3, 10, 10, 77])  # whole numbers, one of them twice
    values = np.random.default_rng(0).lognormal(size=(20, 4))
    naive = [np.polyfit(np.log(sizes), np.log(row), 1)[0] for row in values]
    assert slopes(sizes, values) == pytest.approx(naive, rel=1e-12)


@pytest.mark.parametrize(
    ("sizes", "values", "message"),
    [
        ([1.0, 2.0], [[1.0, 0.0]], "a value is not positive"),
        ([1.0, 2.0], [[1.0, math.nan]], "a value is not positive and finite"),
        ([1.0, 2.0], [[1.0, math.inf]], "a value is not positive and finite"),
        ([0.0, 2.0], [[1.0, 1.0]], "a size is not positive"),
        ([2.0, 2.0], [[1.0, 1.0]], "one size alone has no slope"),
        ([], np.ones((3, 0)), "one size alone has no slope"),
        ([1.0, 2.0], [1.0, 1.0], r"sizes \(K,\) and values \(B, K\), not \(2,\) and \(2,\)"),
        ([1.0, 2.0], [[1.0, 1.0, 1.0]], r"not \(2,\) and \(1, 3\)"),
    ],
)
def test_what_has_no_slope_is_refused(sizes: list[float], values: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        slopes(np.array(sizes), np.array(values))


def confidence(count: int, k: int) -> Fraction:
    """P(k-th smallest <= median <= k-th largest) of `count` draws from a law without atoms."""
    return 1 - 2 * Fraction(sum(math.comb(count, j) for j in range(k)), 2**count)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("count", range(1, 60))
def test_the_interval_is_the_narrowest_that_has_its_confidence(count: int, level: float) -> None:
    low, high = median_interval(np.arange(1.0, count + 1)[::-1], level)
    k = 0 if math.isinf(low) else int(low)
    assert (low, high) == ((-math.inf, math.inf) if k == 0 else (k, count + 1 - k))
    assert confidence(count, k) >= level
    assert 2 * (k + 1) > count + 1 or confidence(count, k + 1) < level


def test_six_values_are_the_fewest() -> None:
    assert median_interval(np.arange(5.0)) == (-math.inf, math.inf)
    assert median_interval(np.arange(6.0)) == (0.0, 5.0)
    assert median_interval(np.array([])) == (-math.inf, math.inf)


def test_a_law_with_an_atom_keeps_the_confidence() -> None:
    """0 with probability 2/3, else 1: the median is 0, and all 2^9 samples are weighed."""
    covered = Fraction(0)
    for ones in range(10):
        low, high = median_interval(np.array([0.0] * (9 - ones) + [1.0] * ones), 0.9)
        if low <= 0 <= high:
            covered += math.comb(9, ones) * Fraction(2, 3) ** (9 - ones) * Fraction(1, 3) ** ones
    assert covered >= Fraction(9, 10)


def test_what_has_no_median_is_refused() -> None:
    for level in (0.0, 1.0, 1.5):
        with pytest.raises(ValueError, match="a level lies between 0 and 1"):
            median_interval(np.arange(9.0), level)
    for values in (np.array([1.0, math.nan]), np.ones((2, 2))):
        with pytest.raises(ValueError, match="a row of numbers"):
            median_interval(values)
