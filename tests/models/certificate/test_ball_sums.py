"""Sums over neurons against loops over neurons, in exact arithmetic: weights and data are small integers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.certificate.ball_sums import (
    BallSums,
    PointSums,
    Reach,
    _balls,
    _sizes,
    ball_sums,
    pair_sums,
    point_sums,
    unstable_entries,
)
from models.certificate.pair_form import pair_form
from refute.numerics.rounding import gamma

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(0, 40), st.integers(0, 2**32 - 1))
SHAPES = st.one_of(
    st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 5), st.integers(1, 6)),
    st.sampled_from([(1, 1030, 3, 2), (2, 129, 9, 10), (1, 20, 2, 65), (2, 5, 3, 128), (1, 7, 17, 3)]),
)
"""(B, m, d, n)"""


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
    form = pair_form(n, d)
    total = naive(D, A)
    assert np.array_equal(form.matrix(pair_sums(D, A)), total)
    assert np.array_equal(form.matrix(pair_sums(D > 0, A)), total)


@pytest.mark.parametrize("k", [255, 256, 257, 600])
def test_chunks_are_added_up(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.certificate.ball_sums._CHUNK_ENTRIES", 1)
    rng = np.random.default_rng(k)
    D = rng.integers(0, 2, (3, k)).astype(np.float64)
    A = rng.integers(-9, 10, (2, k)).astype(np.float64)
    assert np.array_equal(pair_form(3, 2).matrix(pair_sums(D, A)), naive(D, A))


def integers(shape: tuple[int, int, int, int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W, A (B, m, d) and X (d, n)."""
    batch, m, d, n = shape
    rng = np.random.default_rng(seed)
    W, A, X = (rng.integers(-3, 4, size).astype(float) for size in ((batch, m, d), (batch, m, d), (d, n)))
    return W, A, X


def exact(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """H, P, R (n d, n d) and Q (n, d, d), each times m d, neuron by neuron; slack 1/2, square 2, most 5."""
    m, d = W.shape
    n = X.shape[1]
    count = 0
    H = np.zeros((n * d, n * d))
    P = np.zeros((n * d, n * d))
    R = np.zeros((n * d, n * d))
    Q = np.zeros((n, d, d))
    for r in range(m):
        z = X.T @ W[r]
        S = [bool(abs(z[i]) - 0.5 <= radius[r]) for i in range(n)]
        J = np.concatenate([np.outer(A[r], X[:, i]) * (z[i] > 0 and not S[i]) for i in range(n)])
        (P if any(S) else H)[:] += J @ J.T
        if any(S):
            J = np.concatenate([np.outer(A[r], X[:, i]) * (z[i] > 0 or S[i]) for i in range(n)])
            R += J @ J.T
        for i in range(n):
            Q[i] += S[i] * min(2 * sum(S), 5) * np.outer(A[r], A[r])
        count += sum(S)
    return H, P, R, Q, count


ROUTES: list[Callable[..., BallSums]] = [ball_sums, lambda *all: BallSums(*_balls(*all))]


@given(SHAPES, st.integers(0, 2**32 - 1), st.integers(0, 2**12))
def test_a_ball_of_integers_is_that_of_the_definition(
    shape: tuple[int, int, int, int], seed: int, spread: int
) -> None:
    """The weights' sums are whole numbers; only the divisions by m d are rounded."""
    W, A, X = integers(shape, seed)
    batch, m, d, n = shape
    rng = np.random.default_rng(seed)
    radius = rng.integers(-1, 2 + spread % 8, (batch, m)).astype(float)
    reach = Reach(np.full((batch, m), 0.5), radius, 1.0)
    form = pair_form(n, d)
    for route in ROUTES:
        found = route(W, A, X, reach, 2.0, 5.0)
        blocks = np.zeros_like(found.H)
        blocks[:, form.samples] = found.Q
        assert np.array_equal(found.unstable, unstable_entries(W, X, reach).sum((1, 2)))
        for b in range(batch):
            H, P, R, Q, unstable = exact(W[b], A[b], X, radius[b])
            assert found.unstable[b] == unstable
            for S, whole in ((found.H[b], H), (found.P[b], P), (found.R[b], R)):
                assert (np.abs(form.matrix(S) * (m * d) - whole) <= gamma(4) * np.abs(whole)).all()
            size = exact(W[b], np.abs(A[b]), X, radius[b])[3]
            for i, block in enumerate(Q):
                part = slice(i * d, (i + 1) * d)
                off = np.abs(form.matrix(blocks[b])[part, part] * (m * d) - block)
                assert (off <= gamma(m + 8) * size[i]).all()


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_not_a_number_is_unstable_and_nothing_is_within_a_radius_below_every_distance(
    route: Callable[..., BallSums],
) -> None:
    W = np.array([[[1.0], [2.0]]])
    A = np.ones((1, 2, 1))
    X = np.ones((1, 1))
    for radius, count in ((-math.inf, 0), (math.inf, 2), (math.nan, 2), (1.5, 1)):
        reach = Reach(np.zeros((1, 2)), np.full((1, 2), radius), 1.0)
        assert route(W, A, X, reach, 1.0, 1.0).unstable.tolist() == [count]


@pytest.mark.parametrize("route", ROUTES)
def test_an_entry_that_the_radius_just_reaches_is_unstable(route: Callable[..., BallSums]) -> None:
    """|z| = 1 and 2, halved by `near`, less a slack of 1/4."""
    W = np.array([[[1.0], [-2.0]]])
    A = np.ones((1, 2, 1))
    X = np.ones((1, 1))
    for radius, count in ((0.125, 0), (0.25, 1), (0.5, 1), (0.75, 2)):
        reach = Reach(np.full((1, 2), 0.25), np.full((1, 2), radius), 0.5)
        assert route(W, A, X, reach, 1.0, 1.0).unstable.tolist() == [count]
        assert unstable_entries(W, X, reach).sum() == count


@given(SHAPES, st.integers(0, 2**32 - 1), st.booleans())
def test_the_sums_of_a_point_are_those_of_the_definition(
    shape: tuple[int, int, int, int], seed: int, grams: bool
) -> None:
    W, A, X = integers(shape, seed)
    for found in (point_sums(W, A, X, grams), PointSums(*_sizes(W, A, X, grams))):
        for b, (w, a) in enumerate(zip(W, A, strict=True)):
            Phi = np.maximum(np.einsum("rd,dn->rn", w, X), 0)
            assert np.array_equal(found.U[b], np.einsum("rp,ri->pi", a, Phi))
            assert np.array_equal(found.G[b], np.einsum("ri,rj->ij", Phi, Phi) * grams)
            for norms, rows in ((found.w_norms[b], w), (found.a_norms[b], a)):
                assert np.array_equal(norms, [math.sqrt(sum(v * v for v in row)) for row in rows.tolist()])
