"""The classes of data: what can be measured of a matrix X (d, n) alone, for instances that hold one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from claims.preliminaries.data_families import WELL_POSED
from claims.preliminaries.data_measures import (
    pair_angles,
    pair_products,
    structure_rounding,
    unit_norm_rounding,
)
from claims.preliminaries.real_rows import real_rows

CLOSE = 1e-3
"""Angles below this count as nearly none."""
MANY = 8
"""So many samples, or dimensions, are many."""


def has_nearly_parallel(X: np.ndarray) -> bool:
    """Whether two samples are at an angle below CLOSE."""
    return bool((pair_angles(X) < CLOSE).any())


def has_nearly_antipodal(X: np.ndarray) -> bool:
    """Whether two samples are at an angle above pi - CLOSE."""
    return bool((pair_angles(X) > math.pi - CLOSE).any())


def has_obtuse_pair(X: np.ndarray) -> bool:
    """Whether some inner product is clearly negative, below -1/16."""
    return bool((pair_products(X) < -WELL_POSED).any())


def has_orthogonal_pair(X: np.ndarray) -> bool:
    """Whether some inner product is zero up to rounding."""
    return bool((np.abs(pair_products(X)) <= unit_norm_rounding(len(X))).any())


def is_equally_correlated(X: np.ndarray) -> bool:
    """Whether three samples or more have the same inner product, above 1/16, up to rounding."""
    products = pair_products(X)
    if len(products) < 3 or products.min() <= WELL_POSED:
        return False
    return bool(np.ptp(products) <= 2 * structure_rounding(len(X)))


def is_clustered(X: np.ndarray) -> bool:
    """Whether samples form two clusters or more: inner products above 0.9 within, below 0.6 across, none
    alone.
    """
    gram = X.T @ X
    near = gram > 0.9
    apart = gram < 0.6
    same = (near[:, :, None] == near[:, None, :]).all(axis=0)
    if not (near | apart).all() or (near.sum(axis=0) < 2).any():
        return False
    return bool((same == near).all() and apart.any())


def has_common_mean(X: np.ndarray) -> bool:
    """Whether three samples or more have a mean of norm above 3/4."""
    return X.shape[1] >= 3 and bool(np.linalg.norm(X.mean(axis=1)) > 0.75)


def is_non_negative(X: np.ndarray) -> bool:
    """Whether two samples or more, in two dimensions or more, have no negative entry."""
    return min(X.shape) >= 2 and bool((X >= 0).all())


def is_signs(X: np.ndarray) -> bool:
    """Whether two samples or more have entries of one size, 1 / sqrt(d), up to rounding; d >= 2."""
    d = len(X)
    return min(X.shape) >= 2 and bool((np.abs(np.abs(X) - 1 / math.sqrt(d)) <= unit_norm_rounding(d)).all())


def is_frame(X: np.ndarray) -> bool:
    """Whether n > d >= 2 and X X^T = (n / d) I, up to rounding: each entry is a sum of n products."""
    d, n = X.shape
    return n > d >= 2 and bool(
        (np.abs(X @ X.T - np.eye(d) * (n / d)) <= n * structure_rounding(max(d, n))).all()
    )


def is_low_dimensional(X: np.ndarray) -> bool:
    """Whether the rank is below min(n, d), up to rounding: n columns move a singular value by its root."""
    d, n = X.shape
    smallest = float(np.linalg.svd(X, compute_uv=False)[-1])
    return min(n, d) >= 2 and smallest <= math.sqrt(n) * structure_rounding(max(d, n))


def is_real(X: np.ndarray) -> bool:
    """Whether two samples or more are, up to sign and rounding, rows of a public table."""
    d, n = X.shape
    rows = real_rows(d)
    if n < 2 or not rows.size:
        return False
    products = np.abs(rows.T @ X).max(axis=0)
    nearest = rows[:, np.abs(rows.T @ X).argmax(axis=0)]
    gaps = np.minimum(np.abs(X - nearest), np.abs(X + nearest)).max()
    return bool(products.min() > WELL_POSED and gaps <= 2 * unit_norm_rounding(d))


PREDICATES: Mapping[str, Callable[[np.ndarray], bool]] = {
    "nearly parallel": has_nearly_parallel,
    "nearly antipodal": has_nearly_antipodal,
    "obtuse pair": has_obtuse_pair,
    "orthogonal pair": has_orthogonal_pair,
    "n > d": lambda X: X.shape[1] > X.shape[0],
    "n = 1": lambda X: X.shape[1] == 1,
    "n = 2": lambda X: X.shape[1] == 2,
    "d = 1": lambda X: X.shape[0] == 1,
    "many samples": lambda X: X.shape[1] >= MANY,
    "many dimensions": lambda X: X.shape[0] >= MANY,
    "equal correlations": is_equally_correlated,
    "clusters": is_clustered,
    "common mean": has_common_mean,
    "non-negative": is_non_negative,
    "signs": is_signs,
    "frame": is_frame,
    "low-dimensional": is_low_dimensional,
    "real rows": is_real,
}
"""Every class of data by its name."""
