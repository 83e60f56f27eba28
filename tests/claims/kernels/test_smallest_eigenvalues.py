from __future__ import annotations

import math

import pytest

from claims.kernels.smallest_eigenvalues import kernels_minima
from claims.preliminaries.fixed_data import pair
from refute import Compute


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("theta", [0.1, 1.0, 3.0])
def test_the_minima_of_a_pair_are_enclosed(theta: float, dtype: str) -> None:
    K = math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    G = K + math.sin(theta) / (2 * math.pi)
    lambda_0, gamma_0 = kernels_minima(pair(theta), Compute(dtype=dtype))
    assert lambda_0.lower <= 0.5 - abs(K) <= lambda_0.upper
    assert gamma_0.lower <= 0.5 - G <= gamma_0.upper
