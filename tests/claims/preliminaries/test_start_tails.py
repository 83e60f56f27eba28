import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import binom, chi, multivariate_normal

from claims.preliminaries import start_tails as tails
from claims.preliminaries.data_spectrum import spectrum
from claims.preliminaries.fixed_data import pair, sphere
from claims.preliminaries.gaussian_tails import decoder_norm, fourth_moments, longest, upper_tail
from models.kernels.finite import tangent_kernel
from models.kernels.limit import limit_kernel
from models.networks.autoencoder import outputs
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES
from refute.numerics.rounding import gamma

LEVEL = 1e-6
"""Probability that a true tail bound fails one of these tests, over streams that are fixed."""


def most_failures(p: float, trials: int) -> int:
    return int(binom.isf(LEVEL, trials, p))


def both_above(theta: float, R: float) -> float:
    """P(z_i > R, z_j > R) of standard Gaussians at the angle theta."""
    return float(multivariate_normal.cdf([-R, -R], cov=[[1, math.cos(theta)], [math.cos(theta), 1]]))


@pytest.mark.parametrize("theta", [0.0, 0.1, 1.0, math.pi / 2, 3.0, math.pi])
def test_the_fourth_moments_are_the_integral_in_polar_coordinates(theta: float) -> None:
    def inner(phi: float) -> float:
        return float(math.cos(phi) ** 2 * math.cos(phi - theta) ** 2)

    integral, error = quad(inner, theta - math.pi / 2, math.pi / 2)
    expected = 8 / (2 * math.pi) * integral  # of r^5 exp(-r^2 / 2) over r > 0, the 8
    found = float(fourth_moments(np.array(theta)))
    assert abs(found - expected) <= gamma(128) + 2 * error


@pytest.mark.parametrize("theta", [0.3, 1.0, math.pi / 2, 2.0, 3.0])
@pytest.mark.parametrize("R", [0.01, 0.3, 1.0])
def test_pairs_flip_with_probability_p_R_and_the_middle_bends_as_little_as_stated(
    theta: float, R: float
) -> None:
    low, high, at = (both_above(theta, bound) for bound in (R, -R, 0.0))
    error = 1e-7  # of the quadrature, above what it states
    assert high - low == pytest.approx(math.erf(R / math.sqrt(2)), abs=error)
    bent = (low + high) / 2 - at
    data = spectrum(pair(theta))
    size = abs(math.cos(theta))
    assert -error <= size * bent <= tails.bending(data, R) + error
    if R <= 0.01 and theta != math.pi / 2:
        assert size * bent >= 0.9 * tails.bending(data, R) - error


@pytest.mark.parametrize("near", [0.001, 0.1, 0.6])
@pytest.mark.parametrize("m", [10, 1000, 100_000])
def test_the_upper_tail_holds_for_the_exact_binomial(near: float, m: int) -> None:
    for t in (0.1, 3.0, 20.0):
        most = upper_tail(near, 1 / m, t)
        assert binom.sf(math.floor(m * most), m, near) <= math.exp(-t)
        assert most >= near


@pytest.mark.parametrize("m", [50, 1000, 100_000])
def test_the_weak_floor_holds_for_the_exact_binomial(m: int) -> None:
    for t in (0.1, 3.0, 20.0):
        floor = tails.kernel_floor(spectrum(np.ones((1, 1))), m, math.exp(-t), "weak")
        assert binom.cdf(math.floor(m * floor), m, 0.5) <= math.exp(-t) * (1 + gamma(64))


@pytest.mark.parametrize("d", [1, 2, 64])
@pytest.mark.parametrize("p", [1e-6, 0.1, 0.9])
def test_the_bound_on_a_long_weight_holds_for_the_exact_chi(d: int, p: float) -> None:
    assert chi.sf(longest(d, p), d) <= p
    assert chi.sf(math.sqrt(d) + math.sqrt(2 * math.log(1 / p)) - 2, d) > p or p > 0.5


@pytest.mark.parametrize("p", [0.05, 0.5])
@pytest.mark.parametrize(("n", "d"), [(4, 3), (1, 1), (2, 16)])
def test_the_bounds_fail_no_more_often_than_they_may(n: int, d: int, p: float) -> None:
    trials = 300
    m = 64
    X = torch.from_numpy(sphere(n, d, 0))
    data = spectrum(X.numpy())
    network = draw_network("rademacher", m, d, [np.random.default_rng([n, d, b]) for b in range(trials)])
    features = torch.linalg.matrix_norm(torch.relu(network.W @ X), 2).numpy()
    A = torch.linalg.matrix_norm(network.A, 2).numpy()
    E = X - outputs(network, X)
    most = most_failures(p, trials)
    assert (features > tails.feature_norm(data, m, p / 2)).sum() <= most
    assert (decoder_norm(m, d, p) * (1 + gamma(m * d)) < A).sum() <= most
    for regime in REGIMES:
        weighed = torch.einsum("bpi,ij,bpj->b", E, torch.linalg.inv(limit_kernel(X, regime)), E).numpy()
        assert (weighed > tails.residual(data, m, p / 4, regime)).sum() <= most
        lowest = torch.linalg.eigvalsh(tangent_kernel(network, X, regime))[:, 0].numpy()
        assert (lowest < tails.kernel_floor(data, m, p, regime)).sum() <= most


def test_the_bound_on_the_residual_is_near_its_quantile() -> None:
    """For orthonormal points k is K = 1 / 2, and Y = 2 ||E||^2: about 3 n, and less than twice that."""
    Y = tails.residual(spectrum(np.eye(8)), 2.0**40, 0.01, "weak")
    assert 3 * 8 < Y < 6 * 8


def test_relu_may_lengthen_a_matrix_so_features_are_not_bounded_by_preactivations() -> None:
    m = 1024
    n = 64
    Z = torch.from_numpy(np.random.default_rng(0).standard_normal((m, n)))  # W^T X for X = I
    preactivations, features = (float(torch.linalg.matrix_norm(M, 2)) for M in (Z, torch.relu(Z)))
    bound = math.sqrt(m) + math.sqrt(n) + math.sqrt(2 * math.log(10))
    assert preactivations <= bound < features <= tails.feature_norm(spectrum(np.eye(n)), m, 0.1)


def test_the_decoder_norm_is_at_most_the_frobenius_norm() -> None:
    for d in (1, 2, 8):
        for m in (1, 10, 1000, 10**6):
            assert decoder_norm(m, d, 0.1) <= math.sqrt(m * d) * (1 + gamma(4))
    assert decoder_norm(10**9, 8, 0.1) < math.sqrt(10**9) * 1.001
