"""The bound on the exact run, beside the exact run itself in balls: a second route without any derivation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb_mat

from models.certificate.distance import Guards
from models.certificate.exact_run import Doubt, follow_exactly
from models.certificate.run_in_balls import BallPoint, norm, run_in_balls
from models.certificate.stored_runs import Kind, stored_run
from models.networks.autoencoder import Network, preactivations
from models.networks.regime import Regime
from refute.numerics import precision
from tests.models.helpers import tensor

KINDS: tuple[Kind, ...] = ("float64", "double-double")
BITS = 1024
ACTIVE = 1
"""A seed with which a lone neuron is active."""


def problem(m: int, d: int, n: int, seed: int = 0) -> tuple[Network, torch.Tensor]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((d, n))
    W, A = rng.standard_normal((1, m, d)), rng.choice([-1.0, 1.0], (1, m, d))
    return Network(tensor(W), tensor(A)), tensor(X / np.linalg.norm(X, axis=0))


def balls(array: np.ndarray) -> arb_mat:
    return arb_mat(array.tolist())


def exact_points(
    network: Network, X: torch.Tensor, eta: float, regime: Regime, steps: int, shift: Any = (0.0, 0.0)
) -> list[BallPoint]:
    with precision(BITS):
        W, A = (
            balls(part[0].numpy()) + balls(np.broadcast_to(off, part[0].shape))
            for part, off in zip((network.W, network.A), shift, strict=True)
        )
    return run_in_balls(W, A, X.numpy(), eta, regime, steps)


def distances(
    network: Network, X: torch.Tensor, eta: float, regime: Regime, kind: Kind, points: list[BallPoint]
) -> np.ndarray:
    """Of the stored run from each of the points, rounded."""
    stored = stored_run(network, X, eta, regime, kind)
    found = []
    for k, point in enumerate(points):
        if k:
            stored, _ = stored.go(1)
        with precision(BITS):
            W, A = point.W, point.A
            for word in stored.words:
                W, A = W - balls(word.W[0].numpy()), A - balls(word.A[0].numpy())
            found.append(float((norm(W) ** 2 + norm(A) ** 2).sqrt()))
    return np.array(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("regime", ["weak", "joint"])
@pytest.mark.parametrize(
    ("m", "d", "n", "eta"), [(32, 4, 3, 0.5), (7, 3, 5, 0.3), (65, 2, 2, 0.7), (1, 1, 1, 0.2)]
)
def test_the_exact_run_stays_within_its_bound(
    m: int, d: int, n: int, eta: float, regime: Regime, kind: Kind
) -> None:
    network, X = problem(m, d, n, seed=ACTIVE)
    found = follow_exactly(network, X, eta, regime, 40, kind=kind)
    points = exact_points(network, X, eta, regime, 40)
    away = distances(network, X, eta, regime, kind, points)
    assert found.start == 0 and not found.doubts
    assert (away <= found.distance).all()
    assert 1e-6 * found.distance[-1] < away[-1]  # and the bound is not idle
    e = np.array([float(norm(point.E)) for point in points])
    assert (found.residual_from_below <= e).all() and (e <= found.residual).all()
    assert found.residual[-1] - found.residual_from_below[-1] < 1e-9 * found.residual[0]


@pytest.mark.parametrize("regime", ["weak", "joint"])
def test_a_start_that_is_off_stays_within_its_bound(regime: Regime) -> None:
    network, X = problem(24, 3, 3, seed=4)
    way = np.random.default_rng(1).standard_normal((2, 24, 3))
    way[1] *= regime == "joint"
    way *= 1e-9 * (1 - 1e-9) / np.linalg.norm(way)
    found = follow_exactly(network, X, 0.5, regime, 40, off=1e-9)
    points = exact_points(network, X, 0.5, regime, 40, (way[0], way[1]))
    away = distances(network, X, 0.5, regime, "float64", points)
    assert found.start == 0 and found.distance[0] == 1e-9
    assert (away <= found.distance).all() and away[0] > 0.99e-9
    assert (np.array([float(norm(point.E)) for point in points]) <= found.residual).all()


def test_a_run_that_expands_is_bounded_too() -> None:
    """A weak step beyond 2 / ||J||^2: what is off grows, and the bound with it."""
    X = tensor(np.ones((1, 1)))
    moved = Network(tensor(np.full((1, 1, 1), 1 - 1e-3)), tensor(np.ones((1, 1, 1))))
    found = follow_exactly(moved, X, 2.5, "weak", 8, off=1e-6)
    points = exact_points(moved, X, 2.5, "weak", 8, (np.array(1e-6), np.array(0.0)))
    away = distances(moved, X, 2.5, "weak", "float64", points)
    assert found.start == 0 and (away <= found.distance * (1 + 1e-12)).all()
    assert away[-1] == pytest.approx(1e-6 * 1.5**8, rel=1e-3)
    still = follow_exactly(moved, X, 2.5, "weak", 8, off=1e-6, guards=Guards(growth=False))
    assert still.distance[-1] < 1.1e-6


def saddle() -> tuple[Network, torch.Tensor]:
    tiny = tensor(np.full((1, 1, 1), 2.0**-10))
    return Network(tiny, tiny), tensor(np.ones((1, 1)))


def test_next_to_a_saddle_the_distance_grows_by_the_residual() -> None:
    network, X = saddle()
    off = 2.0**-20
    found = follow_exactly(network, X, 0.25, "joint", 20, off=off)
    shift = np.array(off / math.sqrt(2) * (1 - 1e-12))
    away = distances(
        network, X, 0.25, "joint", "float64", exact_points(network, X, 0.25, "joint", 20, (shift, shift))
    )
    assert found.start == 0 and (away <= found.distance).all()
    assert away[20] == pytest.approx(off * 1.25**20, rel=0.05)
    assert found.distance[20] < 1.2 * away[20]
    without = follow_exactly(network, X, 0.25, "joint", 20, off=off, guards=Guards(growth=False))
    assert without.distance[20] < 0.02 * away[20]


def on_a_kink(gap: float) -> tuple[Network, torch.Tensor]:
    """A neuron with z = gap at the first of two samples, and others far from their kinks."""
    W = np.array([[gap, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    A = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    return Network(tensor(W[None]), tensor(A[None])), tensor(np.eye(2))


def test_an_entry_on_a_kink_is_in_doubt_and_the_run_is_begun_after_it() -> None:
    network, X = on_a_kink(0.0)
    found = follow_exactly(network, X, 0.5, "weak", 5)
    assert found.doubts[0] == Doubt(0, 0.0, found.doubts[0].needed) and found.doubts[0].needed > 0
    assert found.start >= 1
    assert np.isinf(found.distance[: found.start]).all() and np.isinf(found.residual[: found.start]).all()
    assert (found.residual_from_below[: found.start] == 0).all()
    assert found.distance[found.start] == 0.0


def test_an_entry_within_the_distance_is_in_doubt_and_just_outside_it_is_not() -> None:
    network, X = on_a_kink(1e-3)
    assert follow_exactly(network, X, 0.5, "weak", 1, off=0.9e-3).doubts == ()
    found = follow_exactly(network, X, 0.5, "weak", 1, off=1.1e-3)
    assert [doubt.step for doubt in found.doubts] == [0]
    assert found.doubts[0].closest == 1e-3 and found.doubts[0].needed == pytest.approx(1.1e-3, rel=1e-9)
    assert found.start == 1 and found.distance.tolist() == [math.inf, 0.0]  # not at 0: that start was off


def test_a_doubt_on_the_way_begins_the_run_at_the_stored_point() -> None:
    network, X = problem(16, 3, 3, seed=2)
    steps = 30
    crossing = follow_exactly(network, X, 0.5, "weak", steps, off=1e-2)
    assert 0 < crossing.start < steps and crossing.distance[crossing.start] < 1e-12
    at, _ = stored_run(network, X, 0.5, "weak", "float64").go(crossing.start)
    rest = exact_points(at.network, X, 0.5, "weak", steps - crossing.start)
    away = distances(at.network, X, 0.5, "weak", "float64", rest)
    assert (away <= crossing.distance[crossing.start :]).all()


def test_the_smallest_preactivation_decides() -> None:
    network, X = problem(16, 3, 3, seed=2)
    least = float(preactivations(network.W, X).abs().min())
    assert follow_exactly(network, X, 0.5, "weak", 1, off=least * (1 - 1e-9)).start == 0
    assert follow_exactly(network, X, 0.5, "weak", 1, off=least * (1 + 1e-9)).start == 1


def test_without_a_step_nothing_is_checked() -> None:
    network, X = on_a_kink(0.0)
    found = follow_exactly(network, X, 0.5, "weak", 0, off=1e-3)
    assert found.start == 0 and found.doubts == () and found.distance.tolist() == [1e-3]
    assert found.off == pytest.approx(1e-3) and torch.equal(found.end.W, network.W)


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e200])
def test_weights_that_are_no_numbers_leave_every_step_in_doubt(value: float) -> None:
    network, X = problem(4, 2, 2)
    W = network.W.clone()
    W[0, 0, 0] = value
    found = follow_exactly(Network(W, network.A), X, 0.5, "joint", 3)
    assert len(found.doubts) == 3 and found.start == 3 and np.isinf(found.off)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step_size": 0.0}, "step_size must be positive"),
        ({"step_size": math.inf}, "step_size must be positive"),
        ({"steps": -1}, "steps -1"),
        ({"off": -1.0}, "off -1.0"),
        ({"off": math.nan}, "off nan"),
        ({"regime": "both"}, "regime must be one of"),
    ],
)
def test_arguments_that_disagree_are_refused(changes: dict[str, Any], message: str) -> None:
    network, X = problem(4, 2, 2)
    given = {"network": network, "X": X, "step_size": 0.5, "regime": "weak", "steps": 2, **changes}
    with pytest.raises(ValueError, match=message):
        follow_exactly(**given)


def test_one_network_in_float64_is_asked_for() -> None:
    network, X = problem(4, 2, 2)
    single = Network(network.W.float(), network.A.float())
    with pytest.raises(ValueError, match="one float64 network"):
        follow_exactly(single, X.float(), 0.5, "weak", 1)
    two = Network(network.W.repeat(2, 1, 1), network.A.repeat(2, 1, 1))
    with pytest.raises(ValueError, match="one float64 network"):
        follow_exactly(two, X, 0.5, "weak", 1)
