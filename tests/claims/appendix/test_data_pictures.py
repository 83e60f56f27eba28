"""What the page about data shows: spectra that end where the enclosures are, and envelopes above runs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.appendix import data_pictures, data_runs
from claims.appendix.data_pictures import run_plot, spectrum_plot
from claims.appendix.data_report import examine
from claims.appendix.data_runs import Curves
from claims.appendix.kernel_minima import kernel_minima
from claims.preliminaries.fixed_data import sphere
from refute import Compute, DataPage, DataReport, Table


def table(columns: np.ndarray) -> Table:
    return Table(np.ascontiguousarray(columns.T), "a table", tuple(range(columns.shape[1])))


def choose(whole: Table, rows: list[int]) -> Table:
    return Table(whole.values[rows], whole.name, tuple(rows))


def page_of(report: DataReport, said: list[str] | None = None) -> DataPage:
    assert report.page is not None
    return report.page((said if said is not None else []).append)


@pytest.fixture(scope="module")
def easy() -> DataReport:
    whole = table(3.0 * sphere(6, 3, 0))
    return examine(whole, choose(whole, [0, 2, 5]), Compute(), 0, lambda _: None)


def test_the_page_has_pairs_spectra_and_runs(easy: DataReport) -> None:
    said: list[str] = []
    page = page_of(easy, said)
    assert [one.title for one in page.tables] == ["The closest pairs of all rows", "Runs on the chosen rows"]
    assert [plot.id for plot in page.plots] == [
        "separation",
        "spectrum",
        "spectrum-all",
        "run-weak",
        "run-joint",
    ]
    assert said == ["pairs of 6 rows", "spectra of 3 rows", "spectra of 6 rows"]
    assert "C1" in page.claims


def test_a_spectrum_ends_inside_the_enclosures_and_has_the_trace() -> None:
    X = sphere(5, 3, 4)
    plot = spectrum_plot(table(X), "the rows")
    minima = kernel_minima(X)
    for series, name in zip(plot.series, ("lambda_0", "gamma_0", "kappa_0"), strict=True):
        assert list(series.y) == sorted(series.y, reverse=True) and len(series.y) == 5
        assert minima[name].value.lower <= series.y[-1] <= minima[name].value.upper
        assert math.fsum(series.y) == pytest.approx(5.0 if name == "kappa_0" else 2.5, rel=1e-13)


def test_eigenvalues_that_rounding_hides_are_left_out() -> None:
    X = np.array([[1.0, 1.0, 0.0], [0.0, 2.0**-35, 1.0]])
    plot = spectrum_plot(table(X / np.linalg.norm(X, axis=0)), "the rows")
    lengths = {series.label: len(series.y) for series in plot.series}
    # lambda_0 falls like the angle, 2^-35, and gamma_0 like its square (K7)
    assert lengths == {"K, encoder": 3, "G, decoder": 2, "K + G, joint": 3}


def test_runs_lie_below_what_is_promised_and_go_on_below_what_is_certified(easy: DataReport) -> None:
    for plot in page_of(easy).plots[-2:]:
        *runs, promised, certified = plot.series
        assert len(runs) == data_runs.TRIALS
        for run in runs:
            at = np.interp(run.x, promised.x, np.log(promised.y))
            assert (np.log(run.y) <= at + 1e-12).all() and run.y[0] == 1.0
        assert any(run.x[-1] == certified.x[0] and run.y[-1] == certified.y[0] for run in runs)
        assert all(low > high for low, high in zip(certified.y, certified.y[1:], strict=False))


def test_the_certificate_that_is_drawn_is_the_slowest() -> None:
    residuals = (np.array([2.0, 1.0]), np.array([2.0, 1.5, 0.5]), np.array([1.0, 0.9]))
    plot = run_plot(Curves("weak", 8, residuals, 0.1, (0.3, 0.2, 0.0)))
    certified = plot.series[-1]
    assert (certified.x[0], certified.y[0]) == (2.0, 0.25)
    assert certified.y[1] / certified.y[0] == pytest.approx(math.sqrt(0.8))
    assert plot.caption.startswith("Width 8") and "2 of 3 runs end where" in plot.caption


def test_a_run_without_certificate_is_drawn_with_its_promise_alone() -> None:
    residuals = (np.array([2.0, 1.0, math.inf, 0.0]),)
    plot = run_plot(Curves("joint", 8, residuals, 0.1, (0.0,)))
    assert [series.label for series in plot.series] == ["the run", "promised: (1 - eta mu)^(k/2)"]
    assert plot.series[0].x == (0.0, 1.0)
    assert "proves nothing of later steps" in plot.caption


def test_without_runs_and_with_too_many_rows_the_rest_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_pictures, "LARGEST_TABLE", 4)
    whole = table(np.ones((2, 6)) + np.eye(2, 6))
    page = page_of(examine(whole, choose(whole, [2, 3, 4]), Compute(), 0, lambda _: None))
    assert [plot.id for plot in page.plots] == ["spectrum"]
    assert [one.title for one in page.tables] == ["The closest pairs of the chosen rows"]
    assert {row[1] for row in page.tables[0].rows} == {"0, parallel"}


def test_rows_that_are_all_chosen_are_shown_once() -> None:
    whole = table(sphere(3, 3, 0))
    page = page_of(examine(whole, whole, Compute(), 0, lambda _: None))
    assert [plot.id for plot in page.plots] == ["separation", "spectrum", "run-weak", "run-joint"]
    assert page.plots[0].title == "How far apart the rows are"
