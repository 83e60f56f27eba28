"""Data of one fixed separation at every size: points in blocks that lie in orthogonal subspaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.preliminaries.fixed_data import equally_correlated

SHAPES = ("equal", "flipped")
"""Blocks of independent points. Any two have the inner product c; the same with every other point negated."""
OPPOSED = "opposed"
"""A block of which any two points have the inner product -c; they are dependent at c = 1 / (block - 1)."""


@dataclass(frozen=True)
class Family:
    """Data of any size: copies of one block of points, or one block that grows.

    c: the inner product, in 0 <= c < 1. block: how many points a block has, or 0 for all n of them. shape:
    one of SHAPES, or OPPOSED, for which c is at most 1 / (block - 1). turn: 0 for blocks along the axes,
    otherwise the number of a rotation.

    The separation, sqrt(2 - 2 c) or more, is the same at all sizes. So is kappa_0, unless points are opposed
    or two points of a block are flipped: there one copy has a larger one than several.
    """

    c: float
    block: int
    shape: str = "equal"
    turn: int = 0

    def data(self, n: int, d: int) -> np.ndarray:
        """X (d, n), unit columns, for n <= d and n a multiple of the block."""
        k = self.block or n
        points = block_of(k, self.c, self.shape)
        X = np.zeros((d, n))
        for first in range(0, n, k):
            part = slice(first, first + k)
            X[part, part] = points
        if not self.turn:
            return X
        turned = np.linalg.qr(np.random.default_rng([n, d, self.turn]).standard_normal((d, d)))[0] @ X
        return np.ascontiguousarray(turned / np.linalg.norm(turned, axis=0))


def block_of(k: int, c: float, shape: str) -> np.ndarray:
    """The points (k, k) of one block, as in Family."""
    if shape != OPPOSED:
        X = equally_correlated(k, k, c)
        X[:, 1::2] *= -1.0 if shape == "flipped" else 1.0
        return X
    # The root of (1 + c) I - c 1 1^T: 1 + c is an eigenvalue of all directions but that of 1 1^T.
    along = max(1 + c - k * c, 0.0)
    X = np.sqrt(1 + c) * np.eye(k) + (np.sqrt(along) - np.sqrt(1 + c)) / k
    return np.ascontiguousarray(X / np.linalg.norm(X, axis=0))
