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
