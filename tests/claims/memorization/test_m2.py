import math

import numpy as np
import pytest

from claims.memorization.m2_one_sample import CLAIM, SHORTER, check, closed_form, escalate, profile, proof
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Outcome, Unmet, at_most


def naive(x: np.ndarray, y: np.ndarray, regime: Regime) -> np.ndarray:
    a = np.linalg.norm(x)
    b = np.linalg.norm(y)
    theta = math.acos(float(x @ y) / float(a * b))
    weak = (math.pi - theta) * math.cos(theta) / math.pi
    g = weak if regime == "weak" else math.sin(theta) / (2 * math.pi) + weak
    answer: np.ndarray = g * b / a * x
    return answer


@pytest.mark.parametrize("regime", REGIMES)
def test_the_closed_form_in_balls_is_the_naive_one(regime: Regime) -> None:
    generator = np.random.default_rng(3)
    for _ in range(8):
        x, y = generator.standard_normal((2, 4))
        middle, radius, on_ray = closed_form(x, y, regime, profile)
        np.testing.assert_allclose(middle, naive(x, y, regime), rtol=0, atol=1e-13)
        assert (radius <= 1e-14).all() and not on_ray


@pytest.mark.parametrize("regime", REGIMES)
def test_multiples_of_the_sample_are_fixed_and_antipodes_forgotten(regime: Regime) -> None:
    x = np.array([0.6, 0.8])
    middle, _, on_ray = closed_form(x, 4 * x, regime, profile)
    assert on_ray
    np.testing.assert_allclose(middle, 4 * x, rtol=1e-14)
    middle, _, on_ray = closed_form(x, -x, regime, profile)
    assert not on_ray and not middle.any()


def test_the_length_is_decided_in_balls_where_floats_cannot() -> None:
    X = np.array([[1.0], [0.0]])
    Y = np.array([[1.0, 2.0, 0.0], [2.0**-60, 0.0, 1.0]])
    instance = Instance(X=X, Y=Y, regime="weak")
    assert escalate(instance, at_most(SHORTER[0], 1.0, 1.0, 1e-15)).outcome is Outcome.HOLDS
    assert escalate(instance, at_most("another part", 1.0, 1.0, 1e-15)).open


def test_a_right_angle_and_the_ray_refute_the_siblings() -> None:
    instance = Instance(X=np.eye(2)[:, :1], Y=np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]), regime="weak")
    on_ray = Instance(X=np.eye(2)[:, :1], Y=np.array([[1.0, 2.0, 0.5], [0.0, 0.0, 0.0]]), regime="weak")
    for sibling in CLAIM.siblings:
        false = CLAIM.as_sibling(sibling).check
        assert false is not None
        found = false(on_ray if sibling.falls in SHORTER else instance, Compute())
        assert not isinstance(found, Unmet)
        assert sibling.falls in [c.label for c in found if c.outcome is Outcome.VIOLATED]
    truth = check(instance, Compute())
    assert not isinstance(truth, Unmet) and not any(f.outcome is Outcome.VIOLATED for f in truth)


def test_every_step_closes() -> None:
    assert all(step.closed for step in proof())
