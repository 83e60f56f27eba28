"""A sweep of two cells and two arms, every trial a success: tests replace what they are about."""

from __future__ import annotations

from refute.statement.sweep import Cell, Sweep, Trial

ONE = Cell({"n": 1})
TWO = Cell({"n": 2})
PLAIN = Sweep(
    name="s",
    statement="?",
    module="m",
    criteria=("c",),
    arms=("a", "b"),
    grids=("g",),
    cells=lambda grid: [ONE, TWO],
    levels=lambda cell, arm: [1, 2, 3],
    run=lambda cell, arm, level, generators, compute: [Trial((True,), level)] * len(generators),
)
