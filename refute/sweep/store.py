"""Finished batches, in an append-only SQLite file of the same kind as a ledger.

A batch is stored under a hash of everything that fixes its outcomes: the question with its sources, the
protocol, the master seed, the batch's address and size, device, dtype and what the paper describes of how it
computes. What is there is never run again and never changed; a crash loses the batches in progress only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, TypeAlias

from msgspec import Meta

from refute.basics.errors import LedgerError
from refute.basics.json_numbers import Count
from refute.basics.version import __version__
from refute.evidence.seeds import PROTOCOL
from refute.ledger.append_only_file import Form
from refute.ledger.ledger import Ledger, open_ledger
from refute.statement.json_codec import read
from refute.statement.kinds import Compute
from refute.statement.sweep import Trial
from refute.sweep.batches import Batch, address

STORE = Form(
    noun="store of batches",
    maker="refute widths",
    application=0x52465731,  # "RFW1"
    schema=1,
    tables={
        "batches": (
            "id",
            "id TEXT, sweep TEXT, statement TEXT, protocol INTEGER, seed TEXT, device TEXT, dtype TEXT, "
            "described TEXT, size INTEGER, cell TEXT, arm TEXT, level INTEGER, number INTEGER, "
            "outcomes TEXT, seconds REAL, finished TEXT, version TEXT",
        )
    },
)


Bits: TypeAlias = Annotated[str, Meta(pattern="^[01]*$")]
"""A success or failure for each criterion, "101"."""


@dataclass(frozen=True)
class Question:
    """What all batches of one command have in common.

    statement: the hash of the sources (`refute.inputs.source_hash`). described: what the paper describes of
    how it computes, as JSON. size: trials in a batch.
    """

    sweep: str
    statement: str
    seed: int
    compute: Compute
    described: str
    size: int

    @property
    def columns(self) -> tuple[object, ...]:
        """In the order of the table."""
        fixed = (self.sweep, self.statement, PROTOCOL, str(self.seed), self.compute.device)
        return (*fixed, self.compute.dtype, self.described, self.size)

    def id(self, batch: Batch) -> str:
        """32 hexadecimal digits that name a batch by everything that fixes its outcomes."""
        digest = blake2b(digest_size=16, person=b"refute-batch")
        for part in (*map(str, self.columns), *address(batch)):
            digest.update(len(part.encode()).to_bytes(8, "little") + part.encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Store:
    """An open store, for one question. Every method raises LedgerError, and then has changed nothing."""

    file: Ledger
    question: Question

    def get(self, batch: Batch) -> tuple[tuple[Trial, ...], float] | None:
        """The outcomes of a finished batch and the seconds it took; None if it is not there."""
        rows = self.file.rows("SELECT outcomes, seconds FROM batches WHERE id = ?", self.question.id(batch))
        if not rows:
            return None
        ((outcomes, seconds),) = rows
        if not isinstance(outcomes, str) or not isinstance(seconds, float) or not seconds >= 0:
            raise LedgerError(
                f"{self.file.path}: a batch in this store is damaged: it has no time or outcomes"
            )
        return _read(outcomes, self.question.size, self.file.path), seconds

    def add(self, batch: Batch, outcomes: tuple[Trial, ...], seconds: float) -> bool:
        """Append a finished batch at once and for good; False if one of this id is there and stays."""
        where = (batch.cell.text, batch.arm, batch.level, batch.index)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        row = (self.question.id(batch), *self.question.columns, *where, _written(outcomes), seconds, when)
        return self.file.add({"batches": [(*row, __version__)]}) == 1


@contextmanager
def open_store(path: Path, question: Question) -> Iterator[Store]:
    """Open a store, beginning one where there is none. Raises LedgerError."""
    file = open_ledger(path, form=STORE)
    try:
        yield Store(file, question)
    finally:
        file.close()


def _written(outcomes: tuple[Trial, ...]) -> str:
    """Each trial as its successes in ones and zeros, and its steps."""
    return json.dumps([["".join("01"[met] for met in one.success), one.steps] for one in outcomes])


def _read(text: str, size: int, path: Path) -> tuple[Trial, ...]:
    try:
        rows = read(text.encode(), list[tuple[Bits, Count]])
        outcomes = tuple(Trial(tuple(bit == "1" for bit in bits), steps) for bits, steps in rows)
    except ValueError as error:
        raise LedgerError(f"{path}: a batch in this store is damaged: {error}") from None
    if len(outcomes) != size:
        raise LedgerError(f"{path}: a batch in this store has {len(outcomes)} trials and not {size}")
    return outcomes
