"""Runs followed until they are settled: against one uninterrupted descent, and promises kept and broken."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.certificate import attempts as outlook_module
from models.certificate.attempts import SEGMENT
from models.certificate.certificate import certify, certify_rate, contraction_rate, path_length
from models.certificate.certified_run import Journey, _Tracks, follow
from models.certificate.points import survey
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import residual_size, rounding_floor, rounding_floors
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
    eta, steps = eta / 32, 3 * SEGMENT + 5
    journey = follow(network, X, eta, regime, wanted=UNREACHABLE, max_steps=steps)
    run = descend(network, X, eta, steps, regime)
    assert journey.steps.tolist() == [steps, steps]
    for b in range(2):
        assert (journey.residual[b] == run.residual[:, b].double().numpy()).all()
        assert (journey.movement[b] == run.movement[:, b].double().numpy()).all()
    assert torch.equal(journey.network.W, run.network.W)
    assert torch.equal(journey.network.A, run.network.A)
    assert journey.network.W.dtype == dtype


def uneven() -> tuple[Network, torch.Tensor, float, Journey]:
    """A batch whose members are certified at different steps."""
    network, X, eta = problem(3, 3, 64, 1, batch=6)
    return network, X, eta, follow(network, X, eta, "weak", wanted=0.0)


def test_members_leave_at_their_own_step() -> None:
    _, _, _, journey = uneven()
    assert len(set(journey.certified_at.tolist())) > 1
    assert (journey.certified_at == journey.steps).all()


def test_a_member_fares_as_it_would_alone() -> None:
    network, X, eta, together = uneven()
    for b in range(network.batch):
        alone = follow(network.select(b), X, eta, "weak", wanted=0.0)
        assert alone.steps[0] == together.steps[b]
        assert alone.certified_at[0] == together.certified_at[b]
        floors = 2 * rounding_floors(network.select(b), X, eta, np.arange(alone.steps[0] + 1))[0]
        assert (np.abs(alone.residual[0] - together.residual[b]) <= floors).all()


def test_what_is_reported_is_certified_where_the_run_ended() -> None:
    _, X, eta, journey = uneven()
    proof = certify(journey.network, X, eta, "weak")
    assert (journey.rate == proof.rate).all()
    assert (journey.rate > 0).all()
    assert (journey.broken_at == -1).all()


def test_a_wanted_rate_keeps_a_run_going_until_it_is_proved() -> None:
    network, X, eta, journey = uneven()
    wanted = 2 * float(journey.rate.min())
    later = follow(network, X, eta, "weak", wanted=wanted)
    settled = later.certified_at >= 0
    assert (later.rate[settled] >= wanted).all()
    assert (later.steps >= journey.steps).all()
    assert later.steps.sum() > journey.steps.sum()


def test_a_promise_is_what_a_certificate_must_prove_by_default() -> None:
    network, X, eta = problem(3, 3, 256, 1)
    mu = lowest_rate(network, X, "joint") / 2
    journey = follow(network, X, eta, "joint", promised=mu)
    assert journey.certified_at[0] >= 0
    assert journey.rate[0] >= mu
    assert journey.broken_at[0] == -1


@pytest.mark.parametrize("regime", REGIMES)
def test_what_is_certified_with_a_promise_is_verified_where_the_run_ended(regime: Regime) -> None:
    network, X, eta = problem(3, 3, 256, 1, batch=4)
    eta, mu = eta / 16, lowest_rate(network, X, regime) / 2
    journey = follow(network, X, eta, regime, promised=mu)
    assert (journey.certified_at >= 0).all()
    proof = certify_rate(journey.network, X, eta, regime, mu)
    assert (proof.rate == journey.rate).all()
    for b in range(4):
        end = journey.network.select(b)
        assert proof.budget[b] == path_length(float(survey(end, X, regime).e[0]), eta, mu)
        assert contraction_rate(end, X, eta, regime, float(proof.budget[b])) >= mu * (1 - gamma(2**20))


def test_the_outlook_by_itself_certifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, eta = problem(3, 3, 256, 1, batch=2)
    eta, mu = eta / 16, lowest_rate(network, X, "joint") / 2
    asked = []

    def refuse(network: Network, *setting: object, **wanted: float) -> object:
        asked.append(network.batch)
        return certify(network, X, eta, "joint", wanted=UNREACHABLE)

    monkeypatch.setattr(outlook_module, "certify_rate", refuse)
    monkeypatch.setattr(outlook_module, "certify", refuse)
    journey = follow(network, X, eta, "joint", promised=mu, max_steps=1000)
    assert (journey.certified_at == -1).all()
    assert 1 < len(asked) < 40


@pytest.mark.parametrize("regime", REGIMES)
def test_an_absurd_promise_is_broken_at_the_first_step_beyond_its_floor(regime: Regime) -> None:
    network, X, eta = problem(3, 3, 64, 1, batch=3)
    mu = 0.9 / eta
    journey = follow(network, X, eta, regime, promised=mu)
    floor = rounding_floor(network, X, eta, mu)
    for b in range(3):
        record = journey.residual[b]
        envelope = [record[0] * math.sqrt(1 - eta * mu) ** k for k in range(len(record))]
        first = next(k for k, value in enumerate(record) if value > envelope[k] + floor[b])
        assert journey.broken_at[b] == first
        assert journey.certified_at[b] == -1
        assert journey.rate[b] == 0


def test_a_promise_broken_late_is_dated_late() -> None:
    """The fast directions keep an envelope for a while that the slowest one cannot keep."""
    network, X, eta = problem(3, 3, 64, 1)
    eta /= 8
    run = descend(network, X, eta, 1500, "weak")
    record = run.residual[:, 0].numpy()
    mu = 1.5 * (1 - (record[500] / record[499]) ** 2) / eta
    envelope = record[0] * np.sqrt(1 - eta * mu) ** np.arange(1501)
    first = int(np.argmax(record > envelope + rounding_floor(network, X, eta, mu)[0]))
    assert first > 2 * SEGMENT
    assert follow(network, X, eta, "weak", promised=mu).broken_at[0] == first


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_run_that_leaves_the_finite_numbers_is_broken(regime: Regime, dtype: torch.dtype) -> None:
    network, X, _ = problem(2, 3, 16, 0, batch=2, dtype=dtype)
    journey = follow(network, X, 1e80 if dtype == torch.float64 else 1e20, regime)
    for b in range(2):
        k = int(journey.broken_at[b])
        assert np.isfinite(journey.residual[b][:k]).all()
        assert not np.isfinite(journey.residual[b][k]) if k >= 0 else regime == "weak"
        assert journey.certified_at[b] == -1


def test_one_member_that_diverges_does_not_disturb_the_others() -> None:
    network, X, eta = problem(2, 3, 32, 0, batch=2)
    A = network.A.clone()
    A[1] *= 1e8
    mixed = Network(network.W, A)
    journey = follow(mixed, X, eta, "joint", wanted=0.0)
    alone = follow(network.select(0), X, eta, "joint", wanted=0.0)
    assert journey.broken_at[0] == -1 < journey.broken_at[1]
    assert journey.certified_at[0] == alone.certified_at[0] >= 0


def test_the_cap_on_steps_ends_every_run() -> None:
    network, X, eta = problem(3, 3, 16, 0, batch=2)
    for cap in (0, 1, SEGMENT, SEGMENT + 1):
        journey = follow(network, X, eta, "weak", wanted=UNREACHABLE, max_steps=cap)
        assert journey.steps.tolist() == [cap, cap]
        assert (journey.certified_at == -1).all()


def test_a_run_ends_when_its_residual_is_rounding() -> None:
    network, X, eta = problem(2, 2, 64, 2)
    journey = follow(network, X, eta, "joint", wanted=UNREACHABLE)
    assert journey.steps[0] < 20_000
    assert journey.broken_at[0] == journey.certified_at[0] == -1
    assert journey.residual[0][-1] <= rounding_floors(network, X, eta, np.zeros(1))[0, 0]


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sizes_from_the_records_are_above_those_of_the_weights(regime: Regime, dtype: torch.dtype) -> None:
    network, X, eta = problem(3, 3, 16, 0, batch=3, dtype=dtype)
    tracks, alive = _Tracks(network, X), np.arange(3)
    run = descend(network, X, eta, 40, regime)
    tracks.append(alive, run)
    alive = np.array([0, 2])
    rest = alive.tolist()
    run = descend(run.network.select(rest), X, eta, 40, regime, start=network.select(rest))
    tracks.append(alive, run)
    W, A = (part.double().flatten(1).norm(dim=1).numpy() for part in (run.network.W, run.network.A))
    needed = float(X.double().norm()) * (1 + W * A / network.scale)
    found = tracks.sizes(alive, eta)
    assert (needed <= found * (1 + gamma(2**12, str(dtype)[6:]))).all()
    still = _Tracks(network, X)
    still.append(np.arange(3), descend(network, X, eta, 0, regime))
    start = still.sizes(alive, 0.0)
    assert (start < found).all() and (start <= residual_size(network, X)[alive] * 16).all()


def test_the_last_point_is_tried_even_where_many_neurons_are_stuck() -> None:
    """Neurons that rest on a kink with a decoder of zero length do no harm, however many they are."""
    W = torch.tensor([[[1.0], [0.0], [0.0], [0.0]]], dtype=torch.float64)
    A = torch.tensor([[[1.0], [0.0], [0.0], [0.0]]], dtype=torch.float64)
    X = torch.ones(1, 1, dtype=torch.float64)
    journey = follow(Network(W, A), X, 1.0, "weak", promised=0.1, max_steps=2 * SEGMENT)
    assert journey.certified_at[0] == journey.steps[0]
    assert journey.rate[0] >= 0.1


def test_following_leaves_its_start_alone() -> None:
    network, X, eta = problem(2, 2, 8, 0)
    W, A = network.W.clone(), network.A.clone()
    follow(network, X, eta, "joint", max_steps=SEGMENT)
    assert torch.equal(network.W, W)
    assert torch.equal(network.A, A)


def test_errors_name_what_is_wrong() -> None:
    network, X, eta = problem(2, 2, 8, 0)
    follow(network, X, 0.25, "weak", promised=4.0, max_steps=1)  # the ends of the range belong to it
    follow(network, X, 0.25, "weak", promised=0.0, max_steps=0)
    with pytest.raises(ValueError, match="promised must lie between 0 and 1 / step_size"):
        follow(network, X, eta, "weak", promised=1.5 / eta)
    with pytest.raises(ValueError, match="promised must lie between 0"):
        follow(network, X, eta, "weak", promised=-1.0)
    with pytest.raises(ValueError, match=r"wanted must not be negative, got -1\.0"):
        follow(network, X, eta, "weak", wanted=-1.0)
    with pytest.raises(ValueError, match="max_steps must not be negative, got -1"):
        follow(network, X, eta, "weak", max_steps=-1)
    with pytest.raises(ValueError, match="regime must be one of weak, joint"):
        follow(network, X, eta, "strong")  # type: ignore[arg-type]
