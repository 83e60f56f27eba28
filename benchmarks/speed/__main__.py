"""The table of goals: `python -m benchmarks.speed [options]`; docs/benchmarks.md says how it is measured."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
from rich.console import Console

from benchmarks.speed.arguments import Asked, parse
from benchmarks.speed.early import early
from benchmarks.speed.eigenvalues import dense, smallest
from benchmarks.speed.growth import growth
from benchmarks.speed.kernels import grams, tracking
from benchmarks.speed.memory import memory
from benchmarks.speed.outsiders import gram_rows, product_rows
from benchmarks.speed.report import by_goal, machine, quietness, say, table
from benchmarks.speed.sizes import LeftOutError, Plan, Row
from benchmarks.speed.timing import limits, peak_mebibytes
from benchmarks.speed.training import certificates, training

SECTIONS: tuple[Callable[[Plan], Iterator[Row]], ...] = (
    training,
    grams,
    partial(gram_rows, route="jacobian"),
    partial(gram_rows, route="vector-products"),
    tracking,
    certificates,
    smallest,
    product_rows,
    dense,
    memory,
)
"""All comparisons; one that cannot be made does not stop the others."""


def main() -> int:
    """Measure with each number of threads, print, write the file; 1 if a comparison had to be left out."""
    asked = parse()
    console = Console(width=None if sys.stdout.isatty() else 160, soft_wrap=True)
    found = machine()
    console.print(quietness(found))
    console.print(f"training loop: {found['training']}")
    report: dict[str, Any] = {"machine": found, "command": shlex.join(sys.argv[1:]), "rivals": asked.versions}
    report |= {"limits": {}, "rows": [], "left_out": []}
    for threads in asked.threads:
        torch.set_num_threads(threads)
        best = report["limits"][str(threads)] = limits()
        words = ", ".join(f"{name} {value:.0f}" for name, value in best.items())
        console.print(f"{threads} threads: {words}")
        _measure(console, _plan(asked, threads, best), report)
        _write(asked, report)
    for name, part in (("growth", growth), ("early", early)):
        if asked.wants(name):
            report[name] = part(console)
    _write(asked, report)
    console.print(table(report))
    console.print(f"{asked.json}: every row, the machine and its limits. {quietness(found)}")
    return 1 if report["left_out"] else 0


def _write(asked: Asked, report: dict[str, Any]) -> None:
    """The report so far, so that a run that is interrupted leaves what it had."""
    told = {**report, "peak_mebibytes": peak_mebibytes(), **by_goal(report["rows"])}
    asked.json.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _plan(asked: Asked, threads: int, best: dict[str, float]) -> Plan:
    rivals = (asked.neural_tangents, asked.curvlinops)
    return Plan(threads, asked.rounds, asked.full, best, *rivals, asked.only)


def _measure(console: Console, plan: Plan, report: dict[str, Any]) -> None:
    """Add the rows of a plan to a report, and why any is missing."""
    for section in SECTIONS:
        try:
            for row in section(plan):
                if plan.wants(row.goal):
                    report["rows"].append({"threads": plan.threads, **asdict(row), "met": row.met})
                    say(console, row)
        except LeftOutError as reason:
            report["left_out"].append({"threads": plan.threads, "why": str(reason)})
            console.print(f"left out: {reason}")


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
