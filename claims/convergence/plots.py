"""The picture of a run: its residual, the envelope that was promised, and the one that is certified."""

from __future__ import annotations

import math

import numpy as np

from claims.convergence.calibrated_law import law_width, promise, run_trials, starts
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import floats, thinned_steps
from models.certificate.whole_run import WholeRun, prove_from_start
from models.networks.regime import Regime
from models.training.descent import descend
from refute import Axis, Compute, Instance, Mark, Plot, Series, stream_key, trial_generators


def residual_plot(regime: Regime, seed: int, compute: Compute) -> Plot:
    """||E(k)|| of one run against the promised envelope and, from its step on, the certified one."""
    X = sphere(5, 10, 0)
    m = math.ceil(law_width(X, regime))
    key = stream_key(seed, f"plot/residual/{regime}", Instance(X=X, m=m))
    runs = run_trials(X, m, regime, trial_generators(key, 0, 1), compute)
    promised = promise(X, regime)
    T = int(runs.certified_at[0])
    start = starts(X, m, trial_generators(key, 0, 1), Compute())
    before = runs.residual[0]
    after = descend(runs.network, tensor(X, compute), promised.step_size, max(len(before), 64), regime)
    residual = np.concatenate([before, array(after.residual)[1:, 0]])
    k = thinned_steps(len(residual))
    share = promised.step_size * promised.rate
    series = [
        Series("||E(k)||_F, measured", floats(k), floats(residual[k])),
        _dashed("promised: (1 - eta mu)^(k/2) ||E(0)||", k, _envelope(before[0], share, k)),
    ]
    caption = f"One run on five random points in ten dimensions, width {m}"
    ending = ": it was not certified."
    if T >= 0:
        later = k[k >= T]
        share = promised.step_size * float(runs.rate[0])
        certified = _envelope(residual[T], share, later - T)
        series.append(_dashed("certified: (1 - eta nu)^((k-T)/2) ||E(T)||", later, certified))
        whole = prove_from_start(start, tensor(X, Compute()), promised.step_size, regime, T)
        ending = f". {_said(whole, promised.rate)}"
    return Plot(
        id=f"residual-{regime}",
        title=f"Residual and envelopes, {regime} training",
        caption=caption + ending,
        x=Axis("step k"),
        y=Axis("residual ||E(k)||_F", "log"),
        series=tuple(series),
        marks=(Mark(float(T), f"certified at T = {T}"),) if T >= 0 else (),
        claims=("C1", "C2" if regime == "weak" else "C3"),
        numbers={"width": float(m)} | ({"step": float(T)} if T >= 0 else {}),
    )


def _said(whole: WholeRun, rate: float) -> str:
    """What is proved of the exact run, in a sentence or two."""
    T = whole.steps
    tail = f"from step {T} on the contraction certificate proves the certified one for every later step"
    if whole.keeps(rate):
        return (
            f"The promised envelope is proved for every step of the exact run from the stored start; {tail}."
        )
    if whole.proved_from == 0:
        return f"The exact run from the stored start is followed by a proof up to step {T}; {tail}."
    return f"Up to step {T} the promised envelope is observed; {tail}."


def _envelope(start: float, share: float, k: np.ndarray) -> np.ndarray:
    envelope: np.ndarray = start * np.exp(0.5 * k * math.log1p(-share))
    return envelope


def _dashed(name: str, k: np.ndarray, envelope: np.ndarray) -> Series:
    return Series(name, floats(k), floats(envelope), "dashed")
