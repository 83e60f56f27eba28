"""Power laws that pass through all brackets of a threshold: exponents by linear programs.

What is asked of the law m* = c n^a d^b ... in every cell is linear in log c and the exponents:

    log low <= log c + a log n + b log d + ... <= log high
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

Interval = tuple[float, float]

_SOLVED = 1e-6
"""Linear programs are solved to about 1e-7: a smaller violation is none."""
_ROOM = math.log(1e6)
"""The most room, in log levels, that the law in the middle keeps from its brackets. Without a bound there is
no middle where all brackets are open on the same side; no closed one of use is a factor of a million wide."""


@dataclass(frozen=True)
class BracketFit:
    """Exponents by linear programs: intervals, infinite on a side that no bracket bounds, empty if rejected.

    middle, constant: the power law that meets the brackets with the most room, or misses them by the least.
    miss: the factor by which it misses one, 1 if it does not.
    """

    intervals: tuple[Interval, ...]
    middle: tuple[float, ...]
    constant: float
    miss: float


def bracket_fit(logs: np.ndarray, low: np.ndarray, high: np.ndarray) -> BracketFit:
    """Fit (a): logs (N, k) of the sizes; low, high (N,) in levels, 0 or inf on a side that is open.

    Raises ValueError unless low < high throughout and some side is closed.
    """
    if not (low < high).all():
        raise ValueError("a bracket needs its low below its high")
    rows = np.hstack([np.ones((len(logs), 1)), logs])
    under = np.isfinite(high)
    over = low > 0
    A = np.vstack([rows[under], -rows[over]])
    b = np.concatenate([np.log(high[under]), -np.log(low[over])])
    if not len(b):
        raise ValueError("every bracket is open on both sides")
    free = [(None, None)] * A.shape[1]
    room = np.ones((len(A), 1))
    best = scipy.optimize.linprog(
        [*np.zeros(A.shape[1]), 1.0], A_ub=np.hstack([A, -room]), b_ub=b, bounds=[*free, (-_ROOM, None)]
    )
    middle = best.x[:-1]
    missed = float(best.x[-1])
    found = () if missed > _SOLVED else tuple(_extent(A, b, column) for column in range(1, A.shape[1]))
    miss = math.exp(missed) if missed > _SOLVED else 1.0
    return BracketFit(found, tuple(middle[1:].tolist()), math.exp(middle[0]), miss)


def _extent(A: np.ndarray, b: np.ndarray, column: int) -> Interval:
    """The least and the largest value of one unknown under A x <= b (within the precision of the solver)."""
    ends = []
    for sign in (1.0, -1.0):
        goal = np.zeros(A.shape[1])
        goal[column] = sign
        solved = scipy.optimize.linprog(goal, A_ub=A, b_ub=b + _SOLVED, bounds=[(None, None)] * A.shape[1])
        ends.append(sign * float(solved.fun) if solved.status == 0 else -sign * math.inf)
    return ends[0], ends[1]
