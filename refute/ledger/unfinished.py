"""Answers of an audit that is not at its end, in an append-only SQLite file: what `--resume` goes on with.

An answer is stored under a hash of everything that fixes it, as soon as it is there; a crash loses the pieces
in progress only. The file is deleted when the audit comes to its end.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from hashlib import blake2b
from pathlib import Path

from refute.audit.crew import Memory, NoMemory
from refute.audit.piece_worker import Job
from refute.audit.pieces import Answer, Piece
from refute.basics.errors import LedgerError
from refute.ledger.append_only_file import Form
from refute.ledger.ledger import Ledger, open_ledger

FOLDER = Path(".refute") / "unfinished"
ANSWERS = Form(
    noun="store of unfinished work",
    maker="refute run",
    application=0x52465531,  # "RFU1"
    schema=1,
    tables={"answers": ("id", "id TEXT, task TEXT, label TEXT, text BLOB, ends INTEGER, seconds REAL")},
    rescue="delete it: what was unfinished begins anew",
)


@dataclass
class Unfinished:
    """An open store. found: answers that were there. failure: why nothing is stored any more."""

    file: Ledger
    found: int = 0
    failure: str = ""

    def get(self, piece: Piece) -> Answer | None:
        """The answer to a piece, None if it is not there or damaged."""
        try:
            rows = self.file.rows("SELECT text, ends, seconds FROM answers WHERE id = ?", _id(piece))
            if not rows:
                return None
            ((text, ends, seconds),) = rows
            answer = Answer(zlib.decompress(bytes(text)).decode(), bool(ends), float(str(seconds)))  # type: ignore[call-overload]
        except (LedgerError, zlib.error, ValueError):
            return None
        self.found += 1
        return answer

    def put(self, piece: Piece, answer: Answer) -> None:
        """Store an answer. A store that fails ends the storing and not the audit."""
        if self.failure:
            return
        text = zlib.compress(answer.text.encode(), 1)
        row = (_id(piece), str(piece.task), piece.label, text, answer.ends, answer.seconds)
        try:
            self.file.add({"answers": [row]})
        except LedgerError as error:
            self.failure = str(error)

    def finish(self) -> None:
        """Delete the store, whose audit is at its end, and the folders that held nothing else."""
        self.file.close()
        with suppress(OSError):
            _discard(self.file.path)
            self.file.path.parent.rmdir()
            self.file.path.parent.parent.rmdir()


@contextmanager
def unfinished(
    folder: Path, command: str, labels: Sequence[str], job: Job, *, resume: bool
) -> Iterator[Memory]:
    """The store of a command on these claims, emptied unless it resumes; none where none can be kept.

    It belongs to the command, its claims and everything in the job; under other sources nothing is resumed.
    """
    path = folder / f"{command}-{_name(command, labels, job)}.sqlite"
    try:
        if not resume:
            _discard(path)
        file = open_ledger(path, form=ANSWERS)
    except (LedgerError, OSError) as error:
        yield NoMemory(str(error))
        return
    try:
        yield Unfinished(file)
    finally:
        file.close()


def _discard(path: Path) -> None:
    """Delete a store and what SQLite keeps beside it. Raises OSError."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _name(command: str, labels: Sequence[str], job: Job) -> str:
    digest = blake2b(digest_size=8, person=b"refute-unfinish")
    profile = job.terms.profile
    fixed = (job.root, job.sources, job.described, str(job.threads), str(job.terms.seed))
    for part in (command, *fixed, repr(astuple(profile)), repr(job.terms.compute), *labels):
        digest.update(len(part.encode()).to_bytes(8, "little") + part.encode())
    return digest.hexdigest()


def _id(piece: Piece) -> str:
    return blake2b(json.dumps(astuple(piece)).encode(), digest_size=16, person=b"refute-piece").hexdigest()
