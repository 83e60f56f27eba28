"""What the drift of decoder and features costs, against kernels of both; norms; what is assumed next."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.certificate.tube_drift import (
    MARGIN,
    Drift,
    cost,
    fixed_reference,
    moving_reference,
    no_drift,
    spectral_norm,
    spectral_norms,
)
from models.certificate.tube_kernel import decoders
from refute.numerics import gamma

EPS = gamma(400)


def encoder(A: np.ndarray, X: np.ndarray, D: np.ndarray) -> np.ndarray:
    """B (m d, n d) with (B v)_r = (1/s) sum_i D_ri x_i <a_r, v_i>, for A (d, m), X (d, n), D (n, m)."""
    d, m = A.shape
    B: np.ndarray = np.einsum("ir,pi,qr->rpiq", D, X, A).reshape(m * d, -1) / math.sqrt(m * d)
    return B


def features(rng: np.random.Generator, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """z (n, m), and a pattern that contains what is active in it."""
    z = rng.standard_normal((n, m))
    return z, (z > 0) | (rng.random((n, m)) < 0.3)


@pytest.mark.parametrize(("n", "d", "m"), [(1, 1, 1), (3, 2, 6), (2, 4, 9), (4, 3, 30)])
@pytest.mark.parametrize("size", [2.0**-8, 0.5, 4.0])
def test_the_cost_bounds_what_the_kernel_changes_by(n: int, d: int, m: int, size: float) -> None:
    rng = np.random.default_rng([n, d, m])
    for _ in range(10):
        X = rng.standard_normal((d, n))
        X /= np.linalg.norm(X, axis=0)
        A = rng.standard_normal((d, m))
        z, U = features(rng, n, m)
        reference = moving_reference(A, X, z, U, EPS)
        sigma, D = (U * rng.random((n, m)) for _ in range(2))
        moved = [A + size * rng.standard_normal((d, m)) for _ in range(2)]
        Phi = np.maximum(z + size * rng.standard_normal((n, m)), 0) * U
        change = np.linalg.norm(Phi - reference.Phi)
        alpha = max(np.linalg.norm(other - A, 2) for other in moved)
        before = encoder(A, X, sigma).T @ encoder(A, X, D)
        after = encoder(moved[0], X, sigma).T @ encoder(moved[1], X, D)
        apart = after - before + np.kron(Phi @ Phi.T / (m * d) - reference.gram, np.eye(d))
        top = max(np.linalg.norm(encoder(A, X, own), 2) ** 2 for own in (sigma, D))
        drift = Drift(float(alpha), np.zeros(m), float(change), np.zeros((n, m)))
        bound = cost(drift, reference, float(np.linalg.norm(X, 2)), float(top), EPS)
        assert np.linalg.norm(apart, 2) <= bound * (1 + EPS) + EPS


def test_one_neuron_of_one_sample_attains_the_cost() -> None:
    one = np.ones((1, 1))
    reference = moving_reference(3 * one, one, 2 * one, one > 0, EPS)
    drift = Drift(0.5, np.full(1, 0.5), 0.25, np.full((1, 1), 0.25))
    exact = 3.5**2 - 3**2 + 2.25**2 - 2**2
    assert exact <= cost(drift, reference, 1.0, 9.0, EPS) <= exact * (1 + 8 * EPS)


def test_the_reference_has_no_feature_where_nothing_can_be_active() -> None:
    z = np.array([[1.0, 2.0, -1.0]])
    U = np.array([[True, False, True]])
    found = moving_reference(np.ones((2, 3)), np.array([[1.0], [0.0]]), z, U, EPS)
    assert found.Phi.tolist() == [[1.0, 0.0, 0.0]] and found.z.tolist() == [[1.0, 0.0, -1.0]]
    assert found.gram[0, 0] == 1 / 6 and 0 < found.gram_error < 2.0**-30
    assert found.Phi_norm >= 1 and found.A_norm >= math.sqrt(6) * (1 - EPS)
    assert (found.Phi_rows >= found.Phi[0]).all()


def test_the_weak_regime_does_not_drift() -> None:
    A = np.ones((1, 4))
    reference = fixed_reference(decoders(A, np.ones((1, 2)), np.ones((2, 4)) > 0, EPS), 2)
    assert cost(no_drift(2, 4), reference, 1.0, 1.0, EPS) == 0
    assert reference.gram_error == 0 and not reference.gram.any()


def test_spectral_norms_are_bounds_from_above() -> None:
    M = np.random.default_rng(0).standard_normal((5, 3, 7))
    exact = np.linalg.norm(M, 2, axis=(1, 2))
    found = spectral_norms(M, EPS)
    assert (exact <= found).all() and (found <= exact * (1 + 8 * EPS)).all()
    assert spectral_norm(M[0], EPS) == found[0]


def test_a_drift_is_within_another_if_every_number_is() -> None:
    base = Drift(1.0, np.ones(2), 1.0, np.ones((1, 2)))
    assert base.within(base)
    for larger in (
        Drift(2.0, np.ones(2), 1.0, np.ones((1, 2))),
        Drift(1.0, np.array([1.0, 2.0]), 1.0, np.ones((1, 2))),
        Drift(1.0, np.ones(2), 2.0, np.ones((1, 2))),
        Drift(1.0, np.ones(2), 1.0, np.array([[2.0, 1.0]])),
    ):
        assert not larger.within(base) and base.within(larger)
    nothing = Drift(math.nan, np.ones(2), 1.0, np.ones((1, 2)))
    assert not nothing.within(base)
    following = base.assumed(base.times(2.0))
    assert following.alpha == 2 and (following.phis == 2).all()
    assert base.assumed(no_drift(1, 2)).phi == MARGIN
