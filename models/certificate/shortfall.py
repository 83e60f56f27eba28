"""Why a point is not certified by the contraction certificate: by how much, and which neurons it is due to.

A budget C is enough for residuals up to

    e(C) = C (1 - sqrt(1 - eta nu)) / eta,    nu = nu(C),

so the largest e(C) over all budgets is the residual that the point allows, and ||E||_F over it is how far
the certificate is from holding. Where nu(0) <= 0, or c <= 0 there, no residual is small enough.

*Blame.* Let v be the eigenvector of the smallest eigenvalue of c H_- - Q / c. A neuron with an entry in S
takes from v^T (c H_- - Q / c) v

    c |u_r|^2 + (1/c) (kappa_r / (m d)) sum_{i in S_r} <a_r, v_i>^2,    u_r = (J v)_r,

of which the first is its encoder part, dropped from H, and the second its part of Q. An eigenvalue is at most
the quotient at any vector. So whichever neurons are spared, with c and the drift as they are, nu rises by no
more than what these take: to make up for what is missing, at least as many neurons would have to keep away
from their kinks as the largest of these numbers are needed for. They explain, and prove nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.certificate.ball_sums import unstable_entries
from models.certificate.certificate import BUDGET_MARGIN, path_length
from models.certificate.contraction import Contraction, contraction
from models.certificate.points import Points, ball_kernels, reach
from refute.numerics import gamma

_WIDER = 4.0
"""The factor between budgets at first; once it leads no further, its square root, to and fro."""
_LOOKED_AT = 12
"""Budgets that are looked at; more would only sharpen what is allowed."""


@dataclass(frozen=True, eq=False)
class Shortfall:
    """How far a point is from being certified.

    still: budget 0, where no neuron moves. decisive: the budget that comes closest among those that its
    residual needs, or `still` where no budget is enough. allowed: a residual for which the certificate holds
    with everything else as it is, 0 if none was found; at: its budget.
    """

    still: Contraction
    decisive: Contraction
    allowed: float
    at: float


def shortfall(point: Points, step_size: float) -> Shortfall:
    """How far one point (B = 1) is from being certified, or by how much it is, for a step size > 0."""
    still = contraction(point, step_size, 0.0)
    if still.rate <= 0:
        return Shortfall(still, still, 0.0, 0.0)
    shortest = path_length(float(point.e[0]), step_size, still.rate) * BUDGET_MARGIN
    if not 0 < shortest < math.inf:
        return Shortfall(still, still, 0.0, 0.0)
    looked = _looked_at(point, step_size, shortest)
    allowed = [residual_allowed(part, step_size) for part in looked]
    best = int(np.argmax(allowed))
    long = [at for at, part in enumerate(looked) if part.budget >= shortest]
    decisive = looked[max(long, key=lambda at: allowed[at])]
    return Shortfall(still, decisive, allowed[best], looked[best].budget if allowed[best] > 0 else 0.0)


def residual_allowed(part: Contraction, step_size: float) -> float:
    """From below, the residual for which a budget is enough: C nu / (1 + sqrt(1 - eta nu)); 0 if none is."""
    if part.rate <= 0:
        return 0.0
    root = math.sqrt(max(1 - step_size * part.rate * (1 - gamma(4)), 0.0))
    return part.budget * part.rate / (1 + root) * (1 - gamma(40))  # path_length rounds upwards by gamma(20)


def _looked_at(point: Points, step_size: float, shortest: float) -> list[Contraction]:
    """The given budget, and others towards the one that allows the largest residual."""
    looked = [contraction(point, step_size, shortest)]
    best = looked[0]
    factor = _WIDER if best.rate > 0 else 1 / _WIDER
    while len(looked) < _LOOKED_AT:
        part = contraction(point, step_size, best.budget * factor)
        looked.append(part)
        more = residual_allowed(part, step_size) > residual_allowed(best, step_size)
        if more or (best.rate <= 0 and part.budget < best.budget):
            best = part
        else:
            factor = 1 / math.sqrt(factor) if factor > 1 else 1 / factor
    return looked


def neuron_costs(point: Points, part: Contraction) -> tuple[np.ndarray, np.ndarray]:
    """(m,) what each neuron takes from nu at this budget, as the module says; and S, boolean (n, m).

    All zeros where the statement does not apply, or c <= 0.
    """
    S = unstable_entries(point.W, point.data.X, reach(point, part.radius[None]))[0]
    c = 2 - part.speed
    if not c > 0:
        return np.zeros(S.shape[1]), S
    form = point.data.form
    sums = ball_kernels(point, part.radius[None])
    matrix = c * sums.H[0]
    matrix[form.samples] -= sums.Q[0] / c
    _, vectors = np.linalg.eigh(form.matrix(matrix))
    X = point.data.X
    pushes = vectors[:, 0].reshape(X.shape[1], X.shape[0]) @ point.A[0].T
    active = X.T @ point.W[0].T > 0
    own = np.square(X @ (active * pushes)).sum(0)
    kappa = np.minimum(S.sum(0) * point.data.longest**2, point.data.norm**2)
    lost = c * own + kappa / c * np.square(np.where(S, pushes, 0.0)).sum(0)
    return np.where(S.any(0), lost / point.A[0].size, 0.0), S


def kink_sizes(point: Points, part: Contraction) -> tuple[np.ndarray, np.ndarray]:
    """(m,) a bound on the norm of each neuron's part of Q, kappa_r |S_r| ||a_r||^2 / (m d); and S (n, m).

    They are what Lam grows by, where c <= 0 leaves no eigenvector to look at.
    """
    S = unstable_entries(point.W, point.data.X, reach(point, part.radius[None]))[0]
    count = S.sum(0)
    kappa = np.minimum(count * point.data.longest**2, point.data.norm**2)
    sizes: np.ndarray = kappa * count * np.square(point.a_norms[0]) / point.A[0].size
    return sizes, S


def rate_needed(part: Contraction, residual: float, step_size: float) -> float:
    """The rate with which a budget would be enough for a residual; infinite where no rate would.

    (1 - (1 - eta e / C)^2) / eta
    """
    if part.budget <= 0:
        return 0.0
    share = step_size * residual / part.budget
    return share * (2 - share) / step_size if share < 1 else math.inf


def fewest(costs: np.ndarray, missing: float) -> np.ndarray:
    """The neurons with the largest costs that together make up for what is missing, or all that cost."""
    order = np.argsort(-costs, kind="stable")
    order = order[costs[order] > 0]
    enough = np.flatnonzero(np.cumsum(costs[order]) >= missing)
    return order[: enough[0] + 1] if enough.size else order
