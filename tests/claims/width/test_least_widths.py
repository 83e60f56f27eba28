"""The widths that starts need: their grid, their independence of the batch, and how growth is decided."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from claims.convergence.calibrated_law import Promise, promise
from claims.preliminaries.arrays import tensor
from claims.width.least_widths import (
    ORDER_N_D,
    WIDEST,
    certified_there,
    counted,
    grid,
    ladder_slopes,
    needed_widths,
    outgrows,
    seen_there,
)
from claims.width.separated_families import Family
from models.networks.initialization import draw_network
from refute import Compute

FINE = Compute()


def test_the_grid_has_the_ratio_that_it_says() -> None:
    assert grid(64) == [2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64]
    assert grid(63) == grid(64)[:-1]


def test_needed_widths_are_of_the_grid_and_do_not_depend_on_their_batch() -> None:
    X = np.eye(3)[:, :2]

    def need(seeds: list[int], times: float = 1.0) -> np.ndarray:
        generators = [np.random.default_rng(seed) for seed in seeds]
        return needed_widths(X, generators, 2, FINE, serves=certified_there, times=times)

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
    assert seen_there(network, tensor(X, FINE), promised, 40).all()
    faster = Promise(promised.eigenvalue, promised.step_size, 0.99 / promised.step_size)
    assert not seen_there(network, tensor(X, FINE), faster, 40).any()


def test_a_proof_needs_more_neurons_than_an_envelope_that_is_seen_to_be_kept() -> None:
    X = Family(0.5, 0).data(4, 4)
    proved, kept = (
        needed_widths(X, [np.random.default_rng([1, b]) for b in range(6)], 2, FINE, serves=serves)
        for serves in (certified_there, seen_there)
    )
    assert np.isfinite(proved).all() and np.isfinite(kept).all()
    assert (proved >= kept).all() and (proved > kept).any()


def test_a_width_of_order_n_d_has_slope_one_and_none_that_serves_counts_as_twice_the_widest() -> None:
    low, high = (2, 3), (4, 6)
    least = np.array([[6.0, 24.0]])
    assert ladder_slopes(low, high, (least, np.array([[24.0, 96.0]]))) == pytest.approx([1.0])
    none = np.array([[math.inf, math.inf]])
    assert counted(high, none).tolist() == [[2 * WIDEST * 24.0] * 2]
    ratio = 2 * WIDEST * 24 / 12
    assert ladder_slopes(low, high, (least, none)) == pytest.approx([math.log(ratio) / math.log(4)])


def test_growth_is_compared_exactly_where_it_is_equal() -> None:
    low, high = (2, 8), (8, 8)
    least = np.array([[3.0, 6.0], [3.0, 6.0], [3.0, 6.0]])
    most = np.array([[16.0, 16.0], [16.0, 18.0], [16.0, 23.0]])
    assert outgrows(low, high, (least, most), ORDER_N_D).tolist() == [False, False, True]
    # 3 * 6 grows to 6 * 12: the geometric mean doubles, as sqrt(n d) does, and n^(1/4) d does not.
    twice = (least[:1], np.array([[6.0, 12.0]]))
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert outgrows(low, high, twice, (half, half)).tolist() == [False]
    assert outgrows(low, high, twice, (quarter, Fraction(1))).tolist() == [True]
    assert outgrows(low, high, twice, (Fraction(0), Fraction(1))).tolist() == [True]
