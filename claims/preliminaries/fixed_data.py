"""Data of few parameters: random points of a fixed stream, two points at an angle, points of a circle."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn


def sphere(n: int, d: int, seed: int) -> np.ndarray:
    """n points (d, n) uniform on the sphere, from a stream that is a function of (n, d, seed)."""
    X: np.ndarray = np.random.default_rng([n, d, seed]).standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    return X


def circle(turns: np.ndarray, d: int = 2) -> np.ndarray:
    """Points (d, n) of the circle in the plane of the first two of d >= 2 axes, at these angles (n,)."""
    X = np.zeros((d, len(turns)))
    X[0] = np.cos(turns)
    X[1] = np.sin(turns)
    return X


def pair(theta: float, d: int = 2) -> np.ndarray:
    """Two points (d, 2) at the angle theta in the plane of the first two of d >= 2 axes."""
    X = np.zeros((d, 2))
    X[0, 0] = 1.0
    X[0, 1] = math.cos(theta)
    X[1, 1] = math.sin(theta)
    return X


@st.composite
def pairs(draw: DrawFn, least: int, most: int, least_d: int = 2) -> np.ndarray:
    """Two points in least_d to five dimensions at an angle of `least` to `most` thousandths."""
    d = draw(st.integers(least_d, 5))
    return pair(draw(st.integers(least, most)) / 1000, d)


@st.composite
def arcs(draw: DrawFn) -> np.ndarray:
    """3 to 5 points of a circle in up to four dimensions, crowded (spacing 0.5 to 0.7), or n even lines.

    Every other point may be negated: then neighbours are nearly antipodal.
    """
    n = draw(st.integers(3, 5))
    d = draw(st.integers(2, 4))
    even = draw(st.booleans())
    X = circle(np.arange(n) * (math.pi / n if even else draw(st.integers(50, 70)) / 100), d)
    if draw(st.booleans()):
        X[:, ::2] *= -1
    return X


def grid(n: int, d: int, seed: int, size: int) -> np.ndarray:
    """Integers up to `size` in absolute value (d, n), from a stream that is a function of (n, d, seed)."""
    X: np.ndarray = np.random.default_rng([n, d, seed]).integers(-size, size + 1, (d, n)) * 1.0
    return X


def half_circle(n: int, d: int = 2) -> np.ndarray:
    """n directions (d, n) in the plane of the first two of d >= 2 axes, evenly over all lines through 0."""
    return circle(np.arange(n) * (math.pi / n), d)


def cap(n: int, d: int, angle: float) -> np.ndarray:
    """n points (d, n) at most `angle` <= pi / 4 from the first of d >= 2 axes, well apart.

    For n < d every point leans towards an axis of its own; otherwise they lie on an arc.
    """
    if n >= d:
        return circle(np.linspace(-angle, angle, n) if n > 1 else np.zeros(1), d)
    X = np.zeros((d, n))
    X[0] = math.cos(angle)
    X[np.arange(n) + 1, np.arange(n)] = math.sin(angle)
    return X


def corner(n: int, d: int) -> np.ndarray:
    """n points (d, n) with non-negative entries: the d >= 2 axes, then their pairs, or an arc of many."""
    first, second = np.triu_indices(d)
    if n > len(first):
        return circle((np.arange(n) + 0.5) * (math.pi / 2 / n), d)
    order = np.argsort(first != second, kind="stable")[:n]
    X = np.zeros((d, n))
    X[first[order], np.arange(n)] += 1.0
    X[second[order], np.arange(n)] += 1.0
    X /= np.linalg.norm(X, axis=0)
    return X


def sign_vectors(n: int, d: int) -> np.ndarray:
    """n <= 2^(d - 1) vectors of signs (d, n), no two of them parallel: the digits of 0, ..., n - 1."""
    digits = np.arange(n) >> np.arange(d)[:, None]
    X: np.ndarray = 1.0 - 2.0 * (digits & 1)
    return X


def equally_correlated(n: int, d: int, c: float) -> np.ndarray:
    """n <= d unit columns (d, n) of which any two have the inner product c, 0 < c < 1.

    The root of their Gram matrix (1 - c) I + c 1 1^T,

        X = sqrt(1 - c) I + b 1 1^T    with    n b = sqrt(1 - c + n c) - sqrt(1 - c).
    """
    X = np.zeros((d, n))
    X[:n] = (math.sqrt(1 - c + n * c) - math.sqrt(1 - c)) / n
    X[np.arange(n), np.arange(n)] += math.sqrt(1 - c)
    return X


def harmonic_frame(n: int, d: int) -> np.ndarray:
    """n > d >= 2 unit columns (d, n), no two of them parallel, with X X^T = (n / d) I.

    Columns j = 0, ..., n - 1 hold cosines and sines of f pi j / n for the frequencies f = 1, 3, 5, ... if d
    is even; for odd d those of f = 2, 4, 6, ... and a constant.
    """
    odd = d % 2
    frequencies = np.arange(d // 2) * 2 + 1 + odd
    turns = np.outer(frequencies, np.arange(n)) * (math.pi / n)
    waves = np.vstack([np.cos(turns), np.sin(turns)]) * math.sqrt(2 / d)
    return np.vstack([np.full((odd, n), math.sqrt(1 / d)), waves])
