from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from claims.kernels import shared_eigenvector
from claims.kernels.k9_joint_eigenvalue import WEYL, check, equality_predicted
from claims.kernels.shared_eigenvector import is_symmetric, keeps_lowest
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from models.kernels.limit import angles, decoder_kernel, encoder_kernel
from refute import Compute, Instance

ROUNDING = 1e-14
SIGNS = (
    "+----++-+--+--++--++",
    "++-+-+++-+-++-+--++-",
    "+-+++++---+-+-++-+--",
    "++--+-++--++-+-----+",
    "+++++-++--++-+++++++",
    "++++-+----++-++++-+-",
)
"""Twenty samples with no symmetry, one a column, found by an audit: (a) of K9 is an equality there."""


def signed(rows: tuple[str, ...]) -> np.ndarray:
    signs = np.array([[1.0 if sign == "+" else -1.0 for sign in row] for row in rows])
    return signs / math.sqrt(len(rows))


def predicted(X: np.ndarray) -> bool:
    floats = tensor(X, Compute())
    total = array(encoder_kernel(floats) + decoder_kernel(floats))
    return keeps_lowest(total, array(angles(floats)), ROUNDING)


def test_the_lowest_eigenvector_may_be_shared_without_a_symmetry() -> None:
    X = signed(SIGNS)
    assert not is_symmetric(array(angles(tensor(X, Compute()))), ROUNDING)
    assert predicted(X) and equality_predicted(X)
    (found,) = check(Instance(X=X), Compute())
    assert found.label == WEYL and found.attained and not found.open


def test_of_signs_of_which_one_is_turned_every_equality_is_predicted_and_little_else() -> None:
    """Little: the eigenvector may be one of K and of G, and the lowest of one of them only."""
    found = []
    for row, sample in itertools.product(range(6), range(20)):
        X = signed(SIGNS)
        X[row, sample] *= -1
        K, G = (array(kernel(tensor(X, Compute()))) for kernel in (encoder_kernel, decoder_kernel))
        excess = np.linalg.eigvalsh(K + G)[0] - np.linalg.eigvalsh(K)[0] - np.linalg.eigvalsh(G)[0]
        found.append((predicted(X), bool(excess < 1e-12)))
    assert (False, True) not in found and (False, False) in found
    assert found.count((True, False)) < len(found) / 4


def test_an_eigenvector_that_is_not_known_well_is_not_believed() -> None:
    assert predicted(np.eye(4)) and not predicted(sphere(5, 5, 1))
    total = np.diag([1.0, 1.0 + 1e-6, 2.0])
    theta = np.full((3, 3), 1.0) - np.eye(3)
    assert not keeps_lowest(total, theta, 1e-10)
    assert keeps_lowest(np.eye(3) + 1.0, theta, 1e-10)


def test_a_reflection_that_swaps_two_pairs_is_a_symmetry() -> None:
    turns = np.array([0.0, 0.5, 1.5, 2.0])
    theta = np.abs(turns[:, None] - turns[None, :])
    assert is_symmetric(theta, 1e-12)
    theta[0, 1] = theta[1, 0] = 0.6
    assert not is_symmetric(theta, 1e-12)


def tries_every_order(theta: np.ndarray, rounding: float) -> bool:
    orders = itertools.permutations(range(len(theta)))
    next(orders)
    return any((np.abs(theta[np.ix_(order, order)] - theta) <= rounding).all() for order in orders)


@pytest.mark.parametrize("n", range(2, 7))
def test_the_search_for_a_symmetry_agrees_with_trying_every_order(n: int) -> None:
    verdicts = set()
    for seed in range(20):
        points = np.round(sphere(n, 3, seed), seed % 3)
        gram = points.T @ points
        verdicts.add(is_symmetric(gram, 1e-12))
        assert is_symmetric(gram, 1e-12) == tries_every_order(gram, 1e-12)
    assert True in verdicts


def test_a_search_that_stops_short_finds_no_symmetry(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.arange(9)
    steps_apart = np.abs(places[:, None] - places[None, :])
    nonagon = np.minimum(steps_apart, 9 - steps_apart) * 1.0
    assert is_symmetric(nonagon, 0.0)
    monkeypatch.setattr(shared_eigenvector, "_STEPS", 2)
    assert not is_symmetric(nonagon, 0.0)


def test_a_large_table_of_few_values_without_symmetry_ends() -> None:
    upper = np.triu(np.random.default_rng(0).integers(0, 2, (24, 24)), 1)
    table = (upper + upper.T) * 1.0
    assert not is_symmetric(table, 0.0)
    table[1] = table[0]
    table[:, 1] = table[1]
    table[:2, :2] = 0.0
    assert is_symmetric(table, 0.0)
