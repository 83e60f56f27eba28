"""The picture of I2: the smallest eigenvalue of the initial kernel against width."""

from __future__ import annotations

import math

import numpy as np
import torch

from claims.initialization.i2_matrix_chernoff import FAILURE_PROBABILITY, sufficient_width
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import limit_eigenvalue
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import WIDTHS, floats
from models.kernels.finite import encoder_gram
from models.networks.initialization import draw_network
from refute import Axis, Compute, Instance, Mark, Plot, Series, stream_key, trial_generators

HALF = 0.5
"""The share of lambda_0 that I2 lets the kernel lose in the picture."""


def eigenvalue_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """d lambda_min(H_W(0)) over initializations against width, with lambda_0 and the Chernoff bound of I2."""
    X = sphere(3, 3, 0)
    d = len(X)
    data = tensor(X, compute)
    limit = limit_eigenvalue(X)
    lambda_0 = limit.middle
    threshold = sufficient_width(X, HALF, limit)
    quantiles = []
    for m in WIDTHS:
        key = stream_key(seed, "plot/eigenvalue", Instance(X=X, m=m))
        network = draw_network(
            "rademacher", m, d, trial_generators(key, 0, draws), device=compute.device, dtype=data.dtype
        )
        lowest = array(torch.linalg.eigvalsh(encoder_gram(network, data)))[:, 0] * d
        quantiles.append(np.quantile(np.maximum(lowest, 0.0), [0.0, 0.5, 1.0]))
    low, middle, high = (floats(column) for column in np.array(quantiles).T)
    widths = floats(WIDTHS)
    return Plot(
        id="smallest-eigenvalue",
        title="The smallest eigenvalue of the encoder kernel at the start",
        caption=(
            f"Three random points in three dimensions, {draws} initializations a width (median and range). "
            f"From m = {math.ceil(threshold)} on, the matrix Chernoff bound I2 promises at least "
            f"lambda_0 / 2 with probability {1 - FAILURE_PROBABILITY:g}."
        ),
        x=Axis("width m", "log"),
        y=Axis("d lambda_min(H_W(0))"),
        series=(
            Series("range over initializations", widths, middle, "band", low, high),
            Series("median", widths, middle, "points"),
            Series("limit lambda_0", widths, (lambda_0,) * len(widths), "dashed"),
            Series("bound lambda_0 / 2 of I2", widths, (lambda_0 * (1 - HALF),) * len(widths), "line"),
        ),
        marks=(Mark(threshold, "I2 applies"),),
        claims=("I2",),
    )
