from __future__ import annotations

import mpmath
import numpy as np
import pytest

from claims.kernels.k5_pair_bound import may_be_attained, pair_gaps
from models.kernels.limit_in_balls import decoder_entry, encoder_entry, signed_squares
from refute.numerics.rounding import gamma


@pytest.mark.parametrize("theta", [1e-8, 1e-4, 0.3, 1.5, 1.7, 3.0])
def test_the_gaps_are_the_closed_forms_at_fifty_digits(theta: float) -> None:
    gap_K, gap_G = pair_gaps(np.array([theta]))
    with mpmath.workdps(50):
        t = mpmath.mpf(theta)
        pi = mpmath.pi
        exact_K = mpmath.mpf(1) / 2 - abs(mpmath.cos(t)) * (pi - t) / (2 * pi)
        exact_G = mpmath.mpf(1) / 2 - (mpmath.sin(t) + (pi - t) * mpmath.cos(t)) / (2 * pi)
        assert abs(gap_K[0] - exact_K) <= gamma(20) * (theta + float(exact_K))
        assert abs(gap_G[0] - exact_G) <= gamma(20) * theta


def test_a_pair_alone_attains_its_bound() -> None:
    squares = signed_squares(np.array([[1.0, 0.6], [0.0, 0.8]]))
    assert may_be_attained(squares, encoder_entry)
    assert may_be_attained(squares, decoder_entry)


def test_equal_angles_from_both_of_the_closest_pair_allow_equality() -> None:
    triangle = signed_squares(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]))
    assert may_be_attained(triangle, encoder_entry)
    assert may_be_attained(triangle, decoder_entry)


def test_a_negative_pair_allows_equality_only_when_the_rest_is_orthogonal_to_it() -> None:
    orthogonal = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert may_be_attained(signed_squares(orthogonal), encoder_entry)
    tilted = np.array([[1.0, -1.0, 0.0], [0.0, 2.0, -2.0], [0.0, 0.0, 9.0]])
    assert not may_be_attained(signed_squares(tilted), encoder_entry)


def test_an_angle_that_differs_in_the_last_place_rules_equality_out() -> None:
    X = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    X[2, 2] = np.nextafter(1.0, 0.0)
    assert not may_be_attained(signed_squares(X), decoder_entry)
