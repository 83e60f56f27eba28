"""The tube against runs, with decoders and patterns; its record; what it refuses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.certificate import tube as module
from models.certificate import tube_piece
from models.certificate.certificate import certify
from models.certificate.tube import LARGEST_OUTPUTS, Tube, affordable, certify_start, tube
from models.certificate.tube_piece import LONGEST
from models.certificate.tube_state import TubeTerms
from models.networks.autoencoder import Network, residuals
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute.numerics import gamma

SLOP = gamma(2**16)
"""What the rounding of some thousand steps of these runs stays below, relative to the sizes of W, A and E."""


def start(m: int, d: int, seed: int, n: int | None = None) -> tuple[Network, torch.Tensor]:
    """A drawn network, and orthonormal samples."""
    network = draw_network("rademacher", m, d, [np.random.default_rng(seed)])
    return network, torch.eye(d, dtype=torch.float64)[:, : n or d]


def small_step(X: torch.Tensor) -> float:
    return 1 / (8 * (float(torch.linalg.matrix_norm(X, 2)) ** 2 + X.shape[1]))


def followed(found: Tube, network: Network, X: torch.Tensor, eta: float, regime: Regime) -> list[Network]:
    """Where the run is at each node of a tube."""
    points = [network]
    for before, node in zip(found.nodes, found.nodes[1:], strict=False):
        points.append(descend(points[-1], X, eta, node.t - before.t, regime).network)
    return points


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("m", [24, 256])
def test_the_run_is_inside_at_every_node(m: int, regime: Regime) -> None:
    """24 neurons are certified by nothing, and attain more of their tube."""
    for seed in range(4):
        network, X = start(m, 3, seed)
        eta = small_step(X)
        found = tube(network, X, eta, regime, finite=30, until=2000)
        assert len(found.nodes) > 20
        for node, here in zip(found.nodes, followed(found, network, X, eta, regime), strict=True):
            E = residuals(here, X)[0].numpy().T
            apart = np.linalg.norm(E - node.E.reshape(3, -1), axis=1)
            assert (apart <= node.f + SLOP).all() and np.linalg.norm(apart) <= node.f_all + SLOP
            z = (here.W[0] @ X).numpy().T
            assert (np.abs(z - node.z) <= node.u + SLOP).all()
            A = here.A[0].numpy().T
            assert (np.linalg.norm(A - node.decoder.A, axis=0) <= node.decoder.off + SLOP).all()
            assert np.linalg.norm(A - node.decoder.A) <= node.decoder.off_all + SLOP * math.sqrt(m)
            if regime == "joint":
                assert np.linalg.norm(z - node.z) <= node.decoder.z_off + SLOP * math.sqrt(m)


@pytest.mark.parametrize("regime", REGIMES)
def test_signs_and_contraction_hold_at_every_step_of_a_piece(regime: Regime) -> None:
    network, X = start(256, 3, 5)
    eta = small_step(X)
    found = tube(network, X, eta, regime, finite=20)
    assert found.rate > 0 and sum(int((part.U & ~part.L).sum()) for part in found.pieces) > 100
    here = network
    e = float(residuals(here, X).norm())
    for node, part in zip(found.nodes, found.pieces, strict=True):
        steps = 200 if part.end is None else part.end.t - node.t
        for k in range(steps + 1):
            active = (here.W[0] @ X).numpy().T > 0
            assert (active | ~part.L).all() and (part.U | ~active).all()
            if k < steps:
                here = descend(here, X, eta, 1, regime).network
                after = float(residuals(here, X).norm())
                assert after <= part.contraction * e + SLOP
                e = after
    way = (here.W - network.W).norm(dim=2)[0].numpy()
    assert (way <= found.radius + SLOP).all() and found.radius.max() < 1


@pytest.mark.parametrize("regime", REGIMES)
def test_the_record_is_that_of_the_tubes_one_by_one(regime: Regime) -> None:
    networks = [start(m, 2, 0)[0] for m in (256, 256)] + [start(256, 2, 3)[0]]
    batch = Network(torch.cat([part.W for part in networks]), torch.cat([part.A for part in networks]))
    batch.W[1] = batch.A[1] = 0  # no neuron is active
    X = start(2, 2, 0)[1]
    eta = small_step(X)
    record = certify_start(batch, X, eta, regime)
    assert record.certified.tolist() == [True, False, True]
    for b in range(3):
        found = tube(batch.select(b), X, eta, regime)
        assert record.rate[b] == found.rate
        if found.rate:
            assert record.budget[b] == found.length and record.unstable[b] == found.unstable > 0
            assert (record.radius[b] == found.radius).all()
    assert record.budget[1] == record.unstable[1] == 0 and (record.radius[1] == 0).all()
    above = certify_start(batch, X, eta, regime, wanted=float(record.rate[0]) * 1.5)
    assert not above.certified[0] and above.rate[0] == 0


@pytest.mark.parametrize("regime", REGIMES)
def test_the_tube_certifies_where_c1_does_not(regime: Regime) -> None:
    network, X = start(512, 3, 1)
    eta = small_step(X)
    assert certify_start(network, X, eta, regime).certified[0]
    assert not certify(network, X, eta, regime).certified[0]


def test_the_rate_is_one_that_the_pieces_allow_and_the_run_keeps() -> None:
    network, X = start(256, 2, 0)
    eta = small_step(X)
    found = tube(network, X, eta, "weak")
    E = float(residuals(network, X).norm())
    assert E <= found.e <= E * (1 + SLOP)
    slowest = max(part.contraction for part in found.pieces)
    assert found.rate >= (1 - slowest**2) / eta * (1 - SLOP)
    record = descend(network, X, eta, 3000, "weak").residual[:, 0].numpy()
    envelope = found.e * (1 - eta * found.rate) ** (np.arange(3001) / 2)
    assert (record <= envelope + SLOP).all()
    assert eta * record.sum() <= found.length


def test_a_rate_can_rest_on_where_the_centre_is() -> None:
    """A piece that need not contract allows what its highest residual allows."""
    network, X = start(256, 2, 0)
    eta = small_step(X)
    found = tube(network, X, eta, "weak", finite=12)
    loose = [replace(part, contraction=1.0 + 2.0**-30) if part.end else part for part in found.pieces]
    rate = module._rate(found.e, found.nodes, tuple(loose), eta)
    assert rate == 0  # the first piece could stay where it is
    assert 0 < module._rate(found.e, found.nodes, (found.pieces[0], *loose[1:]), eta) < found.rate


def test_a_minimum_is_certified_at_once() -> None:
    """Far from every kink and next to a minimum nothing is uncertain, and nu is nearly twice lambda_min."""
    X = torch.ones((1, 1), dtype=torch.float64)
    network = Network(torch.full((1, 1, 1), 1 - 2.0**-30).double(), torch.ones((1, 1, 1)).double())
    found = tube(network, X, 0.01, "weak")
    assert len(found.pieces) == 1 and found.unstable == 0
    assert found.rate == pytest.approx(2 - 0.01, rel=2.0**-30)


def test_too_large_a_step_is_not_certified() -> None:
    network, X = start(256, 2, 0)
    assert not certify_start(network, X, 200.0, "weak").certified[0]
    assert not certify_start(network, X, 1e300, "joint").certified[0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e200])
def test_weights_that_are_not_sound_have_no_tube(bad: float) -> None:
    network, X = start(16, 2, 0)
    network.W[0, 3, 1] = bad
    record = certify_start(network, X, 0.1, "joint")
    assert not record.certified[0] and (record.radius == 0).all()


def test_float32_weights_count_as_stored() -> None:
    network, X = start(256, 2, 0)
    single = Network(network.W.float(), network.A.float())
    exact = Network(single.W.double(), single.A.double())
    assert tube(single, X.float(), 0.1, "weak").rate == tube(exact, X, 0.1, "weak").rate > 0


def test_what_a_tube_may_cost_is_told_by_its_numbers() -> None:
    network, X = start(4, 8, 0)
    assert X.numel() == LARGEST_OUTPUTS
    assert affordable(network, X, 4 * 64) and not affordable(network, X, 4 * 64 - 1)
    wider = torch.eye(9, dtype=torch.float64)
    assert not affordable(draw_network("rademacher", 4, 9, [np.random.default_rng(0)]), wider, 2**30)


def test_bad_arguments_are_named() -> None:
    network, X = start(4, 2, 0)
    for eta in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="step_size must be positive and finite"):
            tube(network, X, eta, "weak")
    with pytest.raises(ValueError, match="regime"):
        tube(network, X, 0.1, "both")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a batch of 2"):
        tube(Network(network.W.repeat(2, 1, 1), network.A.repeat(2, 1, 1)), X, 0.1, "weak")
    with pytest.raises(ValueError, match=r"X must have shape"):
        tube(network, torch.eye(3, dtype=torch.float64), 0.1, "weak")


def test_a_piece_ends_where_too_many_rounds_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X = start(64, 2, 0)
    monkeypatch.setattr(tube_piece, "ROUNDS", 1)
    assert tube(network, X, 0.1, "joint").pieces == ()  # the first drift that is assumed is none


def test_every_part_of_the_drift_is_asked_for() -> None:
    """Without the drift the contraction of joint pieces is that of a kernel that stands still."""
    network, X = start(256, 2, 0)
    whole, still = (
        tube(network, X, 0.02, "joint", terms=TubeTerms(drift=drift), finite=6).pieces[5]
        for drift in (True, False)
    )
    assert still.contraction < whole.contraction


@pytest.mark.parametrize("power", [-40, -60, -120, -1000])
def test_a_step_so_small_that_nothing_ends_within_the_digits_has_no_tube(power: int) -> None:
    network = Network(
        torch.tensor([[[1.0]]], dtype=torch.float64), torch.tensor([[[0.5]]], dtype=torch.float64)
    )
    X = torch.ones(1, 1, dtype=torch.float64)
    found = tube(network, X, 2.0**power, "weak")
    assert found.rate >= 0 and (found.rate == 0 or power == -40)
    assert all(node.t <= LONGEST for node in found.nodes)
