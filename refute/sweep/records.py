"""What a sweep is: cells, arms and levels, trials of them in batches, and the thresholds that come out.

A sweep asks, for each cell (one choice of sizes and data) and each arm (one way to proceed), from which level
on (a width, say) a stated share of the trials succeeds. It is a table of pure functions. Trials come in
batches of a fixed size; what a batch contains depends on the sweep, the master seed and the batch's address
only, never on who runs it, when, or what was run before.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

from refute.claim import Compute
from refute.evidence.seeds import PROTOCOL, trial_generators

Scalar: TypeAlias = int | float | str


@dataclass(frozen=True, init=False, order=True)
class Cell:
    """One row of the table, by named integers, finite floats and strings; equal and hashed by its text.

    text: canonical JSON with sorted names. 2 and 2.0 are different values, -0.0 is 0.0. Raises TypeError for
    a value that is none of the three (a bool is none) and ValueError for one that is not finite.
    """

    text: str

    def __init__(self, key: Mapping[str, Scalar]) -> None:
        plain = {name: _plain(name, key[name]) for name in sorted(key)}
        object.__setattr__(self, "text", json.dumps(plain, separators=(",", ":"), ensure_ascii=False))

    @property
    def key(self) -> dict[str, Scalar]:
        """The values by name; also what JSON files hold."""
        found: dict[str, Scalar] = json.loads(self.text)
        return found

    def __getitem__(self, name: str) -> Scalar:
        return self.key[name]

    def __repr__(self) -> str:
        return f"Cell({self.key!r})"

    def describe(self) -> str:
        """One line for people: words first, then the numbers by name."""
        words = [value for value in self.key.values() if isinstance(value, str)]
        numbers = [(name, value) for name, value in self.key.items() if not isinstance(value, str)]
        return ", ".join(words + [f"{name}={value:.6g}" for name, value in numbers])


@dataclass(frozen=True)
class Outcome:
    """One trial: for each criterion of the sweep, in its order, whether it was met; and the steps taken."""

    success: tuple[bool, ...]
    steps: int = 0


@dataclass(frozen=True, order=True)
class Batch:
    """The address of a batch: `Sweep.batch` trials of one cell, arm and level, counted from index 0."""

    cell: Cell
    arm: str
    level: int
    index: int


History: TypeAlias = Mapping[int, Sequence[Outcome]]
"""The outcomes of one cell and arm so far, by level, in the order of their trials; whole batches only."""

Planner: TypeAlias = Callable[[Cell, str, History], Sequence[tuple[int, int]]]
"""What to run next for a cell and arm: (level, how many more trials), rounded up to whole batches; empty when
nothing more is needed. Pure. It is asked again only when all it asked for is there, so the order in which
batches come back changes nothing."""


@dataclass(frozen=True)
class Sweep:
    """A question about thresholds, and everything needed to answer it.

    name: short, for people and files. statement: the question in words. module: the module whose sources,
    and those it imports from claims/ and models/, make up the question; results are stored under their
    hash. criteria: what a trial can succeed at. arms: the ways to proceed, as (weak, joint). grids: names
    of sets of cells, the default first. cells: those of a grid. levels: of a cell and arm the geometric
    grid of levels, increasing. run: one outcome for each generator, each from its own generator only.
    batch: trials in a batch. asks: for an arm that is not asked about every criterion, those it is asked
    about. shares: of a grid, the shares of successes whose thresholds are sought. bounds: an explicit
    level of a cell and arm, nan where there is none. promises: for each criterion for which the bound is
    proved to suffice, the largest share of successes that it promises; against the others it is only held.
    sizes: the positive numbers of a cell
    against which exponents are fitted. cost: work of one trial at a level in any unit, for the remaining
    time only.
    """

    name: str
    statement: str
    module: str
    criteria: tuple[str, ...]
    arms: tuple[str, ...]
    grids: tuple[str, ...]
    cells: Callable[[str], Sequence[Cell]]
    levels: Callable[[Cell, str], Sequence[int]]
    run: Callable[[Cell, str, int, Sequence[np.random.Generator], Compute], Sequence[Outcome]]
    bounds: Callable[[Cell, str], float] = lambda cell, arm: math.nan
    sizes: Callable[[Cell], Mapping[str, float]] = lambda cell: {}
    cost: Callable[[Cell, str, int], float] = lambda cell, arm, level: float(level)
    batch: int = 8
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: Callable[[str], Sequence[float]] = lambda grid: (0.5,)
    promises: Mapping[str, float] = field(default_factory=dict)

    def asked(self, arm: str) -> Sequence[str]:
        """The criteria whose thresholds are sought for an arm."""
        return self.asks.get(arm, self.criteria)


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


def run_batch(sweep: Sweep, master: int, batch: Batch, compute: Compute) -> tuple[Outcome, ...]:
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


def _plain(name: str, value: Any) -> Scalar:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}, and a cell holds finite numbers only")
        return float(value) + 0.0
    raise TypeError(f"{name} is a {type(value).__name__}; a cell holds integers, floats and strings")
