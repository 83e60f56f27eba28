"""The parts of the verified eigenvalues: the symmetric part against fractions, and guesses that are wrong."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from refute.numerics.spectrum import _cholesky_lower, _symmetric


@pytest.mark.parametrize("exponent", [-40, 0, 40])
@pytest.mark.parametrize("n", [4, 5])
def test_the_error_covers_the_rounding_of_the_symmetric_part(n: int, exponent: int) -> None:
    M = np.random.default_rng(n).standard_normal((n, n)) * 2.0**exponent
    half, error = _symmetric(M, 0.0)
    assert (half == half.T).all()
    squares = Fraction(0)
    for i in range(n):
        for j in range(n):
            exact = (Fraction(M[i, j]) + Fraction(M[j, i])) / 2
            squares += (exact - Fraction(half[i, j])) ** 2
    assert 0 < squares <= Fraction(error) ** 2
    assert error <= 16 * 2.0**-53 * np.linalg.norm(M)
    assert _symmetric(M, 2.0**exponent)[1] == 2.0**exponent + error


def test_a_symmetric_matrix_costs_nothing() -> None:
    M = np.array([[2.0, 1 / 3], [1 / 3, 0.1]])
    half, error = _symmetric(M, 0.25)
    assert error == 0.25
    assert (half == M).all()


@pytest.mark.parametrize("above", [0.0, 2.0**-30, 1.0, 50.0])
def test_a_guess_that_is_too_high_is_lowered_until_cholesky_accepts(above: float) -> None:
    M = np.diag([1.0, 2.0, 3.0]) + 0.25
    least = float(np.linalg.eigvalsh(M)[0])
    found = _cholesky_lower(M, least + above)
    assert least - 2 * above - 2.0**-40 <= found < least
