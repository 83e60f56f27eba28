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
    """A store, which is opened when it is first needed: a command that is refused leaves nothing.

    resume: whether what is there counts; otherwise it is deleted. found: answers that were there. failure:
    why nothing is stored any more. made: folders that are there for it alone.
    """

    path: Path
    resume: bool
    file: Ledger | None = None
    found: int = 0
    failure: str = ""
    made: tuple[Path, ...] = ()

    def get(self, piece: Piece) -> Answer | None:
        """The answer to a piece, None if it is not there or damaged."""
        if self.file is None and not (self.resume and self.path.exists()):
            return None
        try:
            query = "SELECT text, ends, seconds FROM answers WHERE id = ?"
            rows = self._opened().rows(query, _id(piece))
            if not rows:
                return None
            ((text, ends, seconds),) = rows
            told = zlib.decompress(bytes(text)).decode()  # type: ignore[call-overload]
        except (LedgerError, OSError, zlib.error, ValueError):
            return None
        self.found += 1
        return Answer(told, bool(ends), float(str(seconds)))

    def put(self, piece: Piece, answer: Answer) -> None:
        """Store an answer. A store that fails ends the storing and not the audit."""
        if self.failure:
            return
        text = zlib.compress(answer.text.encode(), 1)
        row = (_id(piece), str(piece.task), piece.label, text, answer.ends, answer.seconds)
        try:
            self._opened().add({"answers": [row]})
        except (LedgerError, OSError) as error:
            self.failure = str(error)

    def finish(self) -> None:
        """Delete the store, whose audit is at its end."""
        self.close()
        with suppress(OSError):
            _discard(self.path)
            for folder in self.made:
                folder.rmdir()

    def close(self) -> None:
        """Close the file; what was stored is on the disk already."""
        if self.file is not None:
            self.file.close()

    def _opened(self) -> Ledger:
        """The open file. Raises LedgerError and OSError."""
        if self.file is None:
            folder = self.path.parent
            self.made = tuple(one for one in (folder, folder.parent) if not one.exists())
            if not self.resume:
                _discard(self.path)
            self.file = open_ledger(self.path, form=ANSWERS)
        return self.file


@contextmanager
def unfinished(
    folder: Path, command: str, labels: Sequence[str], job: Job, *, resume: bool
) -> Iterator[Unfinished]:
    """The store of a command on these claims, emptied unless it resumes.

    It belongs to the command, its claims and everything in the job; under other sources nothing is resumed.
    """
    store = Unfinished(folder / f"{command}-{_name(command, labels, job)}.sqlite", resume)
    try:
        yield store
    finally:
        store.close()


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
