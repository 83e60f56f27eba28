"""The proof by one Cholesky factorization against eigenvalues in 40 digits."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mp

from models.certificate import positive_definite
from models.certificate.positive_definite import (
    _loss,
    exceeds,
    guess_largest,
    largest_from_above,
    largest_from_rows,
)
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


def test_only_the_upper_triangle_is_read() -> None:
    M = np.array([[2.0, 1.0], [math.nan, 2.0]])
    assert exceeds(M, 0.5)
    assert not exceeds(M, 1.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_never_proved(value: float) -> None:
    assert exceeds(np.eye(2), 0.5, 0.25) is True
    assert exceeds(np.eye(2), value) is False
    assert exceeds(np.eye(2), 0.5, abs(value)) is False
    assert exceeds(np.diag([1.0, value]), 0.5) is False
    assert exceeds(-np.eye(2), 0.0) is False


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_matrix_is_used_up_only_where_it_may_be(overwrite: bool) -> None:
    M = np.diag([2.0, 3.0]) + 0.25
    kept = M.copy()
    assert exceeds(M, 1.0, overwrite=overwrite)
    assert not exceeds(kept.copy(), 2.5, overwrite=overwrite)
    assert np.array_equal(M, kept) != overwrite


@pytest.mark.parametrize("diagonal", [[1.0], [3.0, -5.0], [2.0**-40, 7.0, 1.0, 0.1]])
@pytest.mark.parametrize("shift", [0.0, 11.0, 2.0**60, -0.3, -(2.0**60)])
def test_what_a_factorization_loses_is_never_counted_too_small(diagonal: list[float], shift: float) -> None:
    n = len(diagonal)
    u = Fraction(unit_roundoff())
    share = (n + 1) * u / (1 - (n + 1) * u)
    shifted = [abs(Fraction(float(value)) - Fraction(shift)) for value in diagonal]
    stored = [abs(Fraction(float(value) - shift)) for value in diagonal]
    needed = share / (1 - share) * sum(stored) + u * (max(shifted) + abs(Fraction(shift)))
    sizes = [abs(Fraction(value)) for value in diagonal]
    most = share / (1 - share) * (sum(sizes) + n * abs(Fraction(shift))) + u * (
        max(sizes) + 2 * abs(Fraction(shift))
    )
    found = Fraction(_loss(n, float(sum(map(abs, diagonal))), max(map(abs, diagonal)), shift))
    assert needed <= found <= most * (1 + 16 * (n + 4) * u)


@pytest.mark.parametrize("seed", range(8))
def test_the_guess_is_a_rayleigh_quotient_near_the_top(seed: int) -> None:
    root = np.random.default_rng(seed).standard_normal((12, 20))
    M = root @ root.T
    top = float(np.linalg.eigvalsh(M)[-1])
    size = float(np.trace(M))
    assert 0.9 * top <= guess_largest(M) <= top + gamma(12 * 24) * size
    assert guess_largest(np.zeros((3, 3))) == 0.0


def test_the_guess_of_a_simple_spectrum_is_what_twenty_powers_give() -> None:
    M = np.diag([1.0, 0.5]) + 0.125
    values, vectors = np.linalg.eigh(M)
    weights = (values**20 * vectors[0]) ** 2
    expected = float((weights * values).sum() / weights.sum())
    assert guess_largest(M) == pytest.approx(expected, rel=gamma(400))


def batches() -> list[np.ndarray]:
    """The matrices of each size together, which differ in size by 2^60."""
    found = matrices()
    return [np.stack([M for M in found if len(M) == n]) for n in (1, 2, 5)]


@pytest.mark.parametrize("error", [0.0, 2.0**-20])
@pytest.mark.parametrize("failing", [False, True])
def test_largest_eigenvalues_are_bounded_closely_all_at_once_or_one_by_one(
    error: float, failing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if failing:

        def refuse(matrices: np.ndarray) -> np.ndarray:
            raise np.linalg.LinAlgError

        monkeypatch.setattr(np.linalg, "eigvalsh", refuse)
        monkeypatch.setattr(positive_definite, "largest_eigenvalue_from_above", tops_of)
    for batch in batches():
        sizes = np.abs(batch).sum((1, 2))
        found = largest_from_above(batch, error * sizes)
        for M, top, size in zip(batch, found.tolist(), sizes.tolist(), strict=True):
            with mpmath.workdps(40):
                least = -smallest(-M) + mp.mpf(error * size)
                assert least <= mp.mpf(top) <= least + 64 * len(M) * gamma(len(M) + 4) * size


def tops_of(M: np.ndarray, error: float) -> float:
    """From above, with 40 digits."""
    with mpmath.workdps(40):
        return math.nextafter(float(-smallest(-M) + mp.mpf(error)), math.inf)


def test_of_a_batch_the_lower_triangles_are_read_and_what_is_not_finite_is_refused() -> None:
    mixed = np.array([[[2.0, 9.0], [1.0, 2.0]], [[1.0, 9.0], [0.0, 1.0]]])
    assert largest_from_above(mixed, np.zeros(2)) == pytest.approx([3.0, 1.0], rel=gamma(64))
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="entry"):
            largest_from_above(np.diag([1.0, value])[None], np.zeros(1))


@pytest.mark.parametrize("error", [0.0, 2.0**-20])
def test_the_bound_from_rows_is_their_largest_sum_of_absolute_values(error: float) -> None:
    for M in matrices():
        with mpmath.workdps(40):
            values = mp.eigsy(mp.matrix(M.tolist()), eigvals_only=True)
            exact = max(mp.fsum(abs(mp.mpf(v)) for v in row) for row in M.tolist()) + mp.mpf(error)
            found = mp.mpf(float(largest_from_rows(np.abs(M).sum(1)[None], np.array([error]))[0]))
            assert max(map(abs, values)) + mp.mpf(error) <= exact
            assert exact <= found <= exact * (1 + 4 * gamma(len(M) + 8))


def test_the_bound_from_rows_of_what_is_not_finite_is_not() -> None:
    sizes = np.array([[1.0, math.inf], [math.nan, 1.0], [0.0, 0.0], [3.0, 5.0]])
    found = largest_from_rows(sizes, np.array([0.0, 0.0, 0.0, 2.0]))
    assert found.tolist() == pytest.approx([math.inf, math.nan, 0.0, 7.0], rel=gamma(64), nan_ok=True)
