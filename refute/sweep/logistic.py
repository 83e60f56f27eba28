"""Thresholds from the shape: P(success at level m) is logistic in log m, one curve a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDS = 60
"""Scoring takes some ten rounds; what has not converged by now moves in circles, and stands as it is."""
_LONGEST_STEP = 2.0
"""A step is cut to this, as scoring overshoots far from the maximum; 2 in the logit takes 1/2 to 0.88."""
_CONVERGED = 1e-7
"""Steps below this end the rounds: in the logit far below what one trial more or less would move."""
_SINGULAR = 1e-9
"""Below this relative determinant all trials lie at one level, but for rounding, and tell no slope."""
_FARTHEST = 30.0
"""Logits are kept within this, so that exp does not overflow; no number of trials tells e^-30 from 0."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Trials and successes of C cells at up to L levels each, padded with levels without trials.

    x: (C, L) log level minus the cell's centre; trials, successes: (C, L); centre: (C,); span: (C,) half the
    range of x.
    """

    x: np.ndarray
    trials: np.ndarray
    successes: np.ndarray
    centre: np.ndarray
    span: np.ndarray


def counts(cells: Sequence[Sequence[tuple[float, int, int]]]) -> Counts:
    """The padded table of cells given as (level, trials, successes), at least one entry each."""
    longest = max(map(len, cells))
    x = np.zeros((len(cells), longest))
    trials = np.zeros_like(x)
    successes = np.zeros_like(x)
    centre = np.zeros(len(cells))
    span = np.zeros(len(cells))
    for row, cell in enumerate(cells):
        levels, count, good = np.array(cell, dtype=float).T
        logs = np.log(levels)
        centre[row] = (logs.max() + logs.min()) / 2
        span[row] = (logs.max() - logs.min()) / 2
        x[row, : len(cell)] = logs - centre[row]
        trials[row, : len(cell)] = count
        successes[row, : len(cell)] = good
    return Counts(x, trials, successes, centre, span)


def fit(data: Counts, successes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Intercepts and slopes (..., C) of the logistic curves, for successes (..., C, L), default the data's.

    Firth's penalized likelihood: scoring with the information I and the scores sum x (y - n p + h (1/2 - p)),
    h the leverages, so that the estimates exist where outcomes separate. A cell with trials at one level only
    has slope 0.
    """
    y = data.successes if successes is None else successes
    a = np.zeros(y.shape[:-1])
    b = np.zeros(y.shape[:-1])
    x = data.x
    n = data.trials
    for _ in range(_ROUNDS):
        p = chance(data, a, b)
        w = n * p * (1 - p)
        s0 = w.sum(-1)
        s1 = (w * x).sum(-1)
        s2 = (w * x * x).sum(-1)
        determinant = s0 * s2 - s1 * s1
        usable = determinant > _SINGULAR * (1 + s0 * s2)
        safe = np.where(usable, determinant, 1.0)
        leverage = w * (s2[..., None] - 2 * x * s1[..., None] + x * x * s0[..., None]) / safe[..., None]
        score = y - n * p + leverage * (0.5 - p)
        u = score.sum(-1)
        v = (score * x).sum(-1)
        da = (s2 * u - s1 * v) / safe
        db = (s0 * v - s1 * u) / safe
        shrink = np.where(usable, _LONGEST_STEP / np.maximum(_LONGEST_STEP, np.hypot(da, db)), 0.0)
        a = a + shrink * da
        b = b + shrink * db
        if max(np.abs(shrink * da).max(), np.abs(shrink * db).max()) < _CONVERGED:
            break
    return a, b


def chance(data: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(success) (..., C, L) of the curves with intercepts and slopes (..., C)."""
    exponent = np.clip(a[..., None] + b[..., None] * data.x, -_FARTHEST, _FARTHEST)
    return np.asarray(1 / (1 + np.exp(-exponent)))


def log_thresholds(data: Counts, a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """(..., C) log m at which the curves reach the share, kept within the levels that were tried.

    A curve that does not rise says nothing: it is put in the middle of its levels.
    """
    rising = b > 0
    at = (np.log(share / (1 - share)) - a) / np.where(rising, b, 1.0)
    return np.asarray(data.centre + np.where(rising, np.clip(at, -data.span, data.span), 0.0))


def resampled(
    data: Counts, share: float, resamples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The thresholds (C,) of the data, and those (resamples, C) of outcomes drawn from the fitted curves."""
    a, b = fit(data)
    p = chance(data, a, b)
    drawn = generator.binomial(data.trials.astype(int), p, size=(resamples, *p.shape)).astype(float)
    return log_thresholds(data, a, b, share), log_thresholds(data, *fit(data, drawn), share)
