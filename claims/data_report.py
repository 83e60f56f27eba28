"""What the theory says of somebody's data: assumptions, verified eigenvalues, widths, and two certified runs on a few rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from claims.arrays import array, tensor
from claims.linear_rate import MAX_STEPS, MAX_WIDTH, law_from, law_width, promise
from claims.widths import sufficient_width
from models.descent import REGIMES, Regime
from models.initial import draw_network
from models.journey import follow
from models.kernel_balls import entry_rounding
from models.kernels import Separation, decoder_kernel, encoder_kernel, separation
from refute import Compute, Instance
from refute.data import Table
from refute.evidence.seeds import stream_key, trial_generators
from refute.numerics.enclosure import Enclosure
from refute.numerics.spectrum import smallest_eigenvalue
from refute.paper import DataFact, DataReport

LARGEST_TABLE = 4000
"""Rows beyond which pairs and kernels of the whole table are not formed."""
TRIALS = 4
FAILURE = 0.1

Say = Callable[[str], None]


def examine(table: Table, chosen: Table, compute: Compute, seed: int, say: Say) -> DataReport:
    """The report on a table (rows are samples) and on the chosen rows, on which the models are trained as well."""
    facts, numbers = _norms(table)
    whole = len(chosen.values) == len(table.values)
    if not whole and len(table.values) <= LARGEST_TABLE:
        say(f"pairs and kernels of all {len(table.values)} rows")
        more, numbers["table"], _ = _assumptions(table, "all rows: ")
        facts += more
    elif not whole:
        reason = f"not computed for more than {LARGEST_TABLE} rows; the chosen rows only"
        facts.append(DataFact("all rows: pairs and kernels", reason))
    say(f"kernels of {len(chosen.values)} rows")
    more, numbers["rows"], holds = _assumptions(chosen, "" if whole else "chosen rows: ")
    facts += more
    runs: dict[str, Any] = {}
    if holds:
        for regime in REGIMES:
            say(f"training, {regime}")
            fact, runs[regime] = _train(chosen, regime, compute, seed)
            facts.append(fact)
    numbers["runs"], numbers["chosen"] = runs, list(chosen.rows)
    return DataReport(tuple(facts), numbers, _conclusion(chosen, holds, runs))


def unit_columns(table: Table) -> np.ndarray:
    """X (d, n): the rows divided by their norms, as columns."""
    return np.ascontiguousarray((table.values / np.linalg.norm(table.values, axis=1, keepdims=True)).T)


def _norms(table: Table) -> tuple[list[DataFact], dict[str, Any]]:
    norms = np.linalg.norm(table.values, axis=1)
    unit = bool((np.abs(norms - 1) <= entry_rounding(table.values.shape[1])).all())
    said = (
        "rows have unit norm"
        if unit
        else f"rows have norms {norms.min():.4g} to {norms.max():.4g}; each is divided by its norm first"
    )
    fact = DataFact("A1 unit norm", said, True)
    return [fact], {"norm_min": float(norms.min()), "norm_max": float(norms.max())}


def _assumptions(table: Table, prefix: str) -> tuple[list[DataFact], dict[str, Any], bool]:
    """A2 and A3 of a table, its kernels' smallest eigenvalues with verified lower bounds, and the widths."""
    X = unit_columns(table)
    apart, K, G = (
        separation(tensor(X, Compute())),
        *(array(k(tensor(X, Compute()))) for k in (encoder_kernel, decoder_kernel)),
    )
    error = X.shape[1] * entry_rounding(X.shape[0])
    found = {"lambda_0": smallest_eigenvalue(K, error), "gamma_0": smallest_eigenvalue(G, error)}
    found["kappa_0"] = smallest_eigenvalue(K + G, 2 * error)
    facts = [_pair(table, apart, prefix)]
    facts += [_eigenvalue(prefix + name, value) for name, value in found.items()]
    holds = found["lambda_0"].lower > 0
    widths = (
        {f"sufficient_{r}": sufficient_width(X, FAILURE, r) for r in REGIMES}
        if holds and X.shape[1] <= 200
        else {}
    )
    lowest = {"weak": found["lambda_0"].lower, "joint": found["kappa_0"].lower}
    law = {f"law_{r}": law_from(X.shape[0], lowest[r], r) for r in REGIMES} if holds else {}
    facts += [_width(prefix, regime, widths, law) for regime in REGIMES if holds]
    numbers = {
        "rows": X.shape[1],
        "delta": None if math.isinf(apart.delta) else apart.delta,
        "closest": [table.rows[apart.first], table.rows[apart.second]],
        **{name: {"lower": value.lower, "upper": value.upper} for name, value in found.items()},
        **{name: _finite(value) for name, value in {**widths, **law}.items()},
    }
    return facts, numbers, holds


def _pair(table: Table, apart: Separation, prefix: str) -> DataFact:
    which = f"closest: {table.label(apart.first)} and {table.label(apart.second)}"
    sign = ", one against minus the other" if apart.antipodal else ""
    rounding = entry_rounding(table.values.shape[1])
    holds = apart.delta > rounding
    return DataFact(f"{prefix}A2 no parallel rows", f"delta(X) = {apart.delta:.6g} ({which}{sign})", holds)


def _eigenvalue(name: str, value: Enclosure) -> DataFact:
    said = (
        f"{value.middle:.6g}, verified >= {value.lower:.6g}"
        if value.lower > 0
        else f"{value.middle:.3g}, not verified to be positive"
    )
    return DataFact(
        f"A3 {name} > 0" if name.endswith("lambda_0") else name,
        said,
        value.lower > 0 if name.endswith("lambda_0") else None,
    )


def _width(prefix: str, regime: Regime, widths: dict[str, float], law: dict[str, float]) -> DataFact:
    explicit = widths.get(f"sufficient_{regime}")
    proved = "" if explicit is None else f"proved sufficient {explicit:.3g}; "
    return DataFact(
        f"{prefix}width, {regime}",
        f"{proved}conjectured law {law[f'law_{regime}']:.4g} (probability {1 - FAILURE:g})",
    )


def _train(table: Table, regime: Regime, compute: Compute, seed: int) -> tuple[DataFact, dict[str, Any]]:
    """Follow a few initializations at the law's width (or the cap) and say whether and when they are certified."""
    X = unit_columns(table)
    promised, wide = promise(X, regime), law_width(X, regime)
    m = math.ceil(min(max(wide, 1), MAX_WIDTH))
    key = stream_key(seed, f"data/{regime}", Instance(X=X, m=m))
    network = draw_network(
        "rademacher",
        m,
        X.shape[0],
        trial_generators(key, 0, TRIALS),
        device=compute.device,
        dtype=torch.float64,
    )
    cap = int(min(MAX_STEPS, max(promised.steps, 1)))
    journey = follow(
        network,
        tensor(X, compute),
        promised.step_size,
        regime,
        promised=promised.rate,
        wanted=0.0,
        max_steps=cap,
    )
    when = sorted(int(step) for step in journey.certified_at if step >= 0)
    at = (
        f" at step{'s' if len(when) > 1 else ''} {', '.join(map(str, when))}"
        if when
        else f" within {cap} steps"
    )
    fact = DataFact(
        f"C1 {regime} run, m = {m}",
        f"{len(when)} of {TRIALS} initializations certified for every later step{at}",
        None,
    )
    numbers = {
        "m": m,
        "trials": TRIALS,
        "certified_at": when,
        "broken": int((journey.broken_at >= 0).sum()),
        "max_steps": cap,
    }
    return fact, {**numbers, "law_width": wide, "step_size": promised.step_size, "rate": promised.rate}


def _conclusion(table: Table, holds: bool, runs: dict[str, Any]) -> str:
    n = len(table.values)
    if not holds:
        return f"The theory does not apply to these {n} rows: lambda_0 could not be verified to be positive, so no rate is promised."
    certified = [regime for regime, run in runs.items() if len(run["certified_at"]) == run["trials"]]
    trained = (
        "both regimes"
        if len(certified) == 2
        else f"the {certified[0]} regime"
        if certified
        else "neither regime"
    )
    return (
        f"The assumptions hold for these {n} rows after normalisation, and the contraction certificate proves linear convergence for every later step "
        f"of all {TRIALS} runs in {trained}; the widths that the theory proves sufficient are far larger than the ones trained here."
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
