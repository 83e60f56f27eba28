"""What several claims draw: arrays of small whole numbers, and samples on the unit circle and sphere."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy


def integers(low: int, high: int, *shape: int) -> SearchStrategy[np.ndarray]:
    """Arrays of whole numbers from low to high, each a choice of its own for the search."""
    numbers = st.tuples(*[st.integers(low, high)] * math.prod(shape))
    return numbers.map(lambda values: np.array(values, dtype=float).reshape(shape))


@st.composite
def on_the_circle(draw: DrawFn, least: int = 2, most: int = 8) -> np.ndarray:
    """Samples (n, 2) at different multiples of half a degree, no two of them opposite."""
    degrees = draw(st.lists(st.integers(0, 359), min_size=least, max_size=most, unique=True))
    flips = draw(st.lists(st.booleans(), min_size=len(degrees), max_size=len(degrees)))
    angles = np.radians(np.array(degrees) / 2 + 180 * np.array(flips))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@st.composite
def on_an_arc(draw: DrawFn, least: int = 32, most: int = 48) -> np.ndarray:
    """Many samples (n, 2), evenly on an arc of 3 to 30 degrees."""
    n = draw(st.integers(least, most))
    angles = np.radians(np.linspace(0, draw(st.integers(3, 30)), n))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@st.composite
def on_the_sphere(draw: DrawFn) -> np.ndarray:
    """Two to four samples (n, d) in three to five dimensions, no two of them parallel."""
    n, d = draw(st.integers(2, 4)), draw(st.integers(3, 5))
    X = draw(integers(-3, 3, n, d).filter(_apart))
    return np.asarray(X / np.linalg.norm(X, axis=1, keepdims=True))


def _apart(X: np.ndarray) -> bool:
    """Whether no row is zero and no two are parallel, exactly: entries are small whole numbers."""
    products = X @ X.T
    squares = np.diag(products)
    pairs = ~np.eye(len(X), dtype=bool)
    return bool((squares > 0).all() and (products**2 < np.outer(squares, squares))[pairs].all())
