"""How thresholds grow with the sizes of their cells: m* = c n^a d^b ..., fitted twice, by unlike means.

(a) From brackets alone. If all brackets hold and a power law holds exactly, log low <= log c + a log n +
b log d + ... <= log high in every cell; linear programs give the least and the largest value of each
exponent, right at once with the probability of the brackets. Where no power law passes through all brackets
it is rejected, and `miss` is the factor by which the best one misses.
(b) From the shape. Thresholds of logistic curves (refute/sweep/logistic.py) are regressed on the sizes; a
parametric bootstrap of the outcomes gives the intervals, widened where the cells scatter around the power law
more than their outcomes explain. Narrower than (a), and as good as its model; it takes the numbers of trials,
which the search chose, as given.
Both are also given for m* / log n, and so on: over a finite range a logarithm looks like a power, and no
finite range establishes the power of an asymptotic law.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import scipy

from refute.evidence.exponents import CONFIDENCE
from refute.statement.sweep import Sweep
from refute.sweep.batches import Threshold
from refute.sweep.logistic import counts, resampled

RESAMPLES = 400
ALL = "all cells"
_SOLVED = 1e-6
"""Linear programs are solved to about 1e-7: a smaller violation is none."""
_ROOM = math.log(1e6)

Interval = tuple[float, float]


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


@dataclass(frozen=True)
class ShapeFit:
    """Exponents by regression of logistic thresholds, with intervals of confidence CONFIDENCE.

    scatter: by what factor the thresholds lie off the law, root mean square; widened: the intervals for it.
    """

    intervals: tuple[Interval, ...]
    middle: tuple[float, ...]
    constant: float
    scatter: float
    widened: float


def bracket_fit(logs: np.ndarray, low: np.ndarray, high: np.ndarray) -> BracketFit:
    """Fit (a): logs (N, k) of the sizes; low, high (N,) in levels, 0 or inf on a side that is open.

    Raises ValueError unless low < high throughout and some side is closed.
    """
    if not (low < high).all():
        raise ValueError("a bracket needs its low below its high")
    rows = np.hstack([np.ones((len(logs), 1)), logs])
    under, over = np.isfinite(high), low > 0
    A = np.vstack([rows[under], -rows[over]])
    b = np.concatenate([np.log(high[under]), -np.log(low[over])])
    if not len(b):
        raise ValueError("every bracket is open on both sides")
    free, room = [(None, None)] * A.shape[1], np.ones((len(A), 1))
    best = scipy.optimize.linprog(
        [*np.zeros(A.shape[1]), 1.0], A_ub=np.hstack([A, -room]), b_ub=b, bounds=[*free, (-_ROOM, None)]
    )
    middle, missed = best.x[:-1], float(best.x[-1])
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


@dataclass(frozen=True, eq=False)
class Shape:
    """Logistic log thresholds of the N' cells with a closed bracket: which, at (N',) and drawn (R, N')."""

    which: np.ndarray
    at: np.ndarray
    drawn: np.ndarray


def shape(found: Sequence[Threshold], generator: np.random.Generator) -> Shape | None:
    """The logistic thresholds, and those of RESAMPLES outcomes drawn anew; None for less than 3 cells."""
    closed = [row for row, one in enumerate(found) if not one.censored and len(one.counts) > 1]
    if len(closed) <= 2:
        return None
    data = counts([[(m, *found[row].counts[m]) for m in sorted(found[row].counts)] for row in closed])
    return Shape(np.array(closed), *resampled(data, found[0].share, RESAMPLES, generator))


def shape_fit(logs: np.ndarray, seen: Shape | None, offset: np.ndarray) -> ShapeFit | None:
    """Fit (b): logs (N, k) of the sizes, offset (N,) subtracted from log m*.

    None where the closed cells do not determine the exponents, or leave nothing to judge the power law by.
    """
    if seen is None:
        return None
    rows = np.hstack([np.ones((len(seen.which), 1)), logs[seen.which]])
    if len(rows) <= rows.shape[1] or np.linalg.matrix_rank(rows) < rows.shape[1]:
        return None
    at, drawn = seen.at - offset[seen.which], seen.drawn - offset[seen.which]
    solve = np.linalg.pinv(rows)
    best, deviations = solve @ at, drawn - at
    left = at - rows @ best
    noise = deviations - deviations @ solve.T @ rows.T
    explained = float(np.square(noise).sum(1).mean())
    widened = max(1.0, math.sqrt(float(left @ left) / explained)) if explained > 0 else 1.0
    ends = np.quantile(deviations @ solve.T, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0) * widened
    return ShapeFit(
        intervals=tuple(
            (float(best[k] + ends[0, k]), float(best[k] + ends[1, k])) for k in range(1, len(best))
        ),
        middle=tuple(best[1:].tolist()),
        constant=math.exp(best[0]),
        scatter=math.exp(math.sqrt(float(left @ left) / len(left))),
        widened=widened,
    )


def fits(sweep: Sweep, found: Sequence[Threshold], seed: int) -> list[dict[str, Any]]:
    """Both fits of every arm, criterion and share: of each family of cells, and of all cells together.

    A family shares the words of its cells' keys, and is fitted against the sizes that its keys name; all
    cells together against all sizes. Left out are open cells, sizes that do not vary and groups of two cells.
    JSON-ready: an open end of an interval is null.
    """
    groups: dict[tuple[str, str, str, float], list[Threshold]] = {}
    for one in found:
        if one.low == 0 and math.isinf(one.high):
            continue
        for family in (family_of(one), ALL):
            groups.setdefault((family, one.arm, one.criterion, one.share), []).append(one)
    fitted = []
    for (family, arm, criterion, share), members in groups.items():
        if len({group[0] for group in groups}) <= 2 and family == ALL:
            continue
        sizes = [sweep.sizes(member.cell) for member in members]
        named = [set(member.cell.key) for member in members]
        names = [
            name
            for name in sizes[0]
            if len({size[name] for size in sizes}) > 1
            and (family == ALL or all(name in keys for keys in named))
        ]
        if not names or len(members) <= 2:
            continue
        table = np.array([[size[name] for name in names] for size in sizes])
        seen = shape(members, _generator(f"{seed}/{family}/{arm}/{criterion}/{share}"))
        for factor in (None, *names):
            law = _law(table, names, members, factor, seen)
            if law:
                head = {"family": family, "arm": arm, "criterion": criterion, "share": share}
                fitted.append({**head, "cells": len(members), "log_factor": factor, **law})
    return fitted


def family_of(one: Threshold) -> str:
    """The words of its cell's key."""
    return ", ".join(str(value) for value in one.cell.key.values() if isinstance(value, str))


def _law(
    table: np.ndarray,
    names: Sequence[str],
    found: Sequence[Threshold],
    factor: str | None,
    seen: Shape | None,
) -> dict[str, Any]:
    """Both fits of m*, or of m* / log(factor); empty where that logarithm is not positive for every cell."""
    offset = np.zeros(len(table))
    if factor is not None:
        sizes = table[:, names.index(factor)]
        if not (sizes > 1).all():
            return {}
        offset = np.log(np.log(sizes))
    low, high = (np.array([getattr(one, end) for one in found]) * np.exp(-offset) for end in ("low", "high"))
    a = bracket_fit(np.log(table), low, high)
    b = shape_fit(np.log(table), seen, offset)
    exponents = [
        {
            "size": name,
            "brackets": _ends(a.intervals[k]) if a.intervals else None,
            "middle": a.middle[k],
            "shape": _ends(b.intervals[k]) if b else None,
            "estimate": b.middle[k] if b else None,
        }
        for k, name in enumerate(names)
    ]
    return {
        "exponents": exponents,
        "rejected": not a.intervals,
        "miss": a.miss,
        "constant": b.constant if b else a.constant,
        "scatter": b.scatter if b else None,
        "widened": b.widened if b else None,
        "agreement": agreement(a, b),
    }


def _generator(stream: str) -> np.random.Generator:
    digest = blake2b(stream.encode(), digest_size=16, person=b"refute-fits").digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


def _ends(interval: Interval) -> list[float | None]:
    return [round(end, 4) + 0.0 if math.isfinite(end) else None for end in interval]


def agreement(a: BracketFit, b: ShapeFit | None) -> str:
    """In words, whether both fits agree, and if not, why."""
    if b is None:
        return "too few closed brackets for the second fit"
    if not a.intervals:
        return (
            f"no power law passes through all brackets: the best misses one by a factor {a.miss:.3g}, and "
            f"the thresholds of the second fit scatter around theirs by a factor {b.scatter:.3g}"
        )
    pairs = zip(a.intervals, b.intervals, strict=True)
    if any(most < low or least > high for (low, high), (least, most) in pairs):
        return f"the intervals do not meet: thresholds scatter around the second by a factor {b.scatter:.3g}"
    return "the intervals of both fits meet"
