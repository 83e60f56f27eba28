"""The table behind the question W5: its data, its grid, the widths that starts need and the slopes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.width_order import FAMILIES, LARGE, SMALL, WIDE, WIDEST, grid, ladder_slopes, needed_widths


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

    def need(seeds: list[int], steps: int = 200) -> np.ndarray:
        return needed_widths(X, [np.random.default_rng(seed) for seed in seeds], 2, steps)

    found = need([1, 2])
    assert found.shape == (2, 2)
    assert set(found.ravel().tolist()) <= {*grid(WIDEST * X.size), math.inf}
    assert np.isfinite(found).any()
    np.testing.assert_array_equal(need([2]), found[1:])
    assert np.isinf(need([1], steps=0)).all()


def test_a_width_of_order_n_d_has_slope_one_and_no_certificate_counts_as_twice_the_widest() -> None:
    low, high = (2, 3), (4, 6)
    needed = {low: np.array([[6.0, 24.0]]), high: np.array([[24.0, 96.0]])}
    assert ladder_slopes(low, high, needed) == pytest.approx([1.0])
    needed[high] = np.array([[math.inf, math.inf]])
    ratio = 2 * WIDEST * 24 / 12
    assert ladder_slopes(low, high, needed) == pytest.approx([math.log(ratio) / math.log(4)])
