"""Whether the smallest eigenvalue of a symmetric matrix is proved to exceed a number: one Cholesky.

If floating-point Cholesky of B runs to completion then lambda_min(B) > -a tr(B), a = gamma_{n+1} / (1 -
gamma_{n+1}), in any order of summation (Demmel 1989; Rump, BIT 46, 2006). For B = fl(M - c I) this gives
lambda_min(M) > c - a tr(B) - u max_i |b_ii|. So c is put as far above the number as those terms can reach.
The bounds of refute.numerics.spectrum rest on the same theorem; they find the number too, which costs an
eigenvalue problem more.
"""

from __future__ import annotations

from math import inf, isfinite, nextafter

import numpy as np

from refute.numerics.rounding import gamma, unit_roundoff

_TINY = float(np.finfo(np.float64).tiny)


def exceeds(matrix: np.ndarray, floor: float, error: float = 0.0) -> bool:
    """Whether lambda_min >= floor is proved for every symmetric matrix within `error` (spectral) of `matrix`.

    matrix: (n, n) float64, n >= 1. Its lower triangle, mirrored, is what `error` is about; the other one is
    not read. False says nothing. False for a matrix, floor or error that is not finite.
    """
    n, diagonal, target = len(matrix), np.diag(matrix), floor + error
    shift = target + 4 * _loss(diagonal, n * abs(target), abs(target))
    if not isfinite(shift):
        return False
    B = matrix.copy()
    np.fill_diagonal(B, diagonal - shift)
    try:
        factor = np.linalg.cholesky(B)
    except np.linalg.LinAlgError:
        return False
    proved = shift - 2 * _loss(np.diag(B), 0.0, abs(shift)) - n * _TINY - error
    return bool(np.isfinite(factor).all()) and nextafter(proved, -inf) >= floor


def _loss(diagonal: np.ndarray, more: float, shift: float) -> float:
    """a tr + u max over a diagonal, with what a shift adds to both; the rounding of this sum included."""
    n, sizes = len(diagonal), np.abs(diagonal)
    share = gamma(n + 1) / (1 - gamma(n + 1))
    loss = share * (float(sizes.sum()) + more) + unit_roundoff() * (float(sizes.max()) + shift)
    return loss * (1 + gamma(n + 12))


def guess_largest(matrix: np.ndarray) -> float:
    """About lambda_max of a positive semi-definite matrix, hardly ever from above: twenty powers of it."""
    size = max(float(np.trace(matrix)), _TINY)
    v = matrix[:, int(np.argmax(np.diag(matrix)))] / size
    for _ in range(19):
        v = matrix @ v / size
    return float(v @ (matrix @ v)) / max(float(v @ v), _TINY)
