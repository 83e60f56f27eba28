from fractions import Fraction

import numpy as np
import pytest

from claims.memorization.m1_span_predictor import CLAIM, CONDITION, check, squaring_error
from claims.memorization.predictor import Problem, problem
from refute import Compute, Instance, Outcome, Unmet


def spd(n: int, seed: int) -> np.ndarray:
    factor = np.random.default_rng(seed).integers(-4, 5, (n, n)) / 8.0
    k: np.ndarray = factor @ factor.T + np.eye(n) / 8.0
    return k


def exact(values: np.ndarray) -> np.ndarray:
    fractions: np.ndarray = np.vectorize(lambda value: Fraction(float(value)), otypes=[object])(values)
    return fractions


def squared(identity: np.ndarray, k: np.ndarray, step_size: object, doublings: int) -> np.ndarray:
    total: np.ndarray = step_size * identity
    power = identity - step_size * k
    for _ in range(doublings):
        total = total + power @ total
        power = power @ power
    return total


@pytest.mark.parametrize("doublings", [0, 1, 4, 6])
def test_the_rounding_of_repeated_squaring_is_bounded(doublings: int) -> None:
    n = 3
    for seed in range(3):
        k = spd(n, seed)
        values = np.linalg.eigvalsh(k)
        step_size = 1.0 / float(values[-1] * 1.25)
        floats = squared(np.eye(n), k, step_size, doublings)
        error = exact(floats) - squared(exact(np.eye(n)), exact(k), Fraction(step_size), doublings)
        bound = squaring_error(n, 1 - step_size * float(values[0]) / 2, step_size, doublings, "float64")
        assert 0 < bound < np.linalg.norm(floats)
        assert float(sum(entry**2 for entry in error.ravel())) <= bound**2


def test_nearly_singular_data_are_not_judged() -> None:
    X = np.array([[1.0, 1.0], [0.0, 2.0**-50]])
    instance = Instance(X=X, Y=np.eye(2), regime="weak")
    assert isinstance(check(instance, Compute()), Unmet)
    assert isinstance(problem(np.array([[1.0, 0.6], [0.0, 0.8]]), "weak", Compute()), Problem)


def test_the_part_outside_the_span_is_measured_only_where_there_is_an_outside() -> None:
    flat = Instance(X=np.array([[0.6, 0.0], [0.8, 1.0], [0.0, 0.0]]), Y=np.eye(3), regime="joint")
    full = Instance(X=np.eye(2), Y=np.eye(2), regime="joint")
    counts = [check(instance, Compute()) for instance in (flat, full)]
    assert [len(found) for found in counts if not isinstance(found, Unmet)] == [3, 2]


def test_two_samples_already_refute_the_siblings() -> None:
    X = np.array([[1.0, 0.6], [0.0, 0.8], [0.0, 0.0]])
    instance = Instance(X=X, Y=np.array([[0.0], [1.0], [1.0]]), regime="weak")
    for sibling in CLAIM.siblings:
        false = CLAIM.as_sibling(sibling).check
        assert false is not None
        found = false(instance, Compute())
        assert not isinstance(found, Unmet)
        assert [c.label for c in found if c.outcome is Outcome.VIOLATED] == [sibling.falls]


def test_a_kernel_of_a_large_condition_is_no_instance() -> None:
    X = np.array([[1.0, 1.0], [0.0, 2.0**-9]]) / np.hypot(1.0, [0.0, 2.0**-9])
    found = check(Instance(X=X, Y=np.eye(2), regime="weak"), Compute())
    assert isinstance(found, Unmet) and str(CONDITION) in found.reason
