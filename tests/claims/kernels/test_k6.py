from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb

from claims.kernels.k6_separation_bound import coefficients, negative_terms, series_ball, series_floats
from refute.numerics.balls import precision
from refute.numerics.rounding import gamma

MANY = 2**14


def naive_bracket(copies: int, rho: float, power: int) -> tuple[float, float]:
    """The sums by their definition, cut after MANY terms, without and with the tail of c_k / (2k+2)^power."""
    total = 0.0
    central = 1.0
    for k in range(MANY):
        weight = central / (2 * k + 1) / (2 * k + 2) ** power
        total += weight * max(1 - copies * rho ** (2 * k + 2), 0.0)
        central *= (2 * k + 1) / (2 * k + 2)
    # central <= 1 / sqrt(pi k): the tails are below integrals of k^(-3/2) / 2 and k^(-5/2) / 4, over sqrt pi.
    start = (MANY - 1) ** (-0.5 - power) / math.sqrt(math.pi)
    tail = start if power == 0 else start / 6
    return total / (2 * math.pi), (total + tail) / (2 * math.pi)


@pytest.mark.parametrize(("copies", "fold"), [(1, 0.3), (1, math.pi / 2), (2, 0.5), (5, 0.2), (7, 1.2)])
def test_the_series_lie_in_the_bracket_of_their_definition(copies: int, fold: float) -> None:
    terms = negative_terms(copies, fold)
    sums = series_floats(copies, fold, terms)
    for power, value in enumerate(sums):
        lower, upper = naive_bracket(copies, math.cos(fold), power)
        slop = gamma(8 * MANY) * upper
        assert lower - slop <= value <= upper + slop


@pytest.mark.parametrize(("copies", "fold"), [(1, 1e-8), (2, 0.3), (5, 0.05)])
def test_floats_and_balls_give_the_same_series(copies: int, fold: float) -> None:
    terms = negative_terms(copies, fold)
    floats = series_floats(copies, fold, terms)
    with precision(128):
        at = arb(fold)
        for value, decoder in zip(floats, (False, True), strict=True):
            ball = series_ball(copies, at, at.cos(), at.sin(), terms + 1, decoder)
            assert abs(arb(value) - ball) <= (copies + 1) * gamma((terms + 1) * 64)


@pytest.mark.parametrize(("copies", "fold"), [(2, 0.3), (6, 0.02), (7, 1.2), (3, math.pi / 2)])
def test_no_term_beyond_the_counted_ones_is_negative(copies: int, fold: float) -> None:
    terms = negative_terms(copies, fold)
    rho = math.cos(fold)
    assert copies * rho ** (2 * terms + 2) <= 1
    assert terms < 2 or copies * rho ** (2 * (terms - 2) + 2) > 1


def test_the_tails_of_the_coefficients_are_at_least_what_the_proof_uses() -> None:
    c = coefficients()
    k = np.arange(len(c))
    N = np.arange(1, 2000)
    slop = gamma(8 * len(c)) * math.pi
    tail_K = math.pi / 2 - np.concatenate([[0.0], np.cumsum(c)])[N]
    tail_G = math.pi / 2 - 1 - np.concatenate([[0.0], np.cumsum(c / (2 * k + 2))])[N]
    assert (tail_K - slop >= 1 / (3 * np.sqrt(N))).all()
    assert (tail_G - slop >= 1 / (36 * N**1.5)).all()
