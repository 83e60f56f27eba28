"""What the pictures of a survey hold: every point, every law, every word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from refute.report.records.survey import ExponentRecord, FitRecord
from refute.report.survey_plots import plots
from refute.statement.plot import Plot
from refute.statement.sweep import Cell
from refute.sweep.batches import Threshold
from tests.refute.toy_sweep_law import SWEEP

TWO_ARMS = replace(SWEEP, arms=("plain", "other"))
LAW = FitRecord(
    family="toy",
    arm="plain",
    criterion="succeeds",
    share=0.5,
    cells=4,
    constant=3.0,
    exponents=(
        ExponentRecord(size="n", middle=1.0, estimate=2.0, shape=(1.51, 2.49), brackets=(0.0, 9.0)),
        ExponentRecord(size="d", middle=0.5, brackets=(0.25, None)),
    ),
    rejected=False,
    miss=1.0,
    agreement="",
)


def one(n: int, d: int, m: float, arm: str = "plain", **key: Any) -> Threshold:
    cell = Cell({"n": n, "d": d, "data": "toy", **key})
    return Threshold(cell, arm, "succeeds", 0.5, m / 2, m * 2)


def drawn(found: Sequence[Threshold], fits: Sequence[FitRecord] = (), **changes: Any) -> dict[str, Plot]:
    made = plots(replace(TWO_ARMS, **changes), found, fits)
    return {plot.id: plot for plot in made}


FOUND = [one(n, d, 10.0 * n + d, arm) for arm in ("plain", "other") for n in (8, 16) for d in (4, 9)]


def test_a_heat_map_has_a_panel_for_each_arm() -> None:
    heat = drawn(FOUND)["heat-toy-succeeds-0-5"]
    assert [panel.label for panel in heat.series] == ["plain", "other"]
    for panel in heat.series:
        assert (panel.x, panel.y) == ((4, 4, 9, 9), (8, 16, 8, 16)) and panel.style == "heat"
        assert panel.value == pytest.approx((84, 164, 89, 169))
    assert heat.title == "Thresholds, toy: succeeds"
    assert heat.caption == (
        "The level from which at least 50% of the trials meet “succeeds”: "
        "the geometric middle of its bracket."
    )


def test_cells_that_share_both_sizes_give_their_geometric_mean() -> None:
    several = [one(8, 4, m, seed=seed) for seed, m in enumerate((2.0, 4.0, 64.0))]
    heat = drawn([*several, one(16, 9, 5.0, seed=0)])["heat-toy-succeeds-0-5"]
    assert heat.series[0].value == pytest.approx((8.0, 5.0)) and len(heat.series) == 1


def test_one_size_that_varies_has_a_slice_and_no_heat_map() -> None:
    made = drawn([one(8, 4, 5.0), one(16, 4, 7.0)])
    assert list(made) == ["size-toy-succeeds-0-5-n"]
    (slice_,) = made.values()
    assert slice_.caption.startswith("The level from which at least 50% of the trials meet “succeeds”. Bars")
    assert slice_.title == "Thresholds against n, toy: succeeds"
    assert (slice_.x.label, slice_.x.scale, slice_.y.label, slice_.y.scale) == ("n", "log", "level", "log")
    assert drawn([one(8, 4, 5.0)]) == {}


def test_sizes_that_the_cells_do_not_name_are_not_drawn_against() -> None:
    made = drawn(FOUND, sizes=lambda cell: {"hidden": float(cell["n"]), "n": float(cell["n"])})
    assert list(made) == ["size-toy-succeeds-0-5-n"]


def test_a_slice_is_where_most_cells_are_and_then_at_the_largest_place() -> None:
    by_n = drawn([one(n, d, 5.0) for n, d in ((8, 4), (16, 4), (32, 4), (8, 9), (16, 9))])[
        "size-toy-succeeds-0-5-n"
    ]
    assert ", at d = 4. Bars" in by_n.caption and by_n.series[0].x == (8, 16, 32)
    by_d = drawn(FOUND)["size-toy-succeeds-0-5-d"]
    assert ", at n = 16. Bars" in by_d.caption
    assert [bars.label for bars in by_d.series] == ["plain", "other"]
    for bars in by_d.series:
        assert bars.x == (4, 9) and bars.y == pytest.approx((164, 169))
    assert (by_d.series[0].low, by_d.series[0].high) == ((82, 84.5), (328, 338))


def test_the_law_of_the_arm_is_drawn_through_its_brackets() -> None:
    changes: list[dict[str, Any]] = [{"share": 0.9}, {"log_factor": "n"}, {"family": "x"}, {"arm": "x"}]
    wrong = [changed(LAW, constant=99.0, **change) for change in changes]
    by_n, by_d = (drawn(FOUND, [*wrong, LAW])[f"size-toy-succeeds-0-5-{name}"] for name in "nd")
    bars, law, other = by_n.series
    assert (bars.style, law.style, other.label) == ("bars", "dashed", "other")
    assert law.y == pytest.approx((3 * 8**2 * 3, 3 * 16**2 * 3)) and law.x == (8, 16)
    assert law.label == "plain: n^2 [1.5, 2.5]"
    assert by_d.series[1].label == "plain: d^0.5"
    assert by_d.series[1].y == pytest.approx((3 * 16**2 * 2, 3 * 16**2 * 3))


def test_through_one_bracket_no_law_is_drawn() -> None:
    made = drawn([one(8, 4, 5.0), one(16, 4, 5.0, "other")], [LAW])
    assert [series.label for series in made["size-toy-succeeds-0-5-n"].series] == ["plain", "other"]


def test_explicit_levels_are_drawn_where_there_are_any() -> None:
    def bounds(cell: Cell, arm: str) -> float:
        return 100.0 * float(cell["n"]) if arm == "plain" and cell["n"] != 8 else math.inf

    series = drawn([one(n, 4, 5.0, arm) for n in (8, 16, 32) for arm in ("plain", "other")], bounds=bounds)[
        "size-toy-succeeds-0-5-n"
    ].series
    assert [each.label for each in series] == ["plain", "plain: explicit", "other"]
    assert (series[1].x, series[1].y, series[1].style) == ((16, 32), (1600, 3200), "dashed")


def test_families_criteria_and_shares_are_drawn_apart() -> None:
    other = [replace(each, criterion="Wins, twice!") for each in FOUND]
    high = [replace(each, share=0.95) for each in FOUND]
    ids = list(drawn([*FOUND, *other, *high]))
    assert len(ids) == 9
    assert ids[3] == "heat-toy-wins-twice-0-5" and ids[8] == "size-toy-succeeds-0-95-d"
    open_ones = [replace(each, high=math.inf) for each in FOUND] + [replace(each, low=0.0) for each in FOUND]
    assert drawn(open_ones) == {}
