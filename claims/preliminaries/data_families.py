"""Families of data that crowd the search towards the border of A1 and A2, and what repairs their columns.

A family is a function (draw, d, n, min_separation) -> X (d, n), whose columns are not normalised yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.fixed_data import circle

WELL_POSED = 2.0**-4
"""What counts as well away from zero for a norm, a separation or a singular value."""
SIGNS = st.sampled_from([1, -1])
# More than any search asks for: each point taken rules out two short arcs of the circle only.
_ATTEMPTS = 10_000
# Small enough that a normal, and so the mirror image, shrinks to something readable.
_DIGITS = st.integers(-9, 9)

Family = Callable[[DrawFn, int, int, float], np.ndarray]


def families(d: int, n: int) -> list[Family]:
    """The families that n samples in d dimensions can come from; in one dimension only signs."""
    found: list[Family] = [directions, _signs, _arc, _nearly_parallel] if d > 1 else [_signs]
    return [*found, _orthonormal] if 1 < n <= d else found


# Cached like the strategies below, because Hypothesis validates a strategy anew each time that one is made.
@cache
def family(d: int, n: int) -> SearchStrategy[Family]:
    """One of the families."""
    return st.sampled_from(families(d, n))


def directions(draw: DrawFn, d: int, n: int, _: float) -> np.ndarray:
    """Integers up to 99 in size (d, n): two digits, which shrink to something readable."""
    return draw(_integers((d, n), 99)) * 1.0


def _signs(draw: DrawFn, d: int, n: int, _: float) -> np.ndarray:
    return draw(_integers((d, n), 1)) * 1.0


@cache
def _integers(shape: int | tuple[int, ...], size: int) -> SearchStrategy[np.ndarray]:
    return hnp.arrays(np.int64, shape, elements=st.integers(-size, size), fill=st.nothing())


@cache
def mostly(
    shape: int | tuple[int, ...], usual: int, elements: SearchStrategy[int]
) -> SearchStrategy[np.ndarray]:
    """Integer arrays of which most entries are `usual`."""
    return hnp.arrays(np.int64, shape, elements=elements, fill=st.just(usual))


def _orthonormal(draw: DrawFn, d: int, n: int, _: float) -> np.ndarray:
    order = draw(st.permutations(range(d)))
    return _reflect(draw, np.eye(d)[:, list(order[:n])])


def _arc(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    spacing = draw(_small_angles(min_separation))
    return _reflect(draw, circle(np.arange(n) * min(spacing, math.pi / (n + 1)), d))


def _nearly_parallel(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    X = repair(directions(draw, d, n, min_separation), min_separation)
    if n == 1:
        return X
    t = draw(_small_angles(min_separation))
    x = X[:, 0]
    u = X[:, 1]
    u = u - x * (x @ u)
    if not np.linalg.norm(u) > WELL_POSED:
        u = np.roll(x, 1) * np.where(np.arange(d) % 2, 1.0, -1.0)
        u = u - x * (x @ u)
    X[:, 1] = math.cos(t) * x + math.sin(t) * u / max(float(np.linalg.norm(u)), WELL_POSED)
    return X


@cache
def _small_angles(min_separation: float) -> SearchStrategy[float]:
    return st.integers(0, max(math.ceil(-math.log2(min_separation)) - 1, 0)).map(lambda k: 2.0**-k)


def _reflect(draw: DrawFn, X: np.ndarray) -> np.ndarray:
    """X, or its mirror image in a hyperplane with an integer normal (an isometry that leaves few zeros)."""
    normal = draw(mostly(len(X), 0, _DIGITS)) * 1.0
    size = normal @ normal
    return X - np.outer(normal, normal @ X) * (2.0 / size) if size > 0 else X


def repair(X: np.ndarray, min_separation: float) -> np.ndarray:
    """Normalise; a column that vanishes or crowds an earlier one goes to a free point of a circle."""
    Y = np.zeros(X.shape)
    for i in range(X.shape[1]):
        size = np.linalg.norm(X[:, i])
        x = X[:, i] / size if size > 0 else X[:, i]
        stays = size > 0 and _is_free(Y[:, :i], x, min_separation)
        Y[:, i] = x if stays else _free_point(Y[:, :i], min_separation)
    return Y


def _is_free(Y: np.ndarray, x: np.ndarray, min_separation: float) -> bool:
    gaps = np.minimum(np.linalg.norm(Y - x[:, None], axis=0), np.linalg.norm(Y + x[:, None], axis=0))
    return bool((gaps >= min_separation).all())


def _free_point(Y: np.ndarray, min_separation: float) -> np.ndarray:
    x = np.zeros(len(Y))
    for k in range(_ATTEMPTS):
        x[:2] = [math.cos(k), math.sin(k)][: len(Y)]
        if _is_free(Y, x, min_separation):
            return x
    raise ValueError(f"no point is {min_separation} away from {Y.shape[1]} others in {len(Y)} dimensions")
