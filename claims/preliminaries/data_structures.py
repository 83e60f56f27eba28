"""The structures that data have: each says for which sizes it can be built, and builds them.

A structure's `build` (draw, d, n, min_separation) -> X (d, n) meets A1 and A2 with delta(X) >=
min_separation, for the sizes n >= 2, d >= 2 that `fits` allows. `signs` says which columns may be negated
without leaving it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.data_caps import clusters, common_mean, fits_clusters, fits_common_mean
from claims.preliminaries.data_families import (
    SLACK,
    WELL_POSED,
    directions,
    flips,
    integers,
    mirrored,
    reflect,
    repair,
    room,
    small_angle,
)
from claims.preliminaries.data_measures import separated
from claims.preliminaries.fixed_data import (
    circle,
    corner,
    equally_correlated,
    harmonic_frame,
    sign_vectors,
)
from claims.preliminaries.real_rows import real_rows

Signs = Literal["any", "together", "none", "first two alike", "first two unlike"]
"""Which columns may be negated: any, all or none, none at all; or any but for the first two, which are
paired."""
_BASES = st.integers(1, 9)


@dataclass(frozen=True)
class Structure:
    """A way to build data.

    fits: for which (d, n, min_separation) it can. build: as this module says. signs: the columns that may be
    negated.
    """

    fits: Callable[[int, int, float], bool]
    build: Callable[[DrawFn, int, int, float], np.ndarray]
    signs: Signs = "any"

    def draw(self, draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
        """A matrix X (d, n) of this structure, with columns negated where that keeps it."""
        X = self.build(draw, d, n, min_separation)
        return np.ascontiguousarray(X * _allowed(draw, n, self.signs))


def _allowed(draw: DrawFn, n: int, signs: Signs) -> np.ndarray:
    if signs == "none":
        return np.ones(n)
    found = flips(draw, n)
    if signs == "together":
        found[:] = found[0]
    if signs == "first two alike":
        found[1] = found[0]
    if signs == "first two unlike":
        found[1] = -found[0]
    return found


def has_room(d: int, n: int, min_separation: float) -> bool:
    """Whether there is certainly room for n points in d dimensions."""
    return n <= room(d, min_separation)


def _spacing(d: int, n: int, min_separation: float) -> bool:
    return 2 * math.sin(math.pi / (n + 1) / 2) >= min_separation + SLACK


def _arc(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    spacing = small_angle(draw, min_separation)
    return repair(reflect(draw, circle(np.arange(n) * min(spacing, math.pi / (n + 1)), d)), min_separation)


def _orthonormal(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    order = draw(st.permutations(range(d)))
    return repair(reflect(draw, np.eye(d)[:, list(order[:n])]), min_separation)


def _with_orthogonal_pair(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    X = integers(draw, d, n, 99)
    X[:, :2] = np.eye(d)[:, list(draw(st.permutations(range(d)))[:2])]
    return repair(X, min_separation)


def _pair_at(
    angle: Callable[[DrawFn, float], float],
) -> Callable[[DrawFn, int, int, float], np.ndarray]:
    def build(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
        X = directions(draw, d, n, min_separation)
        X[:, 1] = _at_angle(X[:, 0], X[:, 1], angle(draw, min_separation))
        return repair(X, min_separation)

    return build


def _at_angle(x: np.ndarray, towards: np.ndarray, t: float) -> np.ndarray:
    u = towards - x * (x @ towards)
    if not np.linalg.norm(u) > WELL_POSED:
        axis = np.eye(len(x))[np.abs(x).argmin()]
        u = axis - x * (x @ axis)
    found: np.ndarray = math.cos(t) * x + math.sin(t) * u / np.linalg.norm(u)
    return found


def _tiny(draw: DrawFn, min_separation: float) -> float:
    return small_angle(draw, min_separation, 2.0**-10)


def _acute(draw: DrawFn, min_separation: float) -> float:
    return draw(_EIGHTHS) / 8


# From 5/8, which is further than any least separation, to 11/8, whose cosine is 0.19.
_EIGHTHS = st.integers(5, 11)


def _any_small(draw: DrawFn, min_separation: float) -> float:
    return small_angle(draw, min_separation)


def _correlated(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    c = draw(_TENTHS_OF_C) / 20
    return repair(reflect(draw, equally_correlated(n, d, c)), min_separation)


# Up to 17/20: two such columns are 0.54 apart, further than any least separation.
_TENTHS_OF_C = st.integers(2, 17)


def _non_negative(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    return repair(np.abs(integers(draw, d, n, 99)), min_separation, corner(n, d))


def _fits_corner(d: int, n: int, min_separation: float) -> bool:
    return _apart(corner, n, d) >= 2 * min_separation + SLACK


@cache
def _apart(points: Callable[[int, int], np.ndarray], n: int, d: int) -> float:
    """The separation of fixed points. Kept: every domain asks at every size."""
    return separated(points(n, d))


def _signs(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    X = np.where(integers(draw, d, n, 1) < 0, -1.0, 1.0)
    return repair(X, min_separation, sign_vectors(n, d) / math.sqrt(d))


def _fits_signs(d: int, n: int, min_separation: float) -> bool:
    return n <= 2 ** (d - 1) and min_separation + SLACK <= 2 / math.sqrt(d)


def _frame(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    order = list(draw(st.permutations(range(n))))
    if n == 2 * d:
        normal = np.array([draw(_BASES) for _ in range(d)]) * 1.0
        bases = np.hstack([np.eye(d), mirrored(np.eye(d), normal)])
        if separated(bases) >= min_separation + SLACK:
            return repair(bases[:, order], min_separation)
    return repair(reflect(draw, harmonic_frame(n, d))[:, order], min_separation)


def _fits_frame(d: int, n: int, min_separation: float) -> bool:
    return n > d and _apart(harmonic_frame, n, d) >= min_separation + SLACK


@cache
def _ranks(d: int, n: int, min_separation: float) -> tuple[int, ...]:
    return tuple(r for r in range(2, min(n, d)) if has_room(r, n, min_separation + SLACK))


@cache
def _rank(ranks: tuple[int, ...]) -> SearchStrategy[int]:
    return st.sampled_from(ranks)


def _low_dimensional(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    r = draw(_rank(_ranks(d, n, min_separation)))
    X = np.zeros((d, n))
    X[:r] = directions(draw, r, n, min_separation + SLACK)
    return repair(reflect(draw, X), min_separation)


def _real(draw: DrawFn, d: int, n: int, min_separation: float) -> np.ndarray:
    rows = real_rows(d, min_separation + SLACK)
    order = draw(st.permutations(range(rows.shape[1])))
    return repair(rows[:, list(order[:n])], min_separation)


STRUCTURES = {
    "directions": Structure(has_room, directions),
    "pair at a small angle": Structure(has_room, _pair_at(_any_small)),
    "arc": Structure(_spacing, _arc),
    "orthonormal": Structure(lambda d, n, _: n <= d, _orthonormal),
    "equal correlations": Structure(lambda d, n, _: 3 <= n <= d, _correlated, "together"),
    "clusters": Structure(fits_clusters, clusters, "together"),
    "common mean": Structure(fits_common_mean, common_mean, "together"),
    "non-negative": Structure(_fits_corner, _non_negative, "none"),
    "signs": Structure(_fits_signs, _signs),
    "frame": Structure(_fits_frame, _frame),
    "low-dimensional": Structure(lambda d, n, s: bool(_ranks(d, n, s)), _low_dimensional),
    "real rows": Structure(lambda d, n, s: n <= real_rows(d, s + SLACK).shape[1], _real),
}
"""What typical data are drawn from, by name."""
PAIRED = {
    "nearly parallel": Structure(
        lambda d, n, s: has_room(d, n, s) and s + 2.0**-20 <= 2.0**-10, _pair_at(_tiny), "first two alike"
    ),
    "nearly antipodal": Structure(
        lambda d, n, s: has_room(d, n, s) and s + 2.0**-20 <= 2.0**-10, _pair_at(_tiny), "first two unlike"
    ),
    "obtuse pair": Structure(has_room, _pair_at(_acute), "first two unlike"),
    "orthogonal pair": Structure(has_room, _with_orthogonal_pair),
}
"""Structures of the first two columns, for the classes of data that have such a pair."""
