import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from claims.preliminaries.assumptions import data_matrices
from claims.preliminaries.data_spectrum import spectrum
from claims.preliminaries.fixed_data import pair, sphere
from claims.preliminaries.gaussian_tails import fourth_moments
from models.kernels.limit import limit_kernels
from refute.numerics.rounding import gamma


def test_the_spectrum_of_a_pair_is_the_closed_one_on_its_safe_side() -> None:
    theta = 1.0
    found = spectrum(pair(theta))
    rho = math.cos(theta)
    K = rho * (math.pi - theta) / (2 * math.pi)
    G = (math.sin(theta) + (math.pi - theta) * rho) / (2 * math.pi)
    rounding = gamma(512)
    assert 0 <= found.top - (1 + rho) <= rounding
    assert 0 <= found.spread - (1 + rho) <= rounding
    assert 0 <= found.row - math.sqrt(1 + rho**2) <= rounding
    assert 0 <= 0.5 - K - found.lambda_0 <= rounding
    assert 0 <= 1 - K - G - found.kappa_0 <= rounding
    assert 0 <= found.encoder_top - (0.5 + K) <= rounding
    assert 0 <= found.decoder_top - (0.5 + G) <= rounding
    moments = 2 * 1.5 + 2 * float(fourth_moments(np.array(theta)))
    assert 0 <= found.fourth - moments <= 4 * rounding
    assert 0 <= found.bends[0, 1] - math.tan(theta / 2) / (2 * math.pi) <= rounding
    assert found.lambda_0 == found.eigenvalue("weak") and found.kappa_0 == found.eigenvalue("joint")
    weights = [0.5 + K, 0.5 - K]
    weights = [1.875 * weight - 0.875 * min(weights) for weight in weights]
    ratios = [(0.5 + G) / weights[0], (0.5 - G) / weights[1]]
    assert found.weak.top == pytest.approx(max(ratios), rel=1e-12)
    assert found.weak.features == pytest.approx(sum(ratios), rel=1e-12)
    weights = [1 + K + G, 1 - K - G]
    both = (1 + rho + 4 * (0.5 + G)) / weights[0] + (1 - rho + 4 * (0.5 - G)) / weights[1]
    assert found.joint.both == pytest.approx(both, rel=1e-12)
    weights = [1.875 * weight - 0.875 * min(weights) for weight in weights]
    samples = (1 + rho) / weights[0] + (1 - rho) / weights[1]
    assert found.joint.samples == pytest.approx(samples, rel=1e-12)


def test_the_step_is_a_share_of_lambda_n_and_n() -> None:
    found = spectrum(np.eye(3))
    assert found.largest_step == pytest.approx(1 / 32)


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(data_matrices(max_n=12, max_d=8, min_separation=2.0**-8))
def test_what_the_kernels_weigh_is_bounded_by_the_sizes_of_the_data(X: np.ndarray) -> None:
    """K >= rho / 4 and G <= K + 1 1^T / (2 pi), with 1^T K^-1 1 <= 2 pi d: docs/theory/width.md."""
    d, n = X.shape
    found = spectrum(X)
    K, G = (kernel.numpy() for kernel in limit_kernels(torch.from_numpy(X)))
    rounding = n * gamma(4 * d + 256)
    assert np.linalg.eigvalsh(K - X.T @ X / 4)[0] >= -rounding
    assert np.linalg.eigvalsh(K + 1 / (2 * math.pi) - G)[0] >= -rounding
    assert np.linalg.eigvalsh(2 * math.pi * d * K - 1)[0] >= -rounding * 8 * d
    if found.lambda_0 > 2.0**-20:
        up = 1 + 2.0**-20
        assert found.weak.both * up >= 6 and found.weak.both <= (8 * n + 4 * d) * up
        assert found.joint.both * up >= 3 and found.joint.both <= 8 * n * up
        for weighed in (found.weak, found.joint):
            assert weighed.samples + 4 * weighed.features <= weighed.both * up


def test_degenerate_data_weigh_infinitely() -> None:
    half = sphere(3, 2, 0)
    found = spectrum(np.hstack([half, -half]))
    assert found.lambda_0 <= 0 and found.weak.samples == found.weak.features == found.weak.top == math.inf
