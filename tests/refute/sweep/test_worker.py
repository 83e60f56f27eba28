"""Workers and crews one by one: who may take part, what a failure says, and who is left at the end."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from refute.basics.errors import InputError, SweepError
from refute.statement.kinds import Compute
from refute.sweep import executors as crews
from refute.sweep import worker
from refute.sweep.batches import Batch, run_batch
from refute.sweep.executors import Alone, Cluster, Pool, crew_of
from refute.sweep.worker import Done, Job, Loaded, load, work


@pytest.fixture
def loaded(toy: Path) -> Iterator[Loaded]:
    load.cache_clear()
    yield load(str(toy))
    load.cache_clear()


@pytest.fixture
def job(loaded: Loaded, toy: Path) -> Job:
    return Job(str(toy), loaded.statement, loaded.described, 3, Compute())


def batch_of(loaded: Loaded, level: int = 1, index: int = 0) -> Batch:
    return Batch(loaded.sweep.cells("small")[0], "bold", level, index)


def test_a_worker_computes_what_the_sweep_says(loaded: Loaded, job: Job) -> None:
    batch = batch_of(loaded)
    done = work(job, batch)
    assert (done.batch, done.error) == (batch, "") and 0 <= done.seconds < 60
    assert done.outcomes == run_batch(loaded.sweep, 3, batch, Compute())
    assert done.outcomes != work(replace(job, seed=4), batch).outcomes


def test_a_paper_is_loaded_once_for_a_process(loaded: Loaded, job: Job) -> None:
    assert load(job.root) is loaded


@pytest.mark.parametrize(
    ("change", "told"),
    [({"statement": "x"}, "has other sources of claims/ and models/"), ({"described": "x"}, "not x")],
)
def test_a_worker_that_would_compute_something_else_takes_no_part(
    loaded: Loaded, job: Job, change: dict[str, str], told: str
) -> None:
    done = work(replace(job, **change), batch_of(loaded))  # type: ignore[arg-type]
    assert told in done.error and (done.outcomes, done.seconds) == ((), 0.0)


@pytest.mark.parametrize("threads", [0, 2])
def test_a_worker_sets_the_threads_it_is_told(
    loaded: Loaded, job: Job, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    told: list[int] = []
    paper = replace(loaded.paper, set_threads=told.append)
    monkeypatch.setattr(worker, "load", lambda root: replace(loaded, paper=paper))
    assert not work(replace(job, threads=threads), batch_of(loaded)).error
    assert told == [threads] * bool(threads)


def test_a_paper_without_threads_works_with_any(loaded: Loaded, job: Job) -> None:
    assert loaded.paper.set_threads is None
    assert not work(replace(job, threads=2), batch_of(loaded)).error


def test_a_failure_is_one_line_with_its_place(
    loaded: Loaded, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise ValueError("two\nlines")

    broken = replace(loaded, sweep=replace(loaded.sweep, run=fail))
    monkeypatch.setattr(worker, "load", lambda root: broken)
    done = work(job, batch_of(loaded))
    assert done.error.startswith(f"ValueError: two lines ({__file__}:") and done.outcomes == ()
    assert 0 <= done.seconds < 60


def test_a_paper_without_a_sweep_cannot_be_loaded(toy: Path) -> None:
    load.cache_clear()
    path = toy / "claims" / "paper.py"
    path.write_text(path.read_text(encoding="utf-8").replace("    sweep=SWEEP,\n", ""), encoding="utf-8")
    with pytest.raises(LookupError, match="this paper has no sweep"):
        load(str(toy))
    load.cache_clear()


def test_alone_runs_the_first_that_came(loaded: Loaded, job: Job) -> None:
    batches = [batch_of(loaded, level) for level in (8, 2, 4)]
    alone = Alone(job)
    assert alone.size == 1
    for batch in batches:
        alone.submit(batch)
    assert [alone.take().batch for _ in batches] == batches


def test_a_pool_does_what_one_does_and_leaves_nobody(loaded: Loaded, job: Job) -> None:
    batches = [batch_of(loaded, 1, index) for index in range(5)]
    with crew_of(job, 2, None) as crew:
        assert isinstance(crew, Pool) and crew.size == 2
        for count, batch in enumerate(batches, start=1):
            crew.submit(batch)
            assert [m.batch for m in crew._members if m.batch] == batches[: min(count, 2)]
        members = list(crew._members)
        assert len({member.process.pid for member in members}) == 2
        assert all(member.process.daemon for member in members)
        found = sorted((crew.take() for _ in batches), key=lambda done: done.batch)
        assert [replace(done, seconds=0) for done in found] == [
            replace(work(job, batch), seconds=0) for batch in batches
        ]
    for member in members:
        assert not member.process.is_alive() and member.pipe.closed


def test_a_process_that_dies_idle_is_replaced_and_costs_no_life(loaded: Loaded, job: Job) -> None:
    batch = batch_of(loaded)
    with crew_of(job, 2, None) as crew:
        assert isinstance(crew, Pool)
        for member in crew._members:
            member.process.kill()
            member.process.join()
        crew.submit(batch)
        assert not crew.take().error
        assert crew._lost[batch] < crews.LIVES and len(crew._members) == crew.size


def test_one_process_is_this_one(job: Job) -> None:
    with crew_of(job, 1, None) as crew:
        assert isinstance(crew, Alone)


def test_processes_are_started_deaf_to_ctrl_c_and_this_one_hears_again() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    with crews._deaf():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before
    with pytest.raises(RuntimeError), crews._deaf():
        raise RuntimeError
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before


class Client:
    """A cluster that runs what it is given at once."""

    def __init__(self, address: str = "there", timeout: str = "") -> None:
        if "nowhere" in address:
            raise OSError("no answer from nowhere" if "said" in address else "")
        self.address, self.threads, self.closed = address, {"one": 2, "two": 1}, False
        self.asked: list[dict[str, Any]] = []

    def nthreads(self) -> dict[str, int]:
        return self.threads

    def submit(self, call: Callable[..., Done], *arguments: Any, **how: Any) -> Any:
        self.asked.append(how)
        return SimpleNamespace(result=lambda: call(*arguments))

    def close(self) -> None:
        self.closed = True


class Completed:
    def __init__(self) -> None:
        self.futures: list[Any] = []

    def add(self, future: Any) -> None:
        self.futures.append(future)

    def __next__(self) -> Any:
        return self.futures.pop()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(as_completed=Completed, Client=Client)
    monkeypatch.setitem(sys.modules, "distributed", module)


def test_a_cluster_runs_batches_and_is_let_go(cluster: None, loaded: Loaded, job: Job) -> None:
    with crew_of(job, 1, "there") as crew:
        assert isinstance(crew, Cluster)
        client = crew._client
        batches = [batch_of(loaded, level) for level in (2, 4)]
        for batch in batches:
            crew.submit(batch)
        assert sorted(crew.take().batch for _ in batches) == batches
        assert not client.closed
    assert client.closed


def test_the_size_of_a_cluster_is_looked_at_now_and_then(
    cluster: None, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    client = Client()
    crew = Cluster(job, client, "there")
    assert crew.size == 6
    client.threads = {}
    clock.now += 5.0
    assert crew.size == 6
    clock.now += 0.5
    assert crew.size == 1
    client.threads = {"one": 1}
    clock.now += 5.5
    assert crew.size == 2


def test_a_cluster_that_loses_a_batch_says_so_in_one_line(cluster: None, job: Job) -> None:
    crew = Cluster(job, Client(), "there")
    with pytest.raises(SweepError, match=r"^the cluster at there lost a batch: IndexError: pop from"):
        crew.take()


@pytest.mark.parametrize(
    ("address", "told"), [("nowhere", "no answer"), ("said nowhere", "no answer from nowhere")]
)
def test_a_cluster_that_does_not_answer_is_a_mistake_of_the_user(
    cluster: None, job: Job, address: str, told: str
) -> None:
    with pytest.raises(InputError, match=f"^--scheduler {address}: {told}$"), crew_of(job, 1, address):
        pass
