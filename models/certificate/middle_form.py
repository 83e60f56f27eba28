"""The middle form of the contraction certificate: a step's kernel lies between two matrices that are known.

Letters as in `models.certificate.certificate`. In a ball that the budget allows every step is

    E+ = (I - eta K) E,    K = Jb^T J,

with patterns sigma (of Jb) and D (of J) that are known but for the entries in S. Let R be the encoder kernel
of the neurons with an entry in S, from all their entries that are active or in S, where P has the surely
active ones alone; kappa_r = min(|S_r|, sqrt(2) ||X||^2) in Q; and

    M = H_- + (P + R) / 2,    N = P / 2 + Q.

With A and Phi frozen |<u, (K - M) v>|^2 <= <u, N u> <v, N v> for all u and v. As M is symmetric,

    2 |<u, (K - M) v>| <= <u, N u> + <v, N v>

and the substitution a = (u + v) / sqrt(2), b = (u - v) / sqrt(2) make ||I - eta K|| at most the largest of
|1 - eta y| for

    y = lambda_min(M - N)  and  y = lambda_max(M + N) = Lam^2.

The drift changes K by at most 2 x Lam + x^2. So with

    low = lambda_min(H_- + R / 2 - Q) - 2 x Lam - x^2,
    high = Lam^2 + 2 x Lam + x^2,    Lam^2 = lambda_max(H_- + P + R / 2 + Q),
    nu = min(low (2 - eta low), high (2 - eta high))

a step contracts, ||E+||^2 <= (1 - eta nu) ||E||^2, if low > 0 and eta high < 2. The rest is as in the squared
form. There a step loses ||Jb||^2 ||J E||^2 whatever E is, so that slow directions pay for fast ones: for an
empty S it proves (2 - eta Lam^2) lambda_min where this one proves nearly 2 lambda_min.
docs/theory/convergence.md has the proof.

Everything here is on the CPU in float64, and holds barring underflow. Rounding: `models.certificate.points`
says what `eps` is; R errs by it relative to its own trace, as P does.
"""

from __future__ import annotations

import math

import numpy as np

from models.certificate.ball_sums import BallSums
from models.certificate.contraction import EVERY_TERM, Contraction, Terms, balls
from models.certificate.points import Points
from models.certificate.positive_definite import exceeds, guess_largest, largest_from_rows
from refute.numerics import gamma, largest_eigenvalue_from_above, smallest_eigenvalue_from_below

CROWD = math.sqrt(2)
"""What ||X||^2 is multiplied by in kappa; in float64 a little above the root."""
GUESS_MARGIN = 1 + 2.0**-4
"""What a guess of Lam^2, which is hardly ever too large, is multiplied by before it is proved. A sixteenth of
Lam^2 costs little where the step is not close to 2 / Lam^2. Any value is sound, as the product is proved."""


def middle(point: Points, step_size: float, budget: float, terms: Terms = EVERY_TERM) -> Contraction:
    """A lower bound on nu for one point (B = 1) and a budget C >= 0, with the radii and the size of S.

    nu = -inf where the statement does not apply: low <= 0, eta high >= 2, or q >= 1 in the joint regime.
    """
    ball = balls(point, np.array([budget]), terms, CROWD)
    if not ball.applies[0]:
        return Contraction(-math.inf, budget, np.zeros(ball.radius.shape[1]), 0)
    form = point.data.form
    lower, upper, error = kernel_ends(point, ball.sums, terms)
    top = max(largest_eigenvalue_from_above(form.matrix(upper[0]), float(error[0])), 0.0)
    loss = _loss(top, float(ball.drift[0]), point.eps)
    low = smallest_eigenvalue_from_below(form.matrix(lower[0]), float(error[0])) - loss
    rate = _rate(math.nextafter(low, -math.inf), math.nextafter(top + loss, math.inf), step_size)
    return Contraction(rate, budget, ball.radius[0], int(ball.sums.unstable[0]))


def prove_rate(
    points: Points, step_size: float, budgets: np.ndarray, rate: float
) -> list[Contraction | None]:
    """Of each point, `rate` as a lower bound on nu for its budget (B,) if a Cholesky factorization proves it.

    None elsewhere, where nu >= rate may hold all the same. Lam^2 is bounded by sums of absolute values along
    rows first. Where that is too much another factorization proves a bound that is guessed (GUESS_MARGIN), so
    no eigenvalue is computed unless the step is close to 2 / Lam^2.
    """
    form = points.data.form
    ball = balls(points, budgets, crowd=CROWD)
    lower, upper, error = kernel_ends(points, ball.sums)
    rows = largest_from_rows(form.row_sizes(upper).reshape(len(upper), -1), error).tolist()
    least, most = _interval(rate, step_size)
    found: list[Contraction | None] = []
    for b, applies in enumerate(ball.applies.tolist()):
        drift, off = float(ball.drift[b]), float(error[b])

        def proves(top: float, b: int = b, drift: float = drift, off: float = off) -> bool:
            loss = _loss(top, drift, points.eps)
            if not math.nextafter(top + loss, math.inf) <= most:
                return False
            floor = math.nextafter(least + loss, math.inf)
            return exceeds(form.matrix(lower[b]), floor, off, overwrite=True)

        proved = applies and proves(rows[b])
        if applies and not proved and (drift > 0 or not rows[b] <= most):
            proved = proves(_top(form.matrix(upper[b]), off, most))
        unstable = int(ball.sums.unstable[b])
        found.append(Contraction(rate, float(budgets[b]), ball.radius[b], unstable) if proved else None)
    return found


def kernel_ends(
    points: Points, sums: BallSums, terms: Terms = EVERY_TERM
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """M - N and M + N of each network, in pair form, and the error (B,) of either in the spectral norm.

    sums: of its ball, with kappa for this form (CROWD).
    """
    form = points.data.form
    half = 0.5 * sums.R
    lower = sums.H + half
    upper = lower + sums.P
    if not terms.P:  # M alone: the half of P that N adds and takes off is missing
        lower = upper = lower + 0.5 * sums.P
        upper = upper.copy()
    lower[:, form.samples] -= sums.Q
    upper[:, form.samples] += sums.Q
    traces = form.trace(sums.P) + form.trace(half) + form.block_trace(sums.Q)
    return lower, upper, points.H_error + points.eps * traces


def _loss(top: float, drift: float, eps: float) -> float:
    """2 x Lam + x^2 from above, from a bound on Lam^2."""
    return (2 * drift * math.sqrt(top) + drift * drift) * (1 + eps)


def _rate(low: float, high: float, step_size: float) -> float:
    """nu from below: the smaller of y (2 - eta y) at both ends; -inf where a step need not contract."""
    room = 2 - step_size * high * (1 + gamma(4))
    if not (low > 0 and room > 0):
        return -math.inf
    slow = low * (2 - step_size * low * (1 + gamma(4)))
    return min(slow, high * room) * (1 - gamma(8))


def _interval(rate: float, step_size: float) -> tuple[float, float]:
    """low from above and high from below such that nu >= rate for all that lies between.

    low = (1 - sqrt(1 - eta nu)) / eta = nu / (1 + sqrt(1 - eta nu)); the right side loses no digits. high is
    2 / eta - low.
    """
    root = math.sqrt(max(1 - step_size * rate * (1 + gamma(4)), 0.0))
    low = rate / (1 + root) * (1 + gamma(16))
    return low, (2 / step_size * (1 - gamma(4)) - low) * (1 - gamma(4))


def _top(square: np.ndarray, error: float, most: float) -> float:
    """Lam^2 from above: a guess that a factorization proves, or the verified eigenvalue."""
    top = guess_largest(square) * GUESS_MARGIN
    if top <= most and exceeds(-square, -top, error, overwrite=True):
        return top
    return max(largest_eigenvalue_from_above(square, error), 0.0)
