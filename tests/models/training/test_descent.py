import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.networks.autoencoder import Network, preactivations, residuals
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import PATIENCE, STRIDE, descend, tied_descend
from models.training.torch_loop import Setting, torch_loop
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.helpers import (
    DEVICES,
    gaussian,
    gentle,
    global_state,
    name,
    networks,
    step_bounds,
    tensor,
    within,
)

regimes = st.sampled_from(REGIMES)
U = unit_roundoff()


@given(networks(), regimes, st.integers(0, 5))
def test_records_are_residuals_and_movements_of_the_path(
    case: tuple[Network, Tensor], regime: Regime, steps: int
) -> None:
    network, X = case
    eta = gentle(network, X)
    run = descend(network, X, eta, steps, regime)
    assert run.steps == steps
    assert run.residual.shape == run.movement.shape == (steps + 1, network.batch)
    for k in range(steps + 1):
        point = descend(network, X, eta, k, regime).network
        E = residuals(point, X).flatten(1)
        terms = (X.abs() + point.A.abs().mT @ (point.W.abs() @ X.abs()) / point.scale).flatten(1)
        bound = 2 * gamma(network.m + network.d + X.numel() + 8) * terms.norm(dim=1)
        assert within(run.residual[k], E.norm(dim=1), bound)
        moved = (point.W - network.W).norm(dim=2).amax(dim=1)
        assert within(run.movement[k], moved, 2 * gamma(network.d + 4) * moved)


@given(networks(), regimes, st.integers(0, 2 * STRIDE), st.integers(0, 2 * STRIDE))
def test_a_resumed_descent_retraces_the_whole_one_bit_for_bit(
    case: tuple[Network, Tensor], regime: Regime, first: int, second: int
) -> None:
    network, X = case
    eta = gentle(network, X)
    whole = descend(network, X, eta, first + second, regime)
    head = descend(network, X, eta, first, regime)
    tail = descend(head.network, X, eta, second, regime, start=network)
    assert torch.equal(tail.network.W, whole.network.W)
    assert torch.equal(tail.network.A, whole.network.A)
    for record in ("residual", "movement"):
        joined = torch.cat([getattr(head, record)[:first], getattr(tail, record)])
        assert torch.equal(joined, getattr(whole, record))


@given(networks(), st.integers(0, STRIDE), st.integers(0, STRIDE))
def test_a_resumed_tied_descent_retraces_the_whole_one(
    case: tuple[Network, Tensor], first: int, second: int
) -> None:
    network, X = case
    eta = gentle(network, X)
    whole = tied_descend(network.W, X, 2.0, eta, first + second)
    head = tied_descend(network.W, X, 2.0, eta, first)
    tail = tied_descend(head.W, X, 2.0, eta, second, start=network.W)
    assert torch.equal(tail.W, whole.W)
    assert torch.equal(torch.cat([head.movement[:first], tail.movement]), whole.movement)
    assert torch.equal(torch.cat([head.residual[:first], tail.residual]), whole.residual)


@given(networks(), regimes)
def test_a_network_descends_alone_as_in_a_batch(case: tuple[Network, Tensor], regime: Regime) -> None:
    network, X = case
    eta = gentle(network, X)
    together = descend(network, X, eta, 5, regime)
    for b in range(network.batch):
        alone = descend(network.select(b), X, eta, 5, regime)
        assert torch.equal(alone.network.W[0], together.network.W[b])
        assert torch.equal(alone.residual[:, 0], together.residual[:, b])


@given(networks(), regimes)
def test_step_sizes_may_differ_by_network(case: tuple[Network, Tensor], regime: Regime) -> None:
    network, X = case
    eta = gentle(network, X) * torch.linspace(0.0, 1.0, network.batch, dtype=torch.float64)
    together = descend(network, X, eta, 4, regime)
    for b in range(network.batch):
        alone = descend(network.select(b), X, float(eta[b]), 4, regime)
        assert torch.equal(alone.network.W[0], together.network.W[b])


@given(networks(), regimes)
def test_a_descent_leaves_its_arguments_alone(case: tuple[Network, Tensor], regime: Regime) -> None:
    network, X = case
    before = network.W.clone(), network.A.clone(), X.clone()
    run = descend(network, X, 0.01, 3, regime)
    assert all(torch.equal(*pair) for pair in zip(before, (network.W, network.A, X), strict=True))
    run.network.W.zero_()
    assert torch.equal(before[0], network.W)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_stop_rule_ends_the_run_at_the_first_look_below(regime: Regime) -> None:
    network = draw_network("rademacher", 64, 3, [np.random.default_rng(s) for s in (1, 2)])
    X = tensor(np.eye(3))
    long = descend(network, X, 0.5, 2000, regime)
    bound = 1e-3
    run = descend(network, X, 0.5, 2000, regime, stop_below=bound)
    assert 0 < run.steps < 2000
    assert run.steps % STRIDE == 0
    assert torch.equal(run.residual, long.residual[: run.steps + 1])
    assert bool((run.residual[-1] <= bound).all())
    assert not bool((run.residual[-1 - STRIDE] <= bound).all())


def test_the_stop_rule_may_differ_by_network_and_looks_before_the_first_step() -> None:
    network, X = gaussian((2, 8, 2, 3), 0)
    at_once = descend(network, X, 0.1, 50, "weak").residual[0]
    assert descend(network, X, 0.1, 50, "weak", stop_below=at_once).steps == 0
    never = torch.stack([at_once[0], torch.zeros((), dtype=torch.float64)])
    assert descend(network, X, 0.1, 50, "weak", stop_below=never).steps == 50


@pytest.mark.parametrize("regime", REGIMES)
def test_a_divergent_run_ends_early_and_keeps_what_is_not_finite(regime: Regime) -> None:
    network, X = gaussian((2, 8, 2, 3), 0)
    run = descend(network, X, 1e9, 10**6, regime)
    assert run.steps in {PATIENCE, 2 * PATIENCE, 4 * PATIENCE}
    assert not bool(torch.isfinite(run.residual[-1]).any())
    assert tied_descend(network.W, X, 2.0, 1e9, 10**6).residual.shape[0] == PATIENCE + 1


def test_one_divergent_network_does_not_disturb_the_others() -> None:
    network, X = gaussian((2, 8, 2, 3), 0)
    eta = torch.tensor([1e9, 0.1], dtype=torch.float64)
    run = descend(network, X, eta, 300, "joint")
    alone = descend(network.select(1), X, 0.1, 300, "joint")
    assert run.steps == 300
    assert torch.equal(run.residual[:, 1], alone.residual[:, 0])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("regime", REGIMES)
def test_a_step_on_every_device_and_dtype_is_a_float64_step_on_the_cpu(
    device: str, dtype: torch.dtype, regime: Regime
) -> None:
    network, X = gaussian((3, 40, 4, 6), 5)
    low = Network(network.W.to(dtype), network.A.to(dtype))
    exact = Network(low.W.double(), low.A.double())
    reference = descend(exact, X.to(dtype).double(), 0.5, 1, regime).network
    moved = Network(low.W.to(device), low.A.to(device))
    run = descend(moved, X.to(device, dtype), 0.5, 1, regime)
    assert run.residual.dtype == run.movement.dtype == run.network.W.dtype == dtype
    assert run.network.W.device.type == device
    widened = unit_roundoff(name(dtype)) / U
    bound_W, bound_A = step_bounds(exact, X.to(dtype).double(), 0.5)
    assert within(run.network.W.cpu().double(), reference.W, 2 * widened * bound_W)
    assert within(run.network.A.cpu().double(), reference.A, 2 * widened * bound_A)


def test_descending_leaves_global_generators_alone() -> None:
    before = global_state()
    network, X = gaussian((2, 8, 2, 3), 0)
    descend(network, X, 0.1, 5, "joint")
    assert global_state() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regime": "both"}, "regime must be one of weak, joint, got 'both'"),
        ({"step_size": -1.0}, "step_size must be finite and not negative, got -1.0"),
        ({"step_size": math.nan}, "step_size must be finite"),
        ({"step_size": torch.ones(3).double()}, r"step_size must be a number or a tensor \(2,\).*\(3,\)"),
        ({"step_size": torch.ones(2)}, "step_size is torch.float32 but W is torch.float64"),
        ({"steps": -1}, "steps must not be negative, got -1"),
        ({"stop_below": torch.ones(1).double()}, "stop_below must be a number or a tensor"),
        ({"start": gaussian((1, 8, 2, 3), 0)[0]}, r"start.W must have the shape of network.W \(2, 8, 2\)"),
        ({"X": torch.zeros(3, 2).double()}, r"X must have shape \(d, n\) with d = 2"),
    ],
)
def test_unusable_arguments_are_refused_by_name(change: dict[str, Any], message: str) -> None:
    network, X = gaussian((2, 8, 2, 3), 0)
    arguments: dict[str, Any] = {
        "network": network,
        "X": X,
        "step_size": 0.1,
        "steps": 3,
        "regime": "weak",
    } | change
    with pytest.raises(ValueError, match=message):
        descend(**arguments)


def test_unusable_arguments_of_tied_networks_are_refused_by_name() -> None:
    network, X = gaussian((2, 8, 2, 3), 0)
    with pytest.raises(ValueError, match=r"X must have shape \(d, n\) with d = 2"):
        tied_descend(network.W, torch.zeros(3, 2).double(), 2.0, 0.1, 3)
    with pytest.raises(ValueError, match=r"W must have shape"):
        tied_descend(network.W[0], X, 2.0, 0.1, 3)
    with pytest.raises(ValueError, match=r"start must have the shape of W \(2, 8, 2\)"):
        tied_descend(network.W, X, 2.0, 0.1, 3, start=network.W[:1])


@pytest.mark.parametrize("regime", ["weak", "joint"])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 31, 3, 4), (3, 64, 2, 7), (1, 1100, 5, 6)])
def test_the_smallest_preactivation_is_recorded_on_request(
    shape: tuple[int, int, int, int], regime: Regime
) -> None:
    """Of every neuron and of no padding, in the compiled loop and in torch's."""
    network, X = gaussian(shape, 3)
    eta = 0.1 / float(X.square().sum())
    plain = descend(network, X, eta, 3, regime)
    watched = descend(network, X, eta, 3, regime, watch=True)
    assert plain.closest is None and watched.closest is not None
    assert torch.equal(plain.network.W, watched.network.W) and torch.equal(plain.residual, watched.residual)
    rate = torch.full((shape[0],), eta / network.scale, dtype=torch.float64)
    setting = Setting(network.W, network.A, X, rate, 1 / network.scale, network.W, regime == "joint")
    records = [torch.empty(4, shape[0], dtype=torch.float64) for _ in range(3)]
    torch_loop(setting).proceed(*records)
    torch.testing.assert_close(records[2], watched.closest, rtol=1e-9, atol=1e-12)
    point = network
    for k in range(4):
        least = preactivations(point.W, X).abs().amin((1, 2))
        torch.testing.assert_close(watched.closest[k], least, rtol=1e-9, atol=1e-12)
        point = descend(point, X, eta, 1, regime).network
