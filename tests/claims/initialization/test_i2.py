import math

import numpy as np
import pytest

from claims.initialization.i2_matrix_chernoff import (
    CLAIM,
    FAILURE_PROBABILITY,
    draw,
    sufficient_width,
)
from claims.preliminaries.assumptions import limit_eigenvalue
from claims.preliminaries.fixed_data import pair
from refute import Compute, Instance, Trials, Unmet
from refute.numerics.enclosure import Enclosure


def generators(count: int) -> list[np.random.Generator]:
    return [np.random.Generator(np.random.PCG64([7, trial])) for trial in range(count)]


def trials(instance: Instance, count: int, loss: float = 1.0) -> Trials:
    drawn = draw(instance, generators(count), Compute(), loss=loss)
    assert isinstance(drawn, Trials)
    return drawn


@pytest.mark.parametrize("e", [0.25, 0.5, 0.75])
def test_the_width_makes_the_chernoff_bound_the_failure_probability(e: float) -> None:
    X = np.eye(2)
    width = sufficient_width(X, e, Enclosure(0.5, 0.5))
    exact, smaller = (4 * (math.exp(-e) * (1 - e) ** (e - 1)) ** (m * 0.5 / 2) for m in (width, width - 1))
    assert exact <= FAILURE_PROBABILITY < smaller


def test_the_limit_eigenvalue_of_a_pair_is_enclosed() -> None:
    theta = 1.0
    X = pair(theta)
    found = limit_eigenvalue(X)
    exact = 0.5 - math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    assert found.lower <= exact <= found.upper


def test_a_trial_depends_on_its_own_generator_only() -> None:
    instance = Instance(X=np.eye(2), e=0.3)
    many = trials(instance, 6, 0.0)
    last = draw(instance, generators(6)[5:], Compute(), loss=0.0)
    assert isinstance(last, Trials)
    assert many.failed[5] == last.failed[0]


def test_the_claim_s_trials_rarely_fail_and_the_sibling_s_often() -> None:
    instance = Instance(X=np.eye(3), e=0.5)
    assert not trials(instance, 16).failed.any()
    assert trials(instance, 16, 0.0).failed.sum() > 8


def test_a_width_beyond_the_cap_is_not_tried() -> None:
    t = 2.0**-16
    X = pair(t)
    assert isinstance(draw(Instance(X=X, e=0.3), generators(1), Compute()), Unmet)


def test_the_claim_s_probability_is_the_width_s() -> None:
    assert CLAIM.failure_probability == FAILURE_PROBABILITY
