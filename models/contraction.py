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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.definite import exceeds, guess_largest
from models.descent import Regime
from models.run_rounding import residual_bound
from refute.numerics.rounding import gamma
from refute.numerics.spectrum import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)
GENEROUS = 1 + 2.0**-5
"""What a guess of Lam^2 is multiplied by before it is proved; a thirtieth of Lam^2 costs little of nu."""


@dataclass(frozen=True, eq=False)
class Contraction:
    """A lower bound on nu for a budget C (-inf where the statement does not apply), the radii, and |S|."""

    rate: float
    budget: float
    radius: np.ndarray
    stuck: int


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget, for one initialization. What the budget may not need is lazy.

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
    e: float

    @cached_property
    def A_norm(self) -> float:
        """||A||."""
        return _norm(self.network.A[0].numpy(), self.eps)

    @cached_property
    def Phi(self) -> np.ndarray:
        """Phi (m, n)."""
        return torch.relu(preactivations(self.network.W, self.X))[0].numpy()

    @cached_property
    def Phi_norm(self) -> float:
        """||Phi||, the rounding of the preactivations included."""
        columns = np.linalg.norm(self.X.numpy(), axis=0)
        off = self.eps * float(np.linalg.norm(self.w_norms) * np.linalg.norm(columns))
        return _norm(self.Phi, self.eps) + off

    @cached_property
    def H(self) -> np.ndarray:
        """The tangent kernel (n d, n d)."""
        return _kernel(self, None)

    @cached_property
    def H_error(self) -> float:
        """A bound on the spectral error of H, and of H without the encoder part of some neurons."""
        (m, d), trained = self.network.W.shape[1:], [self.a_norms]
        if self.regime == "joint":
            trained.append(self.w_norms)
        squares = sum(float(np.square(norms).sum()) for norms in trained)
        return self.eps * float(self.X.square().sum()) * squares / (m * d)


@dataclass(frozen=True, eq=False)
class _Ball:
    """What a budget C allows: radii, drift x, S, H_-, P and Q."""

    radius: np.ndarray
    drift: float
    stuck: np.ndarray
    H: np.ndarray
    P: np.ndarray
    Q: np.ndarray
    Q_error: float


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    return next(surveys(network, X, regime))


def surveys(network: Network, X: Tensor, regime: Regime) -> Iterator[Point]:
    """The points of a batch, one after the other."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    eps, data = gamma(4 * (m + n + d + 16)), X.numpy()
    columns, X_norm = np.linalg.norm(data, axis=0), _norm(data, eps)
    longest, errors = float(columns.max()), residual_bound(network, X)
    for b in range(network.batch):
        one = network.select(b)
        Z = preactivations(one.W, X)[0].numpy()
        w_norms, a_norms = (np.linalg.norm(part[0].numpy(), axis=1) for part in (one.W, one.A))
        sure = (np.abs(Z) - np.outer(eps * w_norms, columns)) / longest
        norms = (longest, w_norms, a_norms, X_norm)
        yield Point(one, X, regime, eps, sure, Z > 0, *norms, e=float(errors[b]))


def contraction(point: Point, step_size: float, budget: float) -> Contraction:
    """A lower bound on nu for a budget, with the radii and the size of S; nu = -inf where nothing applies."""
    ball = _ball(point, budget)
    if ball is None:
        return Contraction(-math.inf, budget, np.zeros(point.network.m), 0)
    Lam = math.sqrt(max(largest_eigenvalue_from_above(*_square(point, ball)), 0.0)) * (1 + point.eps)
    c, loss = _terms(step_size, Lam, ball.drift)
    if c <= 0:
        return Contraction(-math.inf, budget, ball.radius, int(ball.stuck.sum()))
    lowest = smallest_eigenvalue_from_below(c * ball.H - ball.Q / c, c * point.H_error + ball.Q_error / c)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, ball.radius, int(ball.stuck.sum()))


def contracts(point: Point, step_size: float, budget: float, rate: float) -> Contraction | None:
    """`rate` as a lower bound on nu for a budget if two Cholesky factorizations prove it, else None.

    The first proves a GENEROUS bound on Lam that is guessed, so no eigenvalue is computed unless the step is
    so large that c depends on it. Whoever is refused may still have nu >= rate.
    """
    if (ball := _ball(point, budget)) is None:
        return None
    Lam = math.sqrt(_top(*_square(point, ball), step_size)) * (1 + point.eps)
    c, loss = _terms(step_size, Lam, ball.drift)
    if not c > 0:
        return None
    floor = math.nextafter(rate + loss, math.inf)
    if not exceeds(c * ball.H - ball.Q / c, floor, c * point.H_error + ball.Q_error / c):
        return None
    return Contraction(rate, budget, ball.radius, int(ball.stuck.sum()))


def _ball(point: Point, budget: float) -> _Ball | None:
    """None where the statement does not apply: q is not finite, or q >= 1 in the joint regime."""
    s, up = point.network.scale, 1 + point.eps
    q = point.X_norm * budget / s * up
    if not math.isfinite(q) or (point.regime == "joint" and q >= 1):
        return None
    drift, radius = 0.0, q * point.a_norms * up
    if point.regime == "joint":
        room = (1 - q) * (1 + q)  # 1 - q * q would cancel
        radius = q * (point.a_norms + q * point.w_norms) / room * up
        rho_A = budget / s * (point.Phi_norm + q * point.X_norm * point.A_norm) / room
        rho_W = q * (point.A_norm + rho_A)
        drift = point.X_norm / s * math.hypot(rho_A, rho_W) * up
    stuck = np.less_equal(point.Z, radius[:, None])
    hit = stuck.any(1)
    H = _kernel(point, ~hit) if hit.any() else point.H
    Q = _flips(point, stuck)
    return _Ball(radius, drift, stuck, H, _others(point, stuck), Q, point.eps * float(np.trace(Q)))


def _terms(step_size: float, Lam: float, drift: float) -> tuple[float, float]:
    """c = 2 - eta Lt^2, and what the drift costs."""
    speed = step_size * (Lam + drift) ** 2
    return 2 - speed, (2 + speed) * (2 * drift * Lam + drift * drift)


def _square(point: Point, ball: _Ball) -> tuple[np.ndarray, float]:
    """The matrix whose largest eigenvalue is Lam^2, with its error and the t that balances its last terms."""
    P_trace, Q_trace = float(np.trace(ball.P)), float(np.trace(ball.Q))
    t = math.sqrt(max(Q_trace, _TINY) / max(P_trace, _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    error = point.H_error + point.eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    return ball.H + (1 + t) * ball.P + (1 + 1 / t) * ball.Q, error


def _top(square: np.ndarray, error: float, step_size: float) -> float:
    """Lam^2 from above: a guess that a factorization proves, or the verified eigenvalue."""
    top = guess_largest(square) * GENEROUS
    if step_size * top <= 1 and exceeds(-square, -top, error):
        return top
    return max(largest_eigenvalue_from_above(square, error), 0.0)


def _kernel(point: Point, keep: np.ndarray | None) -> np.ndarray:
    """The tangent kernel, its encoder part from the kept neurons only."""
    A, active = point.network.A[0].numpy(), point.active
    H = _gram(point, active, A) if keep is None else _gram(point, active[keep], A[keep])
    if point.regime == "joint":
        n, d = active.shape[1], A.shape[1]
        view = np.einsum("ipjp->pij", H.reshape(n, d, n, d))
        view += point.Phi.T @ point.Phi / (point.network.m * d)
    return H


def _others(point: Point, stuck: np.ndarray) -> np.ndarray:
    """P (n d, n d): the encoder kernel of the neurons with entries in S, from their entries outside S."""
    hit = np.flatnonzero(stuck.any(1))
    return _gram(point, point.active[hit] & ~stuck[hit], point.network.A[0].numpy()[hit])


def _gram(point: Point, pattern: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The encoder kernel of k neurons, from pattern (k, n) and A (k, d); m stays the width."""
    X, (k, d) = point.X.numpy(), A.shape
    total, chunk = np.zeros((X.size, X.size)), max(256, 2**18 // X.size)
    for first in range(0, k, chunk):
        part = slice(first, first + chunk)
        features = (pattern[part, :, None] * A[part, None, :]).reshape(-1, X.size)
        total += features.T @ features
    rho = np.repeat(np.repeat(X.T @ X, d, 0), d, 1)
    gram: np.ndarray = total * rho / (point.network.m * d)
    return gram


def _flips(point: Point, stuck: np.ndarray) -> np.ndarray:
    """Q (n d, n d), block diagonal over the samples."""
    hit, (d, n) = np.flatnonzero(stuck.any(1)), point.X.shape
    Q, A = np.zeros((n, d, n, d)), point.network.A[0].numpy()[hit]
    kappa = np.minimum(stuck[hit].sum(1) * point.longest**2, point.X_norm**2)
    weights = stuck[hit] * (kappa / (point.network.m * d))[:, None]
    blocks = (weights[:, :, None] * A[:, None, :]).reshape(len(hit), n * d).T @ A
    Q[np.arange(n), :, np.arange(n), :] = blocks.reshape(n, d, d)
    return Q.reshape(n * d, n * d)


def _norm(matrix: np.ndarray, eps: float) -> float:
    """The spectral norm from above up to one rounding, from the smaller Gram matrix."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    error = eps * float(np.square(matrix).sum())
    return math.sqrt(max(largest_eigenvalue_from_above(tall.T @ tall, error), 0.0))
