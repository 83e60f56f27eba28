"""A sweep with a known truth: P(success at m) is logistic in log m, and the threshold is 3 n d^(1/2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep.batches import Batch, Threshold, run_batch
from refute.sweep.bracket import planner, thresholds

CELLS = tuple(Cell({"n": n, "d": d, "data": "toy"}) for n in (8, 16, 32, 64) for d in (4, 16, 64))
LEVELS = tuple(round(4 * 1.25**k) for k in range(32))


def truth(cell: Cell) -> float:
    return 3 * float(cell["n"]) * math.sqrt(float(cell["d"]))


def run(
    cell: Cell, arm: str, level: int, generators: Sequence[np.random.Generator], compute: Compute
) -> Sequence[Trial]:
    slope = 2 + float(cell["n"]) / 16
    chance = 1 / (1 + math.exp(-slope * math.log(level / truth(cell))))
    return [Trial((bool(generator.random() < chance),)) for generator in generators]


SWEEP = Sweep(
    name="toy",
    statement="",
    module="toy",
    criteria=("succeeds",),
    arms=("plain",),
    grids=("default",),
    cells=lambda grid: CELLS,
    levels=lambda cell, arm: LEVELS,
    run=run,
    sizes=lambda cell: {"n": float(cell["n"]), "d": float(cell["d"])},
)


def survey(seed: int, sweep: Sweep = SWEEP) -> list[Threshold]:
    """All thresholds, batch after batch in one process."""
    found: list[Threshold] = []
    for cell in sweep.cells("default"):
        ask = planner(sweep, "default", ())
        history = dict[int, list[Trial]]()
        while wanted := ask(cell, "plain", history):
            for level, count in wanted:
                seen = history.setdefault(level, [])
                for _ in range(math.ceil(count / sweep.batch)):
                    batch = Batch(cell, "plain", level, len(seen) // sweep.batch)
                    seen += run_batch(sweep, seed, batch, Compute())
        found += thresholds(sweep, "default", (), cell, "plain", history)
    return found
