"""The table of goals: `python -m benchmarks.speed [--full] [--rounds N] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.speed.growth import growth
from benchmarks.speed.kernels import grams, smallest, tracking
from benchmarks.speed.sizes import Row
from benchmarks.speed.timing import limits, peak_mebibytes
from benchmarks.speed.training import certificates, training
from models.native.build import native


def rows(rounds: int, full: bool, gemm: dict[str, float]) -> Iterator[Row]:
    """All comparisons, cheap ones first."""
    yield from training(rounds, gemm)
    yield from grams(rounds, full)
    yield from tracking(rounds)
    yield from certificates(min(rounds, 3))
    yield from smallest(rounds, full)


def main() -> int:
    """Measure with one thread and with all, print, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large kernels too (G8, G10; needs 16 GiB)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    report: dict[str, Any] = {
        "machine": _machine(),
        "command": " ".join(sys.argv[1:]),
        "limits": {},
        "rows": [],
    }
    console.print(f"training loop: {native().words}")
    for threads in asked.threads:
        torch.set_num_threads(threads)
        best = limits()
        report["limits"][str(threads)] = best
        console.print(
            f"{threads} threads: " + ", ".join(f"{name} {value:.0f}" for name, value in best.items())
        )
        for row in rows(asked.rounds, asked.full, best):
            report["rows"].append({"threads": threads, **asdict(row), "met": row.met})
            _line(console, row)
    report["growth"] = growth(console)
    report["peak_mebibytes"] = peak_mebibytes()
    report |= _by_goal(report["rows"])
    asked.json.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    console.print(_table(report))
    console.print(f"{asked.json}: every row, the machine and its limits")
    return 0


def _machine() -> dict[str, str]:
    return {
        "processor": next(
            (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
            platform.processor(),
        ),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "training": native().words,
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _line(console: Console, row: Row) -> None:
    met = {True: "met", False: "NOT MET", None: ""}[row.met]
    needed = "" if row.needed is None else f"goal {row.needed:g}"
    console.print(f"{row.goal:12} {row.what:58} {row.rival:26} {row.found!s:28} {needed:10} {met} {row.note}")


def _by_goal(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Goal by goal: its first row, and whether all of its rows that name a number meet it."""
    told: dict[str, Any] = {}
    for goal, group in groupby(sorted(found, key=lambda row: row["goal"]), key=lambda row: row["goal"]):
        members = list(group)
        first = members[0]
        judged = [row["met"] for row in members if row["met"] is not None]
        told[goal] = {**first["found"], "goal": first["needed"], "met": bool(judged) and all(judged)}
    return told


def _table(report: dict[str, Any]) -> Table:
    table = Table("goal", "threads", "what", "against", "ratio (low - high)", "needed", "met", title="Speed")
    for row in report["rows"]:
        found = row["found"]
        table.add_row(
            row["goal"],
            str(row["threads"]),
            row["what"],
            row["rival"],
            f"{found['ratio']:.3g} ({found['low']:.3g} - {found['high']:.3g})",
            "" if row["needed"] is None else f"{row['needed']:g}",
            {True: "yes", False: "no", None: ""}[row["met"]],
        )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
