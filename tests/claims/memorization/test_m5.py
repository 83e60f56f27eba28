import math
from dataclasses import replace

import numpy as np

from claims.memorization.antipodal_data import closed_under_negation
from claims.memorization.m5_orthogonal_inputs import (
    CLAIM,
    LOWER,
    STATED,
    attains_lower,
    check,
    escalate,
    lower_factor,
)
from claims.memorization.predictor import Problem, problem
from claims.memorization.predictor_in_balls import common_answer, order_of_lower_bound
from refute import Compute, Instance, Outcome, Unmet
from refute.numerics import Order
from refute.numerics.balls import at_rising_precision

PAIR = np.array([[1.0, -1.0], [0.0, 0.0], [0.0, 0.0]])


def naive_answer(X: np.ndarray, *, decoder: bool) -> np.ndarray:
    rho = np.clip(X.T @ X, -1.0, 1.0)
    np.fill_diagonal(rho, 1.0)
    theta = np.arccos(rho)
    K = rho * (math.pi - theta) / (2 * math.pi)
    G = (np.sin(theta) + (math.pi - theta) * rho) / (2 * math.pi)
    answer: np.ndarray = X @ np.linalg.solve(K + G if decoder else K, np.ones(len(K))) / (2 * math.pi)
    return answer


def unit_columns(seed: int, d: int, n: int) -> np.ndarray:
    X: np.ndarray = np.random.default_rng(seed).standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    return X


def reflected(n: int) -> np.ndarray:
    """Orthonormal up to rounding, not exactly."""
    normal = np.arange(1.0, n + 2)
    mirror: np.ndarray = np.eye(n + 1) - 2 * np.outer(normal, normal) / (normal @ normal)
    return mirror[:, :n]


def test_the_answer_in_balls_is_the_naive_one() -> None:
    for seed in range(3):
        X = unit_columns(seed, 4, 3)
        for decoder in (False, True):
            middle, radius = common_answer(X, decoder=decoder)
            np.testing.assert_allclose(middle, naive_answer(X, decoder=decoder), rtol=0, atol=1e-12)
            assert (radius <= 1e-14).all()


def test_equal_obtuse_angles_attain_the_lower_bound() -> None:
    obtuse = np.array([[1.0, -0.28], [0.0, 0.96]])
    assert attains_lower(np.eye(3)[:, :1]) and attains_lower(np.eye(3)) and attains_lower(obtuse)
    assert not attains_lower(np.array([[1.0, 0.6], [0.0, 0.8]]))
    assert not attains_lower(np.array([[1.0, -1.0], [0.0, 2.0**-10]]))  # k < 0 close to the antipode
    for X in (np.eye(3), obtuse):
        at = problem(X, "joint", Compute())
        assert isinstance(at, Problem)
        factor = lower_factor(at, 1)
        found = float(np.linalg.norm(common_answer(X, decoder=True)[0]))
        assert factor.lower - 1e-12 <= found <= factor.upper + 1e-12
        assert factor.upper - factor.lower < 1e-11


def test_almost_orthonormal_samples_are_decided_in_balls() -> None:
    X = np.vstack([reflected(3), np.zeros((1, 3))])
    assert not attains_lower(X)
    assert at_rising_precision(lambda: order_of_lower_bound(X, 1))[0] is Order.GREATER
    instance = Instance(X=X, Y=np.eye(5)[:, [4]])
    found = check(instance, Compute())
    assert not isinstance(found, Unmet)
    (lower,) = [comparison for comparison in found if comparison.label == LOWER]
    assert lower.open and escalate(instance, lower).outcome is Outcome.HOLDS


def test_a_pair_of_antipodes_is_silent_and_refutes_what_forgets_it() -> None:
    assert closed_under_negation(PAIR) and not closed_under_negation(np.eye(2))
    instance = Instance(X=PAIR, Y=np.eye(3)[:, [2]])
    silent = check(instance, Compute())
    never = check(instance, Compute(), answers=replace(STATED, power=0))
    assert not isinstance(silent, Unmet) and not isinstance(never, Unmet)
    assert not any(comparison.outcome is Outcome.VIOLATED or comparison.open for comparison in silent)
    assert LOWER not in [comparison.label for comparison in silent]
    assert [f.label for f in never if f.outcome is Outcome.VIOLATED] == [LOWER]


def test_one_sample_refutes_the_other_siblings() -> None:
    instance = Instance(X=np.eye(2)[:, :1], Y=np.eye(2)[:, 1:])
    for sibling in CLAIM.siblings[:2]:
        false = CLAIM.as_sibling(sibling).check
        assert false is not None
        found = false(instance, Compute())
        assert not isinstance(found, Unmet)
        assert any(comparison.outcome is Outcome.VIOLATED for comparison in found)
