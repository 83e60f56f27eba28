"""The block lemma, against secant products written out neuron by neuron."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.certificate import tube_kernel
from models.certificate.tube_kernel import decoders, middle, norm_from_above
from refute.numerics import gamma


def patterns(rng: np.random.Generator, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """L, U (n, m), L within U; a third of the entries is uncertain."""
    kind = rng.integers(0, 3, (n, m))
    return kind == 0, kind < 2


def secant(A: np.ndarray, X: np.ndarray, sigma: np.ndarray, D: np.ndarray) -> np.ndarray:
    """(n, d, n, d): (1 / (m d)) G_ij sum_r sigma_ri D_rj a_r a_r^T."""
    found: np.ndarray = np.einsum("ij,ir,jr,pr,qr->ipjq", X.T @ X, sigma, D, A, A) / A.size
    return found


def drawn(n: int, d: int, m: int, seed: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((d, n))
    return rng, rng.standard_normal((d, m)), X / np.linalg.norm(X, axis=0)


@pytest.mark.parametrize(("n", "d", "m"), [(1, 1, 3), (3, 2, 9), (2, 4, 12), (4, 3, 40)])
def test_every_secant_product_is_within_beta_of_the_middle(n: int, d: int, m: int) -> None:
    rng, A, X = drawn(n, d, m, 0)
    for _ in range(20):
        L, U = patterns(rng, n, m)
        matrix, beta = middle(decoders(A, X, rng.random((n, m)) < 0.5, gamma(4 * (m + n + d))), L, U)
        centre = matrix.reshape(n, d, n, d)
        ends = rng.integers(0, 2, (2, n, m)) if rng.random() < 0.5 else rng.random((2, n, m))
        sigma, D = (np.where(U, np.where(L, 1.0, own), 0.0) for own in ends)
        apart = secant(A, X, sigma, D) - centre
        norms = np.linalg.norm(apart.transpose(0, 2, 1, 3), 2, axis=(2, 3))
        assert (norms <= beta * (1 + gamma(64)) + gamma(64)).all()
        whole = np.linalg.norm(apart.reshape(n * d, -1), 2)
        assert whole <= norm_from_above(beta) * (1 + gamma(64)) + gamma(64)


def test_a_pattern_at_its_end_attains_beta() -> None:
    rng, A, X = drawn(3, 2, 9, 1)
    L, U = patterns(rng, 3, 9)
    matrix, beta = middle(decoders(A, X, L, gamma(64)), L, U)
    for end in (L, U):
        apart = secant(A, X, end, end) - matrix.reshape(3, 2, 3, 2)
        norms = np.linalg.norm(apart.transpose(0, 2, 1, 3), 2, axis=(2, 3))
        assert (norms >= beta * (1 - gamma(2**20)) - gamma(2**12)).all()
    assert beta.max() > 2.0**-6


def test_the_error_covers_sums_that_cancel() -> None:
    """Decoders of very different sizes, whose kernel of the base pattern is taken off again."""
    rng, A, X = drawn(3, 2, 50, 2)
    A[:, 0] *= 2.0**20
    D = rng.random((3, 50)) < 0.5
    D[:, 0] = True
    L = D.copy()
    L[:, 0] = False
    known = decoders(A, X, D, gamma(4 * 55))
    matrix, beta = middle(known, L, L)
    exact = secant(A, X, L * 1.0, L * 1.0).reshape(6, 6)
    assert 0 < np.linalg.norm(matrix - exact, 2) <= known.error
    assert (beta >= 0).all() and beta.max() <= 2 * known.error


def test_chunks_change_nothing_but_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, A, X = drawn(2, 3, 40, 3)
    L, U = patterns(rng, 2, 40)
    known = decoders(A, X, L, gamma(200))
    whole, beta = middle(known, L, U)
    monkeypatch.setattr(tube_kernel, "_CHUNK", 7)
    parts, other = middle(known, L, U)
    assert np.linalg.norm(whole - parts) <= known.error and np.abs(beta - other).max() <= 4 * known.error


def test_the_norm_of_a_matrix_without_negative_entries() -> None:
    assert 1 <= norm_from_above(np.array([[0.0, 1.0], [1.0, 0.0]])) <= 1 + gamma(64)
    assert 0 <= norm_from_above(np.zeros((2, 2))) <= math.sqrt(np.finfo(np.float64).tiny)
