"""Exponents from ladders of sizes, and where their median lies."""

from __future__ import annotations

import math

import numpy as np
import scipy

CONFIDENCE = 0.95
"""The confidence of an interval that is shown."""


def slopes(sizes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Least-squares slopes (B,) float64 of log(values) on log(sizes).

    sizes: (K,) positive, at least two of them distinct. values: (B, K) positive, one ladder a row. Raises
    ValueError for other shapes, for a number that is not positive and finite, and for a single size.
    """
    x = np.asarray(sizes, dtype=float)
    y = np.asarray(values, dtype=float)
    if x.ndim != 1 or y.ndim != 2 or y.shape[1] != len(x):
        raise ValueError(f"a ladder has sizes (K,) and values (B, K), not {x.shape} and {y.shape}")
    for name, numbers in (("size", x), ("value", y)):
        if not (np.isfinite(numbers) & (numbers > 0)).all():
            raise ValueError(f"a {name} is not positive and finite, so it has no logarithm")
    if len(set(x.tolist())) < 2:
        raise ValueError("one size alone has no slope")
    centred = np.log(x) - np.log(x).mean()
    found: np.ndarray = np.log(y) @ centred / (centred @ centred)
    return found


def median_interval(values: np.ndarray, level: float = CONFIDENCE) -> tuple[float, float]:
    """The order statistics between which the median of a law lies with confidence at least `level`.

    values: (N,) independent draws, of any law. The k-th smallest exceeds every median of the law with
    probability at most P(Binomial(N, 1/2) < k), and so on the other side; k is the largest for which both
    together are at most 1 - level. Where there is none the ends are infinite. N must be fixed beforehand.
    Raises ValueError for a level outside (0, 1) or values that are not a row of numbers.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if ordered.ndim != 1 or np.isnan(ordered).any():
        raise ValueError("the median is asked of a row of numbers")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, unlike {level}")
    count = len(ordered)
    tails = 2 * scipy.stats.binom.cdf(np.arange(count // 2), count, 0.5)
    k = int(np.searchsorted(tails, 1 - level, side="right"))
    if k == 0:
        return -math.inf, math.inf
    return float(ordered[k - 1]), float(ordered[count - k])
