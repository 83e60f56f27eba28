"""Enclosures of extreme eigenvalues against spectra that are known exactly or to sixty digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import unit_roundoff
from refute.numerics.spectrum import (
    largest_eigenvalue,
    largest_eigenvalue_from_above,
    smallest_eigenvalue,
    smallest_eigenvalue_from_below,
)

DIGITS = 60


def hadamard(order: int) -> np.ndarray:
    H = np.ones((1, 1))
    while len(H) < order:
        H = np.block([[H, H], [H, -H]])
    return H


def with_spectrum(values: list[int]) -> np.ndarray:
    """H diag(values) H / n: exact in float64, with exactly these eigenvalues."""
    H = hadamard(len(values))
    return np.asarray((H * np.array(values, dtype=float)) @ H / len(values))


def spectrum(matrix: np.ndarray) -> list[mpmath.mpf]:
    """The eigenvalues of a float64 matrix, ascending, to far more digits than float64 has."""
    with mpmath.workdps(DIGITS):
        return sorted(mpmath.eigsy(mpmath.matrix(matrix.tolist()), eigvals_only=True))


def holds(enclosure: Enclosure, value: Fraction | mpmath.mpf | int) -> bool:
    with mpmath.workdps(DIGITS):
        return bool(mpmath.mpf(enclosure.lower) <= value <= mpmath.mpf(enclosure.upper))


def width_allowed(matrix: np.ndarray) -> float:
    """How wide an enclosure may be: so many u times the norm, twice for a shift that had to be doubled.

    The trial shift is at most 2 n (n + 1) of them below the computed eigenvalue and the loss at most 2 (n +
    1) * 2 n + 8; the quotient is at most 2 (2 n + 3) sqrt(n) too high; the computed eigenvalue may be off by
    n. Together less than 8 (n + 2)^2.
    """
    n = len(matrix)
    return 2 * 8 * (n + 2) ** 2 * unit_roundoff() * float(np.linalg.norm(matrix, 2)) + 8 * n * float(
        np.finfo(np.float64).tiny
    )


def check_both_ends(matrix: np.ndarray, smallest: mpmath.mpf | int, largest: mpmath.mpf | int) -> None:
    low = smallest_eigenvalue(matrix)
    high = largest_eigenvalue(matrix)
    assert holds(low, smallest) and holds(high, largest)
    assert max(low.upper - low.lower, high.upper - high.lower) <= width_allowed(matrix)
    with mpmath.workdps(DIGITS):
        assert mpmath.mpf(smallest_eigenvalue_from_below(matrix)) <= smallest
        assert mpmath.mpf(largest_eigenvalue_from_above(matrix)) >= largest
    assert low.upper - smallest_eigenvalue_from_below(matrix) <= width_allowed(matrix)
    assert largest_eigenvalue_from_above(matrix) - high.lower <= width_allowed(matrix)


@given(
    st.sampled_from([1, 2, 4, 8, 16]).flatmap(
        lambda n: st.lists(st.integers(-(10**6), 10**6), min_size=n, max_size=n)
    )
)
def test_whole_numbers_for_eigenvalues(values: list[int]) -> None:
    check_both_ends(with_spectrum(values), min(values), max(values))


@pytest.mark.parametrize(
    ("matrix", "smallest", "largest"),
    [
        ([[5.0]], 5, 5),
        ([[-5.0]], -5, -5),
        ([[0.0]], 0, 0),
        (np.zeros((3, 3)), 0, 0),
        (np.eye(7), 1, 1),
        (-np.eye(7), -1, -1),
        (np.ones((9, 9)), 0, 9),
        (np.eye(6) - np.ones((6, 6)), -5, 1),
        ([[0.0, 1.0], [1.0, 0.0]], -1, 1),
        (np.diag([1e-300, 1.0]), Fraction(1e-300), 1),
        (np.diag([5e-324, 1e-310]), Fraction(5e-324), Fraction(1e-310)),
        (np.diag([-1e150, 2e150]), Fraction(-1e150), Fraction(2e150)),
    ],
)
def test_matrices_of_a_textbook(matrix: np.ndarray, smallest: Fraction, largest: Fraction) -> None:
    check_both_ends(np.array(matrix), _number(smallest), _number(largest))


def _number(value: Fraction) -> mpmath.mpf:
    with mpmath.workdps(800):
        return mpmath.mpf(Fraction(value).numerator) / Fraction(value).denominator


@pytest.mark.parametrize("n", range(1, 13))
def test_hilbert_matrices(n: int) -> None:
    matrix = 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    values = spectrum(matrix)
    check_both_ends(matrix, values[0], values[-1])


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_gradings_over_sixteen_decades(n: int, seed: int) -> None:
    generator = np.random.Generator(np.random.Philox(seed))
    scale = 10.0 ** np.linspace(-8, 0, n)
    middle = np.eye(n) + 0.5 * generator.uniform(-1, 1, (n, n))
    matrix = scale[:, None] * (middle + middle.T) * scale
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    values = spectrum(matrix)
    check_both_ends(matrix, values[0], values[-1])


@given(
    st.integers(1, 5).flatmap(lambda n: hnp.arrays(np.float64, (n, n), elements=st.floats(-(2.0**9), 2.0**9)))
)
def test_symmetric_parts_of_anything(matrix: np.ndarray) -> None:
    with mpmath.workdps(800):
        exact = mpmath.matrix(matrix.tolist())
        symmetric = (exact + exact.T) / 2
    with mpmath.workdps(DIGITS):
        values = sorted(mpmath.eigsy(symmetric, eigvals_only=True))
        # eigsy is backward stable at its own precision.
        slop = mpmath.eps * 2**10 * (1 + mpmath.mnorm(symmetric, 1))
        low = smallest_eigenvalue(matrix)
        high = largest_eigenvalue(matrix)
        assert mpmath.mpf(low.lower) <= values[0] + slop and values[0] - slop <= mpmath.mpf(low.upper)
        assert mpmath.mpf(high.lower) <= values[-1] + slop and values[-1] - slop <= mpmath.mpf(high.upper)


def test_an_error_widens_both_ends_by_itself() -> None:
    matrix = with_spectrum([3, 7, 11, 19])
    exact = smallest_eigenvalue(matrix)
    loose = smallest_eigenvalue(matrix, 0.25)
    assert loose.lower <= exact.lower - 0.25 and exact.upper + 0.25 <= loose.upper
    assert loose.upper - loose.lower <= 0.5 + width_allowed(matrix)
    for shift in (-0.25, 0.25):
        assert holds(smallest_eigenvalue(matrix + shift * np.eye(4), 0.25), 3)
        assert holds(largest_eigenvalue(matrix + shift * np.eye(4), 0.25), 19)
        assert smallest_eigenvalue_from_below(matrix + shift * np.eye(4), 0.25) <= 3
        assert largest_eigenvalue_from_above(matrix + shift * np.eye(4), 0.25) >= 19


def test_a_singular_matrix_is_never_called_definite() -> None:
    for n in (2, 4, 8, 16):
        matrix = with_spectrum([0, *range(1, n)])
        assert smallest_eigenvalue_from_below(matrix) <= 0 <= smallest_eigenvalue(matrix).upper


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), r"a square matrix with at least one row is needed, got shape \(2, 3\)"),
        (np.ones(3), r"got shape \(3,\)"),
        (np.ones((0, 0)), r"got shape \(0, 0\)"),
        (np.array([[1.0, np.nan], [0.0, 1.0]]), r"entry \(0, 1\) of the matrix is nan"),
        (np.array([[1.0, 0.0], [0.0, -np.inf]]), r"entry \(1, 1\) of the matrix is -?inf"),
    ],
)
@pytest.mark.parametrize("ask", [smallest_eigenvalue, largest_eigenvalue, smallest_eigenvalue_from_below])
def test_what_is_no_matrix_is_refused(
    ask: Callable[[np.ndarray], object], matrix: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ask(matrix)
