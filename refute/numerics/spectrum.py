"""Verified bounds on the extreme eigenvalues of a symmetric matrix, in float64.

Lower bound: if floating-point Cholesky of B runs to completion then lambda_min(B) > -a tr(B) with
a = gamma_{n+1} / (1 - gamma_{n+1}), in any order of summation (Demmel 1989; Rump, Verification of positive
definiteness, BIT 46, 2006). Applied to B = fl(M - c I) this gives
lambda_min(M) > c - a tr(B) - u max_i |b_ii|.
Upper bound: the Rayleigh quotient of a computed eigenvector, with its rounding error.
"""

from __future__ import annotations

from math import inf, nextafter

import numpy as np

from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import gamma, unit_roundoff

_TINY = float(np.finfo(np.float64).tiny)


def smallest_eigenvalue(matrix: np.ndarray, error: float = 0.0) -> Enclosure:
    """An enclosure of lambda_min of every symmetric matrix within `error` (spectral norm) of `matrix`.

    matrix: (n, n) float64, n >= 1; only its symmetric part is used. Raises ValueError if it is not square,
    empty or not finite.
    """
    M, error = _symmetric(matrix, error)
    values, vectors = np.linalg.eigh(M)
    lower = _cholesky_lower(M, float(values[0]))
    upper = _rayleigh_upper(M, vectors[:, 0])
    return Enclosure(nextafter(lower - error, -inf), nextafter(upper + error, inf))


def largest_eigenvalue(matrix: np.ndarray, error: float = 0.0) -> Enclosure:
    """An enclosure of lambda_max; arguments and errors as for `smallest_eigenvalue`."""
    mirrored = smallest_eigenvalue(-np.asarray(matrix, dtype=np.float64), error)
    return Enclosure(-mirrored.upper, -mirrored.lower)


def smallest_eigenvalue_from_below(matrix: np.ndarray, error: float = 0.0) -> float:
    """The lower end of `smallest_eigenvalue` alone, at a third of its cost."""
    M, error = _symmetric(matrix, error)
    return nextafter(_cholesky_lower(M, float(np.linalg.eigvalsh(M)[0])) - error, -inf)


def largest_eigenvalue_from_above(matrix: np.ndarray, error: float = 0.0) -> float:
    """The upper end of `largest_eigenvalue` alone, at a third of its cost."""
    return -smallest_eigenvalue_from_below(-np.asarray(matrix, dtype=np.float64), error)


def _symmetric(matrix: np.ndarray, error: float) -> tuple[np.ndarray, float]:
    """The symmetric part, and `error` with the rounding of that part added."""
    M = np.asarray(matrix, dtype=np.float64)
    if M.ndim != 2 or M.shape[0] != M.shape[1] or M.size == 0:
        raise ValueError(f"a square matrix with at least one row is needed, got shape {M.shape}")
    if not np.isfinite(M).all():
        row, column = np.argwhere(~np.isfinite(M))[0]
        raise ValueError(f"entry ({row}, {column}) of the matrix is {M[row, column]}")
    if (M == M.T).all():
        return M, error
    half = M / 2 + M.T / 2
    return half, error + 2 * unit_roundoff() * float(np.linalg.norm(half)) + len(M) * _TINY


def _rayleigh_upper(M: np.ndarray, v: np.ndarray) -> float:
    size = float(v @ v)
    quotient = float(v @ (M @ v)) / size
    spread = gamma(2 * len(v) + 3) * float(np.abs(v) @ (np.abs(M) @ np.abs(v))) / size
    return quotient + 2 * spread + len(v) * _TINY


def _cholesky_lower(M: np.ndarray, guess: float) -> float:
    n = len(M)
    share = gamma(n + 1) / (1 - gamma(n + 1))
    diagonal = np.diag(M)
    step = max(share * float(np.abs(diagonal).sum() + n * abs(guess)), _TINY)
    while True:
        shift = guess - step
        B = M.copy()
        np.fill_diagonal(B, diagonal - shift)
        if _cholesky_completes(B):
            b = np.diag(B)
            loss = share * float(b.sum()) * (1 + gamma(n)) + unit_roundoff() * (float(b.max()) + abs(shift))
            return shift - 2 * loss - n * _TINY
        step *= 2


def _cholesky_completes(B: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(B)
    except np.linalg.LinAlgError:
        return False
    return True
