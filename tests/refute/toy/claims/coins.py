"""A sweep of the toy paper: a coin that shows heads with probability level^4 / (level^4 + t^4).

t = 2 n sqrt(d) for careful coins and half of it for bold ones, so the thresholds are known. TOY_PAUSE: the
seconds that a batch takes besides. TOY_DEATHS: a folder; whoever runs the batch that empties it dies.
"""

import math
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Sweep, Trial


def cells(grid: str) -> Sequence[Cell]:
    """All pairs of sizes; the large grid holds the small one."""
    sizes = (1, 2, 4, 8) if grid == "large" else (1, 4)
    return [Cell({"kind": "coin", "n": n, "d": d}) for n in sizes for d in sizes]


def middle(cell: Cell, arm: str) -> float:
    """The level at which heads come half the time."""
    return 2 * float(cell["n"]) * math.sqrt(float(cell["d"])) / (2 if arm == "bold" else 1)


def levels(cell: Cell, arm: str) -> Sequence[int]:
    """Powers of two."""
    return [2**k for k in range(8)]


def run(
    cell: Cell, arm: str, level: int, generators: Sequence[np.random.Generator], compute: Compute
) -> Sequence[Trial]:
    """Throw once for each generator; twice heads is rarer than once."""
    _suffer()
    p = 1 / (1 + (middle(cell, arm) / level) ** 4)
    throws = [generator.random(2) < p for generator in generators]
    return [Trial((bool(one), bool(one and two)), steps=level) for one, two in throws]


def _suffer() -> None:
    time.sleep(float(os.environ.get("TOY_PAUSE", "0")))
    for file in sorted(Path(os.environ["TOY_DEATHS"]).iterdir()) if "TOY_DEATHS" in os.environ else []:
        try:
            file.unlink()
        except FileNotFoundError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)


def sizes(cell: Cell) -> Mapping[str, float]:
    """n and d."""
    return {"n": float(cell["n"]), "d": float(cell["d"])}


SWEEP = Sweep(
    name="coins",
    statement="From which level on does a coin show heads half the time?",
    module="claims.coins",
    criteria=("heads", "heads twice"),
    arms=("careful", "bold"),
    grids=("small", "large"),
    cells=cells,
    levels=levels,
    run=run,
    bounds=lambda cell, arm: 64 * middle(cell, arm),
    sizes=sizes,
    promises={"heads": 0.9},
)
