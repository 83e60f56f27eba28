"""The functions that the claims range over: small whole numbers, from which everything else is a fraction."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from models.convex import Function
from refute import Instance, exact


def function_of(instance: Instance) -> Function:
    """The function that an instance holds."""
    mu = exact(instance.mu) if "mu" in instance else Fraction(0)
    return Function(exact(instance.A), exact(instance.slopes), exact(instance.lengths), mu)


def integers(low: int, high: int, *shape: int) -> SearchStrategy[np.ndarray]:
    """Arrays of whole numbers from low to high, each a choice of its own for the search."""
    numbers = st.tuples(*[st.integers(low, high)] * math.prod(shape))
    return numbers.map(lambda values: np.array(values, dtype=float).reshape(shape))


@st.composite
def functions(draw: DrawFn, d: int = 1, terms: int = 1, most_pieces: int = 2) -> Instance:
    """A function of so many terms in d dimensions, and a point x that is not its minimum 0."""
    p = draw(st.integers(1, most_pieces))
    return Instance(
        A=draw(integers(-1, 1, terms, d)) if d > 1 else np.ones((terms, 1)),
        slopes=draw(integers(0, 2, terms, p)),
        lengths=draw(integers(1, 3, terms, p - 1)),
        x=draw(integers(-9, 9, d).filter(np.any)),
    )


def with_steps(found: SearchStrategy[Instance], least: int = 1) -> SearchStrategy[Instance]:
    """A function and where to start, with a number of steps N."""
    return st.builds(lambda f, N: f.replace(N=N), found, st.integers(least, 6))


def with_another_point(found: SearchStrategy[Instance]) -> SearchStrategy[Instance]:
    """A function and a point, with another point y."""
    return found.flatmap(
        lambda f: integers(-9, 9, len(f.x)).map(lambda y: f.replace(y=y)),
    )


def strongly_convex(found: SearchStrategy[Instance]) -> SearchStrategy[Instance]:
    """The function plus mu |x|^2 / 2, with a mu of 1, 2 or 3."""
    return st.builds(lambda f, mu: f.replace(mu=mu), found, st.integers(1, 3))


CLASSES = {
    "three dimensions": lambda instance: len(instance.x) == 3,
    "several terms": lambda instance: len(instance.A) > 1,
    "three pieces": lambda instance: instance.slopes.shape[1] == 3,
}
STRATA = {
    "three dimensions": functions(d=3),
    "several terms": functions(d=2, terms=3),
    "three pieces": functions(most_pieces=3),
}
STEP_CLASSES = {**CLASSES, "several steps": lambda instance: instance.N > 1}
STEP_STRATA = {
    **{name: with_steps(stratum) for name, stratum in STRATA.items()},
    "several steps": with_steps(functions(), least=2),
}
