"""The file of a ledger: its tables and triggers, how an empty file becomes one, and what can go wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

APPLICATION = 0x52465431
"""The application id in the header of the file: "RFT1"."""
SCHEMA = 1

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


def begin(base: sqlite3.Connection, deadline: float) -> None:
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


def check(base: sqlite3.Connection, path: Path) -> None:
    """Raise LedgerError unless this is a ledger of the schema known here."""
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
def explained(path: Path) -> Iterator[None]:
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
    "SQLITE_CANTOPEN": "the ledger cannot be opened; may this file be read, and its folder written?",
    "SQLITE_NOTADB": "is not a ledger (not a SQLite database)",
    "SQLITE_CORRUPT": "the ledger is damaged; a copy of it may be merged into a new one",
}
