"""The command `refute ledger`: what is known, since when, and from how many machines; or merge ledgers."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console

from refute.cli.printing import print_line
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import discover
from refute.ledger.ledger import open_ledger
from refute.ledger.queries import Known, merge, query
from refute.report.columns import print_columns
from refute.report.margin import of_slack
from refute.report.text import count, number
from refute.statement.json_codec import plain

_COLUMNS = ("Claim", "Instances", "Trials", "Nearest", "Refuted", "Runs", "Machines", "Since", "Stale")


def show_or_merge(args: argparse.Namespace, console: Console) -> int:
    """Merge ledgers into this one where some are named, otherwise show what it knows of the paper here."""
    if args.merge:
        added = merge(args.file, args.merge)
        print_line(console, f"{args.file}: {added} judged instances were new.")
        return 0
    ledger = open_ledger(args.file, write=False)
    try:
        found = query(ledger, discover(Path.cwd()), Path.cwd())
    finally:
        ledger.close()
    if args.json:
        print(json.dumps(plain(found), indent=1, allow_nan=False))
    else:
        print_known(found, console)
    return 0


def print_known(found: Known, console: Console) -> None:
    """Print one line per claim, and what the table cannot say: level, disputes, stale evidence, others."""
    rows = [
        (
            claim.id,
            count(claim.instances),
            count(claim.trials) if claim.trials else "–",
            of_slack(claim.worst_slack, refuted=claim.refutations > 0),
            count(claim.refutations),
            count(claim.runs),
            count(claim.machines),
            (claim.since or "–").partition("T")[0],
            count(claim.stale_instances),
        )
        for claim in found.claims
    ]
    print_columns(console, _COLUMNS, rows, right=set(_COLUMNS) - {"Claim", "Since"})
    for sentence in _sentences(found):
        print_line(console, sentence)


def _sentences(found: Known) -> list[str]:
    """What the table cannot say; only what there is to say."""
    spent = max((claim.level_spent for claim in found.claims), default=0.0)
    disputed = [claim.id for claim in found.claims if claim.disputed]
    lines = [f"{found.file}: {found.runs} audit{'' if found.runs == 1 else 's'}."]
    if spent:
        lines.append(
            f"Level spent on one instance of a statement with trials: at most {number(spent, 2)}, "
            f"of {number(FALSE_ALARM_LEVEL)} for all audits ever."
        )
    if disputed:
        lines.append(f"Audits differ in what they saw on the same instance of: {', '.join(disputed)}.")
    if any(claim.stale_instances for claim in found.claims):
        lines.append("Stale instances were judged under other sources of the claim or of its models.")
    if found.others:
        lines.append(f"Also in the ledger, and not in this paper: {', '.join(found.others)}.")
    return lines
