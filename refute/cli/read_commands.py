"""The commands that only read: `refute graph` and `refute slack`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console

from refute.audit.verdict import Verdict
from refute.cli.common import paper_here, stored_audit
from refute.cli.printing import print_line
from refute.inputs.registry import Book
from refute.ledger.ledger import open_ledger
from refute.ledger.queries import verdicts
from refute.report.graph import dot_lines, graph, text_lines
from refute.report.slack import markdown_lines, slack_rows
from refute.statement.json_codec import plain


def show_graph(args: argparse.Namespace, console: Console) -> int:
    """Which claim builds on which, each with the verdict of a stored audit or of the ledger."""
    book = paper_here()
    chosen = book.find(args.ids)
    found = graph(book, chosen, _verdicts(args, book))
    if args.format == "json":
        print(json.dumps(plain(found), indent=1))
        return 0
    _print_lines(dot_lines(found) if args.format == "dot" else text_lines(found), console)
    return 0


def show_slack(args: argparse.Namespace, console: Console) -> int:
    """How close the worst instance of every bound came to equality, from a stored audit."""
    stored = stored_audit(args.audit)
    if args.json:
        print(json.dumps(plain(slack_rows(stored)), indent=1, allow_nan=False))
    else:
        _print_lines(markdown_lines(stored), console)
    return 0


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


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        print_line(console, line)
