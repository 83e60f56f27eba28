"""What the paper assumes of the data, as strategies that construct it and functions that measure it.

A1. Every sample has unit norm: ||x_i|| = 1 for the columns x_1, ..., x_n of X (d, n).
A2. No two samples are parallel: delta(X) = min over i != j of min(||x_i - x_j||, ||x_i + x_j||) > 0.
A3. The encoder's limit kernel K is non-singular: lambda_0 = lambda_min(K) > 0. A2 implies A3, not conversely.

A strategy here says what is valid and crowds the search towards the border of validity; it encodes no
distribution. Its matrices are float64, contiguous, and meet A1 up to the rounding of one normalisation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.data_families import SIGNS, WELL_POSED, directions, family, mostly, repair
from models.kernels.limit import encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from refute import Compute, Instance
from refute.numerics import Enclosure, smallest_eigenvalue

_CLOSE = 1e-3
"""Angles below this count as nearly none, for the report of what the search reached."""
_EIGHTHS = st.integers(-24, 24)
# Far enough apart that rows of one network differ by six orders of magnitude, near enough to sum in float32.
_EXPONENTS = st.one_of(st.just(0), st.integers(-10, 10))
# Strategies are cached here, because Hypothesis validates each one that is made anew.
_among: Callable[[range], SearchStrategy[int]] = cache(st.sampled_from)


def data_matrices(
    *, min_n: int = 1, max_n: int = 6, min_d: int = 1, max_d: int = 6, min_separation: float = 1e-8
) -> SearchStrategy[np.ndarray]:
    """Matrices X (d, n) that meet A1 and A2 with delta(X) >= min_separation.

    The families: integer directions, signs and zeros, orthonormal columns (n <= d) and crowded arcs, both
    possibly reflected, and otherwise generic data with a nearly parallel pair; then columns are negated,
    which makes nearly antipodal pairs. Sizes are small, because what fails for many samples fails for a few,
    and people can read those. In one dimension A2 leaves room for a single sample, so d = 1 comes
    with n = 1 only. Raises ValueError for an empty range, or for a separation that n points in a plane might
    not have.
    """
    least_d = max(min_d, 2) if min_n > 1 else min_d
    if not (1 <= min_n <= max_n and 1 <= least_d <= max_d):
        sizes = f"n in {min_n}..{max_n} and d in {min_d}..{max_d}"
        raise ValueError(f"no data with {sizes} meets A2 (d = 1 needs n = 1)")
    if not 0 < min_separation * 2 * max_n <= 2:
        raise ValueError(f"min_separation must be positive and at most 1 / max_n, got {min_separation!r}")
    return _data_matrices(range(min_n, max_n + 1), range(least_d, max_d + 1), min_separation)


@cache
@st.composite
def _data_matrices(draw: DrawFn, sizes: range, dimensions: range, min_separation: float) -> np.ndarray:
    d = draw(_among(dimensions))
    n = draw(_among(sizes)) if d > 1 else 1
    X = draw(family(d, n))(draw, d, n, min_separation)
    flips = draw(mostly(n, 1, SIGNS))
    return repair(X * flips, min_separation)


def antipodal_pairs(*, max_k: int = 5, max_d: int = 4) -> SearchStrategy[np.ndarray]:
    """Matrices X = [V, -V] (d, 2k) that violate A2 by their pairs only.

    The columns of V are in general position with room to spare: delta(V) and the smallest singular value of V
    are at least 1/16. In one dimension k = 1.
    """
    return _antipodal_pairs(max_k, max_d)


@cache
@st.composite
def _antipodal_pairs(draw: DrawFn, max_k: int, max_d: int) -> np.ndarray:
    d = draw(st.integers(1, max_d))
    k = draw(st.integers(1, max_k)) if d > 1 else 1
    V = raw = directions(draw, d, k, 0.0) / 99.0
    frame = np.cos(np.outer(np.arange(d), (np.arange(k) + 0.5) * math.pi / k))
    share = 0.0
    while not _in_general_position(V):
        share = 2 * share + WELL_POSED
        V = raw + share * frame
    V = V / np.linalg.norm(V, axis=0)
    return np.ascontiguousarray(np.hstack([V, -V]))


def _in_general_position(V: np.ndarray) -> bool:
    sizes = np.linalg.norm(V, axis=0)
    if not (sizes > WELL_POSED).all():
        return False
    V = V / sizes
    return separated(V) >= WELL_POSED and float(np.linalg.svd(V, compute_uv=False)[-1]) >= WELL_POSED


def networks(d: int, *, max_m: int = 8) -> SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Encoder and decoder (W, A), both (m, d) with neurons as rows and 1 <= m <= max_m.

    For claims that hold for every network: entries are eighths of integers up to 3 in size, zeros included;
    some encoder rows repeat the first one; every row of W and of A is then scaled by a power of two between
    2**-10 and 2**10.
    """
    return _networks(d, max_m)


@cache
@st.composite
def _networks(draw: DrawFn, d: int, max_m: int) -> tuple[np.ndarray, np.ndarray]:
    m = draw(st.integers(1, max_m))
    eighths = mostly((m, d), 0, _EIGHTHS)
    exponents = mostly(m, 0, _EXPONENTS)
    W = draw(eighths) / 8.0
    A = draw(eighths) / 8.0
    W[draw(mostly(m, 1, SIGNS)) < 0] = W[0]
    return np.ldexp(W, draw(exponents)[:, None]), np.ldexp(A, draw(exponents)[:, None])


def unit_norm(X: np.ndarray) -> float:
    """How far X (d, n) is from A1: max over i of |1 - ||x_i|||."""
    return float(np.abs(1.0 - np.linalg.norm(X, axis=0)).max())


def separated(X: np.ndarray) -> float:
    """delta(X) of A2 for X (d, n); infinity for a single sample."""
    apart, opposite = _pair_distances(X)
    return float(np.minimum(apart, opposite).min(initial=math.inf))


def limit_eigenvalue(X: np.ndarray) -> Enclosure:
    """lambda_0 of A3 for X (d, n), enclosed: A3 is verified where the lower end is positive.

    K errs by at most n times the rounding of an entry.
    """
    K = array(encoder_kernel(tensor(X, Compute())))
    return smallest_eigenvalue(K, X.shape[1] * entry_rounding(len(X)))


def pair_angles(X: np.ndarray) -> np.ndarray:
    """The angles of all pairs i < j of columns of X (d, n), accurate near 0 and near pi."""
    theta: np.ndarray = 2.0 * np.arctan2(*_pair_distances(X))
    return theta


def _pair_distances(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.triu_indices(X.shape[1], k=1)
    left = X[:, first]
    right = X[:, second]
    return np.linalg.norm(left - right, axis=0), np.linalg.norm(left + right, axis=0)


def _has_angle_below(limit: float, instance: Instance) -> bool:
    return bool((pair_angles(instance.X) < limit).any())


def _has_angle_above(limit: float, instance: Instance) -> bool:
    return bool((pair_angles(instance.X) > limit).any())


def _has_orthogonal_pair(instance: Instance) -> bool:
    gram = instance.X.T @ instance.X
    return bool((np.abs(gram[np.triu_indices(len(gram), k=1)]) <= unit_norm_rounding(len(instance.X))).any())


def unit_norm_rounding(d: int) -> float:
    """How far rounding alone takes a normalised column, or an inner product of two, from its exact value."""
    return (d + 3) * float(np.finfo(np.float64).eps)


CLASSES: Mapping[str, Callable[[Instance], bool]] = {
    "nearly parallel": partial(_has_angle_below, _CLOSE),
    "nearly antipodal": partial(_has_angle_above, math.pi - _CLOSE),
    "n > d": lambda instance: bool(instance.X.shape[1] > instance.X.shape[0]),
    "n = 2": lambda instance: bool(instance.X.shape[1] == 2),
    "d = 1": lambda instance: bool(instance.X.shape[0] == 1),
    "orthogonal pair": _has_orthogonal_pair,
    "n = 1": lambda instance: bool(instance.X.shape[1] == 1),
}
"""Kinds of data that the search must reach, for instances that hold a matrix X."""
