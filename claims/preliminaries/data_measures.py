"""What A1 and A2 and the classes of data measure of a matrix X (d, n) with the samples as columns."""

from __future__ import annotations

import math

import numpy as np


def unit_norm(X: np.ndarray) -> float:
    """How far X (d, n) is from A1: max over i of |1 - ||x_i|||."""
    return float(np.abs(1.0 - np.linalg.norm(X, axis=0)).max())


def separated(X: np.ndarray) -> float:
    """delta(X) of A2 for X (d, n); infinity for a single sample."""
    apart, opposite = _pair_distances(X)
    return float(np.minimum(apart, opposite).min(initial=math.inf))


def pair_angles(X: np.ndarray) -> np.ndarray:
    """The angles of all pairs i < j of columns of X (d, n), accurate near 0 and near pi."""
    theta: np.ndarray = 2.0 * np.arctan2(*_pair_distances(X))
    return theta


def pair_products(X: np.ndarray) -> np.ndarray:
    """The inner products of all pairs i < j of columns of X (d, n)."""
    products: np.ndarray = (X.T @ X)[np.triu_indices(X.shape[1], k=1)]
    return products


def unit_norm_rounding(d: int) -> float:
    """How far rounding alone takes a normalised column, or an inner product of two, from its exact value."""
    return (d + 3) * float(np.finfo(np.float64).eps)


def structure_rounding(d: int) -> float:
    """How far the inner product of two constructed columns is from the one that was meant.

    A column comes from a closed form (one u = unit_norm_rounding(d)), a reflection (an inner product and a
    difference: two) and a normalisation (one). So a product of two errs by 8 u, and its evaluation by one.
    """
    return 9 * unit_norm_rounding(d)


def _pair_distances(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.triu_indices(X.shape[1], k=1)
    left = X[:, first]
    right = X[:, second]
    return np.linalg.norm(left - right, axis=0), np.linalg.norm(left + right, axis=0)
