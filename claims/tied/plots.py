"""The pictures of tied networks: the error of untrained ones, and how little training moves them."""

from __future__ import annotations

import numpy as np

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import WIDTHS, floats
from claims.tied.t5_frozen import error_off_data, movement
from claims.tied.width_ladders import POOL, STEPS, climb, step_size
from claims.tied.width_ladders import WIDTHS as LADDER
from models.networks.autoencoder import tied_outputs
from models.networks.initialization import draw_tied
from refute import Axis, Compute, Instance, Plot, Series, stream_key, trial_generators


def tied_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """E ||u(x) - x||^2 of the untrained weight-tied network at c = 2 against (2 d + 3) / m."""
    d = 10
    quantiles = []
    x = sphere(1, d, 0)
    for m in WIDTHS:
        key = stream_key(seed, "plot/tied", Instance(X=x, m=m))
        W = draw_tied(
            m, d, trial_generators(key, 0, draws), device=compute.device, dtype=tensor(x, compute).dtype
        )
        errors = array(
            (tied_outputs(W, tensor(x, compute), 2.0) - tensor(x, compute)).square().sum(dim=(1, 2))
        )
        quantiles.append([errors.min(), errors.mean(), errors.max()])
    low, mean, high = (floats(column) for column in np.array(quantiles).T)
    widths = floats(WIDTHS)
    return Plot(
        id="tied-error",
        title="An untrained weight-tied autoencoder reconstructs what it has never seen",
        caption=(
            f"One point in ten dimensions that nothing was trained on, c = 2, {draws} initializations a "
            "width: mean and range of the squared error."
        ),
        x=Axis("width m", "log"),
        y=Axis("||u(x) - x||^2", "log"),
        series=(
            Series("range over initializations", widths, mean, "band", low, high),
            Series("mean", widths, mean, "points"),
            Series("(2 d + 3) / m of T2", widths, tuple((2 * d + 3) / m for m in WIDTHS), "line"),
        ),
        claims=("T2",),
        numbers={"width": widths[-1], "error": mean[-1], "predicted": (2 * d + 3) / WIDTHS[-1]},
    )


def frozen_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """How far T steps of training move the weights, and the error off the data, against width."""
    X = sphere(3, 4, 0)
    c = 2.0
    eta = step_size(X, c)
    key = stream_key(seed, "plot/frozen", Instance(X=X))
    rungs = [
        (movement(rung), error_off_data(rung, c))
        for rung in climb(X, c, eta, trial_generators(key, 0, draws), compute)
    ]
    moved, error = (np.stack(columns, axis=1) for columns in zip(*rungs, strict=True))
    series = [
        one
        for name, values in (("movement of the weights", moved), ("error at fresh points", error))
        for one in _ladder(name, values)
    ]
    return Plot(
        id="frozen",
        title="At the scale at which a tied autoencoder reconstructs, training hardly moves it",
        caption=(
            f"Three random points in four dimensions, c = 2, {STEPS} steps with the largest step of T5; "
            f"{draws} ladders of {POOL} networks a width, median and range. Movement is ||W(T) - W(0)||_F / "
            "||W(0)||_F, error the root mean square of ||u(y) - y|| over y = +-e_1, ..., +-e_d afterwards."
        ),
        x=Axis("width m", "log"),
        y=Axis("movement and error, no unit", "log"),
        series=tuple(series),
        claims=("T5",),
        numbers={"width": float(LADDER[-1]), "movement": float(np.median(moved[:, -1]))},
    )


def _ladder(name: str, values: np.ndarray) -> list[Series]:
    """Median and range of (draws, K) values, and the line of slope -1/2 through the median at the start."""
    low, middle, high = (floats(row) for row in np.quantile(values, [0.0, 0.5, 1.0], axis=0))
    widths = floats(LADDER)
    slope = tuple(middle[0] * (m / widths[0]) ** -0.5 for m in widths)
    return [
        Series(name, widths, middle, "band", low, high),
        Series(f"{name}, slope -1/2", widths, slope, "dashed"),
    ]
