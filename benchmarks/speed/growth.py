"""How a step of training grows with n, d, m and the number of networks: slopes on log-log axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.speed.sizes import STEP, Size
from benchmarks.speed.timing import rounds_of
from models.training.descent import descend

BASE = Size(16, 8, 8, 1024)
GRIDS: dict[str, tuple[int, ...]] = {
    "n": (4, 8, 16, 32),
    "d": (4, 8, 16, 32),
    "m": (512, 1024, 2048, 4096),
    "B": (8, 16, 32, 64),
}
STEPS = 16


def growth(console: Console) -> dict[str, dict[str, object]]:
    """For each axis its sizes, microseconds a step and the least squares slope; work is linear in each."""
    found: dict[str, dict[str, object]] = {}
    for axis, values in GRIDS.items():
        times = [_microseconds(_with(axis, value)) for value in values]
        slope = float(np.polyfit(np.log(values), np.log(times), 1)[0])
        found[axis] = {"sizes": list(values), "microseconds": times, "slope": slope}
        console.print(f"a weak step of {BASE} against {axis}: slope {slope:.2f}")
    return found


def _with(axis: str, value: int) -> Size:
    fields: dict[str, Any] = {axis: value}
    return replace(BASE, **fields)


def _microseconds(size: Size) -> float:
    network, X = size.make()
    taken = rounds_of({"step": lambda: descend(network, X, STEP, STEPS, "weak")}, 5)["step"]
    return 1e6 * min(taken) / STEPS
