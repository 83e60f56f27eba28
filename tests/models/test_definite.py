"""The proof by one Cholesky factorization against eigenvalues in 40 digits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from mpmath import mp

from models.definite import exceeds
from refute.numerics.rounding import gamma


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
    assert exceeds(np.eye(2), 0.5, 0.25)
    assert not exceeds(np.eye(2), value)
    assert not exceeds(np.eye(2), 0.5, abs(value))
    assert not exceeds(np.diag([1.0, value]), 0.5)
