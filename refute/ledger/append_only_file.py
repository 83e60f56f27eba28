"""Append-only SQLite files: tables and triggers, how an empty file becomes one, and what can go wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from refute.basics.errors import LedgerError

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


@dataclass(frozen=True)
class Form:
    """A kind of append-only file. noun: what people call it. maker: the command that begins one.

    application, schema: the numbers in its header. tables: for each its key and its columns, all of them.
    indexes: further statements that an empty file needs. rescue: what to do with a damaged one, which is
    not merged either.
    """

    noun: str
    maker: str
    application: int
    schema: int
    tables: Mapping[str, tuple[str, str]]
    indexes: tuple[str, ...] = ()
    rescue: str = "move it away: the next `{maker}` begins a new one"


LEDGER = Form(
    noun="ledger",
    maker="refute run",
    application=APPLICATION,
    schema=SCHEMA,
    tables=TABLES,
    indexes=("CREATE INDEX evidence_of ON evidence (claim, statement)",),
)


def begin(base: sqlite3.Connection, deadline: float, form: Form = LEDGER) -> None:
    """Make an empty file one of this form. A file that is anything else is left alone."""
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
        for statement in _statements(form):
            base.execute(statement)
        base.execute(f"PRAGMA application_id = {form.application}")
        base.execute(f"PRAGMA user_version = {form.schema}")
    base.execute("COMMIT")


def _empty(base: sqlite3.Connection) -> bool:
    (count,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = base.execute("PRAGMA application_id").fetchone()
    return bool(count == 0 and application == 0)


def _statements(form: Form) -> Iterator[str]:
    for name, (key, columns) in form.tables.items():
        yield f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"
        same = " AND ".join(f"{column} = NEW.{column}" for column in key.split(", "))
        skip = f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {same}) BEGIN SELECT RAISE(IGNORE); END"
        yield f"CREATE TRIGGER {name}_once BEFORE INSERT ON {name} {skip}"
        for verb in ("UPDATE", "DELETE"):
            refuse = f"SELECT RAISE(ABORT, 'a {form.noun} is append-only');"
            yield f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {name} BEGIN {refuse} END"
    yield from form.indexes


def check(base: sqlite3.Connection, path: Path, form: Form = LEDGER) -> None:
    """Raise LedgerError unless this is a file of the form and schema known here, and holds nothing else.

    It may lack triggers: what a row says is checked where it is merged.
    """
    (application,) = base.execute("PRAGMA application_id").fetchone()
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if application != form.application:
        raise LedgerError(f"{path} is a SQLite database, but not a {form.noun} of refute")
    if version != form.schema:
        raise LedgerError(
            f"{path} is a {form.noun} of schema {version}, this refute knows schema {form.schema}; "
            "update refute"
        )
    found = _parts(base)
    needed = _expected(form)
    if found - needed or any(kind != "trigger" for kind, *_ in needed - found):
        raise LedgerError(
            f"{path}: its tables and triggers are not those of a {form.noun}; "
            f"somebody changed it, so {form.rescue}"
        )
    base.execute("PRAGMA synchronous = FULL")


def _parts(base: sqlite3.Connection) -> set[tuple[object, ...]]:
    """Every table, index, trigger and view with the statement that made it, but SQLite's own."""
    rows = base.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return {row for row in rows if not str(row[1]).startswith("sqlite_")}


def _expected(form: Form) -> set[tuple[object, ...]]:
    """What is in a file of this form. A view in place of a table could answer for ever, or lie."""
    with closing(sqlite3.connect(":memory:")) as empty:
        for statement in _statements(form):
            empty.execute(statement)
        return _parts(empty)


@contextmanager
def explained(path: Path, form: Form = LEDGER) -> Iterator[None]:
    """Turn what SQLite and the system say into one line."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        template = next((reason for code, reason in _REASONS.items() if name.startswith(code)), "{error}")
        rescue = form.rescue.format(maker=form.maker)
        message = template.format(noun=form.noun, rescue=rescue, error=error)
        raise LedgerError(f"{path}: {message}") from error
    except OSError as error:
        raise LedgerError(f"{error.filename or path}: {error.strerror or error}") from error


_REASONS = {
    "SQLITE_BUSY": "the {noun} is locked by another program and was not released in time",
    "SQLITE_FULL": "the disk is full; what was in the {noun} before is still there",
    "SQLITE_READONLY": "the {noun} or its folder cannot be written",
    "SQLITE_CANTOPEN": "the {noun} cannot be opened; may this file be read, and its folder written?",
    "SQLITE_NOTADB": "is not a {noun} (not a SQLite database)",
    "SQLITE_CORRUPT": "the {noun} is damaged; {rescue}",
}
