"""Whether the smallest eigenvalue of a symmetric matrix is proved to exceed a number; the largest from above.

If floating-point Cholesky of B runs to completion then, in any order of summation,

    lambda_min(B) > -a tr(B),    a = gamma_{n+1} / (1 - gamma_{n+1})

(Demmel 1989; Rump, BIT 46, 2006). For B = fl(M - c I) this gives

    lambda_min(M) > c - a tr(B) - u max_i |b_ii|

So c is put as far above the number as those terms can reach.
The bounds of refute.numerics.spectrum rest on the same theorem; they find the number too, which costs an
eigenvalue problem more.
"""

from __future__ import annotations

from math import inf, isfinite, nextafter

import numpy as np
from scipy.linalg.lapack import dpotrf

from refute.numerics import gamma, largest_eigenvalue_from_above, unit_roundoff

_TINY = float(np.finfo(np.float64).tiny)
_POWERS = 19
"""Steps of the power iteration, from a column of the matrix on. The part of lambda_max that is missing is
about (lambda_2 / lambda_1)^40: below a sixteenth, which its caller allows for, while the second
eigenvalue is below 0.93 of the first, or has a small share in the column. Any number is sound, as a guess
is always proved."""


def exceeds(matrix: np.ndarray, floor: float, error: float = 0.0, *, overwrite: bool = False) -> bool:
    """Whether lambda_min >= floor is proved for every symmetric matrix within `error` (spectral) of `matrix`.

    matrix: (n, n) float64, n >= 1. Its upper triangle, mirrored, is what `error` is about; the other one is
    not read. False says nothing. False for a matrix, floor or error that is not finite. overwrite: whether
    `matrix`, contiguous, may be used up.
    """
    n = len(matrix)
    target = floor + error
    diagonal = np.diag(matrix)
    sizes = np.abs(diagonal)
    total = float(sizes.sum())
    most = float(sizes.max())
    # Four losses: the proof below takes off two, which the shift itself makes larger.
    shift = target + 4 * _loss(n, total, most, target)
    if not isfinite(shift):
        return False
    B = matrix if overwrite else matrix.copy()
    B.reshape(-1)[:: n + 1] -= shift
    proved = shift - 2 * _loss(n, total, most, shift) - n * _TINY - error
    return bool(nextafter(proved, -inf) >= floor) and _factors(B)


def largest_from_above(matrices: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """(B,) lambda_max from above of every symmetric matrix within errors[b] (spectral) of matrices[b].

    matrices: (B, n, n) float64, n >= 1. Their lower triangles, mirrored, are what the errors are about; the
    others are not read. Eigenvalues and factorizations are found for all at once; the bounds are those of
    `refute.numerics.spectrum`, which is asked for them, one by one, where a factorization fails. ValueError
    for a matrix that is not finite.
    """
    n = matrices.shape[1]
    diagonals = np.einsum("bii->bi", matrices)
    share = gamma(n + 1) / (1 - gamma(n + 1))
    try:
        tops = np.linalg.eigvalsh(matrices)[:, -1]
        shifts = tops + np.maximum(share * (np.abs(diagonals).sum(1) + n * np.abs(tops)), _TINY)
        B = -matrices
        b = shifts[:, None] - diagonals
        np.einsum("bii->bi", B)[...] = b
        sound = bool(np.isfinite(np.linalg.cholesky(B)).all())
    except np.linalg.LinAlgError:
        sound = False
    if not sound:
        return np.array([_one_from_above(*pair) for pair in zip(matrices, errors.tolist(), strict=True)])
    loss = share * b.sum(1) * (1 + gamma(n)) + unit_roundoff() * (b.max(1) + np.abs(shifts))
    bounds: np.ndarray = np.nextafter(shifts + 2 * loss + n * _TINY + errors, inf)
    return bounds


def largest_from_rows(sizes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """(B,) lambda_max from above of every symmetric matrix within errors[b] (spectral) of a symmetric one.

    sizes: (B, n) float64, the computed sums of absolute values along the n rows of M; ||M||_2 is at most the
    largest. A sum has n - 1 roundings in any order, the error and the last product one each: n + 8 are more
    than all of them. inf or NaN where M is not finite.
    """
    bounds: np.ndarray = (sizes.max(1) + errors) * (1 + gamma(sizes.shape[1] + 8))
    return bounds


def _one_from_above(matrix: np.ndarray, error: float) -> float:
    lower = np.tril(matrix)
    return largest_eigenvalue_from_above(lower + np.tril(lower, -1).T, error)


def _factors(B: np.ndarray) -> bool:
    """Whether Cholesky of the upper triangle of B, which is overwritten, runs to its end with finite numbers.

    To LAPACK, whose columns are our rows, it is the lower one, which it is faster with. Every entry of a
    column of our factor is in the sum that ends on its diagonal: one that is not finite shows.
    """
    factor, failed = dpotrf(B.T, lower=1, clean=0, overwrite_a=1)
    return not failed and bool(np.isfinite(np.diag(factor)).all())


def _loss(n: int, total: float, most: float, shift: float) -> float:
    """a tr + u max for a diagonal from which `shift` is taken, the rounding of this sum included.

    total, most: the sum and the largest of its n absolute values. The shift adds |shift| to each of these at
    most, and once more to the largest: the subtraction is rounded relative to what it takes too.
    """
    share = gamma(n + 1) / (1 - gamma(n + 1))
    loss = share * (total + n * abs(shift)) + unit_roundoff() * (most + 2 * abs(shift))
    return loss * (1 + gamma(n + 12))


def guess_largest(matrix: np.ndarray) -> float:
    """About lambda_max of a positive semi-definite matrix (n, n), hardly ever from above: a power iteration.

    A Rayleigh quotient is at most lambda_max up to rounding.
    """
    size = max(float(np.trace(matrix)), _TINY)
    scaled = matrix / size
    v = scaled[:, int(np.argmax(np.diag(matrix)))]
    for _ in range(_POWERS):
        v = scaled @ v
    return size * float(v @ (scaled @ v)) / max(float(v @ v), _TINY)
