"""Data of few parameters: random points of a fixed stream, two points at an angle, points of an arc."""

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


@st.composite
def pairs(draw: DrawFn, least: int, most: int, least_d: int = 2) -> np.ndarray:
    """Two points in least_d to five dimensions at an angle of `least` to `most` thousandths."""
    d, theta = draw(st.integers(least_d, 5)), draw(st.integers(least, most)) / 1000
    X = np.zeros((d, 2))
    X[0], X[1, 1] = (1.0, math.cos(theta)), math.sin(theta)
    return X


@st.composite
def arcs(draw: DrawFn) -> np.ndarray:
    """3 to 5 points of a circle in up to four dimensions, crowded (spacing 0.5 to 0.7), or n even lines.

    Every other point may be negated: then neighbours are nearly antipodal.
    """
    n, d, even = draw(st.integers(3, 5)), draw(st.integers(2, 4)), draw(st.booleans())
    turns = np.arange(n) * (math.pi / n if even else draw(st.integers(50, 70)) / 100)
    X = np.zeros((d, n))
    X[0], X[1] = np.cos(turns), np.sin(turns)
    if draw(st.booleans()):
        X[:, ::2] *= -1
    return X
