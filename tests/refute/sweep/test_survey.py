"""How a survey is run: what is asked first, how much is under way, what is counted, and the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from refute import __version__
from refute.basics.errors import LedgerError, SweepError
from refute.basics.executors import Workers
from refute.evidence.seeds import PROTOCOL
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Trial
from refute.sweep import scheduler
from refute.sweep.batches import Batch, History, tables
from refute.sweep.scheduler import Pair, Survey, explore, survey_of
from refute.sweep.store import Question, Store, open_store
from refute.sweep.worker import Done
from tests.refute.plain_sweep import ONE, PLAIN, TWO

QUESTION = Question("s", "hash", 0, Compute(), "{}", 4)
MIXED = (Trial((True,), 3), Trial((False,), 5), Trial((True,), 0), Trial((True,), 7))
SWEEP = replace(
    PLAIN,
    levels=lambda cell, arm: [1, 2, 3, 4],
    run=lambda *_: MIXED,
    cost=lambda cell, arm, level: 100.0 * level * float(cell["n"]) * (3 if arm == "b" else 1),
    batch=4,
)


def ask(cell: Cell, arm: str, history: History) -> Sequence[tuple[int, int]]:
    return [(2, 9), (1, 4)] if not history else []


class Queue:
    """Takes as many as its size, hands back the first; every batch lasts as many seconds as its level."""

    def __init__(self, size: int = 1, error: str = "") -> None:
        self.size = size
        self.error = error
        self.submitted: list[Batch] = []
        self.most = 0

    def submit(self, run: Callable[[Batch], Done], batch: Batch) -> Future[Done]:
        self.submitted.append(batch)
        return Future()

    def wait(self, futures: dict[Future[Done], Batch], return_when: str) -> tuple[set[Future[Done]], None]:
        self.most = max(self.most, len(futures))
        first, batch = next(iter(futures.items()))
        first.set_result(Done(batch, () if self.error else MIXED, float(batch.level), self.error))
        return {first}, None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "s.sqlite", QUESTION) as opened:
        yield opened


def never(batch: Batch) -> Done:
    raise AssertionError(batch)


def explored(store: Store, queue: Queue, said: list[Pair | None] | None = None) -> Survey:
    survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask)
    executor: Any = queue
    workers = Workers("a queue", executor, lambda: queue.size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduler, "wait", queue.wait)
        explore(survey, never, workers, store, (said if said is not None else []).append)
    return survey


def test_pairs_keep_the_order_of_the_table_and_the_most_expensive_goes_first() -> None:
    survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask)
    assert [(pair.cell, pair.arm) for pair in survey.pairs] == [
        (ONE, "a"),
        (ONE, "b"),
        (TWO, "a"),
        (TWO, "b"),
    ]
    assert [pair.work for pair in survey.pairs] == [200, 600, 400, 1200]
    assert [pair.rank for pair in survey.pairs] == [3, 1, 2, 0]
    equal = survey_of(replace(SWEEP, cost=lambda *_: 1.0), list(tables(SWEEP, "g")), ask)
    assert [pair.rank for pair in equal.pairs] == [0, 1, 2, 3]
    assert (survey.fresh, survey_of(SWEEP, [], ask, fresh=True).fresh) == (False, True)


@pytest.mark.parametrize(("levels", "work"), [([1, 2, 3], 200), ([7], 700), ([], 1e-300)])
def test_the_work_of_a_pair_is_that_of_its_middle_level(levels: list[int], work: float) -> None:
    (pair,) = survey_of(replace(SWEEP, levels=lambda *_: levels), [(ONE, "a")], ask).pairs
    assert pair.work == work
    (idle,) = survey_of(replace(SWEEP, cost=lambda *_: 0.0), [(ONE, "a")], ask).pairs
    assert 0 < idle.work < 1e-200


@pytest.mark.parametrize("size", [1, 3])
def test_batches_are_whole_and_go_out_by_rank_and_address(store: Store, size: int) -> None:
    queue = Queue(size)
    explored(store, queue)
    wanted = [(1, 0), (2, 0), (2, 1), (2, 2)]
    order = [(TWO, "b"), (ONE, "b"), (TWO, "a"), (ONE, "a")]
    assert queue.submitted == [Batch(*pair, *at) for pair in order for at in wanted]
    assert queue.most == size


def test_a_survey_counts_what_was_run_and_what_was_there(store: Store) -> None:
    survey = explored(store, Queue(2))
    assert (survey.ran, survey.stored, survey.differing, survey.finished) == (16, 0, 0, 4)
    assert survey.busy == 4 * (1 + 3 * 2)
    for pair in survey.pairs:
        assert pair.done and (pair.trials, pair.steps, pair.seconds) == (16, 4 * 15, 7.0)
        assert pair.history == {1: MIXED, 2: 3 * MIXED} and pair.awaited == {}
    again = explored(store, Queue())
    assert (again.ran, again.stored, again.busy) == (0, 16, 0.0)
    assert [pair.seconds for pair in again.pairs] == [7.0] * 4


def test_what_is_half_there_is_completed(store: Store) -> None:
    for level, index in ((1, 0), (2, 1)):
        assert store.add(Batch(ONE, "a", level, index), MIXED, 0.5)
    queue = Queue()
    survey = explored(store, queue)
    assert (survey.ran, survey.stored) == (14, 2)
    assert queue.submitted[-2:] == [Batch(ONE, "a", 2, 0), Batch(ONE, "a", 2, 2)]
    assert survey.pairs[0].seconds == 0.5 + 0.5 + 2 + 2


def test_each_pair_is_told_once_and_every_batch_that_was_run(store: Store) -> None:
    said: list[Pair | None] = []
    survey = explored(store, Queue(), said)
    assert said.count(None) == 16 and [pair for pair in said if pair] == [
        survey.pairs[i] for i in (3, 1, 2, 0)
    ]
    again: list[Pair | None] = []
    explored(store, Queue(), again)
    assert len(again) == 4 and None not in again


def test_a_failure_names_cell_arm_and_level(store: Store) -> None:
    with pytest.raises(SweepError, match=r"^s failed at n=2, b, level 1: no$"):
        explored(store, Queue(error="no"))


def pair(work: float, seconds: float, done: bool) -> Pair:
    return Pair(ONE, "a", 0, work, seconds=seconds, done=done)


@dataclass
class Clock:
    now: float

    def monotonic(self) -> float:
        return self.now


def remaining(pairs: Sequence[Pair], busy: float, elapsed: float) -> tuple[float, float] | None:
    survey = Survey(SWEEP, ask, pairs, busy=busy, begun=100.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", Clock(100.0 + elapsed).monotonic)
        return survey.remaining()


def test_the_rest_is_what_finished_pairs_make_of_what_was_expected() -> None:
    done = [pair(10.0, 10.0 * ratio, True) for ratio in (4.0, 1.0, 3.0, 2.0, 5.0)]
    rest = [pair(100.0, 50.0, False), pair(20.0, 0.0, False)]
    # Quartiles of the ratios 1 to 5: 2 and 4. Two processes' worth of work was done a second.
    assert remaining(done + rest, busy=20.0, elapsed=10.0) == ((150 + 40) / 2, (350 + 80) / 2)
    assert remaining(done[:4] + rest, 10.0, 10.0) == (50 + 20.0, 350 + 80.0)
    assert remaining([*done, pair(1.0, 50.0, False)], 10.0, 10.0) == (0.0, 0.0)


def test_nobody_knows_the_rest_before_three_pairs_are_done_and_something_ran() -> None:
    done = [pair(1.0, 1.0, True)] * 3
    rest = [pair(1.0, 0.0, False)]
    assert remaining(done + rest, 1.0, 1.0) == (1.0, 1.0)
    assert remaining(done[:2] + rest, 1.0, 1.0) is None
    assert remaining(done + rest, 0.0, 1.0) is None
    assert remaining([*done[:2], pair(1.0, 0.0, True), *rest], 1.0, 1.0) is None


def test_a_batch_is_stored_with_all_that_fixes_it(store: Store) -> None:
    batch = Batch(TWO, "b", 3, 5)
    assert store.get(batch) is None
    assert store.add(batch, MIXED, 2.5) is True and store.get(batch) == (MIXED, 2.5)
    assert store.add(batch, tuple(reversed(MIXED)), 9.0) is False and store.get(batch) == (MIXED, 2.5)
    ((name, *told),) = store.file.rows("SELECT * FROM batches")
    assert name == QUESTION.id(batch) and len(str(name)) == 32
    assert told[:7] == ["s", "hash", PROTOCOL, "0", "cpu", "float64", "{}"]
    assert told[7:12] == [4, TWO.text, "b", 3, 5]
    assert told[12] == '[["1", 3], ["0", 5], ["1", 0], ["1", 7]]' and told[13] == 2.5
    assert told[15] == __version__


def test_the_file_says_what_it_is(store: Store) -> None:
    store.add(Batch(ONE, "a", 1, 0), MIXED, 1.0)
    told = [store.file.rows(f"PRAGMA {name}")[0][0] for name in ("application_id", "user_version")]
    assert told == [int.from_bytes(b"RFW1"), 1]


@pytest.mark.parametrize(
    "other", [Batch(ONE, "b", 3, 5), Batch(TWO, "a", 3, 5), Batch(TWO, "b", 4, 5), Batch(TWO, "b", 3, 6)]
)
def test_another_address_is_another_batch(store: Store, other: Batch) -> None:
    store.add(Batch(TWO, "b", 3, 5), MIXED, 1.0)
    assert store.get(other) is None
    assert QUESTION.id(other) != replace(QUESTION, size=8).id(other)


def test_a_batch_of_another_size_is_refused(store: Store) -> None:
    store.add(Batch(ONE, "a", 1, 0), MIXED[:3], 1.0)
    with pytest.raises(LedgerError, match="has 3 trials and not 4"):
        store.get(Batch(ONE, "a", 1, 0))
