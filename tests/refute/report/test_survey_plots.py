import pytest

from refute.report.records.survey import FitRecord
from refute.report.survey_plots import plots
from refute.statement.json_codec import converted
from refute.statement.sweep import Cell
from refute.sweep.batches import Threshold
from refute.sweep.power_laws import fits
from tests.refute.toy_sweep_law import SWEEP, truth


def bracket(n: int, d: int, factor: float = 1.1) -> Threshold:
    cell = Cell({"n": n, "d": d, "data": "toy"})
    m = truth(cell)
    return Threshold(cell, "plain", "succeeds", 0.5, m / factor, m * factor)


def laws() -> list[FitRecord]:
    return [converted(fit, FitRecord) for fit in fits(SWEEP, FOUND, 0)]


FOUND = [bracket(n, d) for n in (8, 16, 32) for d in (4, 16)]


def test_a_family_with_two_sizes_has_a_heat_map_and_a_slice_for_each_size() -> None:
    drawn = plots(SWEEP, FOUND, laws())
    assert [plot.id for plot in drawn] == [
        "heat-toy-succeeds-0-5",
        "size-toy-succeeds-0-5-n",
        "size-toy-succeeds-0-5-d",
    ]
    (heat,) = drawn[0].series
    told = {(d, n): value for d, n, value in zip(heat.x, heat.y, heat.value or (), strict=True)}
    true = {(float(one.cell["d"]), float(one.cell["n"])): truth(one.cell) for one in FOUND}
    assert told == pytest.approx(true)
    assert (drawn[0].x.label, drawn[0].y.label) == ("d", "n")


def test_a_slice_shows_brackets_and_the_law_at_one_value_of_the_other_size() -> None:
    _, by_n, by_d = plots(SWEEP, FOUND, laws())
    bars, law = by_n.series
    assert "d = 16" in by_n.caption
    assert "n = 32" in by_d.caption
    assert bars.x == (8.0, 16.0, 32.0)
    assert bars.low is not None
    assert bars.high is not None
    for low, y, fitted, high in zip(bars.low, bars.y, law.y, bars.high, strict=True):
        assert low < y < high
        assert low * 0.999 <= fitted <= high * 1.001


def test_open_brackets_are_left_out_and_nothing_else_is_drawn_of_them() -> None:
    cell = Cell({"n": 8, "d": 4, "data": "toy"})
    assert plots(SWEEP, [Threshold(cell, "plain", "succeeds", 0.5, 0.0, 4.0)], []) == []
