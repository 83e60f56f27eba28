"""The pictures of this paper's report: a claim's two numbers side by side, measured when it is made."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch

from claims.arrays import array, tensor
from claims.assumptions import limit_eigenvalue
from claims.initialization.i2_matrix_chernoff import FAILURE_PROBABILITY, sufficient_width
from claims.linear_rate import law_width, promise, run_trials, sphere
from claims.memorization_plots import local_plot, width_plot
from claims.width_crossover import crossover_plot
from models.autoencoder import tied_outputs
from models.descent import Regime, descend
from models.initial import draw_network, draw_tied
from models.kernels import encoder_gram
from refute import Compute, Instance
from refute.evidence.seeds import stream_key, trial_generators
from refute.statement.plot import Axis, Mark, Plot, Series

WIDTHS = tuple(2**k for k in range(5, 14))
HALF = 0.5
"""The share of lambda_0 that I2 lets the kernel lose in the picture."""

Say = Callable[[str], None]


def plots(draws: int, seed: int, compute: Compute, say: Say) -> Sequence[Plot]:
    """All pictures; draws: how many initializations are behind a point."""
    found = []
    for name, draw in (
        ("residual, weak", lambda: residual_plot("weak", seed, compute)),
        ("residual, joint", lambda: residual_plot("joint", seed, compute)),
        ("smallest eigenvalue", lambda: eigenvalue_plot(draws, seed, compute)),
        ("tied error", lambda: tied_plot(draws, seed, compute)),
        ("memorization, weak", lambda: local_plot("weak", seed, compute)),
        ("memorization, joint", lambda: local_plot("joint", seed, compute)),
        ("finite width", lambda: width_plot(draws, seed, compute)),
        ("crossover", crossover_plot),
    ):
        say(name)
        found.append(draw())
    return found


def residual_plot(regime: Regime, seed: int, compute: Compute) -> Plot:
    """||E(k)|| of one run against the promised envelope and, from its step on, the certified one."""
    X = sphere(5, 10, 0)
    m = math.ceil(law_width(X, regime))
    key = stream_key(seed, f"plot/residual/{regime}", Instance(X=X, m=m))
    journey = run_trials(X, m, regime, trial_generators(key, 0, 1), compute)
    promised, T, before = promise(X, regime), int(journey.certified_at[0]), journey.residual[0]
    after = descend(journey.network, tensor(X, compute), promised.step_size, max(len(before), 64), regime)
    residual = np.concatenate([before, array(after.residual)[1:, 0]])
    k, share = _thinned(len(residual)), promised.step_size * promised.rate
    series = [
        Series("||E(k)||_F, measured", _floats(k), _floats(residual[k])),
        _dashed("promised: (1 - eta mu)^(k/2) ||E(0)||", k, _envelope(before[0], share, k)),
    ]
    told, fate = f"One run on five random points in ten dimensions, width {m}", ": it was not certified."
    if T >= 0:
        later, share = k[k >= T], promised.step_size * float(journey.rate[0])
        certified = _envelope(residual[T], share, later - T)
        series.append(_dashed("certified: (1 - eta nu)^((k-T)/2) ||E(T)||", later, certified))
        fate = (
            f". Up to step {T} the promised envelope is observed; from there on the contraction certificate "
            "proves the certified one for every later step."
        )
    return Plot(
        id=f"residual-{regime}",
        title=f"Residual and envelopes, {regime} training",
        caption=told + fate,
        x=Axis("step k"),
        y=Axis("residual ||E(k)||_F", "log"),
        series=tuple(series),
        marks=(Mark(float(T), f"certified at T = {T}"),) if T >= 0 else (),
        claims=("C1", "C2" if regime == "weak" else "C3"),
    )


def eigenvalue_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """d lambda_min(H_W(0)) over initializations against width, with lambda_0 and the Chernoff bound of I2."""
    X = sphere(3, 3, 0)
    d, data = len(X), tensor(X, compute)
    limit, quantiles = limit_eigenvalue(X), []
    lambda_0, threshold = limit.middle, sufficient_width(X, HALF, limit)
    for m in WIDTHS:
        key = stream_key(seed, "plot/eigenvalue", Instance(X=X, m=m))
        network = draw_network(
            "rademacher", m, d, trial_generators(key, 0, draws), device=compute.device, dtype=data.dtype
        )
        lowest = array(torch.linalg.eigvalsh(encoder_gram(network, data)))[:, 0] * d
        quantiles.append(np.quantile(np.maximum(lowest, 0.0), [0.0, 0.5, 1.0]))
    low, middle, high = (_floats(column) for column in np.array(quantiles).T)
    widths = _floats(WIDTHS)
    return Plot(
        id="smallest-eigenvalue",
        title="The smallest eigenvalue of the encoder kernel at the start",
        caption=(
            f"Three random points in three dimensions, {draws} initializations a width (median and range). "
            f"From m = "
            f"{math.ceil(threshold)} on, the matrix Chernoff bound I2 promises at least lambda_0 / 2 with "
            f"probability {1 - FAILURE_PROBABILITY:g}."
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


def tied_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """E ||u(x) - x||^2 of the untrained weight-tied network at c = 2 against (2 d + 3) / m."""
    d, quantiles = 10, []
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
    low, mean, high = (_floats(column) for column in np.array(quantiles).T)
    widths = _floats(WIDTHS)
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


def _envelope(start: float, share: float, k: np.ndarray) -> np.ndarray:
    envelope: np.ndarray = start * np.exp(0.5 * k * math.log1p(-share))
    return envelope


def _dashed(name: str, k: np.ndarray, envelope: np.ndarray) -> Series:
    return Series(name, _floats(k), _floats(envelope), "dashed")


def _thinned(length: int, most: int = 200) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(length, most)).astype(int))


def _floats(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
