"""Rounding bounds of residuals and runs against the same numbers in high precision."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch

from models.networks.autoencoder import Network, residuals
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import (
    residual_bound,
    residual_rounding,
    residual_size,
    rounding_floor,
    rounding_floors,
)
from refute.numerics.rounding import gamma, unit_roundoff

Matrix = list[list[mpmath.mpf]]
SHAPES = [(1, 1, 1), (1, 1, 40), (1, 30, 2), (50, 1, 2), (3, 2, 4)]
"""(n, d, m): each count of roundings is the largest one somewhere."""


def problem(n: int, d: int, m: int, seed: int, dtype: torch.dtype) -> tuple[Network, torch.Tensor]:
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    W, A = (torch.from_numpy(rng.standard_normal((1, m, d))).to(dtype) for _ in range(2))
    return Network(W, A), torch.from_numpy(X).to(dtype)


def exact(values: torch.Tensor) -> Matrix:
    return [[mpmath.mpf(float(v)) for v in row] for row in values]


def exact_residual(W: Matrix, A: Matrix, X: Matrix) -> Matrix:
    m = len(W)
    d = len(X)
    n = len(X[0])
    s = mpmath.sqrt(m * d)
    Phi = [
        [max(mpmath.fdot(zip(w, [X[p][i] for p in range(d)], strict=True)), mpmath.mpf(0)) for i in range(n)]
        for w in W
    ]
    return [[X[p][i] - sum(A[r][p] * Phi[r][i] for r in range(m)) / s for i in range(n)] for p in range(d)]


def exact_step(W: Matrix, A: Matrix, X: Matrix, eta: float, regime: Regime) -> tuple[Matrix, Matrix]:
    """One step, sample by sample and neuron by neuron."""
    m = len(W)
    d = len(X)
    n = len(X[0])
    rate = mpmath.mpf(eta) / mpmath.sqrt(m * d)
    E = exact_residual(W, A, X)
    new_W = [list(w) for w in W]
    new_A = [list(a) for a in A]
    for r in range(m):
        for i in range(n):
            z = mpmath.fsum(W[r][p] * X[p][i] for p in range(d))
            if z <= 0:
                continue
            pull = mpmath.fsum(A[r][p] * E[p][i] for p in range(d))
            for p in range(d):
                new_W[r][p] += rate * pull * X[p][i]
                new_A[r][p] += rate * z * E[p][i]
    return new_W, new_A if regime == "joint" else A


def frobenius(M: Matrix) -> mpmath.mpf:
    return mpmath.sqrt(mpmath.fsum(v * v for row in M for v in row))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", range(3))
def test_the_rounding_of_a_residual_is_bounded(dtype: torch.dtype, seed: int) -> None:
    network, X = problem(3, 4, 20, seed, dtype)
    with mpmath.workdps(60):
        true = exact_residual(exact(network.W[0]), exact(network.A[0]), exact(X))
        got = exact(residuals(network, X)[0])
        error = frobenius(
            [[g - t for g, t in zip(*rows, strict=True)] for rows in zip(got, true, strict=True)]
        )
        assert 0 < error <= float(residual_rounding(network, X)[0])
        assert frobenius(true) <= float(residual_bound(network, X)[0])
        assert frobenius(true) <= float(residual_size(network, X)[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("regime", REGIMES)
def test_a_run_stays_within_its_floor_of_the_exact_run(dtype: torch.dtype, regime: Regime) -> None:
    network, X = problem(2, 2, 6, 1, dtype)
    eta = 0.25
    steps = 24
    run = descend(network, X, eta, steps, regime)
    floors = rounding_floors(network, X, eta, np.arange(steps + 1))[0]
    with mpmath.workdps(60):
        W = exact(network.W[0])
        A = exact(network.A[0])
        data = exact(X)
        for k in range(steps + 1):
            gap = abs(mpmath.mpf(float(run.residual[k, 0])) - frobenius(exact_residual(W, A, data)))
            assert gap <= float(floors[k])
            W, A = exact_step(W, A, data, eta, regime)


def test_the_floor_of_all_steps_is_that_of_the_geometric_series() -> None:
    network, X = problem(2, 3, 8, 0, torch.float64)
    eta = 0.5
    rate = 0.25
    first, second = rounding_floors(network, X, eta, np.array([0, 1]))[0]
    root = np.sqrt(1 - eta * rate)
    expected = first + (second - first) * (1 / (1 - root))
    found = rounding_floor(network, X, eta, rate)[0]
    assert abs(found - expected) <= gamma(64) * expected / (1 - root)


def test_a_float32_run_is_held_to_a_float32_floor() -> None:
    double, X = problem(2, 3, 8, 0, torch.float64)
    single = Network(double.W.float(), double.A.float())
    same = Network(single.W.double(), single.A.double())
    ratio = residual_rounding(single, X.float()) / residual_rounding(same, X.float().double())
    k = 8 + 3 + 6
    expected = gamma(k, "float32") / gamma(k)
    assert (np.abs(ratio - expected) <= gamma(64) * expected).all()


@pytest.mark.parametrize("n", [1, 40])
def test_the_bound_holds_with_many_samples_and_one_neuron(n: int) -> None:
    network, X = problem(n, 2, 1, 0, torch.float64)
    with mpmath.workdps(60):
        true = frobenius(exact_residual(exact(network.W[0]), exact(network.A[0]), exact(X)))
        recorded = descend(network, X, 0.0, 0, "weak").residual[0, 0]
        floor = rounding_floors(network, X, 0.0, np.zeros(1))[0, 0]
        assert abs(mpmath.mpf(float(recorded)) - true) <= float(floor) / 2


def close_above(found: float, derived: float) -> bool:
    """An allowance that covers what was derived, and is not absurdly large."""
    return derived <= found <= 16 * derived


def sizes(network: Network, X: torch.Tensor) -> tuple[float, float, float, float]:
    """||X||_F, ||W||_F, ||A||_F and the size of a residual, by loops over float64 copies."""
    W, A, data = (np.abs(part.double().numpy()) for part in (network.W[0], network.A[0], X))
    U = sum(np.outer(a, w @ data) for a, w in zip(A, W, strict=True)) / network.scale
    long, first, second, output = (float(np.linalg.norm(M)) for M in (data, W, A, U))
    return long, first, second, long + output


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
@pytest.mark.parametrize("unbalanced", [0, -12, 12])
def test_each_allowance_covers_what_is_derived_for_it(
    n: int, d: int, m: int, unbalanced: int, dtype: str
) -> None:
    """Each by itself: at k = 0 the records, at step size 0 the stored weights, at a huge one the products."""
    network, X = problem(n, d, m, 0, getattr(torch, dtype))
    network = Network(network.W * 2.0**unbalanced, network.A / 2.0**unbalanced)
    data, W, A, size = sizes(network, X)
    assert abs(residual_size(network, X)[0] - size) <= gamma(2 * n * d + 2 * m + d + 16) * size
    residual = float(residual_rounding(network, X)[0])
    assert close_above(residual, gamma(d + m + 3, dtype) * size)
    record, still = rounding_floors(network, X, 0.0, np.array([0, 1]))[0]
    assert close_above(record / 2, gamma(d + m + 3 + n * d // 2 + 1, dtype) * size)
    stored = still - record - 2 * residual
    assert close_above(stored, 2 * unit_roundoff(dtype) * data / network.scale * W * A)
    first, second, third = rounding_floors(network, X, 2.0**40, np.array([0, 1, 2]))[0]
    products = gamma(n + d + 2, dtype) * 2.0**40 * (data / network.scale) ** 2 * (W**2 + A**2) * size
    assert close_above(second - first, products)
    assert abs(third - 2 * second + first) <= gamma(16) * third
    assert first == record


@pytest.mark.parametrize("seed", range(8))
def test_a_bound_on_a_residual_exceeds_it_and_its_rounding(seed: int) -> None:
    network, X = problem(3, 4, 20, seed, torch.float64)
    with mpmath.workdps(60):
        computed = frobenius(exact(residuals(network, X)[0]))
        both = computed + mpmath.mpf(float(residual_rounding(network, X)[0]))
        assert both <= mpmath.mpf(float(residual_bound(network, X)[0])) <= both * (1 + gamma(2 * 12 + 16))
