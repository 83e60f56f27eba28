"""The picture of the first two findings: how wide a network must be for its run to be proved for all time.

A start is a network of WIDEST neurons; its first m neurons are a start of width m. So weak and joint training
are compared on the same neurons, and the width that each needs is a number of the start. There the run is
proved from its first step on if, besides, the exact run is bounded beside the stored one until then (C8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import floats
from models.certificate.certified_run import run_until_certified
from models.certificate.whole_run import prove_from_start
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Axis, Compute, Instance, Mark, Plot, Series, median_interval, stream_key, trial_generators

N = 5
D = 10
BUDGET = 400
"""Steps within which a run is to be certified."""
MOST_STARTS = 32
"""Enough for an interval a quarter wide; a start costs a second."""
LADDER = tuple(round(D * 2 ** (k / 3)) for k in range(-4, 18))
"""Widths from 4, below which P6 rules a proof out, to 51 d: to a factor 2^(1/3) a needed width is located."""
WIDEST = LADDER[-1]


@dataclass(frozen=True, eq=False)
class Needed:
    """Of every start (B,): the least width of the ladder from which on each run was certified.

    width: infinite where the widest run was not certified. step: the step at which the run of that width was.
    at: (B, K) the step at which the run at each width of the ladder was, -1 where it was not.
    """

    width: np.ndarray
    step: np.ndarray
    at: np.ndarray


def needed(X: np.ndarray, starts: Network, regime: Regime, compute: Compute) -> Needed:
    """Train the first m neurons of every start on X (d, n), for each m of the ladder, with the step of C3."""
    data = tensor(X, compute)
    step_size = promise(X, "joint").step_size
    steps = []
    for m in LADDER:
        narrow = starts.first_neurons(m)
        runs = run_until_certified(narrow, data, step_size, regime, wanted=0.0, max_steps=BUDGET)
        steps.append(runs.certified_at)
    at = np.stack(steps, axis=1)
    from_here_on = np.logical_and.accumulate(at[:, ::-1] >= 0, axis=1)[:, ::-1]
    first = from_here_on.argmax(axis=1)
    found = from_here_on.any(axis=1)
    width = np.where(found, np.array(LADDER, dtype=float)[first], np.inf)
    return Needed(width, at[np.arange(len(at)), first], at)


def from_the_first_step(X: np.ndarray, starts: Network, regime: Regime, found: Needed) -> np.ndarray:
    """(B,) the least width, of those from the needed one on, whose run is proved for every k >= 0.

    starts: of float64, as only their runs are followed exactly. Infinite where no run is proved.
    """
    data = tensor(X, Compute())
    stored = Network(starts.W.cpu(), starts.A.cpu())
    step_size = promise(X, "joint").step_size

    def proved(b: int, m: int, steps: int) -> bool:
        start = stored.select(b).first_neurons(m)
        return prove_from_start(start, data, step_size, regime, steps).proved_from == 0

    widths = np.full(len(found.width), np.inf)
    for b, least in enumerate(found.width):
        rungs = zip(LADDER, found.at[b].tolist(), strict=True)
        widths[b] = next((m for m, at in rungs if m >= least and proved(b, m, at)), np.inf)
    return widths


def needed_widths_plot(draws: int, seed: int, compute: Compute) -> Plot:
    """The share of starts certified for all time against width, weak and joint, and what each start needs."""
    draws = min(draws, MOST_STARTS)
    X = sphere(N, D, 0)
    key = stream_key(seed, "plot/needed-widths", Instance(X=X, m=WIDEST))
    dtype = getattr(torch, compute.dtype)
    generators = trial_generators(key, 0, draws)
    starts = draw_network("rademacher", WIDEST, D, generators, device=compute.device, dtype=dtype)
    found = {regime: needed(X, starts, regime, compute) for regime in REGIMES}
    numbers = _numbers(found["weak"], found["joint"])
    if compute.dtype == "float64":
        first = {regime: from_the_first_step(X, starts, regime, each) for regime, each in found.items()}
        numbers |= _first_step_numbers(first["weak"], first["joint"])
    medians = {regime: float(np.median(each.width)) for regime, each in found.items()}
    m = floats(LADDER)
    return Plot(
        id="needed-widths",
        title="From which width on a run is proved for all time",
        caption=(
            f"{N} random points in {D} dimensions, {draws} starts, trained at each width with their first m "
            "neurons, encoder only (weak) and both layers (joint): the share that is certified for every "
            f"later step within {BUDGET} steps. The marks: medians of the widths from which on a start is."
        ),
        x=Axis("width m", "log"),
        y=Axis("share of starts certified"),
        series=tuple(
            Series(f"{regime} training", m, floats((each.at >= 0).mean(axis=0)))
            for regime, each in found.items()
        ),
        marks=tuple(
            Mark(width, f"{regime}: m = {width:g}") for regime, width in medians.items() if width < np.inf
        ),
        claims=("W2", "C1", "C2", "C3"),
        numbers=numbers,
    )


def _numbers(weak: Needed, joint: Needed) -> dict[str, float]:
    """Medians over the starts; of the ratio of the two widths also the interval that holds its median.

    A number that is not finite, as some starts are certified at no width, is left out.
    """
    if not np.isfinite(joint.width).all():
        return {}
    ratio = weak.width / joint.width
    low, high = median_interval(ratio)
    numbers = {
        "weak": np.median(weak.width),
        "joint": np.median(joint.width),
        "weak step": np.median(weak.step),
        "joint step": np.median(joint.step),
        "ratio": np.median(ratio),
        "ratio low": low,
        "ratio high": high,
    }
    return {name: float(number) for name, number in numbers.items() if np.isfinite(number)}


def _first_step_numbers(weak: np.ndarray, joint: np.ndarray) -> dict[str, float]:
    """Medians of the widths from which on runs are proved from the first step, and of their ratio."""
    if not np.isfinite(joint).all():
        return {}
    numbers = {
        "weak from the first step": np.median(weak),
        "joint from the first step": np.median(joint),
        "ratio from the first step": np.median(weak / joint),
    }
    return {name: float(number) for name, number in numbers.items() if np.isfinite(number)}
