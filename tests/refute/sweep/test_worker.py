"""What a worker does: who may take part, what is computed, and what a failure says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refute.statement.kinds import Compute
from refute.sweep import worker
from refute.sweep.batches import Batch, run_batch
from refute.sweep.worker import Job, Loaded, load, work


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
