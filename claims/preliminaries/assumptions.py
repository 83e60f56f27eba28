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
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.data_domain import Domain as Domain
from claims.preliminaries.data_families import WELL_POSED, integers
from claims.preliminaries.data_measures import pair_angles as pair_angles
from claims.preliminaries.data_measures import separated as separated
from claims.preliminaries.data_measures import unit_norm as unit_norm
from claims.preliminaries.data_measures import unit_norm_rounding as unit_norm_rounding
from claims.preliminaries.network_families import networks as networks
from models.kernels.limit import encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from refute import Compute, Instance
from refute.numerics import Enclosure, smallest_eigenvalue


def data_matrices(
    *, min_n: int = 1, max_n: int = 6, min_d: int = 1, max_d: int = 6, min_separation: float = 1e-8
) -> SearchStrategy[np.ndarray]:
    """Matrices X (d, n) that meet A1 and A2 with delta(X) >= min_separation.

    All data of the Domain with these ranges, typical ones and those of its classes, for claims that have no
    strata. In one dimension A2 leaves room for a single sample, so d = 1 comes with n = 1 only. Raises
    ValueError for an empty range, or for a separation that n points in a plane might not have.
    """
    least_d = max(min_d, 2) if min_n > 1 else min_d
    if not (1 <= min_n <= max_n and 1 <= least_d <= max_d):
        sizes = f"n in {min_n}..{max_n} and d in {min_d}..{max_d}"
        raise ValueError(f"no data with {sizes} meets A2 (d = 1 needs n = 1)")
    if not 0 < min_separation * 2 * max_n <= 2:
        raise ValueError(f"min_separation must be positive and at most 1 / max_n, got {min_separation!r}")
    return Domain(min_n, max_n, least_d, max_d, min_separation).all()


def antipodal_pairs(*, max_k: int = 5, max_d: int = 4) -> SearchStrategy[np.ndarray]:
    """Matrices X = [V, -V] (d, 2k) that violate A2 by their pairs only.

    The columns of V are in general position with room to spare: delta(V) and the smallest singular value of V
    are at least 1/16. In one dimension k = 1.
    """
    return antipodal_pairs_of(tuple((d, k) for d in range(1, max_d + 1) for k in range(1, max_k + 1)))


def antipodal_pairs_of(sizes: tuple[tuple[int, int], ...]) -> SearchStrategy[np.ndarray]:
    """The same, of the sizes (d, k) given; more than five pairs have room in six dimensions and more."""
    return _antipodal_pairs(tuple((d, k) for d, k in sizes if d > 1 or k == 1))


@cache
@st.composite
def _antipodal_pairs(draw: DrawFn, sizes: tuple[tuple[int, int], ...]) -> np.ndarray:
    d, k = draw(st.sampled_from(sizes))
    V = raw = integers(draw, d, k, 99) / 99.0
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


def limit_eigenvalue(X: np.ndarray) -> Enclosure:
    """lambda_0 of A3 for X (d, n), enclosed: A3 is verified where the lower end is positive.

    K errs by at most n times the rounding of an entry.
    """
    K = array(encoder_kernel(tensor(X, Compute())))
    return smallest_eigenvalue(K, X.shape[1] * entry_rounding(len(X)))


CLASSES: Mapping[str, Callable[[Instance], bool]] = Domain().classes(
    "nearly parallel", "nearly antipodal", "n > d", "n = 2", "d = 1", "orthogonal pair", "n = 1"
)
"""Kinds of data that the search must reach, for instances that hold a matrix X."""
