"""Runs on somebody's samples: certified for all time where they are small, followed step by step where not.

A certificate needs the eigenvalues of matrices of n d rows. What is followed without one needs only products
with the weights, so it costs m d n operations a step and says what happened in so many steps, no more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from claims.convergence.calibrated_law import MAX_STEPS, MAX_WIDTH, Promise, promise
from claims.preliminaries.arrays import tensor
from models.certificate.certified_run import run_until_certified
from models.certificate.tube import affordable, certify_start
from models.certificate.whole_run import prove_from_start
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import rounding_floor
from refute import Compute, DataFact, Instance, stream_key, trial_generators

LARGEST_CERTIFIED = 1024
"""Outputs n d beyond which no certificate is tried: every attempt factors matrices of so many rows."""
LARGEST_FOLLOWED = 2048
"""Outputs n d beyond which no run is followed: two samples of up to 1024 dimensions."""
TRIALS = 4
"""Runs that are followed in a regime: enough to see whether they differ, and to wait for."""
MOST_WEIGHTS = 2**25
"""Weights m d of a network that is followed without a certificate: 256 MiB for each of its matrices."""
MOST_PROVED = 5e8
"""m n d times the steps of a run that is followed in double-double too: up to two seconds."""
MOST_TUBE = 2**18
"""Numbers m n d of a start beyond which its tube is not tried: up to here the four take a few seconds."""
MOST_WORK = 2**35
"""Numbers m d n, times the steps, of such a run: some 20 seconds on two cores."""
SEGMENT = 16
"""Steps of it between two signs of life."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """A run that is to be: the data X (d, n), the regime, the width of the law, what it promises, and m."""

    X: np.ndarray
    regime: Regime
    law: float
    promised: Promise
    m: int


@dataclass(frozen=True)
class Curves:
    """The runs of one regime at width m, for a picture.

    residuals: of each run ||E(k)||_F, float64 (T_b + 1,), up to the step of its certificate. share: eta mu of
    the promise. certified: of each run eta nu of its certificate, 0 where there is none.
    """

    regime: Regime
    m: int
    residuals: tuple[np.ndarray, ...]
    share: float
    certified: tuple[float, ...]


def runs_of(
    X: np.ndarray, law: dict[Regime, float], compute: Compute, seed: int, report: Report
) -> tuple[list[DataFact], dict[str, Any], tuple[Curves, ...]]:
    """A run of either regime on unit columns X (d, n) at the widths of the law, or a cap; why not, if not.

    law: the width by regime, from a verified lambda_0 > 0.
    """
    d, n = X.shape
    if X.size > LARGEST_FOLLOWED:
        few = LARGEST_FOLLOWED // d
        advice = f"choose {few} rows or fewer" if few > 1 else f"two rows of {d} columns have {2 * d} already"
        reason = (
            f"not followed for more than {LARGEST_FOLLOWED} outputs n d, and these have {n * d}; {advice}"
        )
        return [DataFact("C1 runs", reason)], {}, ()
    facts = []
    runs: dict[str, Any] = {}
    curves = []
    for regime in REGIMES:
        report(f"training, {regime}")
        followed, runs[regime], seen = _run(X, regime, law[regime], compute, seed, report)
        facts += followed
        curves.append(seen)
    return facts, runs, tuple(curves)


def _run(
    X: np.ndarray, regime: Regime, law: float, compute: Compute, seed: int, report: Report
) -> tuple[list[DataFact], dict[str, Any], Curves]:
    d, n = X.shape
    certified = d * n <= LARGEST_CERTIFIED
    m = math.ceil(min(law, MAX_WIDTH if certified else MOST_WEIGHTS // d))
    plan = Plan(X, regime, law, promise(X, regime), m)
    how = _certified if certified else _followed
    said, numbers, seen = how(plan, compute, seed, report)
    name = f"C1 {regime} run" if certified else f"{regime} run"
    capped = f"; the law asks for m >= {math.ceil(law)}" if m < law < math.inf else ""
    numbers |= {
        "m": m,
        "law_width": law if law < math.inf else None,
        "step_size": plan.promised.step_size,
        "rate": plan.promised.rate,
    }
    facts = [DataFact(f"{name}, m = {m}", said + capped)]
    if certified:
        facts.append(DataFact(f"C8 {regime} run", _since(numbers["proved_from"])))
    if numbers["by_tube"] is not None:
        count = f"{numbers['by_tube']} of {numbers['trials']}"
        facts.append(DataFact(f"C9 {regime} run", f"proved from the first step, by the tube, in {count}"))
    return facts, numbers, seen


def _curves(plan: Plan, residuals: tuple[np.ndarray, ...], rates: np.ndarray) -> Curves:
    eta = plan.promised.step_size
    shares = tuple(float(eta * rate) for rate in rates)
    return Curves(plan.regime, plan.m, residuals, eta * plan.promised.rate, shares)


def _network(plan: Plan, trials: int, compute: Compute, seed: int) -> Network:
    key = stream_key(seed, f"data/{plan.regime}", Instance(X=plan.X, m=plan.m))
    generators = trial_generators(key, 0, trials)
    return draw_network(
        "rademacher", plan.m, len(plan.X), generators, device=compute.device, dtype=torch.float64
    )


def _certified(plan: Plan, compute: Compute, seed: int, report: Report) -> tuple[str, dict[str, Any], Curves]:
    """Follow a few initializations until they are certified, or the cap; say when they are.

    Of those that are, the numbers have the step from which on the exact run is proved: the first one, where
    the tube certifies the start itself. That is asked where a tube is affordable.
    """
    promised = plan.promised
    cap = int(min(MAX_STEPS, max(promised.steps, 1)))
    network = _network(plan, TRIALS, compute, seed)
    data = tensor(plan.X, Compute(compute.device))
    how = (data, promised.step_size, plan.regime)
    runs = run_until_certified(network, *how, promised=promised.rate, wanted=0.0, max_steps=cap)
    asked = affordable(network, data, MOST_TUBE)
    by_tube = np.zeros(TRIALS, dtype=bool)
    if asked:
        report(f"the tubes of the starts, {plan.regime}")
        by_tube = certify_start(network, *how).certified
    certified_at = np.where(by_tube, np.maximum(runs.certified_at, 0), runs.certified_at)
    when = sorted(int(step) for step in certified_at if step >= 0)
    since = [0] * int((by_tube & (certified_at >= 0)).sum())
    for b in np.flatnonzero((certified_at >= 0) & ~by_tube):
        report(f"start {b + 1} of {TRIALS} from its first step, {plan.regime}")
        one = prove_from_start(network.select(int(b)), *how, int(certified_at[b]), most_work=MOST_PROVED)
        since.append(one.proved_from)
    numbers = {
        "trials": TRIALS,
        "certificate": True,
        "certified_at": when,
        "proved_from": sorted(since),
        "by_tube": int(by_tube.sum()) if asked else None,
        "broken": int((runs.broken_at >= 0).sum()),
        "max_steps": cap,
        "shrunk_to": max(float(residual[-1] / residual[0]) for residual in runs.residual),
    }
    said = f"{len(when)} of {TRIALS} certified for all time, {_steps(when, cap)}"
    return said, numbers, _curves(plan, runs.residual, runs.rate)


def _followed(plan: Plan, compute: Compute, seed: int, report: Report) -> tuple[str, dict[str, Any], Curves]:
    """Follow one initialization as long as the promise and the work allow; say what its residual did."""
    promised = plan.promised
    cap = max(1, int(min(MAX_STEPS, promised.steps, MOST_WORK / (plan.m * plan.X.size))))
    start = _network(plan, 1, compute, seed)
    data = tensor(plan.X, Compute(compute.device))
    network = start
    parts = [np.zeros(0)]
    for first in range(0, cap, SEGMENT):
        report(f"training, {plan.regime}: step {first} of {cap}")
        run = descend(network, data, promised.step_size, min(SEGMENT, cap - first), plan.regime, start=start)
        parts.append(run.residual[1 if first else 0 :, 0].cpu().numpy())
        network = run.network
        if not np.isfinite(parts[-1]).all():
            break
    residual = np.concatenate(parts)
    envelope = residual[0] * np.sqrt(1 - promised.step_size * promised.rate) ** np.arange(len(residual))
    floor = float(rounding_floor(start, data, promised.step_size, promised.rate)[0])
    over = np.flatnonzero(~(residual <= envelope + floor))
    kept = "the promised rate was kept" if not over.size else f"the promised rate broke at step {over[0]}"
    shrunk = float(residual[-1] / residual[0])
    numbers = {
        "trials": 1,
        "certificate": False,
        "certified_at": [],
        "proved_from": [],
        "by_tube": None,
        "broken": int(over.size > 0),
        "max_steps": cap,
        "shrunk_to": shrunk if math.isfinite(shrunk) else None,
    }
    said = f"{kept} for {len(residual) - 1} steps, residual down to {shrunk:.2g} of itself"
    said = f"{said}; no certificate beyond {LARGEST_CERTIFIED} outputs n d"
    return said, numbers, _curves(plan, (residual,), np.zeros(1))


def _since(since: list[int]) -> str:
    """From which steps on the certified runs are proved; -1 of one that is not, beside its exact run."""
    early = since.count(0)
    late = [step for step in since if step > 0]
    rest = f", {_steps(late, 0).replace('at', 'from', 1)} in {len(late)}" if late else ""
    return f"proved from the first step in {early} of {len(since)}{rest}"


def _steps(when: list[int], cap: int) -> str:
    if not when:
        return f"within {cap} steps"
    return f"at step {when[0]}" if when[0] == when[-1] else f"at steps {when[0]} to {when[-1]}"
