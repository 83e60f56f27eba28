from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from claims.kernels.k1_encoder_kernel import expectation
from claims.preliminaries.fixed_data import pair

PIECES = 50
"""Adaptive pieces that scipy may use; its own error estimate is the tolerance."""


@pytest.mark.parametrize("theta", [0.02, 0.7, math.pi / 2, 2.0, 3.1])
def test_the_enclosed_expectation_is_scipys_integral(theta: float) -> None:
    X = pair(theta)
    slope = X[0, 1] / X[1, 1]
    value, error = quad(lambda t: math.exp(-t * t / 2) * ndtr(slope * t), 0, math.inf, limit=PIECES)
    enclosed = expectation(X)
    assert abs(X[0, 1] * value / math.sqrt(2 * math.pi) - enclosed.middle) <= error + enclosed.radius
    assert enclosed.radius < 2.0**-50


@pytest.mark.parametrize("t", [1e-8, 1e-3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_enclosure_stays_tight_where_the_integrand_is_steep(t: float, sign: float) -> None:
    X = np.array([[1.0, sign], [0.0, t]])
    rho = sign / math.hypot(1.0, t)
    theta = math.atan2(t, sign)
    enclosed = expectation(X)
    exact = abs(rho) * (math.atan(t) if sign < 0 else math.pi - theta) / (2 * math.pi) * sign
    assert abs(enclosed.middle - exact) <= enclosed.radius + 8 * abs(exact) * np.finfo(np.float64).eps
    assert enclosed.radius < 2.0**-50
