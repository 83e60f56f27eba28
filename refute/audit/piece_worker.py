"""What a worker does: load the paper, make sure that it is the right one, do a piece."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from refute.audit.environment import described, environment, set_threads
from refute.audit.pieces import Answer, Piece, Stock, answer, stock_of
from refute.audit.request import Terms
from refute.basics.errors import AuditError
from refute.inputs.registry import Book, discover
from refute.inputs.source_hash import sources_hash

_TURNS = threading.Lock()
"""One piece at a time in a process: Hypothesis, torch and the threads of a paper are of the whole process."""


@dataclass(frozen=True)
class Job:
    """What a worker is told: where the paper is, what it must be, and how to compute.

    sources: the hash of everything that is run (`sources_hash`). described: what the paper describes of how
    it computes. threads: of the models, 0 to leave them as they are.
    """

    root: str
    sources: str
    described: str
    threads: int
    terms: Terms


@dataclass(frozen=True)
class _Loaded:
    stock: Stock
    sources: str
    described: str


def job_of(root: Path, book: Book, threads: int, terms: Terms) -> Job:
    """The job of those who work on a paper that is loaded here."""
    return Job(str(root), sources_hash(root), _describes(book), threads, terms)


def work(job: Job, piece: Piece) -> Answer:
    """Do a piece of a job. Raises AuditError where this worker would compute something else.

    What places a message names are told as the command tells them, from the folder of the paper.
    """
    with _TURNS:
        loaded = _load(job.root)
        if loaded.sources != job.sources:
            raise AuditError(f"a worker has other sources of refute or of {job.root}; start it again")
        if loaded.described != job.described:
            raise AuditError(f"a worker computes otherwise: {loaded.described} and not {job.described}")
        set_threads(loaded.stock.paper, job.threads)
        found = answer(piece, loaded.stock, job.terms)
        return replace(found, text=_from_paper(found.text, Path(job.root)))


@lru_cache(maxsize=4)
def _load(root: str) -> _Loaded:
    """The paper in a folder, once for a process. Raises PaperError."""
    sources = sources_hash(Path(root))
    book = discover(Path(root))
    return _Loaded(stock_of(book.claims, book.paper), sources, _describes(book))


def _from_paper(text: str, root: Path) -> str:
    """A text whose places are told from the folder of the paper, wherever this worker is."""
    for folder in (root, root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root):
        text = text.replace(f"({folder}/", "(")
    return text


def _describes(book: Book) -> str:
    return json.dumps(described(environment(book.paper)), sort_keys=True)
