"""The commands that only read: `refute list`, `refute graph` and `refute slack`."""

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
from refute.report.records.listings import ListEntry
from refute.report.slack import markdown_lines, slack_rows
from refute.statement.claim import Claim
from refute.statement.json_codec import plain
from refute.statement.kinds import Status


def paper_here() -> Book:
    """The paper of the working directory, with the threads of its models settled. Raises PaperError."""
    book = discover(Path.cwd())
    choose_threads(book.paper)
    return book


def list_claims(args: argparse.Namespace, console: Console) -> int:
    """The table of contents: every statement, those that no claim checks with the reason."""
    book = paper_here()
    if args.json:
        print(json.dumps(plain([_entry(claim) for claim in book.claims]), indent=1))
        return 0
    claims = {claim.id: claim for claim in book.claims}
    _say(console, book.paper.title, style="bold")
    for chapter, entries in book.paper.contents.items():
        _say(console, f"\n{book.chapter_titles.get(chapter, chapter.capitalize())}", style="bold")
        for entry in entries:
            if entry.id in claims:
                _say(console, f"  {_line(claims[entry.id])}")
            else:
                labels = f"{entry.id:<4} {'not checked':<24} {'':<17} {entry.finding}"
                _say(console, f"  {labels}  {entry.line}. {entry.reason}")
    for finding, reason in book.unchecked.items():
        _say(console, f"\nNot checked: {finding} {book.paper.findings[finding]} {reason}")
    return 0


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


def _line(claim: Claim) -> str:
    mark = "" if claim.status is Status.THEOREM else f" [{claim.status}]"
    return f"{claim.id:<4} {claim.slug:<24} {claim.kind!s:<17} {claim.finding}  {claim.title}{mark}"


def _entry(claim: Claim) -> ListEntry:
    return ListEntry(
        id=claim.id,
        slug=claim.slug,
        title=claim.title,
        chapter=claim.chapter,
        kind=claim.kind,
        status=claim.status,
        finding=claim.finding,
        uses=tuple(claim.uses),
        siblings=tuple(sibling.name for sibling in claim.siblings),
        cost=claim.cost,
    )


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _say(console: Console, line: str, style: str | None = None) -> None:
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
