"""Smooth convex functions whose values, gradients and descents are fractions.

    f(x) = mu/2 |x|^2 + sum_i phi_i(<a_i, x>),
where phi_i is even and phi_i'(t) begins at phi_i'(0) = 0 and rises for t > 0 with slope s_i1 up to the first
knee, s_i2 up to the second, and so on. So f is convex, f(0) = 0 is its minimum, and f is L-smooth with
    L = mu + sum_i max_j s_ij |a_i|^2 .
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Function:
    """mu >= 0; A (n, d) the a_i; slopes (n, p) >= 0; lengths (n, p - 1) > 0 of the pieces before the last.

    All of them fractions, the arrays of dtype object.
    """

    A: np.ndarray
    slopes: np.ndarray
    lengths: np.ndarray
    mu: Fraction = Fraction(0)

    @property
    def smoothness(self) -> Fraction:
        """L, and 1 for the function that is zero."""
        curvatures = [max(row) * (a @ a) for row, a in zip(self.slopes, self.A, strict=True)]
        return self.mu + sum(curvatures, Fraction(0)) or Fraction(1)

    def value(self, x: np.ndarray) -> Fraction:
        """f(x) for x (d,)."""
        return Fraction(self.mu * (x @ x) / 2 + sum(value for value, _ in self._terms(x)))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """The gradient (d,) of f at x (d,)."""
        slopes = np.array([derivative for _, derivative in self._terms(x)], dtype=object)
        return np.asarray(self.mu * x + slopes @ self.A)

    def _terms(self, x: np.ndarray) -> list[tuple[Fraction, Fraction]]:
        """phi_i and phi_i' at <a_i, x>, for every i."""
        return [_term(*one) for one in zip(self.A @ x, self.slopes, self.lengths, strict=True)]


def _term(t: Fraction, slopes: np.ndarray, lengths: np.ndarray) -> tuple[Fraction, Fraction]:
    left = abs(t)
    value = derivative = Fraction(0)
    for slope, length in zip(slopes, [*lengths, left], strict=True):
        piece = min(left, length)
        value += derivative * piece + slope * piece**2 / 2
        derivative += slope * piece
        left -= piece
    return value, derivative if t >= 0 else -derivative


def descend(f: Function, x: np.ndarray, step: Fraction, steps: int) -> np.ndarray:
    """x_N (d,) of x_{k+1} = x_k - step grad f(x_k), from x_0 = x (d,) and for N = steps."""
    for _ in range(steps):
        x = x - step * f.gradient(x)
    return x
