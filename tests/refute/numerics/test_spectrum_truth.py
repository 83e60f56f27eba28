"""Smallest eigenvalues where float64 is at its limit: singular, nearly singular and ill-scaled matrices.

The truth comes from algebra, from elimination in fractions, or from eigenvalues at eighty digits.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from models.kernels.limit_in_balls import Matrix
from refute.numerics.ball_spectrum import LARGEST_MATRIX, smallest_eigenvalue_in_balls
from refute.numerics.enclosure import Enclosure
from tests.refute.numerics.spectrum_references import (
    ACCURACY,
    DIGITS,
    at_eighty_digits,
    contains,
    encloses,
    in_balls,
    in_floats,
    of_floats,
    with_spectrum,
)

# Singular: more antipodal pairs than dimensions.


@pytest.mark.parametrize("kernel", ["K", "G"])
@pytest.mark.parametrize("d", [2, 3])
def test_antipodal_pairs_beyond_the_dimension_are_singular(kernel: str, d: int) -> None:
    V = np.hstack([np.eye(d), np.ones((d, 1))])
    X = np.hstack([V, -V])
    coarse = in_floats(X, kernel)
    fine = in_balls(X, kernel)
    assert coarse.lower < 0 < coarse.upper
    assert fine.lower < 0 < fine.upper
    assert fine.upper - fine.lower < 2.0**-480


@pytest.mark.parametrize(
    ("V", "lambda_0", "gamma_0"),
    [
        # Orthogonal: R / 2 = I / 2, and P = (1/2, 1/pi; 1/pi, 1/2).
        ([[3.0, 4.0], [4.0, -3.0]], lambda: mpmath.mpf(1) / 2, lambda: mpmath.mpf(1) / 2 - 1 / mpmath.pi),
        # At 45 degrees: R has the eigenvalue 1 - sqrt(1/2), and P has 1/2 - P_12.
        (
            [[1.0, 1.0], [0.0, 1.0]],
            lambda: (1 - mpmath.sqrt(0.5)) / 2,
            lambda: min(
                (1 - mpmath.sqrt(0.5)) / 2,
                mpmath.mpf(1) / 2 - (1 + mpmath.pi / 4) * mpmath.sqrt(2) / (2 * mpmath.pi),
            ),
        ),
    ],
)
def test_antipodal_pairs_in_the_plane_have_the_spectra_of_algebra(
    V: list[list[float]], lambda_0: Callable[[], mpmath.mpf], gamma_0: Callable[[], mpmath.mpf]
) -> None:
    X = np.hstack([np.array(V), -np.array(V)])
    with mpmath.workdps(DIGITS):
        truth = {"K": lambda_0(), "G": gamma_0()}
    for kernel, value in truth.items():
        assert contains(in_floats(X, kernel), value) and contains(in_balls(X, kernel), value)
        assert in_floats(X, kernel).lower > 0


def test_a_singular_matrix_whose_pivots_stay_exact_is_called_singular() -> None:
    for values in ([0, 2], [0, 0, 0, 4], [0] * 7 + [16]):
        coarse, fine = of_floats(with_spectrum(values))
        assert coarse.lower <= 0 <= coarse.upper
        assert fine == Enclosure(0.0, 0.0)


# Nearly singular: points on an arc.


def arc(n: int, spacing: float) -> np.ndarray:
    turns = np.arange(n) * spacing
    return np.array([np.cos(turns), np.sin(turns)])


@pytest.mark.parametrize("n", [2, 3, 4, 6])
@pytest.mark.parametrize("kernel", ["K", "G"])
def test_points_at_spacing_a_millionth_are_told_from_singular(n: int, kernel: str) -> None:
    X = arc(n, 1e-6)
    truth = at_eighty_digits(X, kernel)
    coarse = in_floats(X, kernel)
    fine = in_balls(X, kernel)
    assert contains(coarse, truth) and contains(fine, truth)
    assert fine.lower > 0 and fine.upper - fine.lower <= ACCURACY * fine.upper
    assert (coarse.lower > 0) == (kernel == "K" or n == 2)


def test_the_decoders_eigenvalue_on_three_crowded_points_falls_with_the_cube() -> None:
    wide, narrow = (in_balls(arc(3, spacing), "G") for spacing in (2.0**-20, 2.0**-21))
    assert wide.lower / narrow.upper > 8 * (1 - 2.0**-10) and wide.upper / narrow.lower < 8 * (1 + 2.0**-10)


def test_the_largest_matrices_take_no_longer_than_people_wait() -> None:
    fine = in_balls(arc(LARGEST_MATRIX, 1e-6), "G")
    assert fine.lower > 0 and fine.upper - fine.lower <= ACCURACY * fine.upper


# Ill-scaled: D M D with powers of two, so that every entry is exact.


exponents = st.integers(-20, 20)


@given(st.sampled_from([2, 4, 8]), st.data())
@settings(max_examples=25)
def test_ill_scaled_matrices_are_enclosed_and_their_sign_is_known(n: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(-2, 9), min_size=n, max_size=n))
    scale = np.ldexp(1.0, data.draw(st.lists(exponents, min_size=n, max_size=n)))
    M = scale[:, None] * with_spectrum(values) * scale
    coarse, fine = of_floats(M)
    assert encloses(coarse, M) and encloses(fine, M)
    # Congruent matrices have the same inertia (Sylvester).
    assert (min(values) > 0, min(values) < 0) == (fine.lower > 0, fine.upper < 0)
    size = 2.0**-400 if min(values) == 0 else ACCURACY * max(abs(fine.lower), abs(fine.upper))
    assert fine.upper - fine.lower <= size


def test_a_scaling_that_float64_cannot_decide_is_decided_in_balls() -> None:
    scale = 2.0 ** np.array([-20, 20, 20, -20])
    M = scale[:, None] * with_spectrum([1, 2, 3, 4]) * scale
    coarse, fine = of_floats(M)
    assert coarse.lower < 0 < coarse.upper
    assert fine.lower > 0 and encloses(fine, M)


@pytest.mark.parametrize("least", [1, -1])
def test_a_sign_below_the_roundoff_of_the_norm_is_decided_in_balls(least: int) -> None:
    M = with_spectrum([least, 2**51])
    coarse, fine = of_floats(M)
    assert coarse.lower < 0 < coarse.upper
    assert contains(fine, Fraction(least)) and fine.lower * fine.upper > 0


@pytest.mark.parametrize(("small", "large"), [(1, 5), (-1, 5), (3, -2)])
def test_direct_sums_of_very_different_size_have_their_known_spectrum(small: int, large: int) -> None:
    M = np.zeros((8, 8))
    M[:4, :4] = with_spectrum([small, 9, 10, 11]) * 2.0**-40
    M[4:, 4:] = with_spectrum([large, 9, 10, 11]) * 2.0**40
    truth = min(Fraction(small) / 2**40, Fraction(large) * 2**40)
    coarse, fine = of_floats(M)
    assert contains(coarse, truth) and contains(fine, truth)
    assert (fine.lower > 0) == (truth > 0) and (fine.upper < 0) == (truth < 0)
    assert fine.upper - fine.lower <= ACCURACY * abs(float(truth))


# What no precision decides.


def test_balls_that_do_not_shrink_leave_what_they_leave() -> None:
    width = 2.0**-30
    M = [[arb(1), arb(1, width)], [arb(1, width), arb(1)]]  # 1 - |entry| lies in [-width, width]
    around = Enclosure(-1.0, 1.0)
    fine = smallest_eigenvalue_in_balls(lambda: M, around)
    assert fine.lower <= -width and width <= fine.upper
    assert fine.upper <= 8 * width and fine.lower >= -8 * width


def test_a_wide_ball_away_from_zero_keeps_its_sign_and_its_width() -> None:
    def build() -> Matrix:
        return [[arb(2, 0.25), arb(0)], [arb(0), arb(9)]]

    fine = smallest_eigenvalue_in_balls(build, Enclosure(0.5, 8.0))
    assert 0.5 <= fine.lower <= 1.75 and 2.25 <= fine.upper <= 8.0
    mirrored = smallest_eigenvalue_in_balls(
        lambda: [[arb(-2, 0.25), arb(0)], [arb(0), arb(9)]], Enclosure(-8.0, 8.0)
    )
    assert -8.0 <= mirrored.lower <= -2.25 and -1.75 <= mirrored.upper < 0


def test_the_smallest_magnitude_is_where_the_search_ends() -> None:
    fine = smallest_eigenvalue_in_balls(lambda: [[arb(2) ** -700]], Enclosure(-1.0, 1.0), smallest=2.0**-300)
    assert fine == Enclosure(0.0, 2.0**-300)
    deep = smallest_eigenvalue_in_balls(lambda: [[arb(2) ** -700]], Enclosure(-1.0, 1.0))
    assert contains(deep, Fraction(1, 2**700)) and deep.lower > 0


def test_an_eigenvalue_that_the_search_hits_exactly_is_returned_as_it_is() -> None:
    assert smallest_eigenvalue_in_balls(lambda: [[arb(1)]], Enclosure(0.5, 2.0)) == Enclosure(1.0, 1.0)
