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
from models.point import Point, ball_kernels
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
    """What a budget C allows: radii, drift x, |S|, H_-, P, and the blocks on the diagonal of Q.

    The matrices are in the pair form of models/pair_form.py.
    """

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
        return Contraction(-math.inf, budget, np.zeros(len(point.A)), 0)
    form, (square, error) = point.data.form, _square(point, ball)
    Lam = math.sqrt(max(largest_eigenvalue_from_above(form.matrix(square), error), 0.0)) * (1 + point.eps)
    c, loss = _terms(step_size, Lam, ball.drift)
    if c <= 0:
        return Contraction(-math.inf, budget, ball.radius, ball.stuck)
    matrix, error = _contracting(point, ball, c)
    lowest = smallest_eigenvalue_from_below(form.matrix(matrix), error)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, ball.radius, ball.stuck)


def contracts(point: Point, step_size: float, budget: float, rate: float) -> Contraction | None:
    """`rate` as a lower bound on nu for a budget if a Cholesky factorization proves it, else None.

    Lam is bounded by sums of absolute values along rows first. Where that is too much another factorization
    proves a GENEROUS bound that is guessed, so no eigenvalue is computed unless the step is so large that c
    depends on it. Whoever is refused may still have nu >= rate.
    """
    if (ball := _ball(point, budget)) is None:
        return None
    form, (square, error) = point.data.form, _square(point, ball)
    if not (
        _proves(point, ball, step_size, rate, largest_from_rows(form.row_sizes(square), error))
        or _proves(point, ball, step_size, rate, _top(form.matrix(square), error, step_size))
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
    return exceeds(point.data.form.matrix(matrix), floor, error, overwrite=True)


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
    found = ball_kernels(point, radius)
    Q_error = point.eps * point.data.form.block_trace(found.Q)
    return _Ball(radius, drift, found.stuck, found.H, found.P, found.Q, Q_error)


def _terms(step_size: float, Lam: float, drift: float) -> tuple[float, float]:
    """c = 2 - eta Lt^2, and what the drift costs."""
    speed = step_size * (Lam + drift) ** 2
    return 2 - speed, (2 + speed) * (2 * drift * Lam + drift * drift)


def _square(point: Point, ball: _Ball) -> tuple[np.ndarray, float]:
    """The matrix whose largest eigenvalue is Lam^2, for the t that balances its last terms, and its error."""
    form = point.data.form
    P_trace, Q_trace = form.trace(ball.P), form.block_trace(ball.Q)
    t = math.sqrt(max(Q_trace, _TINY) / max(P_trace, _TINY))
    t = min(max(t, 2.0**-10), 2.0**10)
    error = point.H_error + point.eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    square = ball.H + (1 + t) * ball.P
    square[form.samples] += (1 + 1 / t) * ball.Q
    return square, error


def _contracting(point: Point, ball: _Ball, c: float) -> tuple[np.ndarray, float]:
    """c H_- - Q / c with its error; the errors of H_- and Q leave room for the roundings of this sum."""
    matrix = c * ball.H
    matrix[point.data.form.samples] -= ball.Q / c
    return matrix, c * point.H_error + ball.Q_error / c


def _top(square: np.ndarray, error: float, step_size: float) -> float:
    """Lam^2 from above: a guess that a factorization proves, or the verified eigenvalue."""
    top = guess_largest(square) * GENEROUS
    if step_size * top <= 1 and exceeds(-square, -top, error, overwrite=True):
        return top
    return max(largest_eigenvalue_from_above(square, error), 0.0)
