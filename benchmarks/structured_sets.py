"""Structured data on many samples, by which the laws of C2 and C3 are calibrated, and others to attack them.

Neither is what an audit draws: its search has strategies of its own (claims/convergence/reachable_data.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from claims.preliminaries.fixed_data import equally_correlated

Family = Callable[[np.random.Generator, int, int], np.ndarray]
"""Data X (d, n) from a generator, d and n <= d."""


def unit(X: np.ndarray) -> np.ndarray:
    """X with columns of norm 1."""
    found: np.ndarray = X / np.linalg.norm(X, axis=0)
    return found


def rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    """An orthogonal matrix (d, d)."""
    found: np.ndarray = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return found


def leaning(centres: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Random columns next to those of `centres` (d, n); share: of their squared norm that is the centre's."""
    return unit(math.sqrt(share) * centres + math.sqrt(1 - share) * unit(rng.standard_normal(centres.shape)))


def clusters(rng: np.random.Generator, d: int, n: int, share: float) -> np.ndarray:
    """Columns next to one of max(2, n / 4) centres each."""
    count = max(2, n // 4)
    centres = unit(rng.standard_normal((d, count)))
    return leaning(centres[:, np.arange(n) % count], rng, share)


def subspace(rng: np.random.Generator, d: int, n: int) -> np.ndarray:
    """Random columns in n / 2 dimensions, three at least."""
    k = max(3, n // 2)
    found: np.ndarray = rotation(rng, d)[:, :k] @ unit(rng.standard_normal((k, n)))
    return found


def equal(c: float) -> Family:
    """All inner products c, rotated."""
    return lambda rng, d, n: rotation(rng, d) @ equally_correlated(n, d, c)


CALIBRATING: Mapping[str, Family] = {
    "equal 0.2": equal(0.2),
    "equal 0.4": equal(0.4),
    "equal 0.7": equal(0.7),
    "clusters 0.5": lambda rng, d, n: clusters(rng, d, n, 0.5),
    "clusters 0.8": lambda rng, d, n: clusters(rng, d, n, 0.8),
    "common mean": lambda rng, d, n: leaning(np.ones((d, n)) / math.sqrt(d), rng, 0.5),
    "non-negative": lambda rng, d, n: unit(np.abs(rng.standard_normal((d, n)))),
    "signs": lambda rng, d, n: unit(np.sign(rng.standard_normal((d, n)))),
    "two bases": lambda rng, d, n: np.hstack([np.eye(d)[:, : n // 2], rotation(rng, d)[:, : n - n // 2]]),
    "subspace": subspace,
    "sphere": lambda rng, d, n: unit(rng.standard_normal((d, n))),
    "orthonormal": lambda rng, d, n: np.eye(d)[:, :n],
}
CALIBRATING_SIZES = ((3, 4), (5, 6), (8, 10), (12, 16), (16, 20))
"""Pairs (n, d)."""


def flipped(c: float) -> Family:
    """All inner products c or -c: every other column negated."""
    return lambda rng, d, n: equally_correlated(n, d, c) * np.where(np.arange(n) % 2, 1.0, -1.0)


def half_equal(rng: np.random.Generator, d: int, n: int) -> np.ndarray:
    """Half of the columns with inner products 0.7, the others orthogonal to all."""
    X = np.eye(d)[:, :n]
    X[: n // 2, : n // 2] = equally_correlated(n // 2, n // 2, 0.7)
    return X


def simplex(rng: np.random.Generator, d: int, n: int) -> np.ndarray:
    """All inner products -0.9 / (n - 1), close to the least that n columns can have."""
    c = 0.9 / (n - 1)
    X = np.zeros((d, n))
    X[:n] = np.linalg.cholesky((1 + c) * np.eye(n) - c).T
    return X


def graded(rng: np.random.Generator, d: int, n: int) -> np.ndarray:
    """Inner products 0.6^|i - j|."""
    X = np.zeros((d, n))
    X[:n] = np.linalg.cholesky(0.6 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))).T
    return X


ATTACKING: Mapping[str, Family] = {
    "equal 0.1": equal(0.1),
    "equal 0.3": equal(0.3),
    "equal 0.5": equal(0.5),
    "equal 0.6": equal(0.6),
    "equal 0.8": equal(0.8),
    "flipped 0.5": flipped(0.5),
    "flipped 0.8": flipped(0.8),
    "half equal": half_equal,
    "simplex": simplex,
    "graded": graded,
}
ATTACKING_SIZES = ((4, 4), (8, 8), (12, 12), (16, 24), (24, 24))
"""Pairs (n, d)."""
