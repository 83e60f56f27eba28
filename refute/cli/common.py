"""What several commands begin with: the paper of the working directory, and a stored audit."""

from __future__ import annotations

from pathlib import Path

from refute.audit.environment import choose_threads
from refute.basics.errors import InputError, LedgerError
from refute.basics.plain_files import plain_bytes
from refute.inputs.registry import Book, discover
from refute.ledger.ledger import is_ledger, open_ledger
from refute.ledger.queries import Known, query
from refute.ledger.stored_audits import newest_audit
from refute.report.read_json import read_audit
from refute.report.records.audit import AuditRecord
from refute.statement.kinds import Compute


def paper_here() -> Book:
    """The paper of the working directory, with the threads of its models settled. Raises PaperError."""
    book = discover(Path.cwd())
    choose_threads(book.paper)
    return book


def open_book(device: str, dtype: str) -> tuple[Book, Compute]:
    """The paper of the working directory, and where and how precisely its models compute.

    device: auto, cpu or cuda. Raises PaperError, and InputError where there is no such device.
    """
    book = paper_here()
    try:
        return book, Compute(book.paper.resolve_device(device), dtype)
    except ValueError as error:
        raise InputError(f"--device {device}: {error}") from None


def evidence_in(ledger: Path | None, book: Book) -> Known | None:
    """What a ledger knows of a paper that is loaded; None without one, or where it cannot be read."""
    if ledger is None:
        return None
    try:
        file = open_ledger(ledger, write=False)
    except LedgerError:
        return None
    try:
        return query(file, book, Path.cwd())
    except LedgerError:
        return None
    finally:
        file.close()


def stored_audit(path: Path) -> AuditRecord:
    """A stored audit, or the newest one in a ledger. Raises InputError and LedgerError."""
    try:
        return read_audit(newest_audit(path) if is_ledger(path) else plain_bytes(path))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path} is not a stored audit: {error}") from None
