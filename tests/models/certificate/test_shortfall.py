"""By how much a point is not certified, and which neurons that is due to, from the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.certificate.certificate import certify, path_length
from models.certificate.contraction import contraction
from models.certificate.points import points_of
from models.certificate.shortfall import fewest, neuron_costs, rate_needed, residual_allowed, shortfall
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute.numerics import gamma
from tests.models.certificate.certificate_reference import RUNS, certified_run, problem, reference, step_for

SIZES = [(2, 2, 32, 2), (3, 2, 64, 4), (2, 3, 64, 2)]


def on_the_way(n: int, d: int, m: int, seed: int, regime: Regime) -> tuple[Network, torch.Tensor, float]:
    """A point of a run that is not certified yet."""
    network, X = problem(n, d, m, seed)
    eta = step_for(network, X, regime)
    return descend(network, X, eta, 2, regime).network, X, eta


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m", "seed"), SIZES)
def test_the_allowed_residual_fits_its_budget_and_hardly_a_larger_one_fits_any(
    n: int, d: int, m: int, seed: int, regime: Regime
) -> None:
    network, X, eta = on_the_way(n, d, m, seed, regime)
    point = points_of(network, X, regime)
    found = shortfall(point, eta)
    assert 0 < found.allowed < point.e[0]
    rate = contraction(point, eta, found.at).rate
    assert path_length(found.allowed, eta, rate) <= found.at
    budgets = found.at * 2.0 ** np.linspace(-6, 6, 97)
    allowed = [residual_allowed(contraction(point, eta, budget), eta) for budget in budgets]
    assert max(allowed) <= 1.25 * found.allowed


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m", "seed"), RUNS)
def test_certified_points_are_within_what_is_allowed(
    n: int, d: int, m: int, seed: int, regime: Regime
) -> None:
    network, X, eta = certified_run(n, d, m, seed, regime)
    assert certify(network, X, eta, regime).certified[0]
    point = points_of(network, X, regime)
    assert shortfall(point, eta).allowed >= point.e[0]
    start, X = problem(n, d, m, seed)
    point = points_of(start, X, regime)
    found = shortfall(point, eta)
    if not certify(start, X, eta, regime).certified[0]:
        assert found.allowed < point.e[0]
        assert path_length(float(point.e[0]), eta, found.decisive.rate) > found.decisive.budget


def test_a_step_that_is_too_large_and_a_kernel_that_is_singular_allow_nothing() -> None:
    network, X, eta = certified_run(2, 2, 32, 2, "weak")
    point = points_of(network, X, "weak")
    assert shortfall(point, 9 * eta).allowed == 0.0
    twice = X[:, [0, 0]].contiguous()
    found = shortfall(points_of(network, twice, "weak"), eta)
    assert found.allowed == 0.0 and found.decisive is found.still and found.still.rate <= 0


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m", "seed"), SIZES)
def test_costs_are_what_the_neurons_take_from_the_kernel(
    n: int, d: int, m: int, seed: int, regime: Regime
) -> None:
    """v^T (c H_- - Q / c) v is c v^T H v without what the neurons take, at the eigenvector v."""
    network, X, eta = on_the_way(n, d, m, seed, regime)
    point = points_of(network, X, regime)
    tried = (contraction(point, eta, 2.0**k) for k in range(-20, 20))
    part = next(part for part in tried if part.unstable >= 3)
    assert part.speed < 2
    wanted = reference(network, X, eta, regime, part.budget)
    costs, S = neuron_costs(point, part)
    assert (wanted.unstable == S.T).all() and S.any() and not S.all()
    assert (costs[~S.any(0)] == 0).all() and (costs >= 0).all()
    H = tangent_kernel(network, X, regime)[0].numpy()
    v = eigenvector(network, X.numpy(), H, S, 2 - part.speed)
    lowest = part.rate + part.loss
    size = 2 * np.trace(H) + float(costs.sum())
    rounding = 16 * (gamma(4 * (m + n + d + 16)) + gamma((n * d) ** 2)) * (size + np.square(v).sum() * m)
    assert abs((2 - part.speed) * v @ H @ v - costs.sum() - lowest) <= rounding


def eigenvector(network: Network, x: np.ndarray, H: np.ndarray, S: np.ndarray, c: float) -> np.ndarray:
    """Of the smallest eigenvalue of c H_- - Q / c, neuron by neuron."""
    W, A = network.W[0].numpy(), network.A[0].numpy()
    d, n = x.shape
    M = c * H
    for r in np.flatnonzero(S.any(0)):
        kappa = min(S[:, r].sum() * np.square(x).sum(0).max(), np.linalg.norm(x, 2) ** 2)
        J = np.zeros((d, n * d))
        for i in range(n):
            block = slice(i * d, (i + 1) * d)
            if W[r] @ x[:, i] > 0:
                J[:, block] = np.outer(x[:, i], A[r]) / math.sqrt(A.size)
            if S[i, r]:
                M[block, block] -= kappa / c * np.outer(A[r], A[r]) / A.size
        M -= c * J.T @ J
    v: np.ndarray = np.linalg.eigh(M)[1][:, 0]
    return v


def test_no_neuron_costs_anything_where_the_step_is_too_large() -> None:
    network, X, eta = certified_run(2, 2, 32, 2, "weak")
    point = points_of(network, X, "weak")
    costs, _ = neuron_costs(point, contraction(point, 9 * eta, 0.0))
    assert not costs.any()


@pytest.mark.parametrize("regime", REGIMES)
def test_the_needed_rate_is_that_whose_path_is_the_budget(regime: Regime) -> None:
    network, X = problem(2, 2, 32, 2)
    eta = step_for(network, X, regime)
    network = descend(network, X, eta, 50, regime).network
    point = points_of(network, X, regime)
    e = float(point.e[0])
    for budget in (eta * e * 1.5, eta * e * 20, eta * e * 1e6):
        needed = rate_needed(contraction(point, eta, budget), e, eta)
        length = path_length(e, eta, needed)
        assert abs(length - budget) <= 64 * gamma(8) * budget / (eta * needed)
    assert rate_needed(contraction(point, eta, eta * e / 2), e, eta) == math.inf
    assert rate_needed(contraction(point, eta, 0.0), e, eta) == 0.0


def test_the_fewest_are_the_dearest_and_all_where_they_are_not_enough() -> None:
    costs = np.array([1.0, 0.0, 4.0, 2.0])
    assert fewest(costs, 3.5).tolist() == [2]
    assert fewest(costs, 4.0).tolist() == [2]
    assert fewest(costs, 4.5).tolist() == [2, 3]
    assert fewest(costs, 99.0).tolist() == [2, 3, 0]
    assert fewest(np.zeros(3), 1.0).tolist() == []
