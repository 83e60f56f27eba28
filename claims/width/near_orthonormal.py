"""Nearly orthonormal data: what one sample has in common with all the others is little."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

SHAPES = ("orthonormal", "equal", "opposed", "signs", "graded", "pairs", "star")


def overlap(X: np.ndarray) -> float:
    """The largest sum of |<x_i, x_j>| over all j != i, for X (d, n); 0 for one sample."""
    R = np.abs(X.T @ X)
    np.fill_diagonal(R, 0.0)
    return float(R.sum(axis=1).max())


def correlations(n: int, shape: str, rng: np.random.Generator) -> np.ndarray:
    """A symmetric matrix (n, n) with a zero diagonal whose largest absolute row sum is 1, or all zero."""
    C = np.zeros((n, n))
    if shape == "equal":
        C[:] = 1.0
    elif shape == "opposed":
        C[:] = -1.0
    elif shape == "signs":
        C = np.where(rng.standard_normal((n, n)) < 0, -1.0, 1.0)
    elif shape == "graded":
        C = 0.6 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    elif shape == "pairs":
        C[np.arange(0, n - 1, 2), np.arange(1, n, 2)] = rng.choice([-1.0, 1.0], n // 2)
    elif shape == "star":
        C[0] = rng.choice([-1.0, 1.0], n)
    C = np.triu(C, 1)
    C = C + C.T
    largest = np.abs(C).sum(axis=1).max()
    return C / largest if largest > 0 else C


def with_correlations(C: np.ndarray, d: int, rng: np.random.Generator) -> np.ndarray:
    """X (d, n) with the Gram matrix I + C, n <= d, ||C|| < 1, in a random position."""
    n = len(C)
    values, vectors = np.linalg.eigh(np.eye(n) + C)
    root = (vectors * np.sqrt(values)) @ vectors.T
    X = np.linalg.qr(rng.standard_normal((d, n)))[0] @ root
    return np.ascontiguousarray(X / np.linalg.norm(X, axis=0))


@st.composite
def near_orthonormal(
    draw: DrawFn,
    sizes: tuple[tuple[int, int], ...],
    most: float,
    shapes: tuple[str, ...] = SHAPES,
) -> np.ndarray:
    """X (d, n) of one of the sizes (n, d), 2 <= n <= d, with an overlap of `most`, a half of it or none.

    The numbers that fill a shape come from a stream, of which the number is drawn.
    """
    n, d = draw(st.sampled_from(sizes))
    shape = draw(st.sampled_from(shapes))
    share = draw(st.sampled_from([1.0, 0.5]))
    rng = np.random.default_rng([n, d, draw(st.integers(0, 9999))])
    if shape == "orthonormal" and draw(st.booleans()):
        return np.eye(d)[:, :n]
    return with_correlations(share * (most - math.ulp(1.0) * 4 * d) * correlations(n, shape, rng), d, rng)
