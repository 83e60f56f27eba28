"""What the theory says of somebody's data: assumptions, verified eigenvalues, widths, runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from claims.appendix.kernel_minima import Minimum, kernel_minima, no_parallel_pair
from claims.convergence.calibrated_law import MAX_STEPS, MAX_WIDTH, law_from, law_width, promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.explicit_width import sufficient_width
from models.certificate.certified_run import run_until_certified
from models.certificate.whole_run import prove_from_start
from models.kernels.limit import Separation, separation
from models.kernels.limit_in_balls import entry_rounding
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute, DataFact, DataReport, Instance, Table, stream_key, trial_generators
from refute.numerics import LARGEST_MATRIX

LARGEST_TABLE = 4000
"""Rows beyond which pairs and kernels of the whole table are not formed."""
LARGEST_RUN = 1024
"""Outputs n d of the chosen rows beyond which no run is followed: a certificate needs their eigenvalues."""
LARGEST_SOLVE = 200
"""Rows beyond which the sufficient widths are not solved for."""
TRIALS = 4
"""Runs that are followed in a regime: enough to see whether they differ, and to wait for."""
MOST_WORK = 2e7
"""m n d times the steps of a run up to which it is followed in double-double too: a few seconds."""
FAILURE = 0.1
"""The widths hold with probability 1 - FAILURE."""

Report = Callable[[str], None]


def examine(table: Table, chosen: Table, compute: Compute, seed: int, report: Report) -> DataReport:
    """The report on a table (rows are samples) and on the chosen rows, on which models are trained too."""
    facts, numbers = _norms(table)
    whole = len(chosen.values) == len(table.values)
    if not whole and len(table.values) <= LARGEST_TABLE:
        report(f"pairs and kernels of all {len(table.values)} rows")
        more, numbers["table"], _ = _assumptions(table, "all rows: ")
        facts += more
    elif not whole:
        reason = f"not computed for more than {LARGEST_TABLE} rows; the chosen rows only"
        facts.append(DataFact("all rows: pairs and kernels", reason))
    report(f"kernels of {len(chosen.values)} rows")
    more, numbers["rows"], minimum = _assumptions(chosen, "" if whole else "chosen rows: ")
    followed, runs = _runs(chosen, minimum, compute, seed, report)
    facts += [*more, *followed]
    numbers["runs"] = runs
    numbers["chosen"] = list(chosen.rows)
    return DataReport(tuple(facts), numbers, _conclusion(chosen, minimum.value.lower > 0, runs))


def _runs(
    chosen: Table, minimum: Minimum, compute: Compute, seed: int, report: Report
) -> tuple[list[DataFact], dict[str, Any]]:
    """A run of either regime, where float64 resolves lambda_0 > 0 and the rows are few enough."""
    if minimum.in_balls:
        return [DataFact("C1 runs", "not followed: float64 does not resolve lambda_0")], {}
    if not minimum.value.lower > 0:
        return [], {}
    if chosen.values.size > LARGEST_RUN:
        reason = f"not followed for more than {LARGEST_RUN} outputs n d; choose fewer rows"
        return [DataFact("C1 runs", reason)], {}
    facts = []
    runs: dict[str, Any] = {}
    for regime in REGIMES:
        report(f"training, {regime}")
        followed, runs[regime] = _train(chosen, regime, compute, seed)
        facts += followed
    return facts, runs


def unit_columns(table: Table) -> np.ndarray:
    """X (d, n): the rows divided by their norms, as columns."""
    return np.ascontiguousarray((table.values / np.linalg.norm(table.values, axis=1, keepdims=True)).T)


def _norms(table: Table) -> tuple[list[DataFact], dict[str, Any]]:
    norms = np.linalg.norm(table.values, axis=1)
    unit = bool((np.abs(norms - 1) <= entry_rounding(table.values.shape[1])).all())
    said = (
        "rows have unit norm"
        if unit
        else f"norms {norms.min():.4g} to {norms.max():.4g}; each row is divided by its norm"
    )
    fact = DataFact("A1 unit norm", said, True)
    return [fact], {"norm_min": float(norms.min()), "norm_max": float(norms.max())}


def _assumptions(table: Table, prefix: str) -> tuple[list[DataFact], dict[str, Any], Minimum]:
    """A2 and A3 of a table, its kernels' smallest eigenvalues with verified bounds, the widths; lambda_0."""
    X = unit_columns(table)
    apart = separation(tensor(X, Compute()))
    minima = kernel_minima(np.ascontiguousarray(table.values.T))
    found = {name: minimum.value for name, minimum in minima.items()}
    facts = [_pair(table, apart, prefix)]
    facts += [_eigenvalue(prefix, name, minimum) for name, minimum in minima.items()]
    holds = found["lambda_0"].lower > 0
    widths = (
        {f"sufficient_{r}": sufficient_width(X, FAILURE, r) for r in REGIMES}
        if holds and X.shape[1] <= LARGEST_SOLVE
        else {}
    )
    lowest = {"weak": found["lambda_0"].lower, "joint": found["kappa_0"].lower}
    law = {f"law_{r}": law_from(X.shape[0], X.shape[1], lowest[r], r) for r in REGIMES} if holds else {}
    facts += [_width(prefix, regime, widths, law) for regime in REGIMES if holds]
    numbers = {
        "rows": X.shape[1],
        "delta": None if math.isinf(apart.delta) else apart.delta,
        "closest": [table.rows[apart.first], table.rows[apart.second]],
        **{name: {"lower": value.lower, "upper": value.upper} for name, value in found.items()},
        **{name: _finite(value) for name, value in {**widths, **law}.items()},
    }
    return facts, numbers, minima["lambda_0"]


def _pair(table: Table, apart: Separation, prefix: str) -> DataFact:
    which = f"closest: {table.label(apart.first)} and {table.label(apart.second)}"
    sign = ", one against minus the other" if apart.antipodal else ""
    rounding = entry_rounding(table.values.shape[1])
    holds = apart.delta > rounding or (
        len(table.values) <= LARGEST_MATRIX and no_parallel_pair(np.ascontiguousarray(table.values.T))
    )
    return DataFact(f"{prefix}A2 no parallel rows", f"delta(X) = {apart.delta:.6g} ({which}{sign})", holds)


def _eigenvalue(prefix: str, name: str, minimum: Minimum) -> DataFact:
    value = minimum.value
    how = " in balls" if minimum.in_balls else ""
    said = (
        f"{value.middle:.6g}, verified{how} >= {value.lower:.6g}"
        if value.lower > 0
        else f"at most {value.upper:.3g}, not verified to be positive"
    )
    if name == "lambda_0":
        return DataFact(f"{prefix}A3 lambda_0 > 0", said, value.lower > 0)
    return DataFact(prefix + name, said)


def _width(prefix: str, regime: Regime, widths: dict[str, float], law: dict[str, float]) -> DataFact:
    explicit = widths.get(f"sufficient_{regime}")
    proved = "" if explicit is None else f"proved {_number(explicit)}, "
    said = f"{proved}conjectured {_number(law[f'law_{regime}'])} (probability {1 - FAILURE:g})"
    return DataFact(f"{prefix}width, {regime}", said)


def _train(
    table: Table, regime: Regime, compute: Compute, seed: int
) -> tuple[list[DataFact], dict[str, Any]]:
    """Follow a few initializations at the law's width, or the cap; say when they are certified.

    Of those that are, say from which step on the exact run is proved.
    """
    X = unit_columns(table)
    promised = promise(X, regime)
    wide = law_width(X, regime)
    m = math.ceil(min(wide, MAX_WIDTH))
    cap = int(min(MAX_STEPS, max(promised.steps, 1)))
    generators = trial_generators(stream_key(seed, f"data/{regime}", Instance(X=X, m=m)), 0, TRIALS)
    device = compute.device
    network = draw_network("rademacher", m, len(X), generators, device=device, dtype=torch.float64)
    data = tensor(X, Compute(device))
    eta = promised.step_size
    runs = run_until_certified(network, data, eta, regime, promised=promised.rate, wanted=0.0, max_steps=cap)
    when = sorted(int(step) for step in runs.certified_at if step >= 0)
    since = sorted(
        prove_from_start(network.select(b), data, eta, regime, int(step), most_work=MOST_WORK).proved_from
        for b, step in enumerate(runs.certified_at)
        if step >= 0
    )
    numbers = {
        "m": m,
        "trials": TRIALS,
        "certified_at": when,
        "proved_from": since,
        "broken": int((runs.broken_at >= 0).sum()),
        "max_steps": cap,
        "law_width": wide,
        "step_size": eta,
        "rate": promised.rate,
    }
    said = f"{len(when)} of {TRIALS} certified for all time, {_steps(when, cap)}"
    return [DataFact(f"C1 {regime} run, m = {m}", said), DataFact(f"C8 {regime} run", _since(since))], numbers


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


def _conclusion(table: Table, holds: bool, runs: dict[str, Any]) -> str:
    n = len(table.values)
    if not holds:
        return (
            f"The theory does not apply to these {n} rows. Their lambda_0 could not be verified to be "
            "positive, so no rate is promised."
        )
    if not runs:
        return f"The assumptions hold for these {n} rows after normalisation. No run was followed."
    certified = [regime for regime, run in runs.items() if len(run["certified_at"]) == run["trials"]]
    names = {0: "neither regime", 1: f"the {certified[0]} regime" if certified else "", 2: "both regimes"}
    return (
        f"The assumptions hold for these {n} rows after normalisation. The certificate proved linear "
        f"convergence for every later step of all {TRIALS} runs in {names[len(certified)]}, at widths far "
        "below those that the theory proves sufficient."
    )


def _number(value: float) -> str:
    if math.isinf(value):
        return "beyond 2^100"
    return f"{math.ceil(value)}" if value < 1e6 else f"{value:.2e}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
