"""The blocks that all data are built from: integers, small angles, mirror images, sign flips and repair.

Repair normalises and moves what crowds another column, so that A1 and A2 hold with delta(X) >=
min_separation.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.data_measures import separated
from claims.preliminaries.fixed_data import circle, grid, sphere

WELL_POSED = 2.0**-4
"""What counts as well away from zero for a norm, a separation or a singular value."""
SLACK = 2.0**-40
"""By this much a construction exceeds the least separation: far above the rounding of a column."""
SIGNS = st.sampled_from([1, -1])
# Each point taken rules out two short arcs of the circle, or two small caps of the sphere, only: `room`
# leaves a third of the circle and half of the sphere free, so that all of these points being taken is out of
# the question.
_ATTEMPTS = 256
# Small enough that a normal, and so the mirror image, shrinks to something readable.
_DIGITS = st.integers(-9, 9)
# Beyond so many entries Hypothesis would spend its time on drawing them: a stream fills in, by its number.
_DRAWN = 64
_STREAMS = st.integers(0, 9999)


def integers(draw: DrawFn, d: int, n: int, size: int) -> np.ndarray:
    """Integers up to `size` in absolute value (d, n), which shrink to something readable.

    Few are drawn one by one; of many a stream is drawn, and some entries are then overwritten.
    """
    if d * n <= _DRAWN:
        return draw(_integers((d, n), size)) * 1.0
    X = grid(n, d, draw(_STREAMS), size)
    column = draw(_among(n))
    X[:, column] = draw(mostly(d, 0, _up_to(size)))
    return X


def directions(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    """Directions of integers up to 99 in size (d, n), repaired: two digits can be read."""
    return repair(integers(draw, d, n, 99), min_separation)


@cache
def _integers(shape: int | tuple[int, ...], size: int) -> SearchStrategy[np.ndarray]:
    return hnp.arrays(np.int64, shape, elements=st.integers(-size, size), fill=st.nothing())


@cache
def _up_to(size: int) -> SearchStrategy[int]:
    return st.integers(-size, size)


@cache
def _among(n: int) -> SearchStrategy[int]:
    return st.integers(0, n - 1)


@cache
def mostly(
    shape: int | tuple[int, ...], usual: int, elements: SearchStrategy[int]
) -> SearchStrategy[np.ndarray]:
    """Integer arrays of which most entries are `usual`."""
    return hnp.arrays(np.int64, shape, elements=elements, fill=st.just(usual))


def small_angle(draw: DrawFn, min_separation: float, largest: float = 1.0) -> float:
    """A power of two up to `largest`, and so small at the least that two points at it are far enough
    apart.
    """
    return draw(_small_angles(min_separation, largest))


@cache
def _small_angles(min_separation: float, largest: float) -> SearchStrategy[float]:
    first = max(math.ceil(-math.log2(largest)), 0)
    last = max(smallest_power(min_separation), first)
    # The border itself is drawn half of the time: there a claim that needs separation is nearest to failing.
    return st.one_of(st.integers(first, last), st.just(last)).map(lambda k: 2.0**-k)


@cache
def smallest_power(min_separation: float) -> int:
    """The largest k for which two points at the angle 2^-k are min_separation apart."""
    k = 0
    while 2 * math.sin(2.0 ** -(k + 1) / 2) >= min_separation + SLACK:
        k += 1
    return k


def reflect(draw: DrawFn, X: np.ndarray) -> np.ndarray:
    """X, or its mirror image in a hyperplane with an integer normal (an isometry that leaves few zeros)."""
    return mirrored(X, draw(mostly(len(X), 0, _DIGITS)) * 1.0)


def mirrored(X: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The mirror image of X (d, n) in the hyperplane with this normal (d,); X itself for a normal of
    zeros.
    """
    size = normal @ normal
    return X - np.outer(normal, normal @ X) * (2.0 / size) if size > 0 else X


def flips(draw: DrawFn, n: int) -> np.ndarray:
    """Signs (n,), mostly positive, with which columns are negated: this makes nearly antipodal pairs."""
    return draw(mostly(n, 1, SIGNS))


def room(d: int, min_separation: float) -> int:
    """So many points repair certainly finds room for in d dimensions, min_separation <= 1/2 apart.

    A point rules out a share s^2 / 2 of the sphere at most if d > 2, and 4 s / (2 pi) of the circle, s its
    distance to the next. Not more than d points leave room orthogonal to all of them.
    """
    if d <= 2:
        return 1 if d == 1 else math.floor(1 / min_separation)
    return max(d, math.floor(1 / min_separation**2))


def repair(X: np.ndarray, min_separation: float, spare: np.ndarray | None = None) -> np.ndarray:
    """Normalise X (d, n); a column that vanishes or crowds an earlier one becomes one of the spare points.

    spare (d, any): points of unit norm, by default of a circle and then of the sphere. Raises ValueError if
    none of them is far enough from the columns before.
    """
    sizes = np.linalg.norm(X, axis=0)
    Y: np.ndarray = X / np.where(sizes > 0, sizes, 1.0)
    if (sizes > 0).all() and separated(Y) >= min_separation:
        return Y
    for i in range(X.shape[1]):
        if not (sizes[i] > 0 and _is_free(Y[:, :i], Y[:, i], min_separation)):
            Y[:, i] = _free_point(Y[:, :i], min_separation, _everywhere(len(X)) if spare is None else spare)
    return Y


def _is_free(Y: np.ndarray, x: np.ndarray, min_separation: float) -> bool:
    gaps = np.linalg.norm([Y - x[:, None], Y + x[:, None]], axis=1)
    return bool((gaps >= min_separation).all())


def _free_point(Y: np.ndarray, min_separation: float, spare: np.ndarray) -> np.ndarray:
    for k in range(spare.shape[1]):
        x: np.ndarray = spare[:, k]
        if _is_free(Y, x, min_separation):
            return x
    raise ValueError(f"no point is {min_separation} away from {Y.shape[1]} others in {len(Y)} dimensions")


@cache
def _everywhere(d: int) -> np.ndarray:
    if d == 1:
        return np.ones((1, 1))
    turning = circle(np.arange(_ATTEMPTS) * 1.0, d)
    found: np.ndarray = turning if d == 2 else np.hstack([turning[:, :8], sphere(_ATTEMPTS, d, 0)])
    found.setflags(write=False)
    return found
