"""What a paper asks of thresholds: the cells of a table, the arms, the levels, and how a trial is run.

A sweep asks, for each cell (one choice of sizes and data) and each arm (one way to proceed), from which level
on (a width, say) a stated share of the trials succeeds. It is a table of pure functions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from refute.statement.kinds import Compute

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
        names = [value for value in self.key.values() if isinstance(value, str)]
        numbers = [(name, value) for name, value in self.key.items() if not isinstance(value, str)]
        return ", ".join(names + [f"{name}={value:.6g}" for name, value in numbers])


@dataclass(frozen=True)
class Trial:
    """One trial: for each criterion of the sweep, in its order, whether it was met; and the steps taken."""

    success: tuple[bool, ...]
    steps: int = 0


@dataclass(frozen=True)
class Sweep:
    """A question about thresholds, and everything needed to answer it.

    name: short, for people and files. statement: the question in words. module: the module whose sources, and
    those it imports from claims/ and models/, make up the question; results are stored under their hash.
    criteria: what a trial can succeed at. arms: the names of the ways to proceed that are compared. grids:
    names of sets of cells, the default first. cells: those of a grid. levels: of a cell and arm the geometric
    grid of levels, increasing. run: one outcome for each generator, each from its own generator only. batch:
    trials in a batch. asks: for an arm that is not asked about every criterion, those it is asked about.
    shares: of a grid, the shares of successes whose thresholds are sought. bounds: an explicit level of a
    cell and arm, nan where there is none. promises: for each criterion for which the bound is proved to
    suffice, the largest share of successes that it promises; against the others it is only held. sizes: the
    positive numbers of a cell against which exponents are fitted. cost: work of one trial at a level in any
    unit, for the remaining time only.
    """

    name: str
    statement: str
    module: str
    criteria: tuple[str, ...]
    arms: tuple[str, ...]
    grids: tuple[str, ...]
    cells: Callable[[str], Sequence[Cell]]
    levels: Callable[[Cell, str], Sequence[int]]
    run: Callable[[Cell, str, int, Sequence[np.random.Generator], Compute], Sequence[Trial]]
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
