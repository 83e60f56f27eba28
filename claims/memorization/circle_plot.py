"""The picture of what is memorized: inputs all around a circle, and how far from a sample answers are.

Of infinite width, and of trained networks of width WIDTH, whose median over networks is drawn.
"""

from __future__ import annotations

import math

import numpy as np

from claims.memorization.plots import NETWORKS, WIDTH, answers
from claims.memorization.predictor import problem
from claims.preliminaries.fixed_data import circle
from claims.preliminaries.plot_values import floats
from models.networks.regime import REGIMES
from refute import Axis, Compute, Mark, Plot, Series, Unmet

SAMPLES = np.array([0.4, 1.1, 2.9, 4.2])
"""The angles of the samples on the circle: two close ones, two lonely ones, no two of them antipodal."""
INPUTS = np.linspace(0.0, 2 * math.pi, 181)


def circle_plot(seed: int, compute: Compute) -> Plot:
    """How far the answer at y is from its nearest sample, y around the circle: infinite width and finite."""
    X = circle(SAMPLES)
    Y = circle(INPUTS)
    series = []
    for regime in REGIMES:
        at = problem(X, regime, compute)
        if isinstance(at, Unmet):
            raise ValueError(f"the data of the picture meet A3, unlike what was found: {at.reason}")
        series.append(
            Series(f"{regime}, infinite width", floats(INPUTS), floats(distances(at.predict(Y), X)))
        )
        finite = [distances(each, X) for each in answers(at, Y, seed, compute)]
        middle = floats(np.median(finite, axis=0))
        series.append(Series(f"{regime}, width {WIDTH}, median", floats(INPUTS), middle, "dashed"))
    identity = distances(Y, X)
    series.append(Series("the input itself", floats(INPUTS), floats(identity), "dashed"))
    return Plot(
        id="memorization-circle",
        title="What trained autoencoders answer around a circle",
        caption=(
            f"{len(SAMPLES)} samples on the unit circle, at the marks; every input of the circle, trained "
            "encoder only (weak) and both layers (joint), at infinite width and as the median of "
            f"{NETWORKS} networks of width {WIDTH}. Where the answer is nearer to a sample than the input "
            "was, the network has memorized; one that reconstructs would follow the line of the input itself."
        ),
        x=Axis("angle of the input, radians"),
        y=Axis("distance to the nearest sample"),
        series=tuple(series),
        marks=tuple(Mark(float(angle), f"x_{i}") for i, angle in enumerate(SAMPLES, start=1)),
        claims=("M3", "M1"),
    )


def distances(points: np.ndarray, X: np.ndarray) -> np.ndarray:
    """(p,) how far each point (d, p) is from the nearest sample of X (d, n)."""
    far = np.linalg.norm(X[:, :, None] - points[:, None, :], axis=0)
    nearest: np.ndarray = far.min(axis=0)
    return nearest
