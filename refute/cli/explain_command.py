"""The commands `refute explain`: one claim in words; and `refute open`: the last report in a browser."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from rich.console import Console

from refute.basics.errors import InputError
from refute.cli.common import paper_here, stored_audit
from refute.cli.printing import print_line
from refute.report.explanation import explanation


def explain(args: argparse.Namespace, console: Console) -> int:
    """Print each claim: its statement, what a pass does not show, its evidence in the newest stored audit."""
    claims = paper_here().find(args.ids)
    stored = args.audit is not None or args.ledger.exists()
    audit = stored_audit(args.audit or args.ledger) if stored else None
    for index, claim in enumerate(claims):
        if index:
            print_line(console, "")
        for line in explanation(claim, audit):
            print_line(console, line)
    return 0


def open_report(args: argparse.Namespace, console: Console) -> int:
    """Open the page of a report, by default the newest in a folder of the working directory."""
    page = _newest(Path.cwd()) if args.directory is None else args.directory / "index.html"
    if not page.is_file():
        raise InputError(f"{page}: there is no page; `refute run --report {page.parent}` writes one")
    shown = webbrowser.open(page.resolve().as_uri())
    print_line(console, f"{'Opened' if shown else 'No browser was found; the page is'} {page}")
    return 0


def _newest(folder: Path) -> Path:
    pages = [path for path in folder.glob("*/index.html") if (path.parent / "audit.json").is_file()]
    if not pages:
        raise InputError("no report is here; `refute run --report DIR` writes one")
    return max(pages, key=lambda path: path.stat().st_mtime)
