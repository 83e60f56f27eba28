import math
from dataclasses import replace

import numpy as np
import pytest
from flint import arb

from claims.memorization.antipodal_data import multiple_of_identity
from claims.memorization.m3_local_memorization import (
    ANGLE,
    FACTOR,
    STATED,
    check,
    escalate,
    gap,
    root,
)
from claims.memorization.predictor import Problem, problem
from claims.memorization.predictor_in_balls import order_by_change, order_of_majorant, squared_distance
from claims.memorization.slope_proof import SLOPE, lemmas
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Outcome, Unmet, at_most
from refute.numerics.balls import Order

HALVED: dict[Regime, float] = {"weak": 2.0, "joint": 1.0}


def entry(theta: float, regime: Regime) -> float:
    weak = (math.pi - theta) * math.cos(theta) / (2 * math.pi)
    joint = weak + (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    return weak if regime == "weak" else joint


@pytest.mark.parametrize("regime", REGIMES)
def test_the_gap_is_that_of_the_closed_forms_and_keeps_its_digits(regime: Regime) -> None:
    for alpha in np.linspace(0, math.pi, 20):
        assert gap(alpha, regime) == pytest.approx(entry(0.0, regime) - entry(alpha, regime), abs=1e-14)
    assert gap(2.0**-40, regime) == pytest.approx(2.0**-40 / (2 * math.pi), rel=1e-10)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_slope_is_a_bound_and_not_by_much(regime: Regime) -> None:
    theta = np.linspace(0, math.pi, 4001)
    steepest = np.abs(np.diff([entry(t, regime) for t in theta]) / np.diff(theta)).max()
    assert 0.98 * SLOPE[regime] < steepest < SLOPE[regime]


@pytest.mark.parametrize("regime", REGIMES)
def test_an_antipodal_pair_attains_the_constant(regime: Regime) -> None:
    V = np.array([[1.0, -1.0], [0.0, 0.0]])
    instance = Instance(X=V, y=np.array([-1.0, 0.0]), sample=0, regime=regime)
    found = check(instance, Compute())
    assert not isinstance(found, Unmet)
    assert [comparison.measured for comparison in found[:2]] == pytest.approx([2.0, 2.0])
    assert [comparison.bound for comparison in found[:2]] == pytest.approx([2.0, 2.0])
    assert not any(comparison.open or comparison.outcome is Outcome.VIOLATED for comparison in found)
    halved = check(instance, Compute(), constants=replace(STATED, by_angle=HALVED, form=HALVED))
    assert not isinstance(halved, Unmet)
    assert [comparison.outcome for comparison in (halved[0], halved[3])] == [Outcome.VIOLATED] * 2


@pytest.mark.parametrize("regime", REGIMES)
def test_the_constant_is_that_of_a_naive_generalised_eigenvalue(regime: Regime) -> None:
    X = np.random.default_rng(5).standard_normal((3, 6))
    X /= np.linalg.norm(X, axis=0)
    rho = np.clip(X.T @ X, -1, 1)
    k = np.array([[entry(math.acos(r), regime) for r in row] for row in rho])
    largest = float(np.linalg.eigvalsh(X @ np.linalg.inv(k) @ X.T)[-1])
    assert 0.5 * FACTOR[regime] < largest < FACTOR[regime]


def test_scalar_kernels_are_recognised() -> None:
    pair = np.array([[1.0, -1.0], [0.0, 0.0]])
    assert multiple_of_identity(np.eye(2), "weak") and not multiple_of_identity(np.eye(2), "joint")
    assert multiple_of_identity(pair, "weak") and multiple_of_identity(pair, "joint")


def test_the_root_encloses_and_stays_real() -> None:
    around = root(4.0, 0.5)
    assert around.lower <= math.sqrt(3.5) and around.upper >= math.sqrt(4.5)
    assert root(0.0, 1e-12).lower == 0.0


def test_every_lemma_closes() -> None:
    assert all(step.closed for step in lemmas())


@pytest.mark.parametrize("regime", REGIMES)
def test_the_distance_in_balls_is_that_of_the_model(regime: Regime) -> None:
    X = np.random.default_rng(9).standard_normal((3, 4))
    X /= np.linalg.norm(X, axis=0)
    y = X[:, 1] + 0.1 * X[:, 2]
    y /= np.linalg.norm(y)
    at = problem(X, regime, Compute())
    assert isinstance(at, Problem)
    moved, drop = (float(ball.mid()) for ball in squared_distance(X, y, 1, regime))
    assert moved == pytest.approx(
        float(np.linalg.norm(at.predict(y[:, None])[:, 0] - X[:, 1])) ** 2, rel=1e-10
    )
    assert drop == pytest.approx(gap(math.acos(float(X[:, 1] @ y)), regime), rel=1e-10)
    assert order_of_majorant(X, arb(FACTOR[regime]), regime) is Order.GREATER
    assert order_of_majorant(X, arb(1), regime) is Order.LESS
    change = float(np.linalg.norm(at.cross(y[:, None]) - at.cross(X[:, [1]]))) ** 2
    reached = moved * at.smallest / change  # the least c for which (b) holds here
    assert order_by_change(X, y, 1, regime, arb(reached * 1.01), 1) is Order.LESS
    assert order_by_change(X, y, 1, regime, arb(reached * 0.99), 1) is Order.GREATER


def test_a_tie_is_decided_in_balls() -> None:
    instance = Instance(X=np.eye(2), y=np.array([0.0, -1.0]), sample=1, regime="joint")
    comparison = at_most(ANGLE, 1.0, 1.0, 0.5)
    assert escalate(instance, comparison).outcome is Outcome.HOLDS
    assert escalate(instance, replace(comparison, label="(c)")).open
