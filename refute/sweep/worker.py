"""What a worker does: load the sweep of a paper, make sure that it is the right one, run a batch."""

from __future__ import annotations

import json
import time
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from refute.audit.environment import described, environment
from refute.inputs.registry import load_paper
from refute.inputs.source_hash import statement_hash
from refute.statement.kinds import Compute
from refute.statement.paper import Paper
from refute.statement.sweep import Sweep, Trial
from refute.sweep.batches import Batch, run_batch


@dataclass(frozen=True)
class Job:
    """What a worker is told once: where the paper is, what it must be, and how to compute.

    threads: of the models, 0 to leave them as they are.
    """

    root: str
    statement: str
    described: str
    seed: int
    compute: Compute
    threads: int = 0


@dataclass(frozen=True)
class Done:
    """A batch that was run: its outcomes, or in one line why it failed."""

    batch: Batch
    outcomes: tuple[Trial, ...]
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Loaded:
    """The paper in a folder, its sweep, the hash of its sources when they were loaded, what it describes."""

    paper: Paper
    sweep: Sweep
    statement: str
    described: str


@lru_cache(maxsize=4)
def load(root: str) -> Loaded:
    """Load the sweep of the paper in `root`, once for a process.

    Raises PaperError, LedgerError for a source that is no Python, and LookupError where the paper has no
    sweep.
    """
    paper = load_paper(Path(root))
    if paper.sweep is None:
        raise LookupError("this paper has no sweep")
    statement = statement_hash(Path(root), paper.sweep.module)
    computes = json.dumps(described(environment(paper)), sort_keys=True)
    return Loaded(paper, paper.sweep, statement, computes)


def work(job: Job, batch: Batch) -> Done:
    """Run a batch; whatever goes wrong comes back as a message. Only KeyboardInterrupt and its like pass."""
    begun = time.monotonic()
    try:
        loaded = load(job.root)
        if mismatch := worker_mismatch(loaded, job):
            return Done(batch, (), 0.0, mismatch)
        if job.threads and loaded.paper.set_threads is not None:
            loaded.paper.set_threads(job.threads)
        begun = time.monotonic()
        outcomes = run_batch(loaded.sweep, job.seed, batch, job.compute)
    except Exception as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        message = " ".join(f"{type(error).__name__}: {error}".split())
        return Done(batch, (), time.monotonic() - begun, f"{message} ({last.filename}:{last.lineno})")
    return Done(batch, outcomes, time.monotonic() - begun)


def worker_mismatch(loaded: Loaded, job: Job) -> str:
    """Why this worker must not take part: it would compute something else, or otherwise; empty if it may."""
    if loaded.statement != job.statement:
        return f"a worker has other sources of claims/ and models/ in {job.root}; start it again"
    if loaded.described != job.described:
        return f"a worker computes otherwise: {loaded.described} and not {job.described}"
    return ""
