import math

import numpy as np
import pytest
import torch
from scipy.stats import binom, chi

from claims import widths
from claims.linear_rate import sphere
from models.autoencoder import outputs
from models.certificate import certify
from models.descent import REGIMES, Regime
from models.initial import draw_network
from refute.numerics.rounding import gamma

LEVEL = 1e-6
"""Probability that a true tail bound fails one of these tests, over streams that are fixed."""


def most_failures(p: float, trials: int) -> int:
    return int(binom.isf(LEVEL, trials, p))


def spectrum(n: int, d: int) -> widths.Spectrum:
    return widths.spectrum(sphere(n, d, 0))


def spectrum_of_identity(n: int) -> widths.Spectrum:
    return widths.spectrum(np.eye(n))


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5])
def test_the_kernel_width_makes_the_chernoff_bound_p(p: float) -> None:
    data, e = spectrum(3, 4), 0.5
    m = widths.kernel_width(data, p)
    base = math.exp(-e) * (1 - e) ** -(1 - e)
    bound = data.n * data.d * base ** (m * data.lambda_0 / (data.d * data.top))
    assert abs(bound - p) <= gamma(64) * p * (1 + m)


def test_the_spectrum_of_a_pair_is_the_closed_one() -> None:
    theta = 1.0
    X = np.array([[1.0, math.cos(theta)], [0.0, math.sin(theta)]])
    found = widths.spectrum(X)
    K = math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    G = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    expected = (1 + math.cos(theta), 0.5 - K, 0.5 - G)
    for value, other in zip((found.top, found.lambda_0, found.gamma_0), expected, strict=True):
        assert abs(value - other) <= gamma(128)


@pytest.mark.parametrize("R", [0.01, 0.3, 3.0])
@pytest.mark.parametrize("m", [10, 1000, 100_000])
def test_the_bound_on_stuck_entries_holds_for_the_exact_binomial(R: float, m: int) -> None:
    data, p = spectrum(3, 4), 0.1
    most = widths.stuck_entries(data, m, R, p)
    assert data.n * binom.sf(math.floor(most), m, math.erf(R / math.sqrt(2))) <= p
    mean = m * math.erf(R / math.sqrt(2))
    assert most >= min(mean, m)


@pytest.mark.parametrize("d", [1, 2, 64])
@pytest.mark.parametrize("p", [1e-6, 0.1, 0.9])
def test_the_bound_on_a_long_weight_holds_for_the_exact_chi(d: int, p: float) -> None:
    assert chi.sf(widths.longest(d, p), d) <= p
    assert chi.sf(math.sqrt(d) + math.sqrt(2 * math.log(1 / p)) - 2, d) > p or p > 0.5


def draws(n: int, d: int, m: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (count, m, d) and Phi (count, m, n) of as many initializations."""
    X = torch.from_numpy(sphere(n, d, 0))
    generators = [np.random.default_rng([n, d, m, b]) for b in range(count)]
    network = draw_network("rademacher", m, d, generators)
    return network.A, torch.relu(network.W @ X)


@pytest.mark.parametrize("p", [0.05, 0.5])
def test_the_bound_on_the_residual_fails_no_more_often_than_it_may(p: float) -> None:
    generators = [np.random.default_rng([5, b]) for b in range(400)]
    network, X = draw_network("rademacher", 8, 3, generators), torch.from_numpy(sphere(4, 3, 0))
    e = (X - outputs(network, X)).flatten(1).norm(dim=1).numpy()
    assert (e > widths.residual(spectrum(4, 3), p)).sum() <= most_failures(p, 400)


@pytest.mark.parametrize(("n", "d", "m"), [(2, 2, 50), (6, 3, 200), (12, 12, 60)])
@pytest.mark.parametrize("p", [0.05, 0.5])
def test_the_bounds_on_decoder_and_features_fail_no_more_often_than_they_may(
    n: int, d: int, m: int, p: float
) -> None:
    A, Phi = draws(n, d, m, 200)
    data, most = spectrum(n, d), most_failures(p, 200)
    A_norm, Phi_norm = (torch.linalg.matrix_norm(part, 2).numpy() for part in (A, Phi))
    lowest = torch.linalg.eigvalsh(Phi.mT @ Phi / m)[:, 0].numpy()
    assert (A_norm > widths.decoder_norm(m, d, p)).sum() <= most
    assert (Phi_norm > widths.feature_norm(data, m, p)).sum() <= most
    assert (lowest < data.gamma_0 - widths.decoder_loss(n, m, p)).sum() <= most


def test_relu_may_lengthen_a_matrix_so_features_are_not_bounded_by_preactivations() -> None:
    m, n = 1024, 64
    Z = torch.from_numpy(np.random.default_rng(0).standard_normal((m, n)))  # W^T X for X = I
    preactivations, features = (float(torch.linalg.matrix_norm(M, 2)) for M in (Z, torch.relu(Z)))
    bound = math.sqrt(m) + math.sqrt(n) + math.sqrt(2 * math.log(10))
    assert preactivations <= bound < features <= widths.feature_norm(spectrum_of_identity(n), m, 0.1)


def test_the_fourth_moment_behind_the_decoder_loss_is_three_halves() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    full = float(weights @ nodes**4) / math.sqrt(2 * math.pi)
    n, m, p = 3, 100.0, 0.1
    t = widths.decoder_loss(n, m, p)
    v = n * n * full / 2  # by symmetry relu keeps half of E g^4
    assert abs(n * math.exp(-m * t * t / (2 * v)) - p) <= gamma(256) * n


def test_the_decoder_norm_is_at_most_the_frobenius_norm() -> None:
    for d in (1, 2, 8):
        for m in (1, 10, 1000, 10**6):
            assert widths.decoder_norm(m, d, 0.1) <= math.sqrt(m * d) * (1 + gamma(4))
    assert widths.decoder_norm(10**9, 8, 0.1) < math.sqrt(10**9) * 1.001


@pytest.mark.parametrize("regime", REGIMES)
def test_at_the_sufficient_width_the_start_itself_is_certified(regime: Regime) -> None:
    X, p, trials = np.ones((1, 1)), 0.5, 6
    m = int(widths.sufficient_width(X, p, regime))
    certified = 0
    for b in range(trials):
        network = draw_network("rademacher", m, 1, [np.random.default_rng([m, b])])
        certified += bool(certify(network, torch.from_numpy(X), 0.5, regime).certified[0])
    assert trials - certified <= most_failures(p, trials)
    assert certified == trials  # the bounds are far from sharp


@pytest.mark.parametrize("regime", REGIMES)
def test_a_smaller_failure_probability_needs_more_neurons(regime: Regime) -> None:
    X = sphere(2, 3, 0)
    found = [widths.sufficient_width(X, p, regime) for p in (0.5, 0.1, 0.01)]
    assert found == sorted(found)
    assert len(set(found)) == 3
    assert found[1] > widths.kernel_width(widths.spectrum(X), 0.1)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_width_is_the_last_at_which_the_inequalities_turn(regime: Regime) -> None:
    X, p = sphere(2, 3, 1), 0.1
    m, holds = widths.sufficient_width(X, p, regime), widths._weak if regime == "weak" else widths._joint
    data = widths.spectrum(X)
    assert holds(data, m, p)
    assert not holds(data, m / (1 + 2.0**-9), p)
    assert all(holds(data, m * 2.0**k, p) for k in range(20))
    assert not any(holds(data, m * 2.0**-k, p) for k in range(1, 20))


def test_crowded_data_need_more_and_degenerate_data_have_no_width() -> None:
    apart, close = (np.array([[1.0, math.cos(t)], [0.0, math.sin(t)]]) for t in (1.5, 0.1))
    for regime in REGIMES:
        assert widths.sufficient_width(close, 0.1, regime) > widths.sufficient_width(apart, 0.1, regime)
        half = sphere(3, 2, 0)
        assert widths.sufficient_width(np.hstack([half, -half]), 0.1, regime) == math.inf


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_a_failure_probability_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match="p must lie strictly between 0 and 1"):
        widths.sufficient_width(np.ones((1, 1)), p, "weak")
