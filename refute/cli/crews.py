"""Who does the work of a command: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from refute.audit.crew import Crew
from refute.audit.environment import threads_of
from refute.audit.piece_worker import job_of, work
from refute.audit.pieces import answer, stock_of
from refute.audit.profiles import DEFAULT
from refute.audit.request import Request
from refute.basics.executors import Workers, open_executor
from refute.cli.progress import Shown
from refute.inputs.registry import Book
from refute.ledger.unfinished import FOLDER, unfinished

MOST = 8
"""Processes that are started unless told otherwise. Each holds the libraries of the models in its memory, and
a machine of many processors has other users."""
# A process needs seconds to load the libraries of the models; so much takes no longer in this one.
FEW = 4
"""Claims that a quick audit does in this process unless told otherwise."""


def processors() -> int:
    """The processors that this process may use, up to MOST."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST)


def processes_for(asked: int | None, request: Request) -> int:
    """As asked for, otherwise one for each processor; one where a GPU does the work, or for little work."""
    if asked is not None:
        return asked
    little = request.profile.name == DEFAULT and len(request.claims) <= FEW
    return 1 if request.compute.device != "cpu" or little else processors()


@contextmanager
def workers_for(args: argparse.Namespace, request: Request) -> Iterator[Workers]:
    """The processes that the options ask for. Raises InputError if a scheduler does not answer."""
    with open_executor(processes_for(args.processes, request), args.scheduler) as workers:
        yield workers


@contextmanager
def crew_for(
    command: str, args: argparse.Namespace, book: Book, request: Request, shown: Shown, workers: Workers
) -> Iterator[Crew]:
    """These workers with all that they are told, and what was unfinished."""
    root = Path.cwd()
    job = job_of(root, book, threads_of(book.paper), request.terms)
    labels = [*(claim.id for claim in request.claims), str(request.with_siblings)]
    with unfinished(root / FOLDER, command, labels, job, resume=args.resume) as memory:
        here = partial(answer, stock=stock_of(book.claims, book.paper), terms=request.terms, tick=shown.tick)
        run = here if workers.alone else partial(work, job)
        yield Crew(run, workers, memory, shown.begun, shown.answered, shown.ended, shown.said)
