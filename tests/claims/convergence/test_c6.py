import math

import numpy as np
import pytest

from claims.convergence.c6_movement import WIDTHS, draw, left_radii, run_of
from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from models.certificate.certificate import certify
from models.certificate.certified_run import run_until_certified
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute import Compute, Instance, Trials, Unmet


def start_of(m: int, batch: int = 2) -> Network:
    return draw_network("rademacher", m, 4, [np.random.default_rng([31, m, b]) for b in range(batch)])


@pytest.mark.parametrize("regime", REGIMES)
def test_several_hundred_further_steps_stay_within_radii_and_enclosures(regime: Regime) -> None:
    X = tensor(sphere(3, 4, 0), Compute())
    start = start_of(256)
    eta = promise(sphere(3, 4, 0), regime).step_size
    moved = run_of(X, start, eta, regime, 120)
    assert moved.certified.all()
    assert not moved.left.any()
    whole = descend(start, X, eta, 800, regime)
    ratio = array(whole.movement).max(0) / (eta * array(whole.residual).sum(0))
    assert (moved.least <= ratio * (1 + 1e-9)).all()
    assert (ratio <= moved.most * (1 + 1e-9)).all()
    assert (moved.most <= 1.5 * moved.least).all()


@pytest.mark.parametrize("regime", REGIMES)
def test_a_neuron_beyond_its_radius_is_seen(regime: Regime) -> None:
    X = tensor(sphere(3, 4, 0), Compute())
    start = start_of(256)
    eta = promise(sphere(3, 4, 0), regime).step_size
    point = run_until_certified(start, X, eta, regime, wanted=0.0).network
    proof = certify(point, X, eta, regime)
    after = descend(point, X, eta, 300, regime).network
    assert not left_radii(point, after, X, proof.radius, proof.budget).any()
    W = after.W.clone()
    A = after.A.clone()
    W[0, 7] += 1.1 * float(proof.radius[0, 7]) + (point.W - after.W)[0, 7]
    A[1, 7] += 1.0
    strayed = left_radii(point, Network(W, A), X, proof.radius, proof.budget)
    assert strayed.tolist() == [True, True]
    assert left_radii(point, Network(W, after.A), X, proof.radius, proof.budget).tolist() == [True, False]


def test_a_trial_is_a_ladder_of_its_own_generator() -> None:
    told = Instance(X=np.eye(3)[:, :2], regime="joint")
    both = draw(told, [np.random.default_rng([3, b]) for b in range(2)], Compute())
    alone = draw(told, [np.random.default_rng([3, 1])], Compute())
    assert isinstance(both, Trials)
    assert isinstance(alone, Trials)
    assert both.measured is not None
    assert alone.measured is not None
    assert math.isclose(both.measured[1], alone.measured[0], rel_tol=1e-9)
    assert (np.abs(both.measured + 0.5) <= 0.2).all()
    assert (np.diff(np.log2(WIDTHS)) == 1).all()


def test_a_long_run_does_not_meet_the_premise() -> None:
    X = np.zeros((3, 2))
    X[:2] = [[1.0, math.cos(0.1)], [0.0, math.sin(0.1)]]
    assert isinstance(draw(Instance(X=X, regime="weak"), [], Compute()), Unmet)
