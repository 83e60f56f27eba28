"""The rate nu of the contraction certificate for one budget, every quantity bounded on the unsafe side.

The letters and the statement are in models/certificate.py. Everything here is for one initialization (batch
of one) on the CPU in float64, and holds barring underflow.

Rounding: `eps` is gamma of four times as many operations as lie on any path from the weights to a number
below, sums along m, n and d included. Hence one allowance of eps per quantity is enough: what it is derived
from may be off by a roundoff for each of its operations, and the rounding of terms that are themselves of the
size of eps is of second order. A kernel errs by gamma times the sums of the absolute values of its terms: a
positive semi-definite matrix, whose spectral norm is at most its trace. No entry of the kernel exceeds it, so
the same allowance covers multiples and sums of kernels. For P and Q its trace is their own.
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
    """What does not depend on the budget: the kernel of one initialization, and norms.

    Spectral norms are bounds from above up to their last rounding; the others are as computed.
    """

    network: Network
    X: Tensor
    regime: Regime
    eps: float
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
    eps = gamma(4 * (m + n + d + 16))
    data, Z = X.numpy(), preactivations(network.W, X)[0].numpy()
    w_norms, a_norms = (np.linalg.norm(part[0].numpy(), axis=1) for part in (network.W, network.A))
    columns = np.linalg.norm(data, axis=0)
    Z_error = eps * np.outer(w_norms, columns)
    H, H_error = _kernel(network, X, regime, eps, None)
    return Point(
        network=network,
        X=X,
        regime=regime,
        eps=eps,
        Z=(np.abs(Z) - Z_error) / float(columns.max()),
        active=Z > 0,
        longest=float(columns.max()),
        w_norms=w_norms,
        a_norms=a_norms,
        X_norm=_norm(data, eps),
        A_norm=_norm(network.A[0].numpy(), eps),
        Phi_norm=_norm(np.maximum(Z, 0), eps) + float(np.linalg.norm(Z_error)),
        H=H,
        H_error=H_error,
        e=float(residual_bound(network, X)[0]),
    )


def contraction(point: Point, step_size: float, budget: float) -> Contraction:
    """A lower bound on nu for a budget, with the radii and the size of S; nu = -inf where nothing applies."""
    s, up = point.network.scale, 1 + point.eps
    q = point.X_norm * budget / s * up
    if not math.isfinite(q) or (point.regime == "joint" and q >= 1):
        return Contraction(-math.inf, budget, np.zeros(point.network.m), 0)
    drift, radius = 0.0, q * point.a_norms * up
    if point.regime == "joint":
        room = (1 - q) * (1 + q)  # 1 - q * q would cancel
        radius = q * (point.a_norms + q * point.w_norms) / room * up
        rho_A = budget / s * (point.Phi_norm + q * point.X_norm * point.A_norm) / room
        rho_W = q * (point.A_norm + rho_A)
        drift = point.X_norm / s * math.hypot(rho_A, rho_W) * up
    stuck = np.less_equal(point.Z, radius[:, None])
    H, H_error = point.H, point.H_error
    if stuck.any():
        H, H_error = _kernel(point.network, point.X, point.regime, point.eps, ~stuck.any(1))
    Q = _flips(point, stuck)
    Q_error = point.eps * float(np.trace(Q))
    Lam = math.sqrt(_largest(H, H_error, _others(point, stuck), Q, point.eps)) * up
    speed = step_size * (Lam + drift) ** 2  # eta Lt^2
    c = 2 - speed
    if c <= 0:
        return Contraction(-math.inf, budget, radius, int(stuck.sum()))
    loss = (2 + speed) * (2 * drift * Lam + drift * drift)
    lowest = smallest_eigenvalue_from_below(c * H - Q / c, c * H_error + Q_error / c)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, radius, int(stuck.sum()))


def _kernel(
    network: Network, X: Tensor, regime: Regime, eps: float, keep: np.ndarray | None
) -> tuple[np.ndarray, float]:
    """The tangent kernel, its encoder part from the kept neurons only, and a bound on its spectral error."""
    m, d = network.W.shape[1:]
    mask = None if keep is None else torch.from_numpy(keep)[None]
    H = tangent_kernel(network, X, regime, keep=mask)[0].numpy()
    trained = (network.A,) if regime == "weak" else (network.A, network.W)
    trace = float(X.square().sum()) * sum(float(part.square().sum()) for part in trained) / (m * d)
    return H, eps * trace


def _largest(H: np.ndarray, H_error: float, P: np.ndarray, Q: np.ndarray, eps: float) -> float:
    """Lam^2 from above, with the t that balances its last two terms."""
    P_trace, Q_trace = float(np.trace(P)), float(np.trace(Q))
    t = math.sqrt(max(Q_trace, _TINY) / max(P_trace, _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    error = H_error + eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    return max(largest_eigenvalue_from_above(H + (1 + t) * P + (1 + 1 / t) * Q, error), 0.0)


def _others(point: Point, stuck: np.ndarray) -> np.ndarray:
    """P (n d, n d): the encoder kernel of the neurons with entries in S, from their entries outside S."""
    hit, X = np.flatnonzero(stuck.any(1)), point.X.numpy()
    (d, n), A, pattern = X.shape, point.network.A[0].numpy()[hit], point.active[hit] & ~stuck[hit]
    features = (pattern[:, :, None] * A[:, None, :]).reshape(len(hit), n * d)
    rho = np.repeat(np.repeat(X.T @ X, d, 0), d, 1)
    P: np.ndarray = (features.T @ features) * rho / (point.network.m * d)
    return P


def _flips(point: Point, stuck: np.ndarray) -> np.ndarray:
    """Q (n d, n d), block diagonal over the samples."""
    hit, (d, n) = np.flatnonzero(stuck.any(1)), point.X.shape
    Q, A = np.zeros((n, d, n, d)), point.network.A[0].numpy()[hit]
    kappa = np.minimum(stuck[hit].sum(1) * point.longest**2, point.X_norm**2)
    for i in range(n):
        Q[i, :, i, :] = (A * (kappa * stuck[hit, i] / (point.network.m * d))[:, None]).T @ A
    return Q.reshape(n * d, n * d)


def _norm(matrix: np.ndarray, eps: float) -> float:
    """The spectral norm from above up to one rounding, from the smaller Gram matrix."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    error = eps * float(np.square(matrix).sum())
    return math.sqrt(max(largest_eigenvalue_from_above(tall.T @ tall, error), 0.0))
