"""The rate nu of the contraction certificate for one budget, every quantity bounded on the unsafe side.

The letters and the statement are in models/certificate.py. Everything here is for one initialization (batch
of one) on the CPU in float64, and holds barring underflow.

Rounding: models/point.py says what `eps` is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.definite import exceeds, guess_largest, largest_from_rows
from models.neuron_sums import encoder_sum
from models.point import Point, kernel
from refute.numerics.spectrum import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)
GENEROUS = 1 + 2.0**-4
"""What a guess of Lam^2 is multiplied by before it is proved; a sixteenth of Lam^2 costs little of nu."""


@dataclass(frozen=True, eq=False)
class Contraction:
    """A lower bound on nu for a budget C (-inf where the statement does not apply), the radii, and |S|."""

    rate: float
    budget: float
    radius: np.ndarray
    stuck: int


@dataclass(frozen=True, eq=False)
class _Ball:
    """What a budget C allows: radii, drift x, |S|, H_-, P, and the blocks on the diagonal of Q (n, d, d)."""

    radius: np.ndarray
    drift: float
    stuck: int
    H: np.ndarray
    P: np.ndarray
    Q: np.ndarray
    Q_error: float


def contraction(point: Point, step_size: float, budget: float) -> Contraction:
    """A lower bound on nu for a budget, with the radii and the size of S; nu = -inf where nothing applies."""
    ball = _ball(point, budget)
    if ball is None:
        return Contraction(-math.inf, budget, np.zeros(point.A.shape[1]), 0)
    Lam = math.sqrt(max(largest_eigenvalue_from_above(*_square(point, ball)), 0.0)) * (1 + point.eps)
    c, loss = _terms(step_size, Lam, ball.drift)
    if c <= 0:
        return Contraction(-math.inf, budget, ball.radius, ball.stuck)
    lowest = smallest_eigenvalue_from_below(*_contracting(point, ball, c))
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, ball.radius, ball.stuck)


def contracts(point: Point, step_size: float, budget: float, rate: float) -> Contraction | None:
    """`rate` as a lower bound on nu for a budget if a Cholesky factorization proves it, else None.

    Lam is bounded by sums of absolute values along rows first. Where that is too much another factorization
    proves a GENEROUS bound that is guessed, so no eigenvalue is computed unless the step is so large that c
    depends on it. Whoever is refused may still have nu >= rate.
    """
    if (ball := _ball(point, budget)) is None:
        return None
    square, error = _square(point, ball)
    if not (
        _proves(point, ball, step_size, rate, largest_from_rows(square, error))
        or _proves(point, ball, step_size, rate, _top(square, error, step_size))
    ):
        return None
    return Contraction(rate, budget, ball.radius, ball.stuck)


def _proves(point: Point, ball: _Ball, step_size: float, rate: float, top: float) -> bool:
    """Whether nu >= rate is proved with this bound on Lam^2."""
    c, loss = _terms(step_size, math.sqrt(top) * (1 + point.eps), ball.drift)
    if not c > 0:
        return False
    floor = math.nextafter(rate + loss, math.inf)
    matrix, error = _contracting(point, ball, c)
    return exceeds(matrix, floor, error, overwrite=True)


def _ball(point: Point, budget: float) -> _Ball | None:
    """None where the statement does not apply: q is not finite, or q >= 1 in the joint regime."""
    s, up = point.scale, 1 + point.eps
    q = point.data.norm * budget / s * up
    if not math.isfinite(q) or (point.regime == "joint" and q >= 1):
        return None
    drift, radius = 0.0, q * point.a_norms * up
    if point.regime == "joint":
        room = (1 - q) * (1 + q)  # 1 - q * q would cancel
        radius = q * (point.a_norms + q * point.w_norms) / room * up
        rho_A = budget / s * (point.Phi_norm + q * point.data.norm * point.A_norm) / room
        rho_W = q * (point.A_norm + rho_A)
        drift = point.data.norm / s * math.hypot(rho_A, rho_W) * up
    stuck = np.less_equal(point.Z, radius)
    hit = stuck.any(0)
    if not hit.any():
        (d, _), n = point.A.shape, len(point.Z)
        return _Ball(radius, drift, 0, point.H, np.zeros_like(point.H), np.zeros((n, d, d)), 0.0)
    H = kernel(point, point.active & ~hit, point.A)
    P, Q = _others(point, stuck, np.flatnonzero(hit))
    return _Ball(radius, drift, int(np.count_nonzero(stuck)), H, P, Q, point.eps * _block_trace(Q))


def _terms(step_size: float, Lam: float, drift: float) -> tuple[float, float]:
    """c = 2 - eta Lt^2, and what the drift costs."""
    speed = step_size * (Lam + drift) ** 2
    return 2 - speed, (2 + speed) * (2 * drift * Lam + drift * drift)


def _square(point: Point, ball: _Ball) -> tuple[np.ndarray, float]:
    """The matrix whose largest eigenvalue is Lam^2, for the t that balances its last terms, and its error.

    It takes the place of P, which nothing else needs: a new matrix costs more than the sum.
    """
    P_trace, Q_trace = float(np.trace(ball.P)), _block_trace(ball.Q)
    t = math.sqrt(max(Q_trace, _TINY) / max(P_trace, _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    error = point.H_error + point.eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    square = np.multiply(ball.P, 1 + t, out=ball.P)
    square += ball.H
    return _add_blocks(square, (1 + 1 / t) * ball.Q), error


def _contracting(point: Point, ball: _Ball, c: float) -> tuple[np.ndarray, float]:
    """c H_- - Q / c with its error; the errors of H_- and Q leave room for the roundings of this sum."""
    return _add_blocks(c * ball.H, ball.Q / -c), c * point.H_error + ball.Q_error / c


def _add_blocks(matrix: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """The matrix (n d, n d), with blocks (n, d, d) added to those on its diagonal, in place."""
    n, d, _ = blocks.shape
    view = np.einsum("ipiq->ipq", matrix.reshape(n, d, n, d))
    view += blocks
    return matrix


def _block_trace(blocks: np.ndarray) -> float:
    return float(np.einsum("ipp->", blocks))


def _top(square: np.ndarray, error: float, step_size: float) -> float:
    """Lam^2 from above: a guess that a factorization proves, or the verified eigenvalue."""
    top = guess_largest(square) * GENEROUS
    if step_size * top <= 1 and exceeds(-square, -top, error, overwrite=True):
        return top
    return max(largest_eigenvalue_from_above(square, error), 0.0)


def _others(point: Point, stuck: np.ndarray, hit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P (n d, n d) and Q (n, d, d) of the neurons `hit`, those with entries in S; stuck (n, m) says which.

    P is their encoder kernel from their entries outside S.
    """
    (d, m), A, S = point.A.shape, np.take(point.A, hit, 1), np.take(stuck, hit, 1)
    P = encoder_sum(np.take(point.active, hit, 1) & ~S, A)
    P *= point.data.rho
    kappa = np.minimum(S.sum(0) * point.longest**2, point.data.norm**2)
    weighted = S * (kappa / (m * d))
    return P, (weighted[:, None, :] * A) @ A.T
