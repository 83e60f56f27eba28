"""The picture of the certified widths: from which m on half of the starts are certified, over n and d.

Measured once, by `refute widths`, and stored in docs/widths.json; measuring it takes minutes.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from refute import Axis, Plot, Series

STORED = Path(__file__).resolve().parents[2] / "docs" / "widths.json"
FAMILY = "random sphere"
CRITERION = "rate for all time"
SHARE = 0.5


def width_map(stored: Path = STORED) -> Plot | None:
    """Heat maps, weak and joint, of the geometric middles of the brackets; None where nothing is stored."""
    if not stored.is_file():
        return None
    survey = json.loads(stored.read_text(encoding="utf-8"))
    found = [each for row in survey["rows"] for each in _thresholds(row)]
    series = tuple(_panel(arm, found) for arm in survey["arms"] if any(each[0] == arm for each in found))
    return Plot(
        id="certified-widths",
        title="From which width on half of the starts are certified",
        caption=(
            f"Random points on the sphere; the smallest width m from which {SHARE:.0%} of the starts or more "
            "keep the promised rate for all time, by their certificates: the geometric middle of a bracket "
            f"that was decided by trials. Not measured in this audit: stored by `{survey['command']}` at "
            f"commit {survey['commit'][:7]}, in docs/widths.json."
        ),
        x=Axis("dimension d"),
        y=Axis("samples n"),
        series=series,
        claims=("W2", "C2", "C3"),
    )


def _thresholds(row: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """(arm, d, n, middle of the bracket) of the threshold of the picture in a row; none with an open end."""
    cell = row["cell"]
    asked = [one for one in row["thresholds"] if (one["criterion"], one["share"]) == (CRITERION, SHARE)]
    return [
        (row["arm"], float(cell["d"]), float(cell["n"]), math.sqrt(one["low"] * one["high"]))
        for one in asked
        if cell["data"] == FAMILY and one["low"] and one["high"]
    ]


def _panel(arm: str, found: list[tuple[str, float, float, float]]) -> Series:
    places = sorted(each[1:] for each in found if each[0] == arm)
    d, n, m = zip(*places, strict=True)
    return Series(arm, d, n, "heat", value=m)
