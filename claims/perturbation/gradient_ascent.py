"""What attacks the claims on perturbations: arrays of whole numbers, and ascent on a ratio of norms."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import SearchStrategy


# Cached, because Hypothesis validates a strategy anew each time that one is made.
@cache
def whole_numbers(rows: int, columns: int, size: int) -> SearchStrategy[np.ndarray]:
    """Arrays (rows, columns) of whole numbers from -size to size, every entry drawn; dtype int64."""
    return hnp.arrays(np.int64, (rows, columns), elements=st.integers(-size, size), fill=st.nothing())


Norm = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""The square of a norm of a matrix, and half the gradient of that square in the matrix."""


def frobenius(M: np.ndarray) -> tuple[float, np.ndarray]:
    """||M||_F^2 and M."""
    return float(np.square(M).sum()), M


def spectral(M: np.ndarray) -> tuple[float, np.ndarray]:
    """||M||^2 and its top part sigma u v^T (a subgradient where the top singular value is repeated)."""
    left, sizes, right = np.linalg.svd(M)
    return float(sizes[0] ** 2), sizes[0] * np.outer(left[:, 0], right[0])


_LENGTHS = (1.0, 0.25, 2.0**-4, 2.0**-8)
"""Steps to try, longest first: the gradient has the scale of W - V, so that 1 is a large one."""


def ascend(
    X: np.ndarray, V: np.ndarray, W: np.ndarray, norm: Norm = frobenius, steps: int = 12
) -> np.ndarray:
    """An encoder W near the given one with a larger ||relu(W X) - relu(V X)|| / ||W - V||; V stays.

    X (d, n); V, W (m, d), neurons as rows, W != V. Each step goes along the gradient of the ratio's
    logarithm, at the longest of four lengths that makes the ratio grow; it ends where none does.
    Twelve steps come near enough for a close comparison, and keep an instance cheap.
    """
    share, gradient = _ratio(X, V, W, norm)
    for _ in range(steps):
        for length in _LENGTHS:
            there = W + length * gradient
            larger, next_gradient = _ratio(X, V, there, norm)
            if larger > share:
                W = there
                share = larger
                gradient = next_gradient
                break
        else:
            return W
    return W


def _ratio(X: np.ndarray, V: np.ndarray, W: np.ndarray, norm: Norm) -> tuple[float, np.ndarray]:
    """The square of the ratio, and half the gradient of its logarithm in W, times ||W - V||^2."""
    after = W @ X
    rise, upper = norm(np.maximum(after, 0.0) - np.maximum(V @ X, 0.0))
    run, lower = norm(W - V)
    if rise == 0 or run == 0:
        return 0.0, np.zeros(W.shape)
    return rise / run, (upper * (after > 0)) @ X.T * (run / rise) - lower
