"""Sums over neurons against loops over neurons, in exact arithmetic: the entries are small integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import neuron_sums
from models.neuron_sums import encoder_sum

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(0, 40), st.integers(0, 2**32 - 1))


def naive(D: np.ndarray, A: np.ndarray) -> np.ndarray:
    total = np.zeros((len(D) * len(A),) * 2)
    for r in range(D.shape[1]):
        feature = np.outer(D[:, r], A[:, r]).reshape(-1)
        total += np.outer(feature, feature)
    return total


@given(SIZES)
def test_sums_are_exact_on_integers(sizes: tuple[int, int, int, int]) -> None:
    n, d, k, seed = sizes
    rng = np.random.default_rng(seed)
    D = rng.integers(0, 2, (n, k)).astype(np.float64)
    A = rng.integers(-9, 10, (d, k)).astype(np.float64)
    total = naive(D, A)
    assert np.array_equal(encoder_sum(D, A), total)
    assert np.array_equal(encoder_sum(D > 0, A), total)


@pytest.mark.parametrize("k", [255, 256, 257, 600])
def test_chunks_are_added_up(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron_sums, "_CHUNK", 1)
    rng = np.random.default_rng(k)
    D = rng.integers(0, 2, (3, k)).astype(np.float64)
    A = rng.integers(-9, 10, (2, k)).astype(np.float64)
    total = naive(D, A)
    assert np.array_equal(encoder_sum(D, A), total)


def test_the_result_is_exactly_symmetric() -> None:
    rng = np.random.default_rng(0)
    D, A = rng.integers(0, 2, (7, 50)), rng.standard_normal((6, 50))
    for H in (encoder_sum(D.astype(np.float64), A), encoder_sum(D > 0, A)):
        assert np.array_equal(H, H.T)
