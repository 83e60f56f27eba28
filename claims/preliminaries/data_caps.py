"""Data in caps of the sphere: clusters, and a common mean."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from hypothesis.strategies import DrawFn

from claims.preliminaries.data_families import SLACK, integers, reflect, repair
from claims.preliminaries.data_measures import separated
from claims.preliminaries.fixed_data import cap

TIGHT = 0.19
"""No sample is further from the middle of its cluster: two of one cluster have an inner product above 0.9."""
_LEANING = 0.64
"""No sample is further from the common mean, which then has a norm above 3/4."""


def _groups(d: int, n: int) -> list[int]:
    """The sizes of the clusters: two at least, none of a single sample, none larger than it need be."""
    count = min(d, max(n // 4, 2))
    return [n // count + (i < n % count) for i in range(count)]


@cache
def _crowd(d: int, n: int, angle: float) -> tuple[np.ndarray, float]:
    """Points in a cap, and how far apart they are."""
    found = cap(n, d, angle)
    found.setflags(write=False)
    return found, separated(found)


def _fits_cap(d: int, n: int, min_separation: float, angle: float) -> bool:
    # Twice the separation: a column that is taken then rules out one spare point only, and one stays free.
    _, apart = _crowd(d, n, angle)
    return apart >= 2 * (min_separation + SLACK) + SLACK


def _in_cap(draw: DrawFn, d: int, n: int, min_separation: float, angle: float) -> np.ndarray:
    X = integers(draw, d, n, 9)
    X[0] += math.ceil(9 * math.sqrt(d) * (1 / math.sin(angle) + 1))
    spare, _ = _crowd(d, n, angle)
    return repair(X, min_separation + SLACK, spare)


def clusters(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    """X (d, n) in two clusters or more, each around an axis, reflected."""
    parts = [
        np.roll(_in_cap(draw, d, size, min_separation, TIGHT), axis, axis=0)
        for axis, size in enumerate(_groups(d, n))
    ]
    return repair(reflect(draw, np.hstack(parts)), min_separation)


def fits_clusters(d: int, n: int, min_separation: float) -> bool:
    """Whether every cluster has room for its samples."""
    return n >= 4 and all(_fits_cap(d, size, min_separation, TIGHT) for size in _groups(d, n))


def common_mean(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    """X (d, n) of which no sample is far from one direction, reflected."""
    return repair(reflect(draw, _in_cap(draw, d, n, min_separation, _LEANING)), min_separation)


def fits_common_mean(d: int, n: int, min_separation: float) -> bool:
    """Whether there is room for three samples or more."""
    return n >= 3 and _fits_cap(d, n, min_separation, _LEANING)
