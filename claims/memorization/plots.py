"""The pictures of memorization: answers next to a sample, and finite networks against infinite width."""

from __future__ import annotations

import math

import numpy as np

from claims.memorization.m3_local_memorization import FACTOR, gap
from claims.memorization.m4_finite_width import PATIENCE, fresh_points, ladders, widths
from claims.memorization.predictor import Problem, problem
from claims.memorization.trained_limit import Limit, limit
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import pair_angles
from claims.preliminaries.fixed_data import sphere
from models.networks.autoencoder import outputs
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute import Axis, Compute, Instance, Mark, Plot, Series, Unmet, stream_key, trial_generators

ANGLES = np.geomspace(1e-3, math.pi, 96)
WIDTH = 256
NETWORKS = 8
TRAINED = 2.0**-14
"""The residual at which the networks of the first picture count as trained, far below what it shows."""


def local_plot(regime: Regime, seed: int, compute: Compute) -> Plot:
    """||f(y) - x_1|| on the great circle from x_1 through x_2, with the bounds (a) and (b) of M3."""
    X = sphere(3, 4, 0)
    x = X[:, :1]
    Y = circle(X, ANGLES)
    at = problem(X, regime, compute)
    if isinstance(at, Unmet):
        raise ValueError(f"the data of the picture meet A3, unlike what was found: {at.reason}")
    moved = np.linalg.norm(at.predict(Y) - x, axis=0)
    finite = np.linalg.norm(answers(at, Y, seed, compute) - x, axis=1)
    by_angle = [math.sqrt(2 * FACTOR[regime] * gap(alpha, regime)) for alpha in ANGLES]
    change = np.linalg.norm(at.cross(Y) - at.cross(x), axis=0)
    by_kernel = math.sqrt(FACTOR[regime] / at.smallest) * change
    alphas, low, middle, high = (
        _numbers(values) for values in (ANGLES, *np.quantile(finite, [0.0, 0.5, 1.0], axis=0))
    )
    return Plot(
        id=f"memorization-{regime}",
        title=f"Next to a sample the answer is the sample, {regime} training",
        caption=(
            "Three random points in four dimensions, and y on the great circle from x_1 through x_2. Bound "
            f"(a) holds for all data, (b) for these. The band is the range of {NETWORKS} trained networks of "
            f"width {WIDTH}, of which M3 says nothing."
        ),
        x=Axis("angle between y and x_1", "log"),
        y=Axis("distance of the answer from x_1", "log"),
        series=(
            Series("infinite width", alphas, _numbers(moved)),
            Series("bound (a) of M3", alphas, tuple(by_angle), "dashed"),
            Series("bound (b) of M3", alphas, _numbers(by_kernel), "dashed"),
            Series(f"width {WIDTH}, median and range", alphas, middle, "band", low, high),
        ),
        marks=(Mark(float(pair_angles(X[:, :2])[0]), "y = x_2"),),
        claims=("M3", "M4"),
    )


def circle(X: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """The points (d, p) at the angles alphas from x_1, on the side of x_2."""
    x = X[:, 0]
    toward = X[:, 1] - X[:, 0] * (X[:, 0] @ X[:, 1])
    toward = toward / np.linalg.norm(toward)
    points: np.ndarray = np.outer(x, np.cos(alphas)) + np.outer(toward, np.sin(alphas))
    return points


def answers(at: Problem, Y: np.ndarray, seed: int, compute: Compute) -> np.ndarray:
    """What NETWORKS trained networks of width WIDTH say at Y: (NETWORKS, d, p)."""
    d, n = at.X.shape
    data = tensor(at.X, compute)
    key = stream_key(seed, f"plot/memorization/{at.regime}", Instance(X=at.X, m=WIDTH))
    generators = trial_generators(key, 0, NETWORKS)
    start = draw_network("symmetric", WIDTH, d, generators, device=compute.device, dtype=data.dtype)
    most = PATIENCE * math.ceil(at.largest / at.smallest * math.log(math.sqrt(n) / TRAINED))
    run = descend(start, data, d / at.largest, most, at.regime, stop_below=TRAINED)
    return array(outputs(run.network, tensor(Y, compute)))


def width_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """D(m) of M4 over independent ladders, both regimes, with lines of slope -1/2 through the medians."""
    X = sphere(3, 4, 0)
    series: list[Series] = []
    numbers: dict[str, float] = {}
    for regime in REGIMES:
        at = limit(X, fresh_points(len(X)), regime, compute)
        if isinstance(at, Unmet):
            raise ValueError(f"the data of the picture are those of M4, unlike what was found: {at.reason}")
        ladder = _ladder_series(X, regime, at, draws, seed, compute)
        numbers |= {"width": ladder[0].x[-1], f"{regime} distance": ladder[0].y[-1]}
        series += ladder
    return Plot(
        id="finite-width",
        title="Trained networks approach the infinitely wide one",
        caption=(
            "Three random points in four dimensions; the largest distance between a trained network and the "
            f"infinitely wide one at 64 fixed points, {draws} networks a width (median and range)."
        ),
        x=Axis("width m", "log"),
        y=Axis("D(m)", "log"),
        series=tuple(series),
        claims=("M4",),
        numbers=numbers,
    )


def _ladder_series(
    X: np.ndarray, regime: Regime, at: Limit, draws: int, seed: int, compute: Compute
) -> list[Series]:
    """The median and the range, and the line of slope -1/2 whose logarithms have the median's mean."""
    key = stream_key(seed, f"plot/width/{regime}", Instance(X=X))
    deviations, _, _ = ladders(X, regime, at, trial_generators(key, 0, draws), compute)
    low, median, high = np.quantile(deviations, [0.0, 0.5, 1.0], axis=0)
    d, n = X.shape
    m = np.array(widths(n, d), dtype=float)
    height = math.exp(float(np.log(median * np.sqrt(m)).mean()))
    at_widths = _numbers(m)
    return [
        Series(
            f"{regime}, median and range", at_widths, _numbers(median), "band", _numbers(low), _numbers(high)
        ),
        Series(f"{regime}, slope -1/2", at_widths, _numbers(height / np.sqrt(m)), "dashed"),
    ]


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
