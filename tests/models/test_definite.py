"""The proof by one Cholesky factorization against eigenvalues in 40 digits."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mp

from models.definite import _loss, exceeds, guess_largest
from refute.numerics.rounding import gamma, unit_roundoff


def smallest(M: np.ndarray) -> mp.mpf:
    return min(mp.eigsy(mp.matrix(M.tolist()), eigvals_only=True))


def matrices() -> list[np.ndarray]:
    found = []
    for n in (1, 2, 5):
        for power in (-30, 0, 30):
            root = np.random.default_rng([n, power + 30]).standard_normal((n, max(n - 1, 1)))
            M = root @ root.T  # singular for n > 1
            found += [M * 2.0**power, (M - np.eye(n)) * 2.0**power]
    return [np.tril(M) + np.tril(M, -1).T for M in found]


@pytest.mark.parametrize("error", [0.0, 2.0**-20])
def test_a_floor_is_exceeded_only_if_it_truly_is_and_hardly_less_often(error: float) -> None:
    for M in matrices():
        size = float(np.abs(M).sum())
        off = error * size
        with mpmath.workdps(40):
            lowest = smallest(M)
            margin = 64 * len(M) * gamma(len(M) + 4) * (size + off)
            for steps in (-1.0, -(2.0**-4), 0.0, 2.0**-4, 1.0):
                floor = float(lowest) - off + steps * margin
                proved = exceeds(M, floor, off)
                assert not proved or mp.mpf(floor) + mp.mpf(off) <= lowest
                assert proved or steps > -1.0


def test_only_the_lower_triangle_is_read() -> None:
    M = np.array([[2.0, math.nan], [1.0, 2.0]])
    assert exceeds(M, 0.5)
    assert not exceeds(M, 1.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_never_proved(value: float) -> None:
    assert exceeds(np.eye(2), 0.5, 0.25) is True
    assert exceeds(np.eye(2), value) is False
    assert exceeds(np.eye(2), 0.5, abs(value)) is False
    assert exceeds(np.diag([1.0, value]), 0.5) is False
    assert exceeds(-np.eye(2), 0.0) is False


@pytest.mark.parametrize("diagonal", [[1.0], [3.0, -5.0], [2.0**-40, 7.0, 1.0, 0.1]])
@pytest.mark.parametrize(("more", "shift"), [(0.0, 0.0), (11.0, 0.0), (0.0, 2.0**60), (0.3, 0.7)])
def test_what_a_factorization_loses_is_never_counted_too_small(
    diagonal: list[float], more: float, shift: float
) -> None:
    n, u = len(diagonal), Fraction(unit_roundoff())
    share = (n + 1) * u / (1 - (n + 1) * u)
    sizes = [abs(Fraction(value)) for value in diagonal]
    needed = share / (1 - share) * (sum(sizes) + Fraction(more)) + u * (max(sizes) + Fraction(shift))
    found = Fraction(_loss(np.array(diagonal), more, shift))
    assert needed <= found <= needed * (1 + 16 * (n + 4) * u)


@pytest.mark.parametrize("seed", range(8))
def test_the_guess_is_a_rayleigh_quotient_near_the_top(seed: int) -> None:
    root = np.random.default_rng(seed).standard_normal((12, 20))
    M = root @ root.T
    top, size = float(np.linalg.eigvalsh(M)[-1]), float(np.trace(M))
    assert 0.9 * top <= guess_largest(M) <= top + gamma(12 * 24) * size
    assert guess_largest(np.zeros((3, 3))) == 0.0


def test_the_guess_of_a_simple_spectrum_is_what_twenty_powers_give() -> None:
    M = np.diag([1.0, 0.5]) + 0.125
    values, vectors = np.linalg.eigh(M)
    weights = (values**20 * vectors[0]) ** 2
    expected = float((weights * values).sum() / weights.sum())
    assert guess_largest(M) == pytest.approx(expected, rel=gamma(400))
