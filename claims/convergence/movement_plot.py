"""The picture of C6: how far a neuron and the kernel move, for all time, against width."""

from __future__ import annotations

import math

import numpy as np

from claims.convergence.c6_movement import WIDTHS, needed_steps, run_of
from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import floats
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Axis, Compute, Instance, Plot, Series, slopes, stream_key, trial_generators

X = sphere(4, 6, 0)
"""Four random points in six dimensions, whose runs are short enough for C6."""


def movement_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """The two ratios of C6 over starts against width, weak and joint, each with a line of slope -1/2."""
    series: list[Series] = []
    numbers: dict[str, float] = {}
    for regime in REGIMES:
        moved, kernel = ladder(regime, draws, seed, compute)
        for name, values in (("neuron", moved), ("kernel", kernel)):
            low, middle, high = (floats(row) for row in np.quantile(values, [0.0, 0.5, 1.0], axis=0))
            series.append(Series(f"{name}, {regime}", floats(WIDTHS), middle, "band", low, high))
            numbers[f"{name} slope, {regime}"] = float(slopes(WIDTHS, np.array([middle]))[0])
    for name in ("neuron", "kernel"):
        start = next(one.y[0] for one in series if one.label == f"{name}, joint")
        line = start * np.sqrt(WIDTHS[0] / WIDTHS)
        series.append(Series(f"{name}: slope -1/2", floats(WIDTHS), floats(line), "dashed"))
    return Plot(
        id="movement",
        title="Neurons and kernel move like m^(-1/2), for all time",
        caption=(
            f"Four random points in six dimensions, {draws} starts a width (median and range). Neuron: the "
            "largest distance of a neuron from its start, an upper bound for all time by its certificate; "
            "kernel: ||H(T) - H(0)|| up to the certificate. Both over the length of the path, "
            "L = sum_k eta ||E(k)||_F."
        ),
        x=Axis("width m", "log"),
        y=Axis("movement / L, no unit", "log"),
        series=tuple(series),
        claims=("C6",),
        numbers=numbers,
    )


def ladder(regime: Regime, draws: int, seed: int, compute: Compute) -> tuple[np.ndarray, np.ndarray]:
    """What moved per unit of path, neuron and kernel: (draws, widths) each.

    Raises ValueError for a run without a certificate.
    """
    data = tensor(X, compute)
    steps = math.ceil(needed_steps(X, regime))
    rungs = []
    for m in WIDTHS:
        key = stream_key(seed, f"plot/movement/{regime}", Instance(X=X, m=int(m)))
        generators = trial_generators(key, 0, draws)
        start = draw_network(
            "rademacher", int(m), len(X), generators, device=compute.device, dtype=data.dtype
        )
        rung = run_of(data, start, promise(X, regime).step_size, regime, steps)
        if not rung.certified.all():
            raise ValueError(f"a run of the picture at width {m} has no certificate")
        rungs.append(rung)
    return np.stack([rung.most for rung in rungs], axis=1), np.stack([rung.kernel for rung in rungs], axis=1)
