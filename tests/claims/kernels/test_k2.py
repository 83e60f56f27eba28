from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from claims.kernels.k2_decoder_kernel import expectation

END = 12
"""Beyond it the Gaussian mass is less than a roundoff of a roundoff."""


@pytest.mark.parametrize("theta", [0.3, math.pi / 2, 2.5])
def test_the_enclosed_expectation_is_scipys_double_integral(theta: float) -> None:
    rho = math.cos(theta)
    sine = math.sin(theta)

    def integrand(u: float, t: float) -> float:
        return t * (rho * t + sine * u) * math.exp(-(t * t + u * u) / 2) / (2 * math.pi)

    value, error = dblquad(integrand, 0, END, lambda t: max(-rho * t / sine, -END), END)
    enclosed = expectation(np.array([[1.0, rho], [0.0, sine]]))
    assert abs(value - enclosed.middle) <= error + enclosed.radius
    assert enclosed.radius < 2.0**-50


@pytest.mark.parametrize("t", [1e-8, 1e-3])
def test_the_enclosure_stays_tight_where_the_integrand_is_steep(t: float) -> None:
    near = expectation(np.array([[1.0, 1.0], [0.0, t]]))
    far = expectation(np.array([[1.0, -1.0], [0.0, t]]))
    assert 0.5 - t * t / 4 - near.radius <= near.middle <= 0.5 + near.radius
    assert 0.0 - far.radius <= far.middle <= t**3 / (6 * math.pi) + far.radius
    assert max(near.radius, far.radius) < 2.0**-50
