"""The map of certified widths says what docs/widths.json holds, and that it was not measured now."""

from __future__ import annotations

import json
import math
from pathlib import Path

from claims.width.width_map import STORED, width_map


def test_every_place_is_the_middle_of_a_stored_bracket() -> None:
    plot = width_map()
    assert plot is not None
    assert [panel.label for panel in plot.series] == ["weak", "joint"]
    survey = json.loads(STORED.read_text("utf-8"))
    brackets = {
        (row["arm"], row["cell"]["d"], row["cell"]["n"]): (one["low"], one["high"])
        for row in survey["rows"]
        for one in row["thresholds"]
        if row["cell"]["data"] == "random sphere" and one["criterion"] == "rate for all time"
    }
    places = 0
    for panel in plot.series:
        for d, n, m in zip(panel.x, panel.y, panel.value or (), strict=True):
            low, high = brackets[panel.label, d, n]
            assert low < m < high and math.isclose(m * m, low * high)
            places += 1
    assert places == 18
    assert survey["commit"][:7] in plot.caption and "Not measured in this audit" in plot.caption


def test_joint_training_needs_less_everywhere_on_the_map() -> None:
    plot = width_map()
    assert plot is not None
    weak, joint = (panel.value or () for panel in plot.series)
    assert all(less < more for more, less in zip(weak, joint, strict=True))


def test_brackets_with_an_open_end_are_left_out(tmp_path: Path) -> None:
    survey = json.loads(STORED.read_text("utf-8"))
    for row in survey["rows"]:
        if row["cell"]["d"] == 4:
            row["thresholds"][0]["low"] = None
    changed = tmp_path / "widths.json"
    changed.write_text(json.dumps(survey), encoding="utf-8")
    plot = width_map(changed)
    assert plot is not None and all(4.0 not in panel.x for panel in plot.series)


def test_without_a_stored_survey_there_is_no_map(tmp_path: Path) -> None:
    assert width_map(tmp_path / "nothing.json") is None
