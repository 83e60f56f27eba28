"""The squared form of the contraction certificate for one budget, every quantity bounded on the unsafe side.

The letters and the statement are in `models.certificate.certificate`. The balls that a budget allows are here
too; the middle form takes the same (`models.certificate.middle_form`). Everything here is on the CPU in
float64, and holds barring underflow. Nothing of a network depends on the others of its batch.

Rounding: `models.certificate.points` says what `eps` is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from models.certificate.ball_sums import BallSums
from models.certificate.points import Points, ball_kernels
from refute.numerics import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)
_SMALLEST_T = 2.0**-10
_LARGEST_T = 2.0**10
"""Range of the free number t > 0 of the statement: any t is sound. The square root balances the traces of the
two terms that t weighs; beyond the range the smaller of them is below a thousandth of the other already, and
a larger factor would only magnify its rounding."""


@dataclass(frozen=True)
class Terms:
    """Which terms of the statement count. Leaving one out proves nothing: only false variants of it do.

    P, Q: what these add to a bound, in either form. unstable: the set S; without it no entry counts as one
    that can change sign. budget: the inequality that the path stays within C. squared, middle: the forms that
    are tried.
    """

    drift: bool = True
    P: bool = True
    Q: bool = True
    unstable: bool = True
    budget: bool = True
    squared: bool = True
    middle: bool = True


EVERY_TERM = Terms()


@dataclass(frozen=True, eq=False)
class Contraction:
    """A lower bound on nu for a budget C (-inf where the statement does not apply), the radii, and |S|.

    speed: eta Lt^2 from above, infinite where the statement does not apply. loss: what the drift costs.
    """

    rate: float
    budget: float
    radius: np.ndarray
    unstable: int
    speed: float = math.inf
    loss: float = 0.0


@dataclass(frozen=True, eq=False)
class Balls:
    """What budgets C (B,) allow, each at its own point.

    applies: (B,) bool, whether the statement applies. radius: (B, m). drift: (B,), x. sums: H_-, P, R and the
    blocks on the diagonal of Q, in the pair form of `pair_form`. Q_error: (B,), of Q in the spectral norm.
    """

    applies: np.ndarray
    radius: np.ndarray
    drift: np.ndarray
    sums: BallSums
    Q_error: np.ndarray


def contraction(point: Points, step_size: float, budget: float, terms: Terms = EVERY_TERM) -> Contraction:
    """A lower bound on nu for one point (B = 1) and a budget C >= 0, with the radii and the size of S.

    nu = -inf where the statement does not apply: c <= 0, or q >= 1 in the joint regime.
    """
    ball = balls(point, np.array([budget]), terms)
    if not ball.applies[0]:
        return Contraction(-math.inf, budget, np.zeros(ball.radius.shape[1]), 0)
    if not terms.P:
        ball = replace(ball, sums=replace(ball.sums, P=np.zeros_like(ball.sums.P)))
    form = point.data.form
    square, error = _square(point, ball)
    top = largest_eigenvalue_from_above(form.matrix(square[0]), float(error[0]))
    c, loss = _terms(step_size, math.sqrt(max(top, 0.0)) * (1 + point.eps), float(ball.drift[0]))
    radius = ball.radius[0]
    unstable = int(ball.sums.unstable[0])
    speed = math.nextafter(2 - c, math.inf)
    if c <= 0:
        return Contraction(-math.inf, budget, radius, unstable, speed)
    matrix, off = _contracting(point, ball, c)
    lowest = smallest_eigenvalue_from_below(form.matrix(matrix), off)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, radius, unstable, speed, loss)


def balls(points: Points, budgets: np.ndarray, terms: Terms = EVERY_TERM, crowd: float = 1.0) -> Balls:
    """What a budget (B,) allows at each point; `crowd` multiplies ||X||^2 in kappa.

    The statement applies where q is finite, and below 1 in the joint regime; elsewhere C counts as 0.

    Radii and drift are from the stored point, with A and Phi frozen there. The run begins at a point that may
    be `off` from it, so its norms may be larger by as much, and it may be as much further away.
    """
    s = points.scale
    up = 1 + points.eps
    norm = points.data.norm
    q = norm * budgets / s * up
    applies = points.sound & (q < (1.0 if points.regime == "joint" else math.inf))
    C = np.where(applies, budgets, 0.0)
    q = np.where(applies, q, 0.0)
    drift = np.zeros(len(q))
    off = points.off
    radius = q[:, None] * points.a_norms * up
    if points.regime == "joint":
        room = (1 - q) * (1 + q)  # 1 - q * q would cancel
        w_norms, a_norms = (norms + off[:, None] for norms in (points.w_norms, points.a_norms))
        radius = q[:, None] * (a_norms + q[:, None] * w_norms) / room[:, None] * up
        A_norm = points.A_norm + off
        rho_A = C / s * (points.Phi_norm + norm * off + q * norm * A_norm) / room
        rho_W = q * (A_norm + rho_A)
        drift = norm / s * np.hypot(rho_A + off, rho_W + off) * up
    radius = radius + off[:, None] * up
    sums = ball_kernels(points, radius if terms.unstable else np.full_like(radius, -math.inf), crowd)
    if not terms.drift:
        drift = np.zeros_like(drift)
    if not terms.Q:
        sums = replace(sums, Q=np.zeros_like(sums.Q))
    return Balls(applies, radius, drift, sums, points.eps * points.data.form.block_trace(sums.Q))


def _terms(step_size: float, Lam: float, drift: float) -> tuple[float, float]:
    """c = 2 - eta Lt^2, and what the drift costs."""
    speed = step_size * (Lam + drift) ** 2
    return 2 - speed, (2 + speed) * (2 * drift * Lam + drift * drift)


def _square(points: Points, ball: Balls) -> tuple[np.ndarray, np.ndarray]:
    """The matrices whose largest eigenvalues are Lam^2, for t that balance the last terms; their errors."""
    form = points.data.form
    sums = ball.sums
    P_trace = form.trace(sums.P)
    Q_trace = form.block_trace(sums.Q)
    with np.errstate(over="ignore"):
        t = np.sqrt(np.maximum(Q_trace, _TINY) / np.maximum(P_trace, _TINY))
    t = np.minimum(np.maximum(t, _SMALLEST_T), _LARGEST_T)
    error = points.H_error + points.eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    square = sums.H + (1 + t)[:, None, None] * sums.P
    square[:, form.samples] += (1 + 1 / t)[:, None, None] * sums.Q
    return square, error


def _contracting(point: Points, ball: Balls, c: float) -> tuple[np.ndarray, float]:
    """c H_- - Q / c with its error; the errors of H_- and Q leave room for the roundings of this sum."""
    matrix = c * ball.sums.H[0]
    matrix[point.data.form.samples] -= ball.sums.Q[0] / c
    return matrix, float(c * point.H_error[0] + ball.Q_error[0] / c)
