"""The ledger: every judged instance of every audit, in an append-only SQLite file.

A row of `evidence` is one instance that one run judged. Its id is a hash of everything that fixes the outcome
(claim, statement, protocol, instance, master seed, stream, device, dtype), so the same evidence has the same
id on every machine and counts once; the runs that saw it are all remembered. Nothing is ever changed:
triggers refuse UPDATE and DELETE and skip what is there already, so that merging is a union of sets.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import pi
from pathlib import Path

from refute.evidence.sequential import LEVEL

APPLICATION = 0x52465431
"""The application id in the header of the file: "RFT1"."""
SCHEMA = 1
TIMEOUT = 30.0
"""Seconds to wait for another writer."""
MAGIC = b"SQLite format 3\0"

TABLES = {
    "runs": (
        "run",
        "run TEXT, started TEXT, profile TEXT, seed TEXT, device TEXT, dtype TEXT, machine TEXT, "
        "platform TEXT, version TEXT",
    ),
    "endings": ("run", "run TEXT, seconds REAL, interrupted INTEGER, audit BLOB"),
    "spending": ("claim, statement, seed, number", "claim TEXT, statement TEXT, seed TEXT, number INTEGER"),
    "instances": ("instance", "instance TEXT, key TEXT, json TEXT"),
    "evidence": (
        "id, run",
        "id TEXT, run TEXT, claim TEXT, statement TEXT, protocol INTEGER, instance TEXT, seed TEXT, "
        "stream TEXT, device TEXT, dtype TEXT, level REAL, outcome TEXT, trials INTEGER, failures INTEGER, "
        "slack REAL, unmet TEXT",
    ),
}
"""For each table its key and its columns."""


class LedgerError(Exception):
    """A ledger that cannot be read or written; the message is one line for the user."""


@dataclass(frozen=True)
class Run:
    """One audit: when, how, where, and by which version."""

    run: str
    started: str
    profile: str
    seed: str
    device: str
    dtype: str
    machine: str
    platform: str
    version: str


@dataclass(frozen=True)
class Row:
    """One judged instance. level: of its sequential test, None for a check. outcome: what it said.

    unmet: why the premise was not met, or None. slack: the smallest one of its findings.
    """

    id: str
    run: str
    claim: str
    statement: str
    protocol: int
    instance: str
    seed: str
    stream: str
    device: str
    dtype: str
    level: float | None
    outcome: str
    trials: int
    failures: int
    slack: float | None
    unmet: str | None


@dataclass(frozen=True)
class Ledger:
    """An open ledger. Every method raises LedgerError, and then has changed nothing."""

    path: Path
    base: sqlite3.Connection

    def add(self, rows: Mapping[str, Iterable[Sequence[object]]]) -> int:
        """Append rows by table in one transaction, and say how many were new; the others are skipped."""
        before = self.base.total_changes
        with self._writing():
            for name, values in rows.items():
                count = TABLES[name][1].count(",") + 1
                self.base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * count)})", values)
        return self.base.total_changes - before

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of a SELECT."""
        with _explained(self.path):
            return self.base.execute(query, values).fetchall()

    def table(self, name: str) -> list[tuple[object, ...]]:
        """All rows of a table, ordered by key."""
        return self.rows(f"SELECT * FROM {name} ORDER BY {TABLES[name][0]}")

    def reserve(self, statements: Iterable[tuple[str, str]], seed: int) -> dict[str, float]:
        """The level of an audit of (claim, statement hash) pairs under a master seed, by claim.

        A seed that is new to a statement gets the next number and its level is spent from now on, whatever
        becomes of the audit; a known one keeps its number.
        """
        levels: dict[str, float] = {}
        with self._writing():
            for claim, statement in statements:
                key = (claim, statement)
                where = "FROM spending WHERE claim = ? AND statement = ?"
                (number,) = self.base.execute(
                    f"SELECT max(number) {where} AND seed = ?", (*key, str(seed))
                ).fetchone()
                if number is None:
                    (earlier,) = self.base.execute(f"SELECT count(DISTINCT seed) {where}", key).fetchone()
                    number = earlier + 1
                    self.base.execute("INSERT INTO spending VALUES (?, ?, ?, ?)", (*key, str(seed), number))
                levels[claim] = spent_by(number)
        return levels

    def close(self) -> None:
        """Close the file; what was added is on the disk already."""
        self.base.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with _explained(self.path):
            self.base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.base.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self.base.execute("ROLLBACK")
                raise


def spent_by(number: int) -> float:
    """The level of run number 1, 2, ... on a statement: over all runs there ever are they add up to LEVEL."""
    return 6 * LEVEL / (pi**2 * number**2)


def open_ledger(path: Path, *, write: bool = True, timeout: float = TIMEOUT) -> Ledger:
    """Open a ledger, and begin one where there is none if it is to be written.

    timeout: seconds to wait for another writer. Raises LedgerError: no ledger there, a file that is none, one
    of a newer refute, a folder that cannot be written, a lock that is not released.
    """
    if path.is_dir():
        raise LedgerError(f"{path} is a folder; a ledger is a file")
    if not write and not path.exists():
        raise LedgerError(f"{path}: there is no ledger here; `refute run` begins one")
    with _explained(path):
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(_address(path, write), uri=True, timeout=timeout, isolation_level=None)
        try:
            if write:
                _begin(base, path, time.monotonic() + timeout)
            _check(base, path)
        except BaseException:
            base.close()
            raise
    return Ledger(path, base)


def is_ledger(path: Path) -> bool:
    """Whether a file is a SQLite database, judged by its first bytes. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def machine_id(path: Path) -> str:
    """The random name of this machine, kept in the file `machine-id` beside the ledger."""
    file = path.with_name("machine-id")
    with suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "w", encoding="ascii") as new:
            new.write(uuid.uuid4().hex)
    name = file.read_text(encoding="utf-8", errors="replace").strip()
    if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
        raise LedgerError(f"{file} is not the name of a machine; delete it, and a new one is made")
    return name


def _address(path: Path, write: bool) -> str:
    """Read-only opening leaves nothing behind, and works in a folder that cannot be written."""
    mode = "rwc" if write else "ro"
    frozen = not write and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if frozen else ''}"


def _begin(base: sqlite3.Connection, path: Path, deadline: float) -> None:
    """Make an empty file a ledger. A file that is anything else is left alone."""
    while True:
        try:
            if not _empty(base):
                return
            base.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # Two processes may turn one new file into a ledger: SQLite does not wait for that lock by itself.
            if error.sqlite_errorname.partition("_")[2] != "BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    base.execute("BEGIN IMMEDIATE")
    if _empty(base):
        for statement in _statements():
            base.execute(statement)
        base.execute(f"PRAGMA application_id = {APPLICATION}")
        base.execute(f"PRAGMA user_version = {SCHEMA}")
    base.execute("COMMIT")


def _empty(base: sqlite3.Connection) -> bool:
    (count,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = base.execute("PRAGMA application_id").fetchone()
    return bool(count == 0 and application == 0)


def _statements() -> Iterator[str]:
    for name, (key, columns) in TABLES.items():
        yield f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"
        same = " AND ".join(f"{column} = NEW.{column}" for column in key.split(", "))
        skip = f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {same}) BEGIN SELECT RAISE(IGNORE); END"
        yield f"CREATE TRIGGER {name}_once BEFORE INSERT ON {name} {skip}"
        for verb in ("UPDATE", "DELETE"):
            refuse = "SELECT RAISE(ABORT, 'a ledger is append-only');"
            yield f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {name} BEGIN {refuse} END"
    yield "CREATE INDEX evidence_of ON evidence (claim, statement)"


def _check(base: sqlite3.Connection, path: Path) -> None:
    (application,) = base.execute("PRAGMA application_id").fetchone()
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise LedgerError(f"{path} is a SQLite database, but not a ledger of refute")
    if version != SCHEMA:
        raise LedgerError(
            f"{path} is a ledger of schema {version}, this refute knows schema {SCHEMA}; update refute"
        )
    base.execute("PRAGMA synchronous = FULL")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into one line."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        said = next((words for code, words in _REASONS.items() if name.startswith(code)), str(error))
        raise LedgerError(f"{path}: {said}") from error
    except OSError as error:
        raise LedgerError(f"{error.filename or path}: {error.strerror or error}") from error


_REASONS = {
    "SQLITE_BUSY": "the ledger is locked by another program and was not released in time",
    "SQLITE_FULL": "the disk is full; what was in the ledger before is still there",
    "SQLITE_READONLY": "the ledger or its folder cannot be written",
    "SQLITE_CANTOPEN": "the ledger cannot be opened; can its folder be written?",
    "SQLITE_NOTADB": "is not a ledger (not a SQLite database)",
    "SQLITE_CORRUPT": "the ledger is damaged; a copy of it may be merged into a new one",
}
