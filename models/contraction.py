"""The rate nu of the contraction certificate for one budget, every quantity bounded on the unsafe side.

The letters and the statement are in models/certificate.py. Everything here is for one initialization (batch
of one) on the CPU in float64, and holds barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.descent import Regime
from models.kernels import tangent_kernel
from models.run_rounding import residual_bound
from refute.numerics.rounding import gamma
from refute.numerics.spectrum import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Contraction:
    """A lower bound on nu for a budget C (-inf where the statement does not apply), the radii, and |S|."""

    rate: float
    budget: float
    radius: np.ndarray
    stuck: int


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget: norms (from above) and the kernel of one initialization."""

    network: Network
    X: Tensor
    regime: Regime
    Z: np.ndarray  # (m, n), from below: how far w_r may move before z_ri can vanish
    active: np.ndarray  # (m, n), bool: 1[z_ri > 0], right wherever Z > 0
    longest: float
    w_norms: np.ndarray
    a_norms: np.ndarray
    X_norm: float
    A_norm: float
    Phi_norm: float
    H: np.ndarray
    H_error: float
    e: float


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    data, Z = X.numpy(), preactivations(network.W, X)[0].numpy()
    W, A = network.W[0].numpy(), network.A[0].numpy()
    up = 1 + gamma(m * d + n + 8)
    w_norms, a_norms = np.linalg.norm(W, axis=1) * up, np.linalg.norm(A, axis=1) * up
    columns = np.linalg.norm(data, axis=0) * up
    # Beyond the d roundings of z_ri itself: those of the difference and of the quotient below.
    Z_error = gamma(d + 8) * np.outer(w_norms, columns)
    H, H_error = _kernel(network, X, regime, None)
    return Point(
        network=network,
        X=X,
        regime=regime,
        Z=(np.abs(Z) - Z_error) / float(columns.max()),
        active=Z > 0,
        longest=float(columns.max()),
        w_norms=w_norms,
        a_norms=a_norms,
        X_norm=_norm(data),
        A_norm=_norm(A),
        Phi_norm=(_norm(np.maximum(Z, 0)) + float(np.linalg.norm(Z_error))) * up,
        H=H,
        H_error=H_error,
        e=float(residual_bound(network, X)[0]),
    )


def contraction(point: Point, step_size: float, budget: float) -> Contraction:
    """A lower bound on nu for a budget, with the radii and the size of S; nu = -inf where nothing applies."""
    m, d = point.network.W.shape[1:]
    s, up = math.sqrt(m * d) * (1 - gamma(4)), 1 + gamma(32)
    q = point.X_norm * budget / s * up
    if not math.isfinite(q) or (point.regime == "joint" and q >= 1):
        return Contraction(-math.inf, budget, np.zeros(m), 0)
    drift, radius = 0.0, q * point.a_norms * up
    if point.regime == "joint":
        room = (1 - q) * (1 + q) * (1 - gamma(8))  # 1 - q * q would cancel
        radius = q * (point.a_norms + q * point.w_norms) / room * up
        rho_A = budget / s * (point.Phi_norm + q * point.X_norm * point.A_norm) / room * up
        rho_W = q * (point.A_norm + rho_A) * up
        drift = point.X_norm / s * math.hypot(rho_A, rho_W) * up
    stuck = np.less_equal(point.Z, radius[:, None])
    H, H_error = point.H, point.H_error
    if stuck.any():
        H, H_error = _kernel(point.network, point.X, point.regime, np.logical_not(stuck.any(1)))
    Q, Q_error = _flips(point, stuck)
    Lam = math.sqrt(_largest(point, stuck, H, H_error, Q, Q_error)) * up
    speed = step_size * (Lam + drift) ** 2 * up  # eta Lt^2
    c = (2 - speed) * (1 - gamma(4))
    if not c > 0:
        return Contraction(-math.inf, budget, radius, int(stuck.sum()))
    rounding = gamma(4) * float(c * np.linalg.norm(H) + np.linalg.norm(Q) / c)
    error = (c * H_error + Q_error / c + rounding) * up
    loss = (2 + speed) * (2 * drift * Lam + drift * drift) * up
    lowest = smallest_eigenvalue_from_below(c * H - Q / c, error)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, radius, int(stuck.sum()))


def _kernel(network: Network, X: Tensor, regime: Regime, keep: np.ndarray | None) -> tuple[np.ndarray, float]:
    """The tangent kernel, its encoder part from the kept neurons only, and a bound on its spectral error.

    Entries err by gamma times the sum of the absolute values of their terms, which is a positive
    semi-definite matrix of the trace below. The factor 2 covers the rounding of the traces.
    """
    (m, d), n = network.W.shape[1:], X.shape[1]
    mask = None if keep is None else torch.from_numpy(keep)[None]
    H = tangent_kernel(network, X, regime, keep=mask)[0].numpy()
    trained = (network.A,) if regime == "weak" else (network.A, network.W)
    trace = float(X.square().sum()) * sum(float(part.square().sum()) for part in trained) / (m * d)
    return H, 2 * gamma(m + 2 * d + n + 12) * trace


def _largest(
    point: Point, stuck: np.ndarray, H: np.ndarray, H_error: float, Q: np.ndarray, Q_error: float
) -> float:
    """Lam^2 from above, with the t that balances its last two terms."""
    if not stuck.any():
        return max(largest_eigenvalue_from_above(H, H_error), 0.0)
    P, P_error = _others(point, stuck)
    t = math.sqrt(max(float(np.trace(Q)), _TINY) / max(float(np.trace(P)), _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    sizes = [float(np.linalg.norm(part)) for part in (H, (1 + t) * P, (1 + 1 / t) * Q)]
    error = H_error + (1 + t) * P_error + (1 + 1 / t) * Q_error + gamma(8) * sum(sizes)
    matrix = H + (1 + t) * P + (1 + 1 / t) * Q
    return max(largest_eigenvalue_from_above(matrix, error * (1 + gamma(16))), 0.0)


def _others(point: Point, stuck: np.ndarray) -> tuple[np.ndarray, float]:
    """P (n d, n d): the encoder kernel of the neurons with entries in S, from their entries outside S."""
    hit = np.flatnonzero(stuck.any(1))
    (m, d), n, X = point.network.W.shape[1:], stuck.shape[1], point.X.numpy()
    A, pattern = point.network.A[0].numpy()[hit], point.active[hit] & ~stuck[hit]
    features = (pattern[:, :, None] * A[:, None, :]).reshape(len(hit), n * d)
    rho = np.repeat(np.repeat(X.T @ X, d, 0), d, 1)
    trace = float(np.square(X).sum() * np.square(A).sum()) / (m * d)
    return (features.T @ features) * rho / (m * d), 2 * gamma(len(hit) + d + 8) * trace


def _flips(point: Point, stuck: np.ndarray) -> tuple[np.ndarray, float]:
    """Q (n d, n d), block diagonal over the samples, with a bound on its spectral error."""
    (m, d), n = point.network.W.shape[1:], stuck.shape[1]
    Q, hit = np.zeros((n, d, n, d)), np.flatnonzero(stuck.any(1))
    A = point.network.A[0].numpy()[hit]
    kappa = np.minimum(stuck[hit].sum(1) * point.longest**2, point.X_norm**2) * (1 + gamma(4))
    for i in range(n):
        Q[i, :, i, :] = (A * (kappa * stuck[hit, i] / (m * d))[:, None]).T @ A
    trace = float(kappa @ np.square(point.a_norms[hit])) / (m * d)
    return Q.reshape(n * d, n * d), 2 * gamma(len(hit) + 8) * trace


def _norm(matrix: np.ndarray) -> float:
    """The spectral norm from above, from the verified largest eigenvalue of the smaller Gram matrix."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    error = 2 * gamma(tall.shape[0]) * float(np.square(tall).sum())
    return math.sqrt(max(largest_eigenvalue_from_above(tall.T @ tall, error), 0.0)) * (1 + gamma(4))
