from __future__ import annotations

import numpy as np
import pytest

from claims.initialization.i4_output_moments import energies, starts
from refute import Compute


@pytest.mark.parametrize(("d", "m"), [(1, 1), (1, 4), (2, 3), (3, 16), (8, 2)])
def test_the_starts_have_the_moments_that_the_output_needs(d: int, m: int) -> None:
    W, A = starts(d, m)
    assert W.shape == A.shape == (len(W), m, d)
    second = np.einsum("brp,brq->rpq", W, W) / len(W)
    assert second == pytest.approx(np.broadcast_to(np.eye(d), (m, d, d)))
    products = np.einsum("brp,bsp->rsp", A, A) / len(A)
    assert products == pytest.approx(np.repeat(np.eye(m)[:, :, None], d, axis=2))
    with_weights = np.einsum("brp,bsq->rpsq", A, W)
    assert (A.sum(axis=0) == 0).all() and np.abs(with_weights).max() <= 1e-12 * len(A)


def test_the_mean_of_many_networks_is_near_the_finite_sum() -> None:
    X = np.array([[1.0, -0.6, 0.28], [0.0, 0.8, 0.96]])
    generator = np.random.default_rng(4)
    w = generator.standard_normal((20_000, 5, 2))
    a = generator.standard_normal((20_000, 5, 2))
    U = np.einsum("brp,bri->bpi", a, np.maximum(w @ X, 0.0)) / np.sqrt(10)
    energy, loss, _, _ = energies(X, 5, Compute())
    assert float(np.square(U).sum(axis=(1, 2)).mean()) == pytest.approx(energy, rel=0.05)
    assert float(np.square(X - U).sum(axis=(1, 2)).mean()) / 2 == pytest.approx(loss, rel=0.05)
