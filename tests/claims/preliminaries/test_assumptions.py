from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.preliminaries.assumptions import (
    CLASSES,
    antipodal_pairs,
    data_matrices,
    networks,
    pair_angles,
    separated,
    unit_norm,
    unit_norm_rounding,
)
from refute.statement.instance import Instance


def drawn(strategy: SearchStrategy[Any], count: int) -> list[Any]:
    values: list[Any] = []

    @seed(0)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return values


@pytest.mark.parametrize("min_separation", [1e-8, 1e-2, 0.1])
@pytest.mark.parametrize(("min_n", "max_n", "min_d", "max_d"), [(1, 6, 1, 6), (2, 2, 1, 2), (3, 8, 2, 3)])
def test_every_data_matrix_meets_a1_and_a2(
    min_n: int, max_n: int, min_d: int, max_d: int, min_separation: float
) -> None:
    sizes = {"min_n": min_n, "max_n": max_n, "min_d": min_d, "max_d": max_d}
    for X in drawn(data_matrices(**sizes, min_separation=min_separation), 60):
        d, n = X.shape
        assert min_n <= n <= max_n
        assert min_d <= d <= max_d
        assert X.dtype == np.float64
        assert unit_norm(X) <= unit_norm_rounding(d)
        assert separated(X) >= min_separation


def test_two_hundred_draws_reach_every_class() -> None:
    reached = Counter(
        name for X in drawn(data_matrices(), 200) for name, test in CLASSES.items() if test(Instance(X=X))
    )
    assert set(reached) == set(CLASSES)


def test_the_search_comes_close_to_the_smallest_allowed_separation() -> None:
    assert min(separated(X) for X in drawn(data_matrices(min_n=2), 300)) < 4e-8


@pytest.mark.parametrize(
    "arguments", [{"min_n": 2, "max_d": 1}, {"min_n": 3, "max_n": 2}, {"min_separation": 0.5}]
)
def test_impossible_data_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"meets A2|min_separation"):
        data_matrices(**arguments)


def test_antipodal_pairs_are_antipodal_and_otherwise_in_general_position() -> None:
    shapes = set()
    for X in drawn(antipodal_pairs(), 100):
        d, n = X.shape
        V = X[:, : n // 2]
        shapes.add(np.sign(V.shape[1] - d))
        assert np.array_equal(X[:, n // 2 :], -V)
        assert unit_norm(X) <= unit_norm_rounding(d)
        assert separated(V) >= 2.0**-4
        assert np.linalg.svd(V, compute_uv=False)[-1] >= 2.0**-4
    assert shapes == {-1, 0, 1}


def test_networks_have_the_stated_sizes_scales_and_repetitions() -> None:
    dimensions = st.integers(1, 4)
    drawn_networks = drawn(dimensions.flatmap(lambda d: st.tuples(st.just(d), networks(d, max_m=5))), 100)
    for d, (W, A) in drawn_networks:
        assert W.shape == A.shape
        assert W.shape[1] == d
        assert 1 <= len(W) <= 5
        assert max(np.abs(W).max(), np.abs(A).max()) <= 3 * 2.0**10
    assert any((W == 0).all(axis=1).any() for _, (W, _) in drawn_networks)
    assert any(len(W) > 1 and W[0].any() and (W[1] == W[0]).all() for _, (W, _) in drawn_networks)
    assert any(np.abs(W).max() > 3 for _, (W, _) in drawn_networks)


def test_the_angles_of_pairs_are_accurate_at_both_ends() -> None:
    t = 2.0**-30
    X = np.array([[1.0, 1.0, -1.0], [0.0, t, t]])
    exact = np.array([np.arctan(t), np.pi - np.arctan(t), np.pi - 2 * np.arctan(t)])
    assert np.abs(pair_angles(X / np.linalg.norm(X, axis=0)) - exact).max() <= 8 * unit_norm_rounding(2)
    assert abs(pair_angles(X[:, :2])[0] / t - 1) <= 8 * unit_norm_rounding(2) + t * t


def test_a_single_sample_is_infinitely_separated() -> None:
    assert separated(np.ones((1, 1))) == np.inf
