"""The search for the closest pair against differences of all pairs, and where it may stop."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from models.kernels import closest_pair as module
from models.kernels.closest_pair import closest_pair
from tests.models.helpers import DEVICES, seeds, tensor


def unit(d: int, n: int, seed: int) -> Tensor:
    X = np.random.default_rng(seed).standard_normal((d, n))
    return tensor(X / np.linalg.norm(X, axis=0))


def distance(X: Tensor, i: int, j: int, opposite: bool) -> float:
    """In pairs of floats, by math.dist, which is correct to an ulp."""
    x, y = X[:, i].tolist(), X[:, j].tolist()
    return math.dist(x, [-v for v in y] if opposite else y)


def least(X: Tensor) -> float:
    n = X.shape[1]
    return min(distance(X, i, j, s) for i, j in itertools.combinations(range(n), 2) for s in (False, True))


@given(st.integers(1, 6), st.integers(2, 9), seeds, st.sampled_from([(1, 1), (2, 3), (4, 4)]))
@example(3, 9, 0, (2, 3))
def test_no_pair_is_closer(d: int, n: int, seed: int, tile: tuple[int, int]) -> None:
    X = unit(d, n, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", tile[0])
        patch.setattr(module, "COLUMNS", tile[1])
        patch.setattr(module, "MEASURED", 2 * d)
        found = closest_pair(X)
    assert 0 <= found.first < found.second < n
    assert abs(found.delta - distance(X, found.first, found.second, found.antipodal)) <= found.error
    assert found.delta <= least(X) + found.error


@pytest.mark.parametrize("angle", [1e-3, 1e-7, 1e-9, 1e-13])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("place", [(0, 1), (3, 2500), (2046, 2047), (511, 512)])
def test_a_planted_pair_is_found_wherever_its_tile_is(
    angle: float, sign: float, place: tuple[int, int]
) -> None:
    """Closer than inner products can tell, and still found to within the error."""
    X = unit(64, 3000, 1)
    first, second = place
    x = X[:, first]
    across = X[:, 5] - x * (x @ X[:, 5])
    X[:, second] = sign * (math.cos(angle) * x + math.sin(angle) * across / across.norm())
    found = closest_pair(X)
    assert (found.first, found.second, found.antipodal) == (first, second, sign < 0)
    assert abs(found.delta - 2 * math.sin(angle / 2)) <= found.error


def test_ties_do_not_make_it_measure_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    honest = module._least

    def counting(rows: Tensor, pairs: Tensor, best: module.ClosestPair) -> module.ClosestPair:
        measured.append(len(pairs))
        return honest(rows, pairs, best)

    monkeypatch.setattr(module, "_least", counting)
    found = closest_pair(torch.eye(2000, dtype=torch.float64))
    assert found.delta == math.sqrt(2)
    assert set(measured) == {1}  # one pair of each tile


def test_it_says_how_far_it_is_and_stops_at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 2)
    monkeypatch.setattr(module, "COLUMNS", 4)
    shares: list[float] = []
    closest_pair(unit(3, 11, 0), shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 5
    X = unit(3, 11, 0)
    X[:, 1] = -X[:, 0]
    shares.clear()
    found = closest_pair(X, shares.append)
    assert (found.delta, found.first, found.second, found.antipodal) == (0.0, 0, 1, True)
    assert shares == []


def test_one_sample_is_infinitely_far_and_what_is_no_matrix_is_refused() -> None:
    assert closest_pair(unit(3, 1, 0)).delta == math.inf
    with pytest.raises(ValueError, match=r"X must have shape \(d, n\)"):
        closest_pair(torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_keeps_to_its_error_in_either_precision(device: str, dtype: torch.dtype) -> None:
    X = unit(20, 50, 3).to(device, dtype)
    found = closest_pair(X)
    exact = X.double().cpu()
    assert found.delta <= least(exact) + found.error
    assert (found.error > 1e-6) == (dtype == torch.float32)
