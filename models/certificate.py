"""The contraction certificate: from one point of a run, a proof that it converges linearly for every later step.

At a point (W, A) with residual E, e = ||E||_F, take a budget C > 0 for the whole future path sum_k eta ||E(k)||_F. While the path stays within C no
neuron r moves further than its radius R_r, so only the entries S = {(r, i): |z_ri| <= R_r} can change sign. With q = ||X|| C / s,
    weak:   R_r = q ||a_r||,                                        x = 0
    joint:  R_r = q (||a_r|| + q ||w_r||) / (1 - q^2)  (q < 1),     x = (||X|| / s) sqrt(rho_A^2 + rho_W^2),
            rho_A = (C/s) (||Phi|| + q ||X|| ||A||) / (1 - q^2),  rho_W = q (||A|| + rho_A)    (drift of A and of Phi)
let H_- be the tangent kernel without the encoder part of every neuron that has an entry in S, P the encoder part of those neurons from their entries
outside S, kappa_r = min(|S_r|, ||X||^2), and for any t > 0
    Q = (1/(m d)) sum_i e_i e_i^T (x) sum_{r in S_i} kappa_r a_r a_r^T,   Lam^2 = lambda_max(H_- + (1 + t) P + (1 + 1/t) Q),   Lt = Lam + x,
    c = 2 - eta Lt^2,   nu = lambda_min(c H_- - Q / c) - (2 + eta Lt^2) (2 x Lam + x^2).
If c > 0, nu > 0 and eta e / (1 - sqrt(1 - eta nu)) <= C, then ||E(k)||_F^2 <= (1 - eta nu)^k e^2 for every later k, and every neuron stays within R_r.

Proof. One step gives E+ = E - eta Jb^T J E with the secant Jacobian Jb, whose pattern has entries in [0, 1] and equals that of J outside S. A neuron without
entries in S contributes 2<Jb E, J E>_r - eta Lt^2 |J E|_r^2 = c |u_r|^2. A neuron with such entries contributes 2<v + delta, v> - eta Lt^2 |v|^2 >= -|delta|^2 / c, and
|delta|^2 <= kappa_r sum_{i in S_r} <a_r, e_i>^2 / (m d). With A and Phi frozen, ||J E|| and ||Jb E|| are at most Lam ||E||: a neuron with entries in S
contributes |p + b|^2 <= (1 + t)|p|^2 + (1 + 1/t)|b|^2, where p comes from its other entries and |b|^2 has the bound of |delta|^2. Replacing A and Phi
by their values at the point costs the terms in x. Summing,
||E+||^2 <= (1 - eta nu) ||E||^2; by induction the path stays within eta e / (1 - sqrt(1 - eta nu)) <= C, so the ball is never left. QED

Rounding: every quantity is bounded on the unsafe side (verified eigenvalue enclosures, inflated radii, e from above), so that `certified` is a theorem about exact
gradient descent from the stored point. That the stored point is where exact descent from the start would be is observed, not proved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations, residuals
from models.descent import Regime, require_regime
from models.kernels import jacobian, tangent_kernel
from refute.numerics.rounding import gamma, unit_roundoff
from refute.numerics.spectrum import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)
ROUNDS = 6
"""Budgets tried: each is what the one before turned out to need."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """The certificate at the point of each initialization of a batch; B = batch size.

    certified: (B,) bool. rate: (B,) float64, the proven nu (0 where there is none): ||E(k)||^2 <= (1 - eta nu)^k ||E||^2.
    budget: (B,) the path length C. radius: (B, m) how far each neuron can ever move from here. stuck: (B,) entries in S. All on the CPU.
    """

    certified: np.ndarray
    rate: np.ndarray
    budget: np.ndarray
    radius: np.ndarray
    stuck: np.ndarray


def certify(
    network: Network, X: Tensor, step_size: float, regime: Regime, *, wanted: float = 0.0
) -> Certificate:
    """Try to certify every initialization of a batch at its current point; see the module for the statement.

    network: float64 or float32 weights (B, m, d) on any device; X (d, n) with unit columns. step_size > 0. wanted: only a rate of at least this counts.
    The decision is made on the CPU in float64 from the weights as stored. Raises ValueError for mismatched arguments or a step size that is not positive.
    """
    require_regime(regime)
    if not (step_size > 0 and math.isfinite(step_size)):
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    data = X.detach().to("cpu", torch.float64)
    parts = [
        _certify_one(Network(w[None], a[None]), data, step_size, regime, wanted)
        for w, a in zip(
            network.W.detach().to("cpu", torch.float64),
            network.A.detach().to("cpu", torch.float64),
            strict=True,
        )
    ]
    return Certificate(
        certified=np.array([part.rate > 0 for part in parts]),
        rate=np.array([part.rate for part in parts]),
        budget=np.array([part.budget for part in parts]),
        radius=np.stack([part.radius for part in parts]),
        stuck=np.array([part.stuck for part in parts]),
    )


def contraction_rate(network: Network, X: Tensor, step_size: float, regime: Regime, budget: float) -> float:
    """A lower bound on nu for one initialization (batch of one, CPU, float64) and one budget C; -inf where c <= 0 or q >= 1."""
    return _rate(_survey(network, X, regime), step_size, budget)[0]


@dataclass(frozen=True)
class _Point:
    """What does not depend on the budget: norms and the kernel of one initialization, all bounded on the unsafe side."""

    network: Network
    X: Tensor
    regime: Regime
    Z: np.ndarray  # (m, n), how far each w_r may move without a change of sign, from below
    longest: float
    w_norms: np.ndarray
    a_norms: np.ndarray
    X_norm: float
    A_norm: float
    Phi_norm: float
    H: np.ndarray
    H_error: float
    H_max: float
    e: float


@dataclass(frozen=True)
class _Part:
    rate: float
    budget: float
    radius: np.ndarray
    stuck: int


def _certify_one(network: Network, X: Tensor, step_size: float, regime: Regime, wanted: float) -> _Part:
    point = _survey(network, X, regime)
    nothing = _Part(0.0, 0.0, np.zeros(network.m), 0)
    budget = 0.0
    for _ in range(ROUNDS):
        rate, radius, stuck = _rate(point, step_size, budget)
        if rate <= max(wanted, 0.0):
            return nothing
        needed = _path_length(point.e, step_size, rate)
        if budget > 0 and needed <= budget:
            return _Part(rate, budget, radius, stuck)
        budget = needed * (1 + 2.0**-6)
    return nothing


def _path_length(e: float, step_size: float, rate: float) -> float:
    """eta e / (1 - sqrt(1 - eta nu)) from above; 1 - sqrt(1 - t) = t / (1 + sqrt(1 - t)) loses no digits."""
    share = min(step_size * rate, 1.0)
    return step_size * e * (1 + math.sqrt(1 - share)) / share * (1 + 8 * unit_roundoff())


def _survey(network: Network, X: Tensor, regime: Regime) -> _Point:
    (m, d), n = network.W.shape[1:], X.shape[1]
    data, Z = X.numpy(), preactivations(network.W, X)[0].numpy()
    W, A = network.W[0].numpy(), network.A[0].numpy()
    up = 1 + gamma(m * d + n + 4)
    w_norms, a_norms = np.linalg.norm(W, axis=1) * up, np.linalg.norm(A, axis=1) * up
    columns = np.linalg.norm(data, axis=0)
    longest = float(columns.max()) * up
    H, H_error = _kernel(network, X, regime, None)
    return _Point(
        network=network,
        X=X,
        regime=regime,
        Z=(np.abs(Z) - gamma(d) * np.outer(w_norms, columns * up)) / longest,
        longest=longest,
        w_norms=w_norms,
        a_norms=a_norms,
        X_norm=_norm(data),
        A_norm=_norm(A),
        Phi_norm=_norm(np.maximum(Z, 0))
        + gamma(d) * float(np.linalg.norm(w_norms)) * float(np.linalg.norm(columns)) * up,
        H=H,
        H_error=H_error,
        H_max=max(largest_eigenvalue_from_above(H, H_error), 0.0),
        e=residual_bound(network, X),
    )


def _rate(point: _Point, step_size: float, budget: float) -> tuple[float, np.ndarray, int]:
    """A lower bound on nu for a budget, with the radii and the number of entries in S; nu = -inf where the statement does not apply."""
    m, d = point.network.W.shape[1:]
    s = math.sqrt(m * d) * (1 - 4 * unit_roundoff())
    up = 1 + gamma(32)
    q = point.X_norm * budget / s * up
    drift, radius = 0.0, q * point.a_norms * up
    if point.regime == "joint":
        if q >= 1 - gamma(8):
            return -math.inf, np.zeros(m), 0
        room = (1 - q * q) * (1 - gamma(8))
        radius = q * (point.a_norms + q * point.w_norms) / room * up
        rho_A = budget / s * (point.Phi_norm + q * point.X_norm * point.A_norm) / room * up
        rho_W = q * (point.A_norm + rho_A) * up
        drift = point.X_norm / s * math.hypot(rho_A, rho_W) * up
    stuck = point.Z <= radius[:, None]
    H, H_error = (
        (point.H, point.H_error)
        if not stuck.any()
        else _kernel(point.network, point.X, point.regime, ~stuck.any(1))
    )
    Q, Q_error = _flips(point, stuck)
    Lam = math.sqrt(_largest(point, stuck, H, H_error, Q, Q_error)) * up
    Lt = (Lam + drift) * up
    c = 2 - step_size * Lt * Lt * up
    if c <= 0:
        return -math.inf, radius, int(stuck.sum())
    matrix, error = (
        c * H - Q / c,
        c * H_error + Q_error / c + gamma(4) * float(c * np.linalg.norm(H) + np.linalg.norm(Q) / c),
    )
    loss = (2 + step_size * Lt * Lt) * (2 * drift * Lam + drift * drift) * up
    return smallest_eigenvalue_from_below(matrix, error) - loss, radius, int(stuck.sum())


def _kernel(network: Network, X: Tensor, regime: Regime, keep: np.ndarray | None) -> tuple[np.ndarray, float]:
    """The tangent kernel (encoder part of the kept neurons only) and a bound on the spectral norm of its rounding error."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    mask = None if keep is None else torch.from_numpy(keep)[None]
    H = tangent_kernel(network, X, regime, keep=mask)[0].numpy()
    squares = float(X.square().sum())
    encoder = squares * float(network.A.square().sum()) / (m * d)
    decoder = squares * float(network.W.square().sum()) / (m * d) if regime == "joint" else 0.0
    return H, gamma(m + 2 * d + n + 12) * (encoder + decoder) * 2


def _largest(
    point: _Point, stuck: np.ndarray, H: np.ndarray, H_error: float, Q: np.ndarray, Q_error: float
) -> float:
    """Lam^2 from above, with the t that balances its last two terms."""
    if not stuck.any():
        return point.H_max
    P, P_error = _others(point, stuck)
    t = math.sqrt(max(float(np.trace(Q)), _TINY) / max(float(np.trace(P)), _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    matrix = H + (1 + t) * P + (1 + 1 / t) * Q
    error = H_error + (1 + t) * P_error + (1 + 1 / t) * Q_error + gamma(6) * float(np.linalg.norm(matrix))
    return max(largest_eigenvalue_from_above(matrix, error), 0.0)


def _others(point: _Point, stuck: np.ndarray) -> tuple[np.ndarray, float]:
    """P: the encoder kernel of the neurons with entries in S, from their entries outside S, with a bound on its rounding error."""
    hit = np.flatnonzero(stuck.any(1))
    W, A = point.network.W[:, hit], point.network.A[:, hit]
    pattern = (preactivations(W, point.X) > 0) & ~torch.from_numpy(stuck[hit])[None]
    J = jacobian(Network(W, A), point.X, pattern=pattern.to(W.dtype))[0].numpy()
    share = len(hit) / point.network.m
    size = float(point.X.square().sum()) * float(A.square().sum()) / (point.network.m * point.network.d)
    return J.T @ J * share, 2 * gamma(len(hit) * point.network.d + 12) * size


def _flips(point: _Point, stuck: np.ndarray) -> tuple[np.ndarray, float]:
    """Q (n d, n d), block diagonal over the samples, with a bound on the spectral norm of its rounding error."""
    m, d = point.network.W.shape[1:]
    n = stuck.shape[1]
    Q = np.zeros((n, d, n, d))
    hit = np.flatnonzero(stuck.any(1))
    if hit.size == 0:
        return Q.reshape(n * d, n * d), 0.0
    A = point.network.A[0].numpy()[hit]
    kappa = np.minimum(stuck[hit].sum(1) * point.longest**2, point.X_norm**2) * (1 + gamma(4))
    for i in range(n):
        weights = kappa * stuck[hit, i] / (m * d)
        Q[i, :, i, :] = (A * weights[:, None]).T @ A
    size = float(kappa @ np.square(point.a_norms[hit])) / (m * d)
    return Q.reshape(n * d, n * d), gamma(len(hit) + 8) * size


def _norm(matrix: np.ndarray) -> float:
    """The spectral norm from above: the root of the verified largest eigenvalue of the smaller Gram matrix."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    error = gamma(tall.shape[0] + 1) * float(np.square(tall).sum())
    return math.sqrt(max(largest_eigenvalue_from_above(tall.T @ tall, error), 0.0)) * (1 + gamma(4))


def residual_bound(network: Network, X: Tensor) -> float:
    """||E||_F from above, rounding included, for one initialization (batch of one, CPU, float64)."""
    return float(residuals(network, X).norm()) * (1 + gamma(X.numel() + 2)) + residual_rounding(network, X)[0]


def residual_rounding(network: Network, X: Tensor) -> np.ndarray:
    """(B,) a bound on the Frobenius norm of the rounding error of E = X - (1/s) A^T relu(W X), as computed in the dtype of the weights."""
    (m, d), dtype = network.W.shape[1:], str(network.W.dtype).removeprefix("torch.")
    magnitude = network.A.abs().mT @ (network.W.abs() @ X.abs()) / network.scale
    size = magnitude.flatten(1).norm(dim=1) + X.norm()
    return gamma(m + d + 6, dtype) * size.cpu().double().numpy()
