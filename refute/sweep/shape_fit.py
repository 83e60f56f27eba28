"""Power laws by regression of logistic thresholds, with intervals by a parametric bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refute.evidence.exponents import CONFIDENCE
from refute.sweep.batches import Threshold
from refute.sweep.bracket_fit import Interval
from refute.sweep.logistic import counts, resampled

RESAMPLES = 400
"""Outcomes drawn anew. Ten of them lie beyond each end of a 95 % interval: enough for the two digits that are
read off it, and all are fitted at once."""


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
    at = seen.at - offset[seen.which]
    drawn = seen.drawn - offset[seen.which]
    solve = np.linalg.pinv(rows)
    best = solve @ at
    deviations = drawn - at
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
