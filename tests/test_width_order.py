"""The table behind the question W5: its data, its grid, the widths that starts need and the slopes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.width_order import (
    FAMILIES,
    LARGE,
    SMALL,
    WIDE,
    WIDEST,
    certified,
    grid,
    ladder_slopes,
    needed_widths,
    seen,
)
from claims.convergence.calibrated_law import Promise, promise
from claims.preliminaries.arrays import tensor
from models.networks.initialization import draw_network
from refute import Compute


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("size", [SMALL, WIDE, LARGE])
def test_a_family_has_unit_columns_and_one_separation(name: str, size: tuple[int, int]) -> None:
    n, d = size
    X = FAMILIES[name].data(n, d)
    products = X.T @ X
    assert X.shape == (d, n)
    np.testing.assert_allclose(np.diag(products), 1, atol=1e-14)
    assert products[~np.eye(n, dtype=bool)].max() == pytest.approx(FAMILIES[name].c, abs=1e-14)


def test_the_grid_has_the_ratio_that_it_says() -> None:
    assert grid(64) == [2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64]
    assert grid(63) == grid(64)[:-1]


def test_needed_widths_are_of_the_grid_and_do_not_depend_on_their_batch() -> None:
    X = np.eye(3)[:, :2]

    def need(seeds: list[int], times: float = 1.0) -> np.ndarray:
        return needed_widths(X, [np.random.default_rng(seed) for seed in seeds], 2, times)

    found = need([1, 2])
    assert found.shape == (2, 2)
    assert set(found.ravel().tolist()) <= {*grid(WIDEST * X.size), math.inf}
    assert np.isfinite(found).any()
    np.testing.assert_array_equal(need([2]), found[1:])
    assert np.isinf(need([1], times=0)).all()


def test_a_start_is_seen_where_its_end_keeps_the_envelope_and_not_where_it_does_not() -> None:
    X = np.eye(3)[:, :2]
    promised = promise(X, "joint")
    network = draw_network("rademacher", 24, 3, [np.random.default_rng(b) for b in range(3)])
    assert seen(network, tensor(X, Compute()), promised, 40).all()
    faster = Promise(promised.eigenvalue, promised.step_size, 0.99 / promised.step_size)
    assert not seen(network, tensor(X, Compute()), faster, 40).any()


def test_a_start_that_is_proved_at_a_rate_of_its_own_need_not_be_seen_to_keep_that_of_c3() -> None:
    X = np.eye(4)
    generators = [np.random.default_rng([1, b]) for b in range(4)]
    proved = needed_widths(X, generators, 2, 1.0, certified)
    kept = needed_widths(X, generators, 2, 1.0, seen)
    assert np.isfinite(proved).all()
    assert np.isfinite(kept).all()
    assert (proved != kept).any()


def test_a_width_of_order_n_d_has_slope_one_and_no_certificate_counts_as_twice_the_widest() -> None:
    low, high = (2, 3), (4, 6)
    needed = {low: np.array([[6.0, 24.0]]), high: np.array([[24.0, 96.0]])}
    assert ladder_slopes(low, high, needed) == pytest.approx([1.0])
    needed[high] = np.array([[math.inf, math.inf]])
    ratio = 2 * WIDEST * 24 / 12
    assert ladder_slopes(low, high, needed) == pytest.approx([math.log(ratio) / math.log(4)])
