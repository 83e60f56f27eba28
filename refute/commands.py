"""What each command does; arguments are parsed in `refute.cli`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from refute import audit
from refute.audit import Request
from refute.bookkeeping import check_budget, keeping
from refute.claim import Compute
from refute.data import InputError, Table, choose_rows, load_dataset, read_table
from refute.judgement import judge
from refute.overview import paper_here, stored_audit
from refute.progress import claims_bar, describe, progress_on_stderr
from refute.registry import Book
from refute.report.page import write_page
from refute.report.table import print_siblings, print_table
from refute.runner import PROFILES, audit_siblings
from refute.verdict import Verdict
from refute.witness import find_target, load_witness, write_json

WITNESSES = Path(".refute") / "witnesses"


def run(args: argparse.Namespace, console: Console) -> int:
    """Audit claims, print the table, write what was asked for."""
    book, compute = _open_book(args)
    claims = book.find(args.ids)
    if args.agreement and args.dtype != "float64":
        raise InputError("--agreement compares with float64, so --dtype cannot be another")
    writable(args.json)
    writable(args.report / "index.html" if args.report else None)
    request = Request(
        claims, PROFILES[args.profile], args.seed, compute, args.report is not None, book.claims
    )
    writable(args.ledger)
    check_budget(request)
    folder = args.report / "witnesses" if args.report else WITNESSES
    with progress_on_stderr() as progress, keeping(args.ledger, Path.cwd(), request) as kept:
        begin, tick = claims_bar(progress, request)
        record = audit.run(kept.request, begin, tick, kept.keep)
        if args.agreement or (args.profile == "ci" and args.dtype == "float64"):
            tell = describe(progress, progress.add_task("agreement", total=None), "agreement, ")
            audit.agree(record, kept.request, book.paper, tell)
        result = audit.to_json(book, kept.request, record, folder)
        if args.report and not record.interrupted:
            record.interrupted = _add_plots(result, book, request, progress)
        kept.end(result)
    if args.json:
        write_json(args.json, result)
    if args.report:
        write_json(args.report / "audit.json", result)
        page = write_page(result, args.report)
    print_table(result, console)
    if args.report:
        _say(console, f"The report is in {page}")
    kept.complain()
    return audit.exit_code(record)


def siblings(args: argparse.Namespace, console: Console) -> int:
    """Run the false siblings; 0 only if every one is refuted. Ctrl-C keeps the claims that are done."""
    book, compute = _open_book(args)
    claims = book.find(args.ids)
    writable(args.json)
    profile, interrupted = PROFILES[args.profile], False
    rows: list[dict[str, Any]] = []
    with progress_on_stderr() as progress:
        bar = progress.add_task("siblings", total=sum(len(claim.siblings) for claim in claims))
        try:
            for claim in claims:
                progress.update(bar, description=f"siblings of {claim.id}")
                pairs = audit_siblings(claim, profile, args.seed, compute)
                progress.advance(bar, len(pairs))
                found = audit.siblings_json(pairs, args.seed, compute, WITNESSES)
                rows.append({"id": claim.id, "slug": claim.slug, "siblings": found})
        except KeyboardInterrupt:
            interrupted = True
    result = {
        "schema": "refute-siblings/1",
        "seed": args.seed,
        "profile": profile.name,
        "interrupted": interrupted,
        "claims": rows,
    }
    if args.json:
        write_json(args.json, result)
    print_siblings(result, console)
    if interrupted:
        return audit.INTERRUPTED
    return 0 if all(s["verdict"] == Verdict.REFUTED for row in rows for s in row["siblings"]) else 1


def replay(args: argparse.Namespace, console: Console) -> int:
    """Judge a counterexample again: 1 while it refutes, 0 when it no longer does, 3 if that fails."""
    witness = load_witness(args.witness)
    book = paper_here()
    target = find_target(witness, book.claims)
    try:
        compute = Compute(book.paper.resolve_device(witness.compute.device), witness.compute.dtype)
    except ValueError as error:
        raise InputError(f"{args.witness}: {error}") from None
    _say(console, f"{target.id}: {target.title}")
    _say(console, f"  instance: {witness.instance!r}")
    try:
        judgement = judge(target, witness.instance, compute, witness.seed, witness.level)
    except Exception as error:
        _say(console, f"  {target.id} cannot be judged on this instance: {type(error).__name__}: {error}")
        return audit.FAILED
    if judgement.unmet is not None:
        _say(console, f"  The instance does not meet the premise: {judgement.unmet}")
    for finding in judgement.findings:
        _say(console, f"  {finding.sentence()}")
    if judgement.astray:
        _say(console, f"  It falls for another reason: {judgement.astray}.")
    refutes = judgement.violation > 0
    _say(console, f"  This witness {'refutes' if refutes else 'does not refute'} {target.id}.")
    return 1 if refutes else 0


def data(args: argparse.Namespace, console: Console) -> int:
    """What the theory says of somebody's data."""
    if (args.file is None) == (args.dataset is None):
        raise InputError("give exactly one of FILE and --dataset")
    book, compute = _open_book(argparse.Namespace(device=args.device, dtype="float64"))
    if book.paper.examine is None:
        raise InputError("the claims of this paper are not about data")
    writable(args.json)
    table: Table = load_dataset(args.dataset) if args.dataset else read_table(args.file)
    chosen = choose_rows(table, args.rows, book.paper.default_rows)
    with progress_on_stderr() as progress:
        bar = progress.add_task("reading", total=None)
        told = book.paper.examine(table, chosen, compute, args.seed, describe(progress, bar))
    width = max(len(fact.name) for fact in told.facts)
    _say(console, f"{table.name}: {len(chosen.values)} of {len(table.values)} rows", style="bold")
    for fact in told.facts:
        mark = {True: "holds", False: "FAILS", None: ""}[fact.holds]
        _say(console, f"  {fact.name:<{width}}  {mark:<5}  {fact.value}")
    _say(console, told.conclusion)
    if args.json:
        write_json(args.json, {"schema": "refute-data/1", **told.numbers, "conclusion": told.conclusion})
    return 0


def report(args: argparse.Namespace, console: Console) -> int:
    """Write the page again from a stored audit, or from the newest one in a ledger."""
    stored = stored_audit(args.audit or args.directory / "audit.json")
    writable(args.directory / "index.html")
    _say(console, f"The report is in {write_page(stored, args.directory)}")
    return 0


def _open_book(args: argparse.Namespace) -> tuple[Book, Compute]:
    book = paper_here()
    try:
        return book, Compute(book.paper.resolve_device(args.device), args.dtype)
    except ValueError as error:
        raise InputError(f"--device {args.device}: {error}") from None


def writable(path: Path | None) -> None:
    """Find out before the work that its result could not be written. Raises InputError."""
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder, and a file is to be written there")
    parent = next(
        folder for folder in (path.absolute().parent, *path.absolute().parent.parents) if folder.exists()
    )
    if not parent.is_dir():
        raise InputError(f"{parent} is not a folder, so {path} cannot be written")
    if not os.access(parent, os.W_OK):
        raise InputError(f"{parent} cannot be written to")


def _say(console: Console, line: str, style: str | None = None) -> None:
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _add_plots(result: dict[str, Any], book: Book, request: Request, progress: Progress) -> bool:
    """Measure the paper's plots into the result; say whether Ctrl-C cut them short."""
    if book.paper.plots is None:
        return False
    begun = time.monotonic()
    tell = describe(progress, progress.add_task("plots", total=None), "plot: ")
    try:
        drawn = book.paper.plots(request.profile.name, request.seed, request.compute, tell)
        result["plots"] = [plot.to_json() for plot in drawn]
    except KeyboardInterrupt:
        result["interrupted"] = True
    except Exception as error:
        print(f"refute: the plots failed: {type(error).__name__}: {error}", file=sys.stderr)
    result["seconds"] += time.monotonic() - begun
    return bool(result["interrupted"])
