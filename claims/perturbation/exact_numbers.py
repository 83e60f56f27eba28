"""Exact decisions about float64 data: read as rational numbers, and over the numbers a + b sqrt(k)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import numpy as np


def rational(values: np.ndarray) -> np.ndarray:
    """The array with every entry as a Fraction of the same value; dtype object."""
    fractions: np.ndarray = np.vectorize(lambda value: Fraction(float(value)), otypes=[object])(values)
    return fractions


@dataclass(frozen=True)
class Surd:
    """The real number a + b sqrt(k), k a positive integer; one k in a computation."""

    a: Fraction
    b: Fraction
    k: int

    def __post_init__(self) -> None:
        if self.b and (root := isqrt(self.k)) ** 2 == self.k:
            object.__setattr__(self, "a", self.a + self.b * root)
            object.__setattr__(self, "b", Fraction(0))

    def _of(self, other: Number) -> Surd:
        return other if isinstance(other, Surd) else Surd(Fraction(other), Fraction(0), self.k)

    def __add__(self, other: Number) -> Surd:
        y = self._of(other)
        return Surd(self.a + y.a, self.b + y.b, self.k)

    def __neg__(self) -> Surd:
        return Surd(-self.a, -self.b, self.k)

    def __sub__(self, other: Number) -> Surd:
        return self + -self._of(other)

    def __rsub__(self, other: Number) -> Surd:
        return -self + other

    def __mul__(self, other: Number) -> Surd:
        y = self._of(other)
        return Surd(self.a * y.a + self.k * self.b * y.b, self.a * y.b + self.b * y.a, self.k)

    def __truediv__(self, other: Number) -> Surd:
        """Raises ZeroDivisionError for zero: as b is 0 where sqrt(k) is whole, nothing else has norm 0."""
        y = self._of(other)
        norm = y.a**2 - self.k * y.b**2
        return self * Surd(y.a / norm, -y.b / norm, self.k)

    __radd__ = __add__
    __rmul__ = __mul__

    def __le__(self, other: Number) -> bool:
        return (self - other).sign() <= 0

    def sign(self) -> int:
        """-1, 0 or 1."""
        a = _sign(self.a)
        b = _sign(self.b)
        if a * b >= 0:
            return a or b
        return a if self.a**2 > self.k * self.b**2 else b


Number = Surd | Fraction | int


def norm_square(plain: np.ndarray, rooted: np.ndarray, k: int) -> Surd:
    """||plain + sqrt(k) rooted||_F^2 of two arrays of Fractions of the same shape."""
    p = plain.ravel()
    r = rooted.ravel()
    return Surd(Fraction(p @ p + k * (r @ r)), Fraction(2 * (p @ r)), k)


def exceeds_top(bound: Number, gram: np.ndarray) -> bool:
    """Whether bound > lambda_max(gram) for a symmetric matrix of Fractions: bound I - gram has positive
    pivots.
    """
    M = rational(np.eye(len(gram))) * bound - gram
    while len(M):
        if M[0, 0] <= 0:
            return False
        M = M[1:, 1:] - np.outer(M[1:, 0], M[0, 1:]) / M[0, 0]
    return True


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
