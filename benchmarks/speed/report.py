"""What a run of the benchmarks leaves: the machine, lines and a table for a person, and JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.speed.sizes import Row
from models.native.build import native

QUIET = 0.5
"""Load per processor beyond which others are at work."""


def machine() -> dict[str, Any]:
    """Processor, versions and load, before anything is measured."""
    model = (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    return {
        "processor": next(model, platform.processor()),
        "cores": cores,
        "load": load,
        "quiet": load <= QUIET * cores,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "training": native().message,
    }


def quietness(found: dict[str, Any]) -> str:
    """The line before the run: load, and whether the machine is free enough for ratios to mean something."""
    line = f"load {found['load']:.2f} on {found['cores']} processors"
    return line if found["quiet"] else f"{line}: not a quiet machine, so do not quote these numbers"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def say(console: Console, row: Row) -> None:
    """One row as soon as it is measured."""
    met = {True: "met", False: "NOT MET", None: ""}[row.met]
    needed = "" if row.needed is None else f"goal {row.needed:g}"
    part = "" if row.share is None else f"{row.share:.0%} of {row.of}"
    console.print(
        f"{row.goal:12} {row.what:58} {row.rival:26} {row.found!s:28} {needed:10} {met} {part} {row.note}"
    )


def by_goal(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Goal by goal with the most threads: its first row, and whether all its rows that name a number meet it.

    by_threads has the latter for every number of threads.
    """
    told: dict[str, Any] = {}
    for goal, group in groupby(sorted(found, key=lambda row: row["goal"]), key=lambda row: row["goal"]):
        members = list(group)
        most = max(row["threads"] for row in members)
        first = next(row for row in members if row["threads"] == most)
        met = {str(row["threads"]): _all_met(members, row["threads"]) for row in members}
        told[goal] = {**first["found"], "goal": first["needed"], "met": met[str(most)], "by_threads": met}
    return told


def _all_met(rows: list[dict[str, Any]], threads: int) -> bool:
    judged = [row["met"] for row in rows if row["threads"] == threads and row["met"] is not None]
    return bool(judged) and all(judged)


def cells(rows: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The rows as text."""
    for row in rows:
        found = row["found"]
        yield (
            row["goal"],
            str(row["threads"]),
            row["what"],
            row["rival"],
            f"{found['ratio']:.3g} ({found['low']:.3g} - {found['high']:.3g})",
            "" if row["needed"] is None else f"{row['needed']:g}",
            "" if row["share"] is None else f"{row['share']:.0%} of {row['of']}",
            {True: "yes", False: "no", None: ""}[row["met"]],
        )


def table(report: dict[str, Any]) -> Table:
    """All rows."""
    heads = ("goal", "threads", "what", "against", "ratio (low - high)", "needed", "of the limit", "met")
    drawn = Table(*heads, title="Speed")
    for row in cells(report["rows"]):
        drawn.add_row(*row)
    return drawn
