"""Runs until they are certified or end: against one uninterrupted descent, and promises kept and broken."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.certificate import attempts
from models.certificate.attempts import SEGMENT
from models.certificate.certificate import certify, certify_rate, contraction_rate, path_length
from models.certificate.certified_run import CertifiedRun, _Records, run_until_certified
from models.certificate.points import points_of
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import residual_size, rounding_floors
from refute.numerics.rounding import gamma

UNREACHABLE = 1e6
"""A rate that no certificate proves: the run goes on to its end."""


def problem(
    n: int, d: int, m: int, seed: int, batch: int = 1, dtype: torch.dtype = torch.float64
) -> tuple[Network, torch.Tensor, float]:
    """Networks, data, and half the largest stable step of the first network."""
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    network = draw_network("rademacher", m, d, rng.spawn(batch), dtype=dtype)
    data = torch.from_numpy(X).to(dtype)
    return network, data, 1 / float(torch.linalg.eigvalsh(tangent_kernel(network, data, "joint"))[0, -1])


def lowest_rate(network: Network, X: torch.Tensor, regime: Regime) -> float:
    return float(torch.linalg.eigvalsh(tangent_kernel(network, X, regime))[0, 0])


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_segments_leave_no_trace_in_a_run(regime: Regime, dtype: torch.dtype) -> None:
    network, X, eta = problem(2, 3, 16, 0, batch=2, dtype=dtype)
    eta = eta / 32
    steps = 3 * SEGMENT + 5
    result = run_until_certified(network, X, eta, regime, wanted=UNREACHABLE, max_steps=steps)
    run = descend(network, X, eta, steps, regime)
    assert result.steps.tolist() == [steps, steps]
    for b in range(2):
        assert (result.residual[b] == run.residual[:, b].double().numpy()).all()
        assert (result.movement[b] == run.movement[:, b].double().numpy()).all()
    assert torch.equal(result.network.W, run.network.W)
    assert torch.equal(result.network.A, run.network.A)
    assert result.network.W.dtype == dtype


def uneven() -> tuple[Network, torch.Tensor, float, CertifiedRun]:
    """A batch whose members are certified at different steps."""
    network, X, eta = problem(3, 3, 64, 1, batch=6)
    return network, X, eta, run_until_certified(network, X, eta, "weak", wanted=0.0)


def test_members_leave_at_their_own_step() -> None:
    _, _, _, result = uneven()
    assert len(set(result.certified_at.tolist())) > 1
    assert (result.certified_at == result.steps).all()


def test_a_member_ends_as_it_would_alone() -> None:
    network, X, eta, together = uneven()
    for b in range(network.batch):
        alone = run_until_certified(network.select(b), X, eta, "weak", wanted=0.0)
        assert alone.steps[0] == together.steps[b]
        assert alone.certified_at[0] == together.certified_at[b]
        floors = 2 * rounding_floors(network.select(b), X, eta, np.arange(alone.steps[0] + 1))[0]
        assert (np.abs(alone.residual[0] - together.residual[b]) <= floors).all()


def test_what_is_reported_is_certified_where_the_run_ended() -> None:
    _, X, eta, result = uneven()
    proof = certify(result.network, X, eta, "weak")
    assert (result.rate == proof.rate).all()
    assert (result.rate > 0).all()
    assert (result.broken_at == -1).all()


def test_a_wanted_rate_keeps_a_run_going_until_it_is_proved() -> None:
    network, X, eta, result = uneven()
    wanted = 2 * float(result.rate.min())
    later = run_until_certified(network, X, eta, "weak", wanted=wanted)
    certified = later.certified_at >= 0
    assert (later.rate[certified] >= wanted).all()
    assert (later.steps >= result.steps).all()
    assert later.steps.sum() > result.steps.sum()


def test_a_promise_is_what_a_certificate_must_prove_by_default() -> None:
    network, X, eta = problem(3, 3, 256, 1)
    mu = lowest_rate(network, X, "joint") / 2
    result = run_until_certified(network, X, eta, "joint", promised=mu)
    assert result.certified_at[0] >= 0
    assert result.rate[0] >= mu
    assert result.broken_at[0] == -1


@pytest.mark.parametrize("regime", REGIMES)
def test_what_is_certified_with_a_promise_is_verified_where_the_run_ended(regime: Regime) -> None:
    network, X, eta = problem(3, 3, 256, 1, batch=4)
    eta = eta / 16
    mu = lowest_rate(network, X, regime) / 2
    result = run_until_certified(network, X, eta, regime, promised=mu)
    assert (result.certified_at >= 0).all()
    proof = certify_rate(result.network, X, eta, regime, mu)
    assert (proof.rate == result.rate).all()
    for b in range(4):
        end = result.network.select(b)
        assert proof.budget[b] == path_length(float(points_of(end, X, regime).e[0]), eta, mu)
        assert contraction_rate(end, X, eta, regime, float(proof.budget[b])) >= mu * (1 - gamma(2**20))


def test_the_schedule_by_itself_certifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, eta = problem(3, 3, 256, 1, batch=2)
    eta = eta / 16
    mu = lowest_rate(network, X, "joint") / 2
    asked = []

    def refuse(network: Network, *setting: object, **wanted: float) -> object:
        asked.append(network.batch)
        return certify(network, X, eta, "joint", wanted=UNREACHABLE)

    monkeypatch.setattr(attempts, "certify_rate", refuse)
    monkeypatch.setattr(attempts, "certify", refuse)
    result = run_until_certified(network, X, eta, "joint", promised=mu, max_steps=1000)
    assert (result.certified_at == -1).all()
    assert 1 < len(asked) < 40


def test_one_member_that_diverges_does_not_disturb_the_others() -> None:
    network, X, eta = problem(2, 3, 32, 0, batch=2)
    A = network.A.clone()
    A[1] *= 1e8
    mixed = Network(network.W, A)
    result = run_until_certified(mixed, X, eta, "joint", wanted=0.0)
    alone = run_until_certified(network.select(0), X, eta, "joint", wanted=0.0)
    assert result.broken_at[0] == -1 < result.broken_at[1]
    assert result.certified_at[0] == alone.certified_at[0] >= 0


def test_the_cap_on_steps_ends_every_run() -> None:
    network, X, eta = problem(3, 3, 16, 0, batch=2)
    for cap in (0, 1, SEGMENT, SEGMENT + 1):
        result = run_until_certified(network, X, eta, "weak", wanted=UNREACHABLE, max_steps=cap)
        assert result.steps.tolist() == [cap, cap]
        assert (result.certified_at == -1).all()


def test_a_run_ends_when_its_residual_is_rounding() -> None:
    network, X, eta = problem(2, 2, 64, 2)
    result = run_until_certified(network, X, eta, "joint", wanted=UNREACHABLE)
    assert result.steps[0] < 20_000
    assert result.broken_at[0] == result.certified_at[0] == -1
    assert result.residual[0][-1] <= rounding_floors(network, X, eta, np.zeros(1))[0, 0]


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sizes_from_the_records_are_above_those_of_the_weights(regime: Regime, dtype: torch.dtype) -> None:
    network, X, eta = problem(3, 3, 16, 0, batch=3, dtype=dtype)
    records = _Records(network, X)
    running = np.arange(3)
    run = descend(network, X, eta, 40, regime)
    records.append(running, run)
    running = np.array([0, 2])
    rest = running.tolist()
    run = descend(run.network.select(rest), X, eta, 40, regime, start=network.select(rest))
    records.append(running, run)
    W, A = (part.double().flatten(1).norm(dim=1).numpy() for part in (run.network.W, run.network.A))
    needed = float(X.double().norm()) * (1 + W * A / network.scale)
    found = records.sizes(running, eta)
    assert (needed <= found * (1 + gamma(2**12, str(dtype)[6:]))).all()
    unmoved = _Records(network, X)
    unmoved.append(np.arange(3), descend(network, X, eta, 0, regime))
    start = unmoved.sizes(running, 0.0)
    assert (start < found).all() and (start <= residual_size(network, X)[running] * 16).all()


def test_the_last_point_is_tried_even_where_many_neurons_are_unstable() -> None:
    """Neurons that rest on a kink with a decoder of zero length do no harm, however many they are."""
    W = torch.tensor([[[1.0], [0.0], [0.0], [0.0]]], dtype=torch.float64)
    A = torch.tensor([[[1.0], [0.0], [0.0], [0.0]]], dtype=torch.float64)
    X = torch.ones(1, 1, dtype=torch.float64)
    result = run_until_certified(Network(W, A), X, 1.0, "weak", promised=0.1, max_steps=2 * SEGMENT)
    assert result.certified_at[0] == result.steps[0]
    assert result.rate[0] >= 0.1


def test_a_run_leaves_its_start_alone() -> None:
    network, X, eta = problem(2, 2, 8, 0)
    W = network.W.clone()
    A = network.A.clone()
    run_until_certified(network, X, eta, "joint", max_steps=SEGMENT)
    assert torch.equal(network.W, W)
    assert torch.equal(network.A, A)


def test_errors_name_what_is_wrong() -> None:
    network, X, eta = problem(2, 2, 8, 0)
    # the ends of the range belong to it
    run_until_certified(network, X, 0.25, "weak", promised=4.0, max_steps=1)
    run_until_certified(network, X, 0.25, "weak", promised=0.0, max_steps=0)
    with pytest.raises(ValueError, match="promised must lie between 0 and 1 / step_size"):
        run_until_certified(network, X, eta, "weak", promised=1.5 / eta)
    with pytest.raises(ValueError, match="promised must lie between 0"):
        run_until_certified(network, X, eta, "weak", promised=-1.0)
    with pytest.raises(ValueError, match=r"wanted must not be negative, got -1\.0"):
        run_until_certified(network, X, eta, "weak", wanted=-1.0)
    with pytest.raises(ValueError, match="max_steps must not be negative, got -1"):
        run_until_certified(network, X, eta, "weak", max_steps=-1)
    with pytest.raises(ValueError, match="regime must be one of weak, joint"):
        run_until_certified(network, X, eta, "strong")  # type: ignore[arg-type]
