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

from refute.basics.errors import LedgerError
from refute.basics.plain_files import other_kind, plain_bytes
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.ledger.append_only_file import LEDGER, Form, begin, check, explained
from refute.statement.json_codec import shortened

TIMEOUT = 30.0
"""Seconds to wait for another writer."""
MAGIC = b"SQLite format 3\0"
_LONGEST_NAME = 100


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

    unmet: why the premise was not met, or None. slack: the smallest one of its comparisons.
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
    """An open ledger, or file of another form. Every method raises LedgerError, and then changed nothing."""

    path: Path
    base: sqlite3.Connection
    form: Form = LEDGER

    def add(self, rows: Mapping[str, Iterable[Sequence[object]]]) -> int:
        """Append rows by table in one transaction, and say how many were new; the others are skipped."""
        before = self.base.total_changes
        with self._writing():
            for name, values in rows.items():
                count = self.form.tables[name][1].count(",") + 1
                self.base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * count)})", values)
        return self.base.total_changes - before

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of a SELECT."""
        with explained(self.path, self.form):
            return self.base.execute(query, values).fetchall()

    def table(self, name: str) -> list[tuple[object, ...]]:
        """All rows of a table, ordered by key."""
        return self.rows(f"SELECT * FROM {name} ORDER BY {self.form.tables[name][0]}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is one state of the file, whatever an audit adds to it meanwhile."""
        self.rows("BEGIN")
        try:
            yield
        finally:
            with suppress(LedgerError):
                self.rows("ROLLBACK")

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
                levels[claim] = spent_by(audit_number(number, claim, self.path))
        return levels

    def close(self) -> None:
        """Close the file; what was added is on the disk already."""
        self.base.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with explained(self.path, self.form):
            try:
                self.base.execute("BEGIN IMMEDIATE")
                yield
                self.base.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # nothing begun, or a full disk has rolled back already
                    self.base.execute("ROLLBACK")
                raise


def audit_number(number: object, claim: object, path: Path) -> int:
    """The number of an audit of a statement, as a ledger holds it. Raises LedgerError if it is none."""
    if type(number) is not int or number < 1:
        raise LedgerError(f"{path}: audit {shortened(number)} of {claim} has no level; the ledger is damaged")
    return number


def spent_by(number: int) -> float:
    """The level of run number 1, 2, ... on a statement: all runs ever add up to FALSE_ALARM_LEVEL."""
    return 6 * FALSE_ALARM_LEVEL / (pi**2 * number**2)


def open_ledger(path: Path, *, write: bool = True, timeout: float = TIMEOUT, form: Form = LEDGER) -> Ledger:
    """Open a ledger, or a file of another form, and begin one where there is none if it is to be written.

    timeout: seconds to wait for another writer. Raises LedgerError: no ledger there, a file that is none, one
    of a newer refute, a folder that cannot be written, a lock that is not released.
    """
    if path.is_dir():
        raise LedgerError(f"{path} is a folder; a {form.noun} is a file")
    if path.exists() and not path.is_file():
        raise LedgerError(f"{path} is a device or a pipe; a {form.noun} is a file")
    if not write and not path.exists():
        raise LedgerError(f"{path}: there is no {form.noun} here; `{form.maker}` begins one")
    with explained(path, form):
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(_address(path, write), uri=True, timeout=timeout, isolation_level=None)
        try:
            if write:
                begin(base, time.monotonic() + timeout, form)
            check(base, path, form)
        except BaseException:
            base.close()
            raise
    return Ledger(path, base, form)


def is_ledger(path: Path) -> bool:
    """Whether a plain file is a SQLite database, judged by its first bytes. Raises OSError."""
    if other_kind(path):
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def machine_id(path: Path) -> str:
    """The random name of this machine, kept in the file `machine-id` beside the ledger.

    The file is there whole or not at all, and of two audits that begin at once one makes it.
    """
    file = path.with_name("machine-id")
    if not file.exists():
        new = file.with_name(f"machine-id.{uuid.uuid4().hex}.part")
        try:
            new.write_text(uuid.uuid4().hex, encoding="ascii")
            _place(new, file)
        finally:
            new.unlink(missing_ok=True)
    name = plain_bytes(file, most=_LONGEST_NAME).decode("utf-8", "replace").strip()
    if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
        raise LedgerError(f"{file} is not the name of a machine; delete it, and a new one is made")
    return name


def _place(new: Path, file: Path) -> None:
    """Give a file its name unless another one has it."""
    try:
        os.link(new, file)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links; there the last of two writers wins
        os.replace(new, file)


def _address(path: Path, write: bool) -> str:
    """A URI; to read from a folder that cannot be written, the file is taken as one that nobody changes."""
    mode = "rwc" if write else "ro"
    frozen = not write and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if frozen else ''}"
