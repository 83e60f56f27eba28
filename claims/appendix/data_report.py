"""What the theory says of somebody's data: assumptions, verified eigenvalues, widths, runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from claims.appendix.data_assumptions import Findings, findings, unit_columns
from claims.appendix.data_pictures import data_page
from claims.appendix.data_runs import LARGEST_FOLLOWED, Curves, runs_of
from claims.appendix.directions import unit_rows
from models.kernels.limit_in_balls import entry_rounding
from models.networks.regime import REGIMES
from refute import Compute, DataFact, DataReport, Table

Report = Callable[[str], None]


def examine(table: Table, chosen: Table, compute: Compute, seed: int, report: Report) -> DataReport:
    """The report on a table (rows are samples) and on the chosen rows, on which models are trained too."""
    norms, numbers = _norms(table)
    facts = [norms]
    everything = None
    if len(chosen.values) != len(table.values):
        everything = findings(table, "all rows: ", compute.device, report)
        facts += everything.facts
        numbers["table"] = everything.numbers
    found = findings(chosen, "chosen rows: " if everything else "", compute.device, report)
    followed, runs, curves = _runs(chosen, found, compute, seed, report)
    facts += [*found.facts, *followed]
    numbers |= {"rows": found.numbers, "runs": runs, "chosen": list(chosen.rows)}
    said = [*_applies(len(table.values), everything, len(chosen.values), found), _ran(found, runs)]
    return DataReport(tuple(facts), numbers, " ".join(said), partial(data_page, table, chosen, runs, curves))


def _norms(table: Table) -> tuple[DataFact, dict[str, Any]]:
    _, norms = unit_rows(table.values)
    least = float(norms.min())
    most = float(norms.max())
    unit = bool((np.abs(norms - 1) <= entry_rounding(table.values.shape[1])).all())
    upper = f"{most:.4g}" if math.isfinite(most) else "more than 1.797e+308"
    said = "rows have unit norm" if unit else f"norms {least:.4g} to {upper}; each row is divided by its norm"
    numbers = {"norm_min": _finite(least), "norm_max": _finite(most)}
    return DataFact("A1 unit norm", said, True), numbers


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _runs(
    chosen: Table, found: Findings, compute: Compute, seed: int, report: Report
) -> tuple[list[DataFact], dict[str, Any], tuple[Curves, ...]]:
    """A run of either regime, where float64 resolves lambda_0 > 0 and the rows are few enough."""
    if not found.positive:
        return [], {}, ()
    resolved = bool(found.law) and found.lambda_0.how == "float64"
    if chosen.values.size <= LARGEST_FOLLOWED and not resolved:
        return [DataFact("C1 runs", "not followed: float64 does not resolve lambda_0")], {}, ()
    return runs_of(unit_columns(chosen), found.law, compute, seed, report)


def _applies(total: int, everything: Findings | None, count: int, found: Findings) -> list[str]:
    """Whether the assumptions hold: of all rows, if they are more than those chosen, and of these."""
    these = f"these {count} rows" if everything is None else f"the {count} chosen rows"
    if everything is None:
        return [_verdict(these, found)]
    if everything.positive and everything.apart and found.positive:
        return [f"The assumptions hold for all {total} rows, and for {these}, after normalisation."]
    return [_verdict(f"all {total} rows", everything), _verdict(these, found)]


def _verdict(rows: str, found: Findings) -> str:
    if found.apart and found.positive:
        return f"The assumptions hold for {rows} after normalisation."
    if found.positive:
        return f"The theory does not apply to {rows}: A2 fails, although lambda_0 is verified to be positive."
    if found.positive is None:
        return f"The theory does not apply to {rows}: A2 fails; whether A3 does was not computed."
    reason = "lambda_0 could not be verified to be positive, so no rate is promised"
    return f"The theory does not apply to {rows}: {'' if found.apart else 'A2 fails, and '}{reason}."


def _ran(found: Findings, runs: dict[str, Any]) -> str:
    """What the runs showed, regime by regime."""
    if not runs:
        return "No run was followed."
    if not any(run["certificate"] for run in runs.values()):
        kept = [regime for regime, run in runs.items() if not run["broken"]]
        which = " and ".join(f"The {kept[0]}" if regime == kept[0] else f"the {regime}" for regime in kept)
        count = "run" if len(kept) < 2 else "runs"
        who = f"{which} {count}" if kept else "No run"
        return f"{who} kept the promised rate while followed, which proves nothing of later steps."
    proved = {regime: len(run["certified_at"]) for regime, run in runs.items()}
    counts = " and ".join(f"{proved[regime]} of {runs[regime]['trials']} {regime}" for regime in runs)
    if not any(proved.values()):
        return f"The certificate proved nothing of these runs ({counts})."
    below = all(runs[regime]["m"] < found.sufficient.get(regime, 0) for regime in REGIMES)
    where = ", at widths below those that the theory proves sufficient" if below else ""
    early = {regime: run["proved_from"].count(0) for regime, run in runs.items()}
    some = " and ".join(f"{early[regime]} {regime}" for regime in runs)
    first = "all" if early == proved else some
    return (
        f"Linear convergence is proved for every later step of {counts} runs{where}, and of {first} of them "
        "for every step from the first one on."
    )
