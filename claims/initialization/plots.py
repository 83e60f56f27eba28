"""The picture of I2: the smallest eigenvalue of the initial kernel against width, and the Chernoff band.

The lower edge is I2 solved for the share e that may be lost at width m; where I2 allows no e < 1 it is 0. The
upper edge bounds one direction: with v the eigenvector of K to lambda_0 and u = v (x) e_1,

    lambda_min(H_W(0)) <= u^T H_W(0) u = (1/(m d)) sum_r ||X D_r v||^2,

a mean of m independent numbers between 0 and lambda_n / d with mean lambda_0 / d, as a_{r1}^2 = 1. By
Chernoff it exceeds (1 + e) lambda_0 / d with probability at most

    exp(-((1+e) ln(1+e) - e) m lambda_0 / lambda_n).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import xlogy

from claims.initialization.i2_matrix_chernoff import FAILURE_PROBABILITY, sufficient_width
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import limit_eigenvalue
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import WIDTHS, floats
from models.kernels.finite import encoder_gram
from models.networks.initialization import draw_network
from refute import Axis, Compute, Instance, Mark, Plot, Series, stream_key, trial_generators
from refute.numerics import Enclosure

HALF = 0.5
"""The share of lambda_0 at which the picture marks the width of I2."""


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
    edges = [chernoff_edges(X, limit, m) for m in WIDTHS]
    below, above = (tuple(lambda_0 * share for share in column) for column in zip(*edges, strict=True))
    return Plot(
        id="smallest-eigenvalue",
        title="The smallest eigenvalue of the encoder kernel at the start",
        caption=(
            f"Three random points in three dimensions, {draws} initializations a width (median and range). "
            "Each edge of the Chernoff band is crossed with a probability of at most "
            f"{FAILURE_PROBABILITY:g}: the lower one by I2, which promises half of lambda_0 from m = "
            f"{math.ceil(threshold)} on; the upper one by the same inequality in one direction."
        ),
        x=Axis("width m", "log"),
        y=Axis("d lambda_min(H_W(0))"),
        series=(
            Series("range over initializations", widths, middle, "band", low, high),
            Series("median", widths, middle, "points"),
            Series("Chernoff band", widths, (lambda_0,) * len(widths), "band", below, above),
            Series("limit lambda_0", widths, (lambda_0,) * len(widths), "dashed"),
        ),
        marks=(Mark(threshold, "I2 promises lambda_0 / 2"),),
        claims=("I2",),
    )


def chernoff_edges(X: np.ndarray, lambda_0: Enclosure, m: int) -> tuple[float, float]:
    """The edges of the band at width m as shares of lambda_0: 1 - e of I2, at least 0, and 1 + e from above.

    Solved by Brent's method, for a picture.
    """
    d, n = X.shape
    ratio = float(np.linalg.eigvalsh(X.T @ X)[-1]) / lambda_0.middle
    lost = d * ratio * math.log(n * d / FAILURE_PROBABILITY) / m
    gained = ratio * math.log(1 / FAILURE_PROBABILITY) / m
    least = 0.0 if lost >= 1 else brentq(lambda share: _loss(share) - lost, 0.0, 1.0)
    most = 1 + brentq(lambda e: (1 + e) * math.log1p(e) - e - gained, 0.0, 2 + 2 * gained)
    return least, most


def _loss(share: float) -> float:
    """e + (1 - e) ln(1 - e) with 1 - e = share: from 1 at share 0 down to 0 at share 1."""
    return float(1 - share + xlogy(share, share))
