"""Runs a sweep: asks the planner what is needed, looks it up or has it run, keeps it, and asks again.

Each pair of a cell and an arm goes its own way. It is asked for more only when all it asked for is there, so
that neither the workers nor the order in which batches come back nor an interruption changes what is asked.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field

from refute.basics.errors import SweepError
from refute.basics.executors import Workers, WorkersDied
from refute.basics.interrupts import uninterrupted
from refute.basics.remaining import Part, remaining
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep.batches import Batch, Planner
from refute.sweep.store import Store
from refute.sweep.worker import Done

_LEAST_WORK = 1e-300
"""Instead of no work at all, so that seconds can be divided by it; it outweighs nothing."""


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
        """Between which seconds the rest should take; None until three pairs are done and something ran."""
        parts = [Part(pair.work, pair.seconds, pair.done) for pair in self.pairs]
        return remaining(parts, self.busy, time.monotonic() - self.begun)


def survey_of(
    sweep: Sweep, pairs: Sequence[tuple[Cell, str]], planner: Planner, *, fresh: bool = False
) -> Survey:
    """A survey of these pairs, not begun. fresh: run what is stored again, and compare."""
    works = [_work(sweep, cell, arm) for cell, arm in pairs]
    order = sorted(range(len(pairs)), key=lambda index: (-works[index], index))
    ranks = {index: rank for rank, index in enumerate(order)}
    rows = [Pair(cell, arm, ranks[i], works[i]) for i, (cell, arm) in enumerate(pairs)]
    return Survey(sweep, planner, rows, fresh)


def explore(
    survey: Survey,
    run: Callable[[Batch], Done],
    workers: Workers,
    store: Store,
    report: Callable[[Pair | None], None],
) -> None:
    """Have the workers `run` batches until the survey is at its end.

    `report` is given each pair that ends, and None after each batch that was run. Every batch is in the store
    before the next one is waited for. Raises SweepError where a batch fails or no worker survives it, and
    LedgerError; what was finished before either, or before Ctrl-C, is stored and counted.
    """
    waiting: list[tuple[int, Batch]] = []
    homes: dict[tuple[str, str], Pair] = {(pair.cell.text, pair.arm): pair for pair in survey.pairs}
    for pair in sorted(survey.pairs, key=lambda pair: pair.rank):
        _ask(survey, pair, store, waiting, report)
    in_flight: dict[Future[Done], Batch] = {}
    while waiting or in_flight:
        while waiting and len(in_flight) < workers.capacity():
            _, batch = heapq.heappop(waiting)
            in_flight[workers.executor.submit(run, batch)] = batch
        finished, _ = wait(in_flight, return_when=FIRST_COMPLETED)
        for future in finished:
            batch = in_flight.pop(future)
            pair = homes[batch.cell.text, batch.arm]
            _keep(survey, pair, _outcome(survey, workers, future, batch), store)
            if not pair.awaited:
                _ask(survey, pair, store, waiting, report)
            report(None)


def _ask(
    survey: Survey,
    pair: Pair,
    store: Store,
    waiting: list[tuple[int, Batch]],
    report: Callable[[Pair | None], None],
) -> None:
    """Ask what a pair needs next; take from the store what is there and put the rest in the queue."""
    while batches := _batches(survey, pair):
        with uninterrupted():
            missing = _look_up(survey, pair, batches, store)
        for batch in missing:
            heapq.heappush(waiting, (pair.rank, batch))
        if missing:
            return
    pair.done = True
    report(pair)


def _look_up(survey: Survey, pair: Pair, batches: Sequence[Batch], store: Store) -> list[Batch]:
    """Await these batches, and say which ones are not in the store; if all are, they count."""
    pair.awaited = dict.fromkeys(batches)
    for batch in batches:
        known = None if survey.fresh else store.get(batch)
        if known is not None:
            pair.awaited[batch], seconds = known
            pair.seconds += seconds
            survey.stored += 1
    missing = [batch for batch, outcomes in pair.awaited.items() if outcomes is None]
    if not missing:
        pair.count_awaited()
    return missing


def _batches(survey: Survey, pair: Pair) -> list[Batch]:
    """The whole batches that the planner's next request needs."""
    size = survey.sweep.batch
    found: list[Batch] = []
    for level, count in survey.planner(pair.cell, pair.arm, pair.history):
        first = len(pair.history.get(level, ())) // size
        found += [Batch(pair.cell, pair.arm, level, first + k) for k in range(math.ceil(count / size))]
    return found


def _outcome(survey: Survey, workers: Workers, future: Future[Done], batch: Batch) -> Done:
    """What came of a batch. Raises SweepError: the trials failed, or whoever ran them did."""
    try:
        done = future.result()
    except WorkersDied as death:
        raise SweepError(f"{death} while they ran {batch.describe()}; is there enough memory?") from death
    except CancelledError as error:
        raise SweepError(f"{workers.name} is gone, and {batch.describe()} with it") from error
    except Exception as error:
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise SweepError(f"{workers.name} lost {batch.describe()}: {message}") from error
    if done.error:
        raise SweepError(f"{survey.sweep.name} failed at {batch.describe()}: {done.error}")
    return done


def _keep(survey: Survey, pair: Pair, done: Done, store: Store) -> None:
    """Store a batch and count it, in one step: after Ctrl-C, what is stored is what is shown."""
    with uninterrupted():
        if not store.add(done.batch, done.outcomes, done.seconds):
            known = store.get(done.batch)
            survey.differing += known is not None and known[0] != done.outcomes
        pair.awaited[done.batch] = done.outcomes
        pair.seconds += done.seconds
        survey.ran += 1
        survey.busy += done.seconds
        if all(outcomes is not None for outcomes in pair.awaited.values()):
            pair.count_awaited()


def _work(sweep: Sweep, cell: Cell, arm: str) -> float:
    """The work at the middle level: where a bisection begins."""
    levels = sweep.levels(cell, arm)
    middle = sweep.cost(cell, arm, levels[(len(levels) - 1) // 2]) if levels else 0.0
    return max(middle, _LEAST_WORK)
