"""The commands that only read: `refute graph` and `refute slack`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console

from refute.audit.environment import choose_threads
from refute.audit.verdict import Verdict
from refute.basics.errors import InputError
from refute.inputs.registry import Book, discover
from refute.ledger.ledger import is_ledger, open_ledger
from refute.ledger.queries import verdicts
from refute.ledger.recorder import newest_audit
from refute.report.graph import dot_lines, graph, text_lines
from refute.report.read_json import read_audit
from refute.report.records.audit import AuditRecord
from refute.report.slack import markdown_lines, slack_rows
from refute.statement.json_codec import plain


def paper_here() -> Book:
    """The paper of the working directory, with the threads of its models settled. Raises PaperError."""
    book = discover(Path.cwd())
    choose_threads(book.paper)
    return book


def show_graph(args: argparse.Namespace, console: Console) -> int:
    """Which claim builds on which, each with the verdict of a stored audit or of the ledger."""
    book = paper_here()
    chosen = book.find(args.ids)
    found = graph(book, chosen, _verdicts(args, book))
    if args.format == "json":
        print(json.dumps(plain(found), indent=1))
        return 0
    _print_lines(dot_lines(found) if args.format == "dot" else text_lines(found))
    return 0


def show_slack(args: argparse.Namespace, console: Console) -> int:
    """How close the worst instance of every bound came to equality, from a stored audit."""
    stored = stored_audit(args.audit)
    if args.json:
        print(json.dumps(plain(slack_rows(stored)), indent=1, allow_nan=False))
    else:
        _print_lines(markdown_lines(stored))
    return 0


def stored_audit(path: Path) -> AuditRecord:
    """A stored audit, or the newest one in a ledger. Raises InputError and LedgerError."""
    try:
        return read_audit(newest_audit(path) if is_ledger(path) else path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path} is not a stored audit: {error}") from None


def _verdicts(args: argparse.Namespace, book: Book) -> Mapping[str, Verdict]:
    if args.audit is not None:
        return {claim.id: claim.verdict for claim in stored_audit(args.audit).claims}
    if args.ledger is None or not args.ledger.exists():
        return {}
    ledger = open_ledger(args.ledger, write=False)
    try:
        return verdicts(ledger, book, Path.cwd())
    finally:
        ledger.close()


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
