"""W4: crowding reverses the order of the explicit widths of W1, and the width at which that happens.

The data are k pairs in k orthogonal planes, the two points of a pair at the angle t: crowded as t falls, with
lambda_0 = Theta(t) and gamma_0 = Theta(t^2) (K7), hence kappa_0 / lambda_0 -> 1. What joint training gains is
the ratio of these eigenvalues, what it pays, the drift of the decoder and of the features, does not fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from claims.preliminaries.data_spectrum import decoder_alone, spectrum
from claims.preliminaries.explicit_width import solve
from claims.preliminaries.fixed_data import pair
from models.networks.regime import REGIMES
from refute import Axis, Mark, Plot, Series

FAILURE = 0.1
PAIRS = 4
DIMENSION = 64
FIRST = 0.6
LAST = 0.01
"""Angles between which the order reverses once: joint needs less at the first, more at the last."""
RESOLUTION = 2.0**-8
"""To which factor the crossover is located: finer than the two digits that the picture shows."""
ANGLES = tuple(float(t) for t in np.geomspace(LAST, math.pi / 2, 25))


@dataclass(frozen=True)
class Widths:
    """The explicit widths of one data set; decoder_only: joint, with G in the place of K + G."""

    weak: float
    joint: float
    decoder_only: float


def planes(pairs: int, d: int, t: float) -> np.ndarray:
    """X (d, 2 pairs): in each of `pairs` orthogonal planes two unit vectors at the angle t; d >= 2 pairs."""
    X = np.zeros((d, 2 * pairs))
    for k in range(pairs):
        X[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = pair(t)
    return X


def widths(X: np.ndarray) -> Widths:
    """The three explicit widths of X (d, n), unit columns."""
    numbers = spectrum(X)
    weak, joint = (solve(numbers, FAILURE, regime).width for regime in REGIMES)
    return Widths(weak, joint, solve(decoder_alone(X), FAILURE, "joint").width)


def crossover(pairs: int, d: int) -> tuple[float, float]:
    """Angles (low, high), a factor 1 + RESOLUTION apart at most, between which the order reverses.

    At `high` the joint width is the smaller one, at `low` the weak one. Raises ValueError where the order is
    not so at FIRST and LAST.
    """
    low = LAST
    high = FIRST
    if joint_needs_less(pairs, d, low) or not joint_needs_less(pairs, d, high):
        raise ValueError(f"{pairs} pairs in {d} dimensions: the order does not reverse on the way")
    while high / low > 1 + RESOLUTION:
        middle = math.sqrt(low * high)
        if joint_needs_less(pairs, d, middle):
            high = middle
        else:
            low = middle
    return low, high


def joint_needs_less(pairs: int, d: int, t: float) -> bool:
    """Whether the explicit joint width is the smaller one."""
    found = widths(planes(pairs, d, t))
    return found.joint < found.weak


def crossover_plot() -> Plot:
    """The explicit joint width over the weak one against delta = 2 sin(t / 2), and where it passes 1."""
    low, high = crossover(PAIRS, DIMENSION)
    at = 2 * math.sin(math.sqrt(low * high) / 2)
    found = [widths(planes(PAIRS, DIMENSION, t)) for t in ANGLES]
    x = tuple(2 * math.sin(t / 2) for t in ANGLES)
    alone = min(each.decoder_only / each.weak for each in found)
    return Plot(
        id="crossover",
        title="Crowding reverses the order of the explicit widths",
        caption=(
            f"{PAIRS} pairs in orthogonal planes of {DIMENSION} dimensions, the points of a pair delta "
            "apart; widths for which W1 proves the certificate at the start with probability "
            f"{1 - FAILURE:g}. Left of the mark joint training is the one that asks for more. With the "
            f"decoder's kernel alone it would do so everywhere, by a factor of {alone:.3g} or more."
        ),
        x=Axis("separation delta", "log"),
        y=Axis("explicit joint width / weak width"),
        series=(
            Series("joint / weak", x, tuple(each.joint / each.weak for each in found)),
            Series("equal", x, (1.0,) * len(x), "dashed"),
        ),
        marks=(Mark(at, f"crossover at delta = {at:.2g}"),),
        claims=("W4", "W1"),
    )
