from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from claims.initialization.i3_decoder_tail import (
    CLAIM,
    FAILURE_PROBABILITY,
    draw,
    lemmas,
    limit_eigenvalue,
    lowest,
    total_moment,
)
from claims.preliminaries.fixed_data import pair
from claims.preliminaries.gaussian_tails import fourth_moments
from models.networks.initialization import draw_network
from refute import Compute, Instance, Trials, Unmet


@pytest.mark.parametrize("theta", [0.0, 0.01, 1.0, math.pi / 2, 2.5, math.pi])
def test_the_fourth_moment_is_its_integral(theta: float) -> None:
    def density(alpha: float) -> float:
        return max(math.cos(alpha), 0.0) ** 2 * max(math.cos(alpha - theta), 0.0) ** 2

    exact = 8 * quad(density, theta - math.pi / 2, math.pi / 2)[0] / (2 * math.pi)
    assert float(fourth_moments(np.array(theta))) == pytest.approx(exact, abs=1e-12)


def test_the_total_moment_of_orthonormal_data() -> None:
    X = np.eye(3)
    exact = 3 * 1.5 + 6 * 0.25
    assert exact <= total_moment(X) <= exact * (1 + 1e-12)


def test_the_slope_of_the_fourth_moment_is_below_two() -> None:
    theta = np.linspace(0, math.pi, 10_001)
    assert float(np.abs(np.diff(fourth_moments(theta)) / np.diff(theta)).max()) < 2


def test_the_verified_eigenvalue_is_just_below_the_computed_one() -> None:
    X = np.array([[1.0, 0.6], [0.0, 0.8]])
    network = draw_network("rademacher", 50, 2, [np.random.default_rng(1)])
    Phi = np.maximum(network.W[0].numpy() @ X, 0.0)
    exact = float(np.linalg.eigvalsh(Phi.T @ Phi / 50)[0])
    (found,) = lowest(network, X, Compute())
    assert exact - 1e-11 <= found <= exact


def test_trials_depend_on_their_own_generator_and_hardly_fail_at_the_stated_width() -> None:
    instance = Instance(X=np.eye(2), e=0.5)
    assert CLAIM.draw is not None and CLAIM.failure_probability == FAILURE_PROBABILITY
    many = CLAIM.draw(instance, [np.random.default_rng(i) for i in range(16)], Compute())
    assert isinstance(many, Trials) and not many.failed.any()
    several = draw(instance, [np.random.default_rng(i) for i in range(16)], Compute(), loss=0.0)
    last = draw(instance, [np.random.default_rng(15)], Compute(), loss=0.0)
    assert isinstance(several, Trials) and isinstance(last, Trials)
    assert several.failed.sum() > 4 and several.failed[15] == last.failed[0]


def test_crowded_data_need_more_neurons_than_are_tried() -> None:
    X = pair(0.01)
    assert limit_eigenvalue(X).lower > 0
    assert CLAIM.draw is not None
    assert isinstance(CLAIM.draw(Instance(X=X, e=0.5), [np.random.default_rng(0)], Compute()), Unmet)


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []
