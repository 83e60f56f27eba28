import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import binom, chi

from claims.preliminaries import explicit_width as widths
from claims.preliminaries.fixed_data import pair, sphere
from claims.preliminaries.gaussian_tails import decoder_norm, fourth_moments, longest, upper_tail
from models.certificate.contraction import contraction
from models.certificate.points import points_of
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import outputs
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma

LEVEL = 1e-6
"""Probability that a true tail bound fails one of these tests, over streams that are fixed."""


def most_failures(p: float, trials: int) -> int:
    return int(binom.isf(LEVEL, trials, p))


def spectrum(n: int, d: int) -> widths.Spectrum:
    return widths.spectrum(sphere(n, d, 0))


@pytest.mark.parametrize("theta", [0.0, 0.1, 1.0, math.pi / 2, 3.0, math.pi])
def test_the_fourth_moments_are_the_integral_in_polar_coordinates(theta: float) -> None:
    def inner(phi: float) -> float:
        return float(math.cos(phi) ** 2 * math.cos(phi - theta) ** 2)

    integral, error = quad(inner, theta - math.pi / 2, math.pi / 2)
    expected = 8 / (2 * math.pi) * integral  # of r^5 exp(-r^2 / 2) over r > 0, the 8
    found = float(fourth_moments(np.array(theta)))
    assert abs(found - expected) <= gamma(128) + 2 * error


def test_the_spectrum_of_a_pair_is_the_closed_one_on_its_safe_side() -> None:
    theta = 1.0
    found = widths.spectrum(pair(theta))
    K = math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    G = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    rounding = gamma(512)
    assert 0 <= found.top - (1 + math.cos(theta)) <= rounding
    assert 0 <= 0.5 - K - found.lambda_0 <= rounding
    assert 0 <= 1 - K - G - found.kappa_0 <= rounding
    moments = 2 * 1.5 + 2 * float(fourth_moments(np.array(theta)))
    assert 0 <= found.fourth - moments <= 4 * rounding


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
        floor = widths.kernel_floor(widths.spectrum(np.ones((1, 1))), m, t, "weak")
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
    data = spectrum(n, d)
    network = draw_network("rademacher", m, d, [np.random.default_rng([n, d, b]) for b in range(trials)])
    X = torch.from_numpy(sphere(n, d, 0))
    Phi = torch.relu(network.W @ X)
    features = Phi.flatten(1).norm(dim=1).numpy()
    A = torch.linalg.matrix_norm(network.A, 2).numpy()
    e = (X - outputs(network, X)).flatten(1).norm(dim=1).numpy()
    most = most_failures(p, trials)
    assert (features > widths.feature_norm(data, m, p)).sum() <= most
    assert (decoder_norm(m, d, p) * (1 + gamma(m * d)) < A).sum() <= most
    bounds = np.array([widths.residual(data, size**2 / m, p) for size in features])
    assert (e > bounds).sum() <= most
    for regime in REGIMES:
        lowest = torch.linalg.eigvalsh(tangent_kernel(network, X, regime))[:, 0].numpy()
        floor = widths.kernel_floor(data, m, math.log(n * d / p), regime)
        assert (lowest < floor).sum() <= most


def test_the_bound_on_the_residual_is_near_the_quantile_not_markovs() -> None:
    data = widths.spectrum(np.eye(2))
    p = 0.01
    assert widths.residual(data, 1.0, p) < (math.sqrt(2) + math.sqrt(2 / (2 * p))) / 2


def test_relu_may_lengthen_a_matrix_so_features_are_not_bounded_by_preactivations() -> None:
    m = 1024
    n = 64
    Z = torch.from_numpy(np.random.default_rng(0).standard_normal((m, n)))  # W^T X for X = I
    preactivations, features = (float(torch.linalg.matrix_norm(M, 2)) for M in (Z, torch.relu(Z)))
    bound = math.sqrt(m) + math.sqrt(n) + math.sqrt(2 * math.log(10))
    assert preactivations <= bound < features <= widths.feature_norm(widths.spectrum(np.eye(n)), m, 0.1)


def test_the_decoder_norm_is_at_most_the_frobenius_norm() -> None:
    for d in (1, 2, 8):
        for m in (1, 10, 1000, 10**6):
            assert decoder_norm(m, d, 0.1) <= math.sqrt(m * d) * (1 + gamma(4))
    assert decoder_norm(10**9, 8, 0.1) < math.sqrt(10**9) * 1.001


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("X", [np.ones((1, 1)), np.eye(2)], ids=["one", "two"])
def test_the_rate_of_a_start_is_at_least_what_the_tails_promise(X: np.ndarray, regime: Regime) -> None:
    data = widths.spectrum(X)
    p = 0.5
    trials = 6
    found = widths.solve(data, p, regime)
    promised = widths.bounds(data, found.width, p, regime)
    assert promised is not None
    assert promised.budget == found.budget
    broken = 0
    for b in range(trials):
        network = draw_network("rademacher", int(found.width), len(X), [np.random.default_rng([b])])
        point = points_of(network, torch.from_numpy(X), regime)
        broken += contraction(point, data.largest_step, found.budget).rate < promised.rate
        broken += 2 * point.e[0] / promised.floor > found.budget
    assert broken == 0  # the bounds are not sharp


@pytest.mark.parametrize("regime", REGIMES)
def test_a_smaller_failure_probability_needs_more_neurons(regime: Regime) -> None:
    X = sphere(2, 3, 0)
    found = [widths.sufficient_width(X, p, regime) for p in (0.5, 0.1, 0.01)]
    assert found == sorted(found)
    assert len(set(found)) == 3


@pytest.mark.parametrize("regime", REGIMES)
def test_the_width_is_where_the_inequalities_turn_and_its_budget_serves_larger_ones(regime: Regime) -> None:
    data = spectrum(2, 3)
    p = 0.1
    found = widths.solve(data, p, regime)
    assert widths.suffices(data, found.width, p, regime)
    assert not widths.suffices(data, found.width * (1 - 2 * widths.BRACKET), p, regime)
    assert not any(widths.suffices(data, found.width * 2.0**-k, p, regime) for k in range(1, 12))
    for k in range(1, 20):
        m = found.width * 2.0**k
        share = p / widths.SHARES
        wider = widths.bounds(data, m, p, regime, found.budget)
        assert wider is not None
        e = widths.residual(data, widths.feature_norm(data, m, share) ** 2 / m, share)
        assert 2 * e / wider.rate <= found.budget


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d"), [(2, 3), (6, 4), (1, 48), (8, 24)])
def test_the_closed_form_is_never_below_the_solved_width(n: int, d: int, regime: Regime) -> None:
    data = spectrum(n, d)
    for p in (0.9, 0.1, 1e-12, 1e-100):
        assert widths.solve(data, p, regime).width <= widths.closed_width(data, p, regime)


def test_crowded_data_need_more_and_degenerate_data_have_no_width() -> None:
    for regime in REGIMES:
        close, apart = (widths.sufficient_width(pair(theta), 0.1, regime) for theta in (0.1, 1.5))
        assert close > apart
        half = sphere(3, 2, 0)
        both = np.hstack([half, -half])
        assert widths.sufficient_width(both, 0.1, regime) == math.inf
        assert widths.closed_width(widths.spectrum(both), 0.1, regime) >= 2.0**100


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_a_failure_probability_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match="p must lie strictly between 0 and 1"):
        widths.sufficient_width(np.ones((1, 1)), p, "weak")
