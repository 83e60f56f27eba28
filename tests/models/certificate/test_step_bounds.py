"""The rounding of each step against the step itself in balls, from the same stored point."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from flint import arb_mat

from models.certificate.run_in_balls import norm, run_in_balls
from models.certificate.step_bounds import Arithmetic, checkpoint, step_bounds
from models.certificate.stored_runs import Float64Run, Kind, stored_run
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network, preactivations
from models.networks.regime import Regime
from refute.numerics import gamma, precision
from tests.models.certificate.test_exact_run import KINDS, problem

STEPS = 12


def plain(m: int) -> Arithmetic:
    return Float64Run(*problem(m, 1, 1), 0.5, "weak").arithmetic


def words(run: object, name: str) -> arb_mat:
    parts = [arb_mat(getattr(word, name)[0].tolist()) for word in run.words]  # type: ignore[attr-defined]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("regime", ["weak", "joint"])
@pytest.mark.parametrize("shape", [(33, 4, 3), (5, 2, 6), (300, 3, 2)])
def test_every_step_is_off_by_no_more_than_its_bound(
    shape: tuple[int, int, int], regime: Regime, kind: Kind
) -> None:
    network, X = problem(*shape, seed=1)
    run = stored_run(network, X, 0.4, regime, kind)
    at = checkpoint(network, X, run.arithmetic)
    assert at is not None
    _, records = run.go(STEPS)
    bounds = step_bounds(at, records, 0.4, regime, run.arithmetic)
    with precision(1024):
        for k in range(STEPS):
            here, after = run_in_balls(words(run, "W"), words(run, "A"), X.numpy(), 0.4, regime, 1)
            run, _ = run.go(1)
            off = (norm(after.W - words(run, "W")) ** 2 + norm(after.A - words(run, "A")) ** 2).sqrt()
            slope = math.hypot(at.X * bounds.A[k], bounds.Phi[k] * (regime == "joint")) / at.scale
            assert 0 < float(off) <= 0.4 * slope * bounds.output_error[k] + bounds.weight_error[k]
            assert bounds.e_below[k] <= float(norm(here.E)) <= bounds.e[k]


@pytest.mark.parametrize("regime", ["weak", "joint"])
def test_norms_on_the_way_are_those_of_the_points_or_larger(regime: Regime) -> None:
    network, X = problem(40, 4, 3, seed=3)
    at = checkpoint(network, X, plain(network.m))
    assert at is not None
    run = Float64Run(network, X, 0.5, regime)
    _, records = run.go(STEPS)
    bounds = step_bounds(at, records, 0.5, regime, run.arithmetic)
    for k in range(STEPS + 1):
        Z = preactivations(run.network.W, X)[0].numpy()
        Phi = np.maximum(Z, 0)
        A = run.network.A[0].numpy()
        assert np.linalg.norm(A, 2) <= bounds.A[k] and np.linalg.norm(Phi, 2) <= bounds.Phi[k]
        largest = float(torch.linalg.eigvalsh(tangent_kernel(run.network, X, regime))[0, -1])
        slope = at.X * bounds.A[k] / at.scale
        if regime == "joint":
            slope = np.hypot(slope, bounds.Phi[k] / at.scale)
        assert largest <= slope**2
        run, _ = run.go(1)
    if regime == "weak":
        assert (bounds.A[0] == bounds.A).all()


def test_a_checkpoint_has_the_norms_of_its_network() -> None:
    network, X = problem(40, 4, 3, seed=3)
    at = checkpoint(network, X, plain(network.m))
    assert at is not None
    W, A, data = network.W[0].numpy(), network.A[0].numpy(), X.numpy()
    Phi = np.maximum(W @ data, 0)
    true = {
        "A": np.linalg.norm(A, 2),
        "A_F": np.linalg.norm(A),
        "W_F": np.linalg.norm(W),
        "w": np.linalg.norm(W, axis=1).max(),
        "Phi": np.linalg.norm(Phi, 2),
        "Phi_F": np.linalg.norm(Phi),
        "X": np.linalg.norm(data, 2),
        "X_F": np.linalg.norm(data),
        "x": np.linalg.norm(data, axis=0).max(),
        "S": np.linalg.norm(((plain(40).depths[:, None] + 1) * np.abs(A)).T @ Phi),
        "N": plain(40).depths.max(),
    }
    for name, value in true.items():
        assert value * (1 - 1e-15) <= getattr(at, name) <= value * (1 + 1e-9), name
    assert at.scale == np.sqrt(160)


def test_z_is_off_by_d_roundings_of_the_longest_neuron() -> None:
    network, X = problem(9, 5, 2)
    at = checkpoint(network, X, plain(network.m))
    assert at is not None
    run = Float64Run(network, X, 0.5, "weak")
    _, records = run.go(1)
    bounds = step_bounds(at, records, 0.5, "weak", run.arithmetic)
    assert bounds.z_error[0] == pytest.approx(gamma(5) * at.w, rel=1e-6)
    assert bounds.z_error[1] > bounds.z_error[0]  # W has moved


def test_weights_that_are_no_numbers_have_no_checkpoint() -> None:
    network, X = problem(3, 2, 2)
    arithmetic = plain(3)
    assert checkpoint(Network(network.W * np.inf, network.A), X, arithmetic) is None
    assert checkpoint(Network(network.W * 1e300, network.A), X, arithmetic) is None


def test_gamma_is_that_of_the_unit() -> None:
    assert Arithmetic(2.0**-53, np.ones(1)).gamma(7) == gamma(7)
    assert Arithmetic(2.0**-103, np.ones(1)).gamma(4) == 2.0**-101
