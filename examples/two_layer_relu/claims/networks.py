"""What the claims draw: small networks in whole numbers, and samples on the unit circle and sphere."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from models.certificate import certificate, first_rate
from refute import Instance


def integers(low: int, high: int, *shape: int) -> SearchStrategy[np.ndarray]:
    """Arrays of whole numbers from low to high, each a choice of its own for the search."""
    numbers = st.tuples(*[st.integers(low, high)] * math.prod(shape))
    return numbers.map(lambda values: np.array(values, dtype=float).reshape(shape))


def signs(m: int) -> SearchStrategy[np.ndarray]:
    """The signs (m,) of the neurons."""
    return st.tuples(*[st.sampled_from((-1.0, 1.0))] * m).map(np.array)


@st.composite
def whole_networks(draw: DrawFn) -> Instance:
    """Samples X (n, d), neurons W (m, d), signs a (m,) and labels y (n,), all whole numbers."""
    n, d, m = (draw(st.integers(1, most)) for most in (3, 3, 5))
    return Instance(
        X=draw(integers(-4, 4, n, d)),
        W=draw(integers(-4, 4, m, d)),
        a=draw(signs(m)),
        y=draw(integers(-9, 9, n)),
    )


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


def with_delta(samples: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    """Samples X with a failure probability delta."""
    return st.builds(Instance, X=samples, delta=st.sampled_from((0.05, 0.1, 0.2)))


@st.composite
def begun(draw: DrawFn, n: int | None = None, near: int = 0) -> Instance:
    """A network at the start of its flow: X (n, d), W (m, d), a (m,) and the residuals rho (n,).

    Neurons are at halves of odd numbers, so that few start on a kink; `near` more of them are close to one.
    """
    n = draw(st.integers(1, 3)) if n is None else n
    d, m = draw(st.integers(n, 3)), draw(st.integers(4, 12))
    X = draw(integers(-2, 2, n, d).filter(lambda X: (X != 0).any(axis=1).all()))
    W = np.concatenate([draw(integers(-24, 23, m, d)), draw(integers(-1, 0, near, d))]) + 0.5
    return Instance(X=X, W=W, a=draw(signs(len(W))), rho=draw(integers(-16, 16, n).filter(np.any)) / 8)


def _loses_neurons(instance: Instance) -> bool:
    """Whether the certified rate is less than nine tenths of the one that all neurons make."""
    found = certificate(instance.X, instance.W, instance.rho)
    return found is not None and found[1] < 0.9 * first_rate(instance.X, instance.W)


BEGUN_CLASSES = {
    "one sample": lambda instance: len(instance.X) == 1,
    "three samples": lambda instance: len(instance.X) == 3,
    "near kinks": _loses_neurons,
}
BEGUN_STRATA = {"one sample": begun(n=1), "three samples": begun(n=3), "near kinks": begun(n=1, near=4)}
