"""The picture of T2: the error of untrained weight-tied networks against width."""

from __future__ import annotations

import numpy as np

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import WIDTHS, floats
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
    )
