"""Spectra by other means: eighty digits, fractions, and algebra."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import mpmath
import numpy as np
import torch
from flint import arb

from models.kernels import limit_in_balls as kernel_balls
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import Matrix, entry_rounding
from refute.numerics.ball_spectrum import smallest_eigenvalue_in_balls
from refute.numerics.enclosure import Enclosure
from refute.numerics.spectrum import smallest_eigenvalue

DIGITS = 80
ACCURACY = 2.0**-20
BALLS: dict[str, Callable[[np.ndarray], Matrix]] = {
    "K": kernel_balls.encoder_kernel,
    "G": kernel_balls.decoder_kernel,
}
FLOATS = {"K": encoder_kernel, "G": decoder_kernel}


def in_floats(X: np.ndarray, kernel: str) -> Enclosure:
    """What float64 verifies of the kernel of the directions of X (d, n)."""
    columns = torch.tensor(X / np.linalg.norm(X, axis=0))
    return smallest_eigenvalue(FLOATS[kernel](columns).numpy(), X.shape[1] * entry_rounding(len(X)))


def in_balls(X: np.ndarray, kernel: str) -> Enclosure:
    return smallest_eigenvalue_in_balls(lambda: BALLS[kernel](X), in_floats(X, kernel))


def of_floats(M: np.ndarray) -> tuple[Enclosure, Enclosure]:
    """Both enclosures for a matrix of floats that are meant exactly."""
    coarse = smallest_eigenvalue(M)
    return coarse, smallest_eigenvalue_in_balls(lambda: [[arb(float(x)) for x in row] for row in M], coarse)


def at_eighty_digits(X: np.ndarray, kernel: str) -> mpmath.mpf:
    """lambda_min from the half-angle formula and mpmath's eigenvalues."""
    with mpmath.workdps(DIGITS):
        columns = [mpmath.matrix([mpmath.mpf(float(x)) for x in column]) for column in X.T]
        units = [column / mpmath.norm(column) for column in columns]
        n = len(units)
        M = mpmath.zeros(n)
        for i in range(n):
            for j in range(n):
                theta = 2 * mpmath.atan2(mpmath.norm(units[i] - units[j]), mpmath.norm(units[i] + units[j]))
                K = mpmath.cos(theta) * (mpmath.pi - theta) / (2 * mpmath.pi)
                M[i, j] = K if kernel == "K" else K + mpmath.sin(theta) / (2 * mpmath.pi)
        return min(mpmath.eigsy(M, eigvals_only=True))


def contains(enclosure: Enclosure, value: mpmath.mpf | Fraction | float) -> bool:
    with mpmath.workdps(DIGITS):
        exact = mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
        return bool(mpmath.mpf(enclosure.lower) <= exact <= mpmath.mpf(enclosure.upper))


def is_positive_definite(M: np.ndarray, shift: float) -> bool:
    """Elimination of M - shift I in fractions: Sylvester's criterion without rounding."""
    rows = [
        [Fraction(float(x)) - (Fraction(shift) if i == j else 0) for j, x in enumerate(row)]
        for i, row in enumerate(M)
    ]
    while rows:
        pivot = rows[0][0]
        if pivot <= 0:
            return False
        rows = [
            [x - row[0] * y / pivot for x, y in zip(row[1:], rows[0][1:], strict=True)] for row in rows[1:]
        ]
    return True


def encloses(enclosure: Enclosure, M: np.ndarray) -> bool:
    """lower <= lambda_min <= upper, by fractions: definite just below the lower end, not at the upper end."""
    below = math.nextafter(enclosure.lower, -math.inf)
    return is_positive_definite(M, below) and not is_positive_definite(M, enclosure.upper)


def orthogonal(n: int) -> np.ndarray:
    """A matrix of signs H (n, n), n a power of 2, with H H^T = n I."""
    H = np.ones((1, 1))
    while len(H) < n:
        H = np.block([[H, H], [H, -H]])
    return H


def with_spectrum(values: Sequence[int]) -> np.ndarray:
    H = orthogonal(len(values))
    M: np.ndarray = (H * np.array(values, dtype=float)) @ H / len(values)
    return M
