"""One step of two runs on one pattern, far apart and with roundings of any size, beside its bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.certificate.distance import EVERY_GUARD, WORTH, Guards, Rule, factor_norms, slopes
from models.certificate.step_bounds import checkpoint, step_bounds
from models.certificate.stored_runs import Float64Run
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from tests.models.helpers import tensor

ETA = 0.7


def bilinear(rng: np.random.Generator, m: int = 5, d: int = 3, n: int = 4) -> tuple[np.ndarray, ...]:
    """W, A (m, d) and X (d, n), positive: every neuron is active, there and not far from there."""
    X = rng.uniform(0.1, 1, (d, n))
    return rng.uniform(2, 3, (m, d)), rng.standard_normal((m, d)), X / np.linalg.norm(X, axis=0)


def gradient(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, E: np.ndarray, joint: bool
) -> tuple[np.ndarray, np.ndarray]:
    """J E at a point where every neuron is active, as (W, A)."""
    s = math.sqrt(W.size)
    return (A @ E) @ X.T / s, (W @ X) @ E.T / s * joint


def residual(W: np.ndarray, A: np.ndarray, X: np.ndarray) -> np.ndarray:
    found: np.ndarray = X - A.T @ (W @ X) / math.sqrt(W.size)
    return found


def size(parts: tuple[np.ndarray, ...]) -> float:
    return math.sqrt(sum(float((part**2).sum()) for part in parts))


@given(
    seed=st.integers(0, 2**32 - 1),
    joint=st.booleans(),
    dev=st.sampled_from([0.0, 1e-6, 1e-2, 0.5]),
    off=st.sampled_from([0.0, 1e-6, 1e-2, 0.5]),
    eta=st.sampled_from([0.05, 0.3, 1.0, 3.0]),
    aligned=st.booleans(),
)
def test_two_runs_are_no_further_apart_after_a_step_than_said(
    seed: int, joint: bool, dev: float, off: float, eta: float, aligned: bool
) -> None:
    """aligned: what is off is off along the gradient of the residual's error, where a step moves it most."""
    rng = np.random.default_rng(seed)
    W, A, X = bilinear(rng)
    E = residual(W, A, X)
    s = math.sqrt(W.size)
    eps = rng.standard_normal(E.shape)
    eps *= off / np.linalg.norm(eps)
    way = gradient(W, A, X, eps if off else E, joint) if aligned else rng.standard_normal((2, *W.shape))
    delta = tuple(part * dev / size((way[0], way[1] * joint)) for part in (way[0], way[1] * joint))
    rho = tuple(1e-3 * part for part in (rng.standard_normal(W.shape), rng.standard_normal(A.shape) * joint))
    moved = W + delta[0], A + delta[1]
    exact = gradient(*moved, X, residual(*moved, X), joint)
    stored = gradient(W, A, X, E + eps, joint)
    after = tuple(delta[k] + eta * (exact[k] - stored[k]) - rho[k] for k in range(2))
    X_norm = float(np.linalg.norm(X, 2))
    here = math.hypot(X_norm * np.linalg.norm(A, 2), np.linalg.norm(W @ X, 2) * joint) / s
    rule = Rule(eta, X_norm / s * joint, EVERY_GUARD)
    bound = rule.after(dev, rule.slope(here, dev), float(np.linalg.norm(E)), off, size(rho))
    assert size(after) <= bound * (1 + 1e-12) + 1e-15


@pytest.mark.parametrize("y", [0.2, 0.9, 1.5, 1.9])
def test_what_roundings_add_in_squares_is_attained(y: float) -> None:
    """One neuron, weak, slope j: delta becomes (1 - y) delta - eta j eps."""
    j, eps = math.sqrt(y / ETA), 1e-3
    delta = eps / j * (y - 1) / (2 - y)
    after = abs((1 - y) * delta - ETA * j * eps)
    rule = Rule(ETA, 0.0, EVERY_GUARD)
    assert rule.after(abs(delta), j, 1.0, eps, 0.0) == pytest.approx(after, rel=1e-9)


@pytest.mark.parametrize("y", [2.0, 2.5, 5.0])
def test_beyond_two_the_distance_grows_and_roundings_add_up(y: float) -> None:
    j, eps, delta = math.sqrt(y / ETA), 1e-3, 1e-2
    rule = Rule(ETA, 0.0, EVERY_GUARD)
    found = rule.after(delta, j, 1.0, eps, 1e-4)
    assert found == pytest.approx(max(1, y - 1) * delta + ETA * j * eps + 1e-4, rel=1e-9)


def test_near_two_the_smaller_of_both_bounds_is_taken() -> None:
    j, eps = math.sqrt((2 - 1e-9) / ETA), 1e-3
    found = Rule(ETA, 0.0, EVERY_GUARD).after(1e-2, j, 1.0, eps, 0.0)
    assert found == pytest.approx(1e-2 + ETA * j * eps, rel=1e-6)


def test_many_small_roundings_add_up_like_the_root_of_their_number() -> None:
    rule = Rule(ETA, 0.0, EVERY_GUARD)
    dev = 0.0
    for _ in range(400):
        dev = rule.after(dev, 1.0, 1.0, 1e-6, 0.0)
    assert dev == pytest.approx(20 * 1e-6 * math.sqrt(ETA / (2 - ETA)), rel=1e-2)


def test_what_a_guard_is_for_is_gone_without_it() -> None:
    step = (1e-2, 2.0, 3.0, 1e-3, 1e-4)
    whole, *less = (
        Rule(ETA, 0.5, guards).after(*step)
        for guards in (EVERY_GUARD, Guards(growth=False), Guards(rounding=False), Guards(False, False, False))
    )
    assert less[0] == pytest.approx(1e-2 + ETA * 2e-3 + 1e-4)
    assert less[1] == pytest.approx(1e-2 * (4 * ETA - 1) + ETA * 0.5 * (3 + 1e-2) * 1e-2)
    assert less[2] == pytest.approx(1e-2) and whole > max(less)


def test_the_slope_grows_with_the_distance_where_the_decoder_moves() -> None:
    assert Rule(ETA, 0.0, EVERY_GUARD).slope(1.5, 0.3) == pytest.approx(1.5)
    assert Rule(ETA, 0.5, EVERY_GUARD).slope(1.5, 0.3) == pytest.approx(1.5 + 0.15)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("eta", "known"), [(0.1, False), (1.6, True)])
def test_slopes_are_those_of_the_points_and_know_the_patterns_where_it_matters(
    eta: float, known: bool, regime: Regime
) -> None:
    """Samples of which half are negated have other neurons, which the norms of the factors do not see."""
    rng = np.random.default_rng(5)
    columns = np.abs(rng.standard_normal((4, 8))) + 2
    X = tensor(columns / np.linalg.norm(columns, axis=0) * np.resize([1.0, -1.0], 8))
    W, A = rng.standard_normal((1, 4000, 4)), rng.choice([-1.0, 1.0], (1, 4000, 4))
    network = Network(tensor(W), tensor(A))
    eta = eta / float(torch.linalg.eigvalsh(tangent_kernel(network, X, regime))[0, -1])
    run = Float64Run(network, X, eta, regime)
    at = checkpoint(network, X, run.arithmetic)
    assert at is not None
    _, records = run.go(12)
    bounds = step_bounds(at, records, eta, regime, run.arithmetic)
    factors = factor_norms(at, bounds, regime)
    found = slopes(at, bounds, factors, eta, regime)
    expected = np.hypot(at.X * bounds.A, bounds.Phi * (regime == "joint")) / at.scale
    np.testing.assert_allclose(factors, expected, rtol=1e-12)
    grows = np.log(np.maximum(eta * factors[:-1] ** 2 - 1, 1.0)).sum()
    assert (grows > WORTH) == known
    for k, slope in enumerate(found.tolist()):
        largest = float(torch.linalg.eigvalsh(tangent_kernel(run.network, X, regime))[0, -1])
        assert math.sqrt(largest) <= slope <= factors[k] * (1 + 1e-12)
        run, _ = run.go(1)
    assert (found[0] < 0.95 * factors[0]) == known


def test_neurons_that_wake_within_a_piece_are_in_its_slopes() -> None:
    """Every neuron sees the first of two samples, and the first step wakes half of them for the other."""
    m, angle = 64, 0.5
    X = tensor(np.array([[1.0, math.cos(angle)], [0.0, math.sin(angle)]]))
    W = np.tile([1.0, -1 / math.tan(angle) - 1e-3], (1, m, 1))
    A = np.tile([1.0, 0.25], (1, m, 1)) * np.resize([1.0, -1.0], (m, 1))
    network, eta = Network(tensor(W), tensor(A)), 8.0
    run = Float64Run(network, X, eta, "weak")
    at = checkpoint(network, X, run.arithmetic)
    assert at is not None
    after, records = run.go(1)
    bounds = step_bounds(at, records, eta, "weak", run.arithmetic)
    norms = factor_norms(at, bounds, "weak")
    largest = [
        float(torch.linalg.eigvalsh(tangent_kernel(point, X, "weak"))[0, -1])
        for point in (network, after.network)
    ]
    assert eta * norms[0] ** 2 > 3 and largest[1] > 1.2 * largest[0]
    found = slopes(at, bounds, norms, eta, "weak")
    assert (np.sqrt(largest) <= found).all()
