from __future__ import annotations

import math

import numpy as np
import pytest

from claims.kernels.k9_joint_eigenvalue import (
    WEYL,
    check,
    equality_predicted,
    escalate,
    lemmas,
)
from claims.preliminaries.fixed_data import circle, equally_correlated, pair, sphere
from refute import Compute, Instance, Outcome, at_least


@pytest.mark.parametrize("theta", [0.01, 1.0, 1.58, 2.0, 3.0])
def test_the_excess_of_a_pair_is_that_of_three_eigenvalue_problems(theta: float) -> None:
    K = np.array([[0.5, math.cos(theta) * (math.pi - theta) / (2 * math.pi)]] * 2)
    K[1] = K[1, ::-1]
    G = K + (1 - np.eye(2)) * math.sin(theta) / (2 * math.pi)
    kappa, lam, gam = (float(np.linalg.eigvalsh(M)[0]) for M in (K + G, K, G))
    assert kappa - lam - gam == pytest.approx(2 * min(max(-K[0, 1], 0.0), G[0, 1]), abs=1e-14)


def test_equality_is_predicted_for_acute_pairs_and_symmetric_data_only() -> None:
    assert equality_predicted(pair(1.0)) and equality_predicted(np.eye(2)) and equality_predicted(np.eye(1))
    assert not equality_predicted(pair(2.0))
    assert equality_predicted(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.8]])[:, :2])
    assert equality_predicted(np.eye(3))
    uneven = circle(np.array([0.0, 0.5, 1.3, 1.5]))
    assert not equality_predicted(uneven)


@pytest.mark.parametrize("X", [pair(math.pi / 2 + 1e-12), np.array([[1.0, 0.8, 0.1], [0.0, 0.6, 0.9]])])
def test_balls_decide_what_is_left_open(X: np.ndarray) -> None:
    open_comparison = at_least(WEYL, 0.0, 0.0, 1e-9)
    assert escalate(Instance(X=X), open_comparison).outcome is Outcome.HOLDS
    assert escalate(Instance(X=pair(1.0)), open_comparison, factor=1.2).outcome is Outcome.VIOLATED


def test_an_obtuse_pair_refutes_equality() -> None:
    found = check(Instance(X=pair(2.0)), Compute(), excess=0.0)
    assert isinstance(found, tuple)
    assert [comparison.outcome for comparison in found] == [Outcome.HOLDS, Outcome.VIOLATED]


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []


def test_fifteen_samples_two_of_them_close_are_searched_in_bounded_steps() -> None:
    X = sphere(15, 15, 0)
    X[:, 1] = X[:, 0] + 1e-3 * X[:, 1]
    X /= np.linalg.norm(X, axis=0)
    assert not equality_predicted(X)
    assert equality_predicted(np.eye(24)) and equality_predicted(equally_correlated(15, 15, 0.4))
