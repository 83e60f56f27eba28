"""Data that are too large, too crowded or too costly for a claim, made smaller until they fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Fits = Callable[[np.ndarray], bool]
"""Whether data X (d, n) are within what a claim can afford."""


def thinned(X: np.ndarray, fits: Fits) -> np.ndarray:
    """The columns of X (d, n), taken from the left, with which the data still fit; the first one at least.

    Leaving out a column never lowers the smallest eigenvalue of a kernel matrix, nor raises its largest.
    """
    kept = [0]
    for column in range(1, X.shape[1]):
        if fits(X[:, [*kept, column]]):
            kept.append(column)
    return np.ascontiguousarray(X[:, kept])
