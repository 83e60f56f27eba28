"""Where a threshold lies: a bisection over levels, decided by tests that hold however long they look.

The threshold of a cell and arm is the level m* from which on at least `share` of the trials succeed; the one
assumption is that P(success | level) does not fall as the level rises. At a level two one-sided e-processes
run on the same trials, of "P <= share" and of "P >= share" (refute/evidence/sequential.py). A level at which
the first is rejected is enough, m* <= level; one at which the second is rejected is too small, m* > level; a
level that the cap leaves undecided stays inside the bracket. With K the number of (cell, arm, criterion,
share, level), each test errs with probability at most ALPHA / (2 K), so that all brackets of a sweep hold at
once with probability 1 - ALPHA: a level is chosen by what other levels showed, and its own trials are fresh,
so Ville's inequality serves each test as it stands.

What is asked for next is a pure function of the outcomes so far: neither the order of arrival nor the number
of workers changes a bracket.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from refute.evidence.boundaries import exceedances
from refute.statement.sweep import Cell, Sweep
from refute.sweep.batches import History, Planner, Threshold, tables

ALPHA = 0.05
"""The probability that any bracket of a sweep misses its threshold is at most this."""
PATIENCE = 4
"""The cap of a level, as a multiple of the fewest trials that can decide it either way. Levels close to the
threshold would ask for trials without end, and a bracket that holds one of them is hardly wider for it; a
larger cap buys narrower brackets, and a smaller one is no less right."""
_LONGEST = 1024
"""Where so many trials that all agree do not decide, the share or the error asked for is a slip: a survey
would take many times as many at each level."""


class Side(StrEnum):
    """What the trials at one level say of P(success) and the share."""

    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True)
class Boundaries:
    """Two one-sided tests of one share at one level, by the number n of trials.

    P > share is decided from above[n] successes on (more than n: by no count), P < share down from below[n]
    (negative: by none). shortest: the fewest trials that can decide. cap: those after which a level is left
    undecided.
    """

    share: float
    above: tuple[int, ...]
    below: tuple[int, ...]
    shortest: int
    cap: int


@lru_cache(maxsize=64)
def boundaries(share: float, error: float) -> Boundaries:
    """Both tests at the error probability `error` each.

    Raises ValueError unless both lie strictly between 0 and 1, and where even trials that all agree do not
    decide within 1024.
    """
    if not (0 < share < 1 and 0 < error < 1):
        raise ValueError(f"a share of {share} and an error of {error} must lie strictly between 0 and 1")
    longest = 64  # doubled below, so that only the work depends on where it begins
    up: int | None = None
    down: int | None = None
    while up is None or down is None:
        if longest > _LONGEST:
            raise ValueError(f"{_LONGEST} trials do not decide whether P exceeds {share} at level {error:g}")
        above = exceedances(share, error, PATIENCE * longest)
        below = tuple(n - most for n, most in enumerate(exceedances(1 - share, error, PATIENCE * longest)))
        up = next((n for n in range(longest + 1) if above[n] <= n), None)
        down = next((n for n in range(longest + 1) if below[n] >= 0), None)
        longest *= 2
    cap = PATIENCE * max(up, down)
    return Boundaries(share, above[: cap + 1], below[: cap + 1], min(up, down), cap)


def every_test(sweep: Sweep, grid: str, arms: Sequence[str]) -> tuple[Boundaries, ...]:
    """The tests of each share of the grid, so strict that all its brackets hold at once but for ALPHA."""
    pairs = tables(sweep, grid, arms)
    count = sum(len(sweep.levels(cell, arm)) * len(sweep.asked(arm)) for cell, arm in pairs)
    shares = sweep.shares(grid)
    error = ALPHA / (2 * max(count, 1) * len(shares))
    return tuple(boundaries(share, error) for share in shares)


def side(by: Boundaries, successes: Sequence[bool]) -> Side:
    """What the trials say, read in order: the first boundary they meet decides."""
    count = 0
    for n, success in enumerate(successes[: by.cap], start=1):
        count += success
        if count >= by.above[n]:
            return Side.ABOVE
        if count <= by.below[n]:
            return Side.BELOW
    return Side.EXHAUSTED if len(successes) >= by.cap else Side.OPEN


def planner(sweep: Sweep, grid: str, arms: Sequence[str]) -> Planner:
    """What to run next for a cell and arm, until every bracket is as narrow as its tests can make it."""
    shares = every_test(sweep, grid, arms)

    def ask(cell: Cell, arm: str, history: History) -> Sequence[tuple[int, int]]:
        levels = sweep.levels(cell, arm)
        wanted: dict[int, int] = {}
        for criterion in sweep.asked(arm):
            outcomes = _column(history, sweep.criteria.index(criterion))
            for by in shares:
                for level in next_levels(by, levels, outcomes):
                    wanted[level] = max(wanted.get(level, 0), _more(by, len(outcomes.get(level, ()))))
        return sorted(wanted.items())

    return ask


def thresholds(
    sweep: Sweep, grid: str, arms: Sequence[str], cell: Cell, arm: str, history: History
) -> tuple[Threshold, ...]:
    """The bracket of every criterion asked of the arm and of every share, from the outcomes so far."""
    found: list[Threshold] = []
    levels = sweep.levels(cell, arm)
    for criterion in sweep.asked(arm):
        column = _column(history, sweep.criteria.index(criterion))
        outcomes = {level: column[level] for level in levels if column.get(level)}
        counts = {level: (len(seen), sum(seen)) for level, seen in outcomes.items()}
        trials = sum(count for count, _ in counts.values())
        for by in every_test(sweep, grid, arms):
            low, high = _edges({level: side(by, seen) for level, seen in outcomes.items()})
            found.append(Threshold(cell, arm, criterion, by.share, low, high, trials, counts))
    return tuple(found)


def next_levels(
    by: Boundaries, levels: Sequence[int], outcomes: Mapping[int, Sequence[bool]]
) -> tuple[int, ...]:
    """The levels at which more trials can narrow the bracket of one criterion and share; empty at the end.

    levels: increasing. First whatever is begun and open; then the middle of what is left between an edge of
    the bracket and the nearest undecided level, on both sides.
    """
    sides = {level: side(by, outcomes[level]) for level in levels if outcomes.get(level)}
    low, high = _edges(sides)
    inside = [level for level in levels if low < level < high]
    begun = tuple(level for level in inside if sides.get(level) is Side.OPEN)
    if begun:
        return begun
    undecided = [level for level in inside if level in sides]
    if not undecided:
        return _middle(inside)
    left = [level for level in inside if level < undecided[0]]
    right = [level for level in inside if level > undecided[-1]]
    return _middle(left) + _middle(right)


def ratio(above: Threshold, below: Threshold) -> tuple[float, float]:
    """Between which numbers the first threshold divided by the second lies if both brackets hold."""
    return above.low / below.high, above.high / below.low if below.low > 0 else math.inf


def _edges(sides: Mapping[int, Side]) -> tuple[float, float]:
    """The largest level decided to be too small (or 0), and the smallest decided to be enough (or inf).

    Where these contradict each other, P was not monotone or a test erred, and the wider bracket stands.
    """
    below = [level for level, found in sides.items() if found is Side.BELOW]
    above = [level for level, found in sides.items() if found is Side.ABOVE]
    low = max(below, default=0)
    high = min(above, default=math.inf)
    if low <= high:
        return float(low), float(high)
    outer_low = max((level for level in below if level < high), default=0)
    outer_high = min((level for level in above if level > low), default=math.inf)
    return float(outer_low), float(outer_high)


def _column(history: History, criterion: int) -> dict[int, list[bool]]:
    return {
        level: [outcome.success[criterion] for outcome in outcomes] for level, outcomes in history.items()
    }


def _more(by: Boundaries, done: int) -> int:
    """How many more trials: first the fewest that can decide, then half as many again, up to the cap.

    Half: a survey asks a few times a level, and looks at no more than half again as many trials as it needed.
    """
    return by.shortest - done if done < by.shortest else min(max(done // 2, 1), by.cap - done)


def _middle(levels: Sequence[int]) -> tuple[int, ...]:
    return (levels[(len(levels) - 1) // 2],) if levels else ()
