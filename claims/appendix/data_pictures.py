"""What the page about somebody's data shows: spectra of the kernels, closest pairs, runs with envelopes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from claims.appendix.close_pairs import nearest_distances, pairs_table
from claims.appendix.data_assumptions import LARGEST_TABLE, unit_columns
from claims.appendix.data_runs import Curves
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.plot_values import floats, thinned_steps
from models.kernels.limit import limit_kernels
from models.kernels.limit_in_balls import entry_rounding
from refute import Axis, Compute, DataPage, DataTable, Plot, Series, Table
from refute.numerics import gamma

CLAIMS = ("K6", "C1", "C2", "C3", "C8", "C9", "W1")
"""The claims that the facts apply: eigenvalues from distances, certificates, laws, and proved widths."""
MANY = 40
"""Rows beyond which ranks are drawn on a logarithmic axis."""
_COLUMNS = (
    "training",
    "width m",
    "law asks for",
    "step size eta",
    "promised rate mu",
    "certified",
    "at steps",
    "exact run proved from",
    "by the tube of its start",
    "residual down to",
)

Report = Callable[[str], None]


def data_page(
    table: Table, chosen: Table, runs: Mapping[str, Any], curves: Sequence[Curves], report: Report
) -> DataPage:
    """The tables and plots of a table (rows are samples) and of the rows chosen from it.

    runs: the numbers of the runs by regime, and curves: their residuals, as `runs_of` gives them.
    """
    several = len(chosen.values) < len(table.values)
    wholes = [(table, "all rows")] if several else []
    groups = [*wholes, (chosen, "the chosen rows" if several else "the rows")]
    formed = [(rows, name) for rows, name in groups if len(rows.values) <= LARGEST_TABLE]
    tables: list[DataTable] = []
    plots: list[Plot] = []
    if formed:
        rows, name = formed[0]
        report(f"pairs of {len(rows.values)} rows")
        tables.append(pairs_table(rows, name))
        plots += _separation(rows, name)
    if runs:
        tables.append(_runs_table(runs))
    for rows, name in reversed(formed):
        report(f"spectra of {len(rows.values)} rows")
        plots.append(spectrum_plot(rows, name))
    plots += [run_plot(one) for one in curves]
    return DataPage(tuple(tables), tuple(plots), CLAIMS)


def spectrum_plot(rows: Table, name: str) -> Plot:
    """The eigenvalues of K, G and K + G of the rows after normalisation, in float64.

    Left out is what rounding may hide: of the entries, as `kernel_minima` bounds it, and of the computation.
    """
    X = unit_columns(rows)
    d, n = X.shape
    K, G = (array(kernel) for kernel in limit_kernels(tensor(X, Compute())))
    series = []
    floor = 0.0
    for label, kernel, entries in (("K, encoder", K, 1), ("G, decoder", G, 1), ("K + G, joint", K + G, 2)):
        hidden = entries * n * entry_rounding(d) + gamma(n) * float(np.trace(kernel))
        floor = max(floor, hidden)
        values = np.linalg.eigvalsh(kernel)[::-1]
        shown = values[values > hidden]
        if shown.size:
            series.append(Series(label, floats(np.arange(1, len(shown) + 1)), floats(shown)))
    return Plot(
        id="spectrum-all" if name == "all rows" else "spectrum",
        title=f"The spectra of the limit kernels, {name}",
        caption=(
            f"Eigenvalues of K (encoder, ends at lambda_0), G (decoder, ends at gamma_0) and K + G (ends at "
            f"kappa_0) of {n} rows, each divided by its norm; computed in float64. What is below "
            f"{floor:.1g}, where rounding may decide, is left out; the verified ends stand in the table."
        ),
        x=Axis("rank of the eigenvalue, the largest first", "log" if n > MANY else "linear"),
        y=Axis("eigenvalue", "log"),
        series=tuple(series),
    )


def _separation(rows: Table, name: str) -> list[Plot]:
    """How far from its nearest other row each row is; none where all are parallel to another."""
    found = np.sort(nearest_distances(rows))
    apart = found[found > 0]
    if not apart.size:
        return []
    parallel = len(found) - len(apart)
    without = f" {parallel} rows that are parallel to another one are left out." if parallel else ""
    blurred = math.sqrt(2 * gamma(4 * rows.values.shape[1] + 64))
    return [
        Plot(
            id="separation",
            title=f"How far apart {name} are",
            caption=(
                "Of every row, divided by its norm, the distance to the nearest other row or its negative, "
                f"sorted; the smallest is delta(X), from which K6 bounds lambda_0 and gamma_0.{without} "
                f"Distances that differ by less than {blurred:.1g} may be taken for one another."
            ),
            x=Axis("rank of the row, the closest first", "log" if len(found) > MANY else "linear"),
            y=Axis("distance to the nearest row, up to sign", "log"),
            series=(Series("distance", floats(np.arange(1, len(apart) + 1)), floats(apart), "points"),),
        )
    ]


def run_plot(curves: Curves) -> Plot:
    """||E(k)|| of every run over its start, what is promised of all, and what is certified of the slowest."""
    series = []
    longest = max(len(residual) for residual in curves.residuals)
    for at, residual in enumerate(curves.residuals, start=1):
        k = thinned_steps(len(residual))
        ratio = residual[k] / residual[0]
        good = np.isfinite(ratio) & (ratio > 0)
        name = f"run {at}" if len(curves.residuals) > 1 else "the run"
        series.append(Series(name, floats(k[good]), floats(ratio[good])))
    k = thinned_steps(longest)
    promised = _envelope(1.0, curves.share, k)
    series.append(Series("promised: (1 - eta mu)^(k/2)", floats(k), floats(promised), "dashed"))
    series += _certificate(curves, longest)
    ends = sum(share > 0 for share in curves.certified)
    said = (
        f"{ends} of {len(curves.residuals)} runs end where a certificate proves them for every later step"
        + ("; its envelope is drawn for the run that it lets shrink slowest." if ends else ".")
        if len(curves.residuals) > 1
        else "It was followed step by step, which proves nothing of later steps."
    )
    return Plot(
        id=f"run-{curves.regime}",
        title=f"Runs on the chosen rows, {curves.regime} training",
        caption=f"Width {curves.m}; residuals as shares of those at the start. {said}",
        x=Axis("step k"),
        y=Axis("||E(k)||_F / ||E(0)||_F", "log"),
        series=tuple(series),
    )


def _certificate(curves: Curves, longest: int) -> list[Series]:
    """(1 - eta nu)^((k - T)/2) from the end of the run with the smallest eta nu on; none without one."""
    runs = zip(curves.certified, curves.residuals, strict=True)
    proved = [(share, len(residual) - 1, residual[-1] / residual[0]) for share, residual in runs if share > 0]
    if not proved:
        return []
    share, T, ratio = min(proved)
    later = thinned_steps(max(longest // 2, 16))
    certified = _envelope(ratio, share, later)
    label = "certified: (1 - eta nu)^((k-T)/2), slowest"
    return [Series(label, floats(T + later), floats(certified), "dashed")]


def _envelope(start: float, share: float, k: np.ndarray) -> np.ndarray:
    envelope: np.ndarray = start * np.exp(0.5 * k * math.log1p(-share))
    return envelope


def _runs_table(runs: Mapping[str, Any]) -> DataTable:
    return DataTable(
        "Runs on the chosen rows",
        _COLUMNS,
        tuple(_run_cells(regime, run) for regime, run in runs.items()),
        "The promise is ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2. A certificate proves a run for every "
        "later step (C1); C8 proves the exact run from the step named, 0 being the start, and so does the "
        "tube (C9) before the first step, where it is tried.",
    )


def _run_cells(regime: str, run: Mapping[str, Any]) -> tuple[str, ...]:
    law = run["law_width"]
    return (
        regime,
        str(run["m"]),
        "beyond 1.8e308" if law is None else str(math.ceil(law)) if law < 1e6 else f"{law:.3g}",
        f"{run['step_size']:.4g}",
        f"{run['rate']:.4g}",
        f"{len(run['certified_at'])} of {run['trials']}" if run["certificate"] else "not tried",
        _listed(run["certified_at"]),
        _listed(run["proved_from"]),
        "not tried" if run["by_tube"] is None else f"{run['by_tube']} of {run['trials']}",
        "beyond 1.8e308" if run["shrunk_to"] is None else f"{run['shrunk_to']:.2g}",
    )


def _listed(steps: Sequence[int]) -> str:
    """Steps in words; -1 is a run of which nothing is proved."""
    return ", ".join("none" if step < 0 else str(step) for step in steps) or "–"
