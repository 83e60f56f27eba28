"""Trials of a sweep in batches, their addresses and their streams, and the thresholds that come out.

Trials come in batches of a fixed size; what a batch contains depends on the sweep, the master seed and the
batch's address only, never on who runs it, when, or what was run before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

import numpy as np

from refute.evidence.seeds import PROTOCOL, trial_generators
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Sweep, Trial


@dataclass(frozen=True, order=True)
class Batch:
    """The address of a batch: `Sweep.batch` trials of one cell, arm and level, counted from index 0."""

    cell: Cell
    arm: str
    level: int
    index: int

    def describe(self) -> str:
        """Cell, arm and level in words."""
        return f"{self.cell.describe()}, {self.arm}, level {self.level}"


History: TypeAlias = Mapping[int, Sequence[Trial]]
"""The outcomes of one cell and arm so far, by level, in the order of their trials; whole batches only."""

Planner: TypeAlias = Callable[[Cell, str, History], Sequence[tuple[int, int]]]
"""What to run next for a cell and arm: (level, how many more trials), rounded up to whole batches; empty when
nothing more is needed. Pure. It is asked again only when all it asked for is there, so the order in which
batches come back changes nothing."""


@dataclass(frozen=True)
class Threshold:
    """The level from which at least `share` of the trials of a cell and arm meet a criterion.

    It lies in (low, high]: low is the largest level decided to be too small, 0 if none was; high the smallest
    decided to be enough, inf if none was. trials: how many were looked at. censored: the whole grid of levels
    lies on one side.
    """

    cell: Cell
    arm: str
    criterion: str
    share: float
    low: float
    high: float
    trials: int = 0
    counts: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """By level: trials and successes."""

    @property
    def censored(self) -> bool:
        """Whether one side of the bracket is open."""
        return self.low == 0 or math.isinf(self.high)


def batch_generators(sweep: Sweep, master: int, batch: Batch) -> Sequence[np.random.Generator]:
    """The generators of the trials of a batch: one stream for each cell, arm and level, read in order."""
    key = _hash(b"refute-sweep", sweep.name, str(PROTOCOL), str(master), *address(batch)[:-1])
    return trial_generators(key, batch.index * sweep.batch, sweep.batch)


def run_batch(sweep: Sweep, master: int, batch: Batch, compute: Compute) -> tuple[Trial, ...]:
    """Run one batch. Raises ValueError if the sweep does not return one outcome a trial, each complete."""
    generators = batch_generators(sweep, master, batch)
    outcomes = tuple(sweep.run(batch.cell, batch.arm, batch.level, generators, compute))
    if len(outcomes) != sweep.batch:
        raise ValueError(f"{sweep.name}: {len(outcomes)} outcomes for {sweep.batch} trials")
    if any(len(outcome.success) != len(sweep.criteria) for outcome in outcomes):
        raise ValueError(f"{sweep.name}: an outcome needs one success or failure for each criterion")
    return outcomes


def address(batch: Batch) -> tuple[str, str, str, str]:
    """A batch as text: cell, arm, level, index."""
    return batch.cell.text, batch.arm, str(batch.level), str(batch.index)


def tables(sweep: Sweep, grid: str, arms: Sequence[str] = ()) -> Iterator[tuple[Cell, str]]:
    """All pairs of a cell of the grid and an arm, in order; all arms if none is named."""
    for cell in sweep.cells(grid):
        yield from ((cell, arm) for arm in sweep.arms if not arms or arm in arms)


def _hash(person: bytes, *parts: str) -> bytes:
    digest = blake2b(digest_size=16, person=person)
    for part in parts:
        digest.update(len(part.encode()).to_bytes(8, "little") + part.encode())
    return digest.digest()
