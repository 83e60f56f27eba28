"""What is asked for does not depend on who works, in what order, or from where it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import LedgerError, SweepError
from refute.basics.executors import Workers, WorkersDied
from refute.ledger.ledger import open_ledger
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep import scheduler
from refute.sweep.batches import Batch, History, run_batch, tables
from refute.sweep.scheduler import Pair, Survey, explore, survey_of
from refute.sweep.store import Question, Store, open_store
from refute.sweep.worker import Done
from tests.refute.sweep.test_batches import SWEEP

QUESTION = Question("s", "hash", 0, Compute(), "{}", 8)


def ask(cell: Cell, arm: str, history: History) -> Sequence[tuple[int, int]]:
    """Two rounds at level 1 and then, if heads were many, one at level 2."""
    done = len(history.get(1, ()))
    if done < 24:
        return [(1, 12)] if not done else [(1, 1)]
    heads = sum(outcome.success[0] for outcome in history[1])
    return [(2, 9)] if heads > 12 and not history.get(2) else []


Finished = tuple[set[Future[Done]], None]


class Shuffled:
    """Workers of any number, who hand back what they have in an order of their own."""

    def __init__(self, size: int, order: np.random.Generator, sweep: Sweep = SWEEP) -> None:
        self.size = size
        self.asked: list[Batch] = []
        self._order = order
        self._sweep = sweep

    def run(self, batch: Batch) -> Done:
        return Done(batch, run_batch(self._sweep, 0, batch, Compute()), 0.01)

    def submit(self, run: Callable[[Batch], Done], batch: Batch) -> Future[Done]:
        self.asked.append(batch)
        return Future()

    def wait(self, futures: dict[Future[Done], Batch], return_when: str) -> Finished:
        """Instead of waiting for what runs: end some of it, at least one."""
        assert return_when == FIRST_COMPLETED and 0 < len(futures) <= self.size
        count = int(self._order.integers(1, len(futures) + 1))
        chosen = {list(futures)[i] for i in self._order.permutation(len(futures))[:count]}
        for future in chosen:
            future.set_result(self.run(futures[future]))
        return chosen, None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "s.sqlite", QUESTION) as opened:
        yield opened


IDLE = Shuffled(1, np.random.default_rng(0))
"""Who should have nothing to do."""


def surveyed(
    crowd: Shuffled, store: Store, report: Callable[[Pair | None], None] = lambda _: None, **changes: Any
) -> Survey:
    survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask, **changes)
    return explored(survey, crowd, store, report)


def explored(
    survey: Survey, crowd: Shuffled, store: Store, report: Callable[[Pair | None], None] = lambda _: None
) -> Survey:
    executor: Any = crowd
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduler, "wait", crowd.wait)
        explore(survey, crowd.run, Workers("a crowd", executor, lambda: crowd.size), store, report)
    return survey


def histories(survey: Survey) -> list[dict[int, tuple[Trial, ...]]]:
    return [pair.history for pair in survey.pairs]


@given(size=st.integers(1, 9), seed=st.integers(0, 2**32))
def test_neither_the_order_nor_the_number_of_workers_matters(
    tmp_path_factory: pytest.TempPathFactory, size: int, seed: int
) -> None:
    found = []
    for crowd in (Shuffled(1, np.random.default_rng(0)), Shuffled(size, np.random.default_rng(seed))):
        with open_store(tmp_path_factory.mktemp("any") / "s.sqlite", QUESTION) as store:
            found.append((histories(surveyed(crowd, store)), sorted(crowd.asked)))
    assert found[0] == found[1]
    assert all(len(history[1]) == 24 for history in found[0][0])


def test_trials_are_read_in_their_own_order(store: Store) -> None:
    survey = surveyed(Shuffled(5, np.random.default_rng(3)), store)
    for pair in survey.pairs:
        for level, outcomes in pair.history.items():
            batches = [Batch(pair.cell, pair.arm, level, index) for index in range(len(outcomes) // 8)]
            assert outcomes == sum((run_batch(SWEEP, 0, batch, Compute()) for batch in batches), ())


def test_what_is_stored_is_not_run_again_unless_fresh(store: Store) -> None:
    first = surveyed(Shuffled(2, np.random.default_rng(0)), store)
    again = surveyed(IDLE, store)
    assert (again.ran, again.stored) == (0, first.ran) and histories(again) == histories(first)
    fresh = surveyed(Shuffled(2, np.random.default_rng(1)), store, fresh=True)
    assert (fresh.ran, fresh.stored, fresh.differing) == (first.ran, 0, 0)


def test_a_batch_that_comes_out_differently_is_noticed_and_the_old_one_kept(store: Store) -> None:
    first = surveyed(Shuffled(1, np.random.default_rng(0)), store)
    turned = replace(SWEEP, run=lambda *rest: [Trial((not o.success[0],)) for o in SWEEP.run(*rest)])
    fresh = surveyed(Shuffled(1, np.random.default_rng(0), turned), store, fresh=True)
    assert fresh.differing >= 8
    assert histories(surveyed(IDLE, store)) == histories(first)


def test_a_failing_batch_ends_the_survey_and_names_itself(store: Store) -> None:
    class Failing(Shuffled):
        def run(self, batch: Batch) -> Done:
            return replace(super().run(batch), error="ValueError: no (x.py:1)" if len(self.asked) > 3 else "")

    with pytest.raises(SweepError, match=r"s failed at n=1, .*level 1: ValueError: no"):
        surveyed(Failing(1, np.random.default_rng(0)), store)
    assert len(store.file.table("batches")) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"sweep": "t"},
        {"statement": "other"},
        {"seed": 1},
        {"compute": Compute("cuda")},
        {"compute": Compute("cpu", "float32")},
        {"described": '{"training loop": "torch"}'},
    ],
)
def test_nothing_is_taken_from_another_question(store: Store, change: dict[str, Any]) -> None:
    surveyed(Shuffled(1, np.random.default_rng(0)), store)
    batch = Batch(Cell({"n": 1}), "a", 1, 0)
    assert store.get(batch) is not None
    assert Store(store.file, replace(QUESTION, **change)).get(batch) is None


def test_a_store_is_append_only_and_no_ledger(store: Store, tmp_path: Path) -> None:
    surveyed(Shuffled(1, np.random.default_rng(0)), store)
    for statement in ("UPDATE batches SET seconds = 0", "DELETE FROM batches"):
        with pytest.raises(LedgerError, match="a store of batches is append-only"):
            store.file.rows(statement)
    with pytest.raises(LedgerError, match="not a ledger of refute"):
        open_ledger(store.file.path)
    open_ledger(tmp_path / "l.sqlite").close()
    with (
        pytest.raises(LedgerError, match="not a store of batches"),
        open_store(tmp_path / "l.sqlite", QUESTION),
    ):
        pass


@pytest.mark.parametrize(("text", "message"), [("[[1]]", "is damaged"), ("[]", "has 0 trials and not 8")])
def test_a_damaged_batch_is_said_to_be(store: Store, text: str, message: str) -> None:
    batch = Batch(Cell({"n": 1}), "a", 1, 0)
    row = (QUESTION.id(batch), *QUESTION.columns, batch.cell.text, "a", 1, 0, text, 0.0, "now", "0")
    store.file.add({"batches": [row]})
    with pytest.raises(LedgerError, match=message):
        store.get(batch)


def test_the_remaining_time_is_known_from_the_third_pair_on(store: Store) -> None:
    survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask)
    told: list[tuple[int, tuple[float, float] | None]] = []
    crowd = Shuffled(1, np.random.default_rng(0))
    explored(survey, crowd, store, lambda _: told.append((survey.finished, survey.remaining())))
    assert all((rest is None) == (done < 3) for done, rest in told)
    assert told[-1] == (4, (0.0, 0.0))
    assert all(0 <= rest[0] <= rest[1] for _, rest in told if rest is not None)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            WorkersDied("3 processes died"),
            r"^3 processes died while they ran n=1, a, level 1; is there enough memory\?$",
        ),
        (OSError("the line\nis dead"), r"^a crowd lost n=1, a, level 1: OSError: the line is dead$"),
        (CancelledError(), r"^a crowd is gone, and n=1, a, level 1 with it$"),
    ],
)
def test_a_batch_that_no_worker_survives_is_named(store: Store, error: Exception, message: str) -> None:
    class Dying(Shuffled):
        def submit(self, run: Callable[[Batch], Done], batch: Batch) -> Future[Done]:
            raised: Future[Done] = Future()
            raised.set_exception(error)
            return raised

        def wait(self, futures: dict[Future[Done], Batch], return_when: str) -> Finished:
            return set(futures), None

    with pytest.raises(SweepError, match=message):
        surveyed(Dying(1, np.random.default_rng(0)), store)


def test_more_is_in_flight_as_soon_as_there_are_more_workers(store: Store) -> None:
    class Growing(Shuffled):
        most = 0

        def wait(self, futures: dict[Future[Done], Batch], return_when: str) -> Finished:
            self.most = max(self.most, len(futures))
            assert len(futures) <= self.size
            self.size += 1
            return super().wait(futures, return_when)

    crowd = Growing(1, np.random.default_rng(0))
    surveyed(crowd, store)
    assert crowd.most > 2
