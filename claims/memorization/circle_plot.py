"""The picture of what is memorized: inputs all around a circle, and how far from a sample answers are."""

from __future__ import annotations

import math

import numpy as np

from claims.memorization.predictor import Problem, problem
from claims.preliminaries.fixed_data import circle
from claims.preliminaries.plot_values import floats
from models.networks.regime import REGIMES
from refute import Axis, Compute, Mark, Plot, Series, Unmet

SAMPLES = np.array([0.4, 1.1, 2.9, 4.2])
"""The angles of the samples on the circle: two close ones, two lonely ones, no two of them antipodal."""
INPUTS = np.linspace(0.0, 2 * math.pi, 181)


def circle_plot(compute: Compute) -> Plot:
    """||f(y) - y|| and the distance to the nearest sample for y around the circle, at infinite width."""
    X = circle(SAMPLES)
    Y = circle(INPUTS)
    series = []
    for regime in REGIMES:
        at = problem(X, regime, compute)
        if isinstance(at, Unmet):
            raise ValueError(f"the data of the picture meet A3, unlike what was found: {at.reason}")
        nearest = distances(at, X, Y).min(axis=0)
        series.append(Series(f"{regime}: answer to its nearest sample", floats(INPUTS), floats(nearest)))
    identity = np.linalg.norm(Y[:, :, None] - X[:, None, :], axis=0).min(axis=1)
    series.append(Series("input to its nearest sample", floats(INPUTS), floats(identity), "dashed"))
    return Plot(
        id="memorization-circle",
        title="What a trained autoencoder of infinite width answers around a circle",
        caption=(
            f"{len(SAMPLES)} samples on the unit circle, at the marks; every input of the circle, trained "
            "encoder only (weak) and both layers (joint). Where the answer is nearer to a sample than the "
            "input was, the network has memorized; a network that reconstructs would follow the dashed line."
        ),
        x=Axis("angle of the input, radians"),
        y=Axis("distance"),
        series=tuple(series),
        marks=tuple(Mark(float(angle), f"x_{i}") for i, angle in enumerate(SAMPLES, start=1)),
        claims=("M3", "M1"),
    )


def distances(at: Problem, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """(n, p) how far the answer at each point Y (d, p) is from each sample X (d, n)."""
    answers = at.predict(Y)
    far: np.ndarray = np.linalg.norm(X[:, :, None] - answers[:, None, :], axis=0)
    return far
