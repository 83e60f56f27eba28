"""The rate nu of the contraction certificate for one budget, every quantity bounded on the unsafe side.

The letters and the statement are in `models.certificate.certificate`. Everything here is on the CPU in
float64, and holds barring underflow. Nothing of a network depends on the others of its batch.

Rounding: `models.certificate.points` says what `eps` is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from models.certificate.ball_sums import BallSums
from models.certificate.points import Points, ball_kernels
from models.certificate.positive_definite import exceeds, guess_largest, largest_from_rows
from refute.numerics import largest_eigenvalue_from_above, smallest_eigenvalue_from_below

_TINY = float(np.finfo(np.float64).tiny)
GUESS_MARGIN = 1 + 2.0**-4
"""What a guess of Lam^2, which is hardly ever too large, is multiplied by before it is proved. A sixteenth of
Lam^2 costs little of nu. Any value is sound, as the product is proved to be a bound."""
_SMALLEST_T = 2.0**-10
_LARGEST_T = 2.0**10
"""Range of the free number t > 0 of the statement: any t is sound. The square root balances the traces of the
two terms that t weighs; beyond the range the smaller of them is below a thousandth of the other already, and
a larger factor would only magnify its rounding."""


@dataclass(frozen=True)
class Terms:
    """Which terms of the statement count. Leaving one out proves nothing: only false variants of it do.

    unstable: the set S; without it no entry counts as one that can change sign. budget: the inequality that
    the path stays within C.
    """

    drift: bool = True
    P: bool = True
    Q: bool = True
    unstable: bool = True
    budget: bool = True


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
class _Balls:
    """What budgets C (B,) allow, each at its own point.

    applies: (B,) bool, whether the statement applies. radius: (B, m). drift: (B,), x. sums: H_-, P and the
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
    balls = _balls(point, np.array([budget]), terms)
    if not balls.applies[0]:
        return Contraction(-math.inf, budget, np.zeros(balls.radius.shape[1]), 0)
    form = point.data.form
    square, error = _square(point, balls)
    top = largest_eigenvalue_from_above(form.matrix(square[0]), float(error[0]))
    c, loss = _terms(step_size, math.sqrt(max(top, 0.0)) * (1 + point.eps), float(balls.drift[0]))
    radius = balls.radius[0]
    unstable = int(balls.sums.unstable[0])
    speed = math.nextafter(2 - c, math.inf)
    if c <= 0:
        return Contraction(-math.inf, budget, radius, unstable, speed)
    matrix, off = _contracting(point, balls, 0, c)
    lowest = smallest_eigenvalue_from_below(form.matrix(matrix), off)
    return Contraction(math.nextafter(lowest - loss, -math.inf), budget, radius, unstable, speed, loss)


def prove_rate(
    points: Points, step_size: float, budgets: np.ndarray, rate: float
) -> list[Contraction | None]:
    """Of each point, `rate` as a lower bound on nu for its budget (B,) if a Cholesky factorization proves it.

    None elsewhere, where nu >= rate may hold all the same. Lam is bounded by sums of absolute values along
    rows first. Where that is too much another factorization proves a bound that is guessed (GUESS_MARGIN), so
    no eigenvalue is computed unless the step is so large that c depends on it.
    """
    form = points.data.form
    balls = _balls(points, budgets)
    square, error = _square(points, balls)
    rows = largest_from_rows(form.row_sizes(square).reshape(len(square), -1), error).tolist()
    found: list[Contraction | None] = []
    for b, applies in enumerate(balls.applies.tolist()):
        proved = applies and _proves(points, balls, b, step_size, rate, rows[b])
        if applies and not proved:
            top = _top(form.matrix(square[b]), float(error[b]), step_size)
            proved = _proves(points, balls, b, step_size, rate, top)
        unstable = int(balls.sums.unstable[b])
        found.append(Contraction(rate, float(budgets[b]), balls.radius[b], unstable) if proved else None)
    return found


def _proves(points: Points, balls: _Balls, b: int, step_size: float, rate: float, top: float) -> bool:
    """Whether nu >= rate is proved for network b with this bound on its Lam^2."""
    c, loss = _terms(step_size, math.sqrt(top) * (1 + points.eps), float(balls.drift[b]))
    if not c > 0:
        return False
    floor = math.nextafter(rate + loss, math.inf)
    matrix, error = _contracting(points, balls, b, c)
    return exceeds(points.data.form.matrix(matrix), floor, error, overwrite=True)


def _balls(points: Points, budgets: np.ndarray, terms: Terms = EVERY_TERM) -> _Balls:
    """The statement applies where q is finite, and below 1 in the joint regime; elsewhere C counts as 0.

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
    sums = ball_kernels(points, radius if terms.unstable else np.full_like(radius, -math.inf))
    if not terms.drift:
        drift = np.zeros_like(drift)
    if not terms.P:
        sums = replace(sums, P=np.zeros_like(sums.P))
    if not terms.Q:
        sums = replace(sums, Q=np.zeros_like(sums.Q))
    return _Balls(applies, radius, drift, sums, points.eps * points.data.form.block_trace(sums.Q))


def _terms(step_size: float, Lam: float, drift: float) -> tuple[float, float]:
    """c = 2 - eta Lt^2, and what the drift costs."""
    speed = step_size * (Lam + drift) ** 2
    return 2 - speed, (2 + speed) * (2 * drift * Lam + drift * drift)


def _square(points: Points, balls: _Balls) -> tuple[np.ndarray, np.ndarray]:
    """The matrices whose largest eigenvalues are Lam^2, for t that balance the last terms; their errors."""
    form = points.data.form
    sums = balls.sums
    P_trace = form.trace(sums.P)
    Q_trace = form.block_trace(sums.Q)
    with np.errstate(over="ignore"):
        t = np.sqrt(np.maximum(Q_trace, _TINY) / np.maximum(P_trace, _TINY))
    t = np.minimum(np.maximum(t, _SMALLEST_T), _LARGEST_T)
    error = points.H_error + points.eps * ((1 + t) * P_trace + (1 + 1 / t) * Q_trace)
    square = sums.H + (1 + t)[:, None, None] * sums.P
    square[:, form.samples] += (1 + 1 / t)[:, None, None] * sums.Q
    return square, error


def _contracting(points: Points, balls: _Balls, b: int, c: float) -> tuple[np.ndarray, float]:
    """c H_- - Q / c with its error; the errors of H_- and Q leave room for the roundings of this sum."""
    matrix = c * balls.sums.H[b]
    matrix[points.data.form.samples] -= balls.sums.Q[b] / c
    return matrix, float(c * points.H_error[b] + balls.Q_error[b] / c)


def _top(square: np.ndarray, error: float, step_size: float) -> float:
    """Lam^2 from above: a guess that a factorization proves, or the verified eigenvalue."""
    top = guess_largest(square) * GUESS_MARGIN
    # Where eta Lam^2 is at most 1, c is at least about 1 and hardly feels the margin; beyond, c may vanish.
    if step_size * top <= 1 and exceeds(-square, -top, error, overwrite=True):
        return top
    return max(largest_eigenvalue_from_above(square, error), 0.0)
