"""Runs a sweep: asks the planner what is needed, looks it up or has it run, keeps it, and asks again.

Each pair of a cell and an arm goes its own way. It is asked for more only when all it asked for is there, so
that neither the crew nor the order in which batches come back nor an interruption can change what is asked.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from refute.basics.errors import SweepError
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep.batches import Batch, Planner
from refute.sweep.executors import Crew
from refute.sweep.store import Store
from refute.sweep.worker import Done


@dataclass
class Pair:
    """One cell and arm: the outcomes that count, by level, and what is still on its way.

    rank: its turn; the most expensive pairs come first, so that no worker is left alone with them at the end.
    work: what it is expected to cost, in the sweep's unit. seconds: of all its batches, stored ones included.
    """

    cell: Cell
    arm: str
    rank: int
    work: float
    history: dict[int, tuple[Trial, ...]] = field(default_factory=dict)
    awaited: dict[Batch, tuple[Trial, ...] | None] = field(default_factory=dict)
    seconds: float = 0.0
    done: bool = False

    @property
    def trials(self) -> int:
        """The trials that count."""
        return sum(map(len, self.history.values()))

    @property
    def steps(self) -> int:
        """Their steps."""
        return sum(outcome.steps for outcomes in self.history.values() for outcome in outcomes)

    def count_awaited(self) -> None:
        """Move what was awaited into the history, once all of it is there."""
        for batch in sorted(self.awaited):
            self.history[batch.level] = self.history.get(batch.level, ()) + (self.awaited[batch] or ())
        self.awaited = {}


@dataclass
class Survey:
    """A sweep under way, and how far it is.

    pairs: in the order of the table. ran, stored: batches run now, and found in the store. differing: batches
    run again whose outcomes are not the stored ones. busy: seconds of work that were done now.
    """

    sweep: Sweep
    planner: Planner
    pairs: Sequence[Pair]
    fresh: bool = False
    ran: int = 0
    stored: int = 0
    differing: int = 0
    busy: float = 0.0
    begun: float = field(default_factory=time.monotonic)

    @property
    def finished(self) -> int:
        """The pairs that need nothing more."""
        return sum(pair.done for pair in self.pairs)

    def remaining(self) -> tuple[float, float] | None:
        """Between which seconds the rest should take; None until three pairs are done and something ran.

        Finished pairs say how their time compares with what was expected of them. The range is that of the
        quartiles of this ratio, at the pace at which work was done so far.
        """
        ratios = sorted(pair.seconds / pair.work for pair in self.pairs if pair.done and pair.seconds > 0)
        elapsed = time.monotonic() - self.begun
        if len(ratios) < 3 or self.busy == 0:
            return None
        pace, last = self.busy / elapsed, len(ratios) - 1
        low, high = ratios[last // 4], ratios[math.ceil(3 * last / 4)]
        rest = [pair for pair in self.pairs if not pair.done]
        least, most = (sum(max(r * p.work - p.seconds, 0.0) for p in rest) for r in (low, high))
        return least / pace, most / pace


def survey_of(
    sweep: Sweep, pairs: Sequence[tuple[Cell, str]], planner: Planner, *, fresh: bool = False
) -> Survey:
    """A survey of these pairs, not begun. fresh: run what is stored again, and compare."""
    works = [_work(sweep, cell, arm) for cell, arm in pairs]
    order = sorted(range(len(pairs)), key=lambda index: (-works[index], index))
    ranks = {index: rank for rank, index in enumerate(order)}
    rows = [Pair(cell, arm, ranks[i], works[i]) for i, (cell, arm) in enumerate(pairs)]
    return Survey(sweep, planner, rows, fresh)


def explore(survey: Survey, crew: Crew, store: Store, say: Callable[[Pair | None], None]) -> None:
    """Run the survey to its end. `say` is told each pair that ends, and None after each batch that was run.

    Every batch is in the store before the next one is waited for. Raises SweepError where a batch fails, and
    LedgerError; what was finished before either, or before Ctrl-C, is stored.
    """
    waiting: list[tuple[int, Batch]] = []
    homes: dict[tuple[str, str], Pair] = {(pair.cell.text, pair.arm): pair for pair in survey.pairs}
    for pair in sorted(survey.pairs, key=lambda pair: pair.rank):
        _ask(survey, pair, store, waiting, say)
    under_way = 0
    while waiting or under_way:
        while waiting and under_way < crew.size:
            crew.submit(heapq.heappop(waiting)[1])
            under_way += 1
        done = crew.take()
        under_way -= 1
        pair = homes[done.batch.cell.text, done.batch.arm]
        _keep(survey, pair, done, store)
        if all(outcomes is not None for outcomes in pair.awaited.values()):
            pair.count_awaited()
            _ask(survey, pair, store, waiting, say)
        say(None)


def _ask(
    survey: Survey,
    pair: Pair,
    store: Store,
    waiting: list[tuple[int, Batch]],
    say: Callable[[Pair | None], None],
) -> None:
    """Ask what a pair needs next; take from the store what is there and put the rest in the queue."""
    while True:
        pair.awaited = dict.fromkeys(_batches(survey, pair))
        if not pair.awaited:
            pair.done = True
            say(pair)
            return
        missing = []
        for batch in pair.awaited:
            known = None if survey.fresh else store.get(batch)
            if known is None:
                missing.append((pair.rank, batch))
            else:
                pair.awaited[batch], seconds = known
                pair.seconds += seconds
                survey.stored += 1
        if missing:
            for entry in missing:
                heapq.heappush(waiting, entry)
            return
        pair.count_awaited()


def _batches(survey: Survey, pair: Pair) -> list[Batch]:
    """The whole batches that the planner's next request needs."""
    size, found = survey.sweep.batch, []
    for level, count in survey.planner(pair.cell, pair.arm, pair.history):
        first = len(pair.history.get(level, ())) // size
        found += [Batch(pair.cell, pair.arm, level, first + k) for k in range(math.ceil(count / size))]
    return found


def _keep(survey: Survey, pair: Pair, done: Done, store: Store) -> None:
    batch = done.batch
    if done.error:
        where = f"{batch.cell.describe()}, {batch.arm}, level {batch.level}"
        raise SweepError(f"{survey.sweep.name} failed at {where}: {done.error}")
    if not store.add(batch, done.outcomes, done.seconds):
        known = store.get(batch)
        survey.differing += known is not None and known[0] != done.outcomes
    pair.awaited[batch] = done.outcomes
    pair.seconds += done.seconds
    survey.ran += 1
    survey.busy += done.seconds


def _work(sweep: Sweep, cell: Cell, arm: str) -> float:
    """The work at the middle level: where a bisection begins."""
    levels = sweep.levels(cell, arm)
    return max(sweep.cost(cell, arm, levels[(len(levels) - 1) // 2]), 1e-300) if levels else 1e-300
