"""The definition of the certificate with dense Jacobians and loops over S, and runs that end certified."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from models.certificate.certified_run import run_until_certified
from models.networks.autoencoder import Network
from models.networks.regime import Regime

RUNS = [(1, 2, 8, 0), (2, 2, 32, 2), (2, 3, 64, 2), (3, 2, 64, 4)]

SLIDING = [(2, 2, 8, 2), (2, 2, 8, 3), (3, 3, 48, 1)]
"""Runs that end with neurons at rest on a kink, which stay in S whatever the budget is."""


@dataclass(frozen=True)
class Reference:
    """nu from its definition, with what its rounding is measured by."""

    nu: float
    c: float
    size: float
    radius: np.ndarray
    unstable: np.ndarray


def reference(network: Network, X: torch.Tensor, eta: float, regime: Regime, C: float) -> Reference:
    W = network.W[0].numpy()
    A = network.A[0].numpy()
    x = X.numpy()
    m, d = W.shape
    n = x.shape[1]
    s = math.sqrt(m * d)
    X_norm = np.linalg.norm(x, 2)
    Z = W @ x
    Phi = np.maximum(Z, 0)
    q = X_norm * C / s
    a = np.linalg.norm(A, axis=1)
    w = np.linalg.norm(W, axis=1)
    radius = q * a
    drift = np.float64(0)
    if regime == "joint":
        radius = q * (a + q * w) / (1 - q**2)
        rho_A = C / s * (np.linalg.norm(Phi, 2) + q * X_norm * np.linalg.norm(A, 2)) / (1 - q**2)
        rho_W = q * (np.linalg.norm(A, 2) + rho_A)
        drift = X_norm / s * np.sqrt(rho_A**2 + rho_W**2)
    unstable = np.abs(Z) <= radius[:, None]
    H, P, Q = (np.zeros((n * d, n * d)) for _ in range(3))
    for r in range(m):
        J = np.zeros((d, n * d))
        for i in range(n):
            if Z[r, i] > 0 and not unstable[r, i]:
                J[:, i * d : (i + 1) * d] = np.outer(x[:, i], A[r]) / s
            if unstable[r, i]:
                kappa = min(unstable[r].sum(), X_norm**2)
                Q[i * d : (i + 1) * d, i * d : (i + 1) * d] += kappa * np.outer(A[r], A[r]) / s**2
        (P if unstable[r].any() else H)[:] += J.T @ J
        if regime == "joint":
            H += np.kron(np.outer(Phi[r], Phi[r]), np.eye(d)) / s**2
    tiny = float(np.finfo(np.float64).tiny)
    t = math.sqrt(max(np.trace(Q), tiny) / max(np.trace(P), tiny))
    t = min(max(t, 2.0**-10), 2.0**10)
    Lam = math.sqrt(max(np.linalg.eigvalsh(H + (1 + t) * P + (1 + 1 / t) * Q)[-1], 0.0))
    speed = eta * (Lam + drift) ** 2
    c = 2 - speed
    nu = np.linalg.eigvalsh(c * H - Q / c)[0] - (2 + speed) * (2 * drift * Lam + drift**2)
    P_size = np.square(x).sum() * np.square(A).sum() / s**2  # what the rounding of P is relative to
    size = np.trace(H) + (1 + t) * P_size + (1 + 1 / t) * np.trace(Q) + (Lam + drift) ** 2
    return Reference(float(nu), c, float(size), radius, unstable)


def problem(n: int, d: int, m: int, seed: int, kinks: int = 0) -> tuple[Network, torch.Tensor]:
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    W = rng.standard_normal((m, d))
    A = rng.standard_normal((m, d))
    for r in range(kinks):
        x = X[:, r % n]
        W[r] -= (W[r] @ x) * x * (1 - 2.0**-10)
    return Network(torch.from_numpy(W)[None], torch.from_numpy(A)[None]), torch.from_numpy(X)


def step_for(network: Network, X: torch.Tensor, regime: Regime, share: float = 0.25) -> float:
    largest = 2 - reference(network, X, 1.0, regime, 0.0).c
    return float(share * 2 / largest)


def certified_run(n: int, d: int, m: int, seed: int, regime: Regime) -> tuple[Network, torch.Tensor, float]:
    network, X = problem(n, d, m, seed)
    eta = step_for(network, X, regime, 0.5)
    result = run_until_certified(network, X, eta, regime, max_steps=20_000)
    assert result.certified_at[0] >= 0
    return result.network, X, eta
