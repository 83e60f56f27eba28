"""What each command does; arguments are parsed in `refute.cli`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from refute import audit
from refute.audit import Request
from refute.claim import Claim, Compute
from refute.data import InputError, Table, choose_rows, load_dataset, read_table
from refute.judgement import judge
from refute.registry import Book, discover
from refute.report.page import write_page
from refute.report.schema import validate
from refute.report.table import print_siblings, print_table
from refute.runner import PROFILES, Profile, Result, audit_siblings
from refute.verdict import Verdict
from refute.witness import find_target, load_witness, write_json

WITNESSES = Path(".refute") / "witnesses"


def list_claims(args: argparse.Namespace, console: Console) -> int:
    """The table of contents."""
    book = discover(Path.cwd())
    if args.json:
        print(json.dumps([_entry(claim) for claim in book.claims], indent=1))
        return 0
    console.print(book.paper.title, style="bold", highlight=False)
    for chapter in book.paper.chapters:
        console.print(f"\n{book.chapter_titles[chapter]}", style="bold", highlight=False)
        for claim in (c for c in book.claims if c.chapter == chapter):
            mark = "" if str(claim.status) == "theorem" else f" [{claim.status}]"
            line = f"  {claim.id:<4} {claim.slug:<24} {claim.kind!s:<17} {claim.finding}  {claim.title}{mark}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def run(args: argparse.Namespace, console: Console) -> int:
    """Audit claims, print the table, write what was asked for."""
    book, compute = _open_book(args)
    claims = book.find(args.ids)
    _writable(args.json)
    _writable(args.report / "index.html" if args.report else None)
    request = Request(
        claims, PROFILES[args.profile], args.seed, compute, with_siblings=args.report is not None
    )
    with _progress() as progress:
        begin, tick = _bar(progress, request)
        record = audit.run(request, begin, tick)
        folder = args.report / "witnesses" if args.report else WITNESSES
        result = audit.to_json(book, request, record, folder)
        if args.report and book.paper.plots and not record.interrupted:
            result["plots"] = _plots(book, request, progress)
            result["seconds"] += sum(plot.pop("seconds", 0.0) for plot in result["plots"])
    if args.json:
        write_json(args.json, result)
    if args.report:
        write_json(args.report / "audit.json", result)
        page = write_page(result, args.report)
    print_table(result, console)
    if args.report:
        console.print(f"The report is in {page}", highlight=False, soft_wrap=True)
    return audit.exit_code(record)


def siblings(args: argparse.Namespace, console: Console) -> int:
    """Run the false siblings; 0 only if every one is refuted."""
    book, compute = _open_book(args)
    claims = book.find(args.ids)
    _writable(args.json)
    profile, rows = PROFILES[args.profile], []
    with _progress() as progress:
        bar = progress.add_task("siblings", total=sum(len(claim.siblings) for claim in claims))
        for claim in claims:
            progress.update(bar, description=f"siblings of {claim.id}")
            pairs = audit_siblings(claim, profile, args.seed, compute)
            progress.advance(bar, len(pairs))
            found = audit.siblings_json(pairs, args.seed, compute, WITNESSES)
            rows.append({"id": claim.id, "slug": claim.slug, "siblings": found})
    result = {"schema": "refute-siblings/1", "seed": args.seed, "profile": profile.name, "claims": rows}
    if args.json:
        write_json(args.json, result)
    print_siblings(result, console)
    return 0 if all(s["verdict"] == Verdict.REFUTED for row in rows for s in row["siblings"]) else 1


def replay(args: argparse.Namespace, console: Console) -> int:
    """Judge a counterexample again: 1 while it refutes, 0 when it no longer does."""
    witness = load_witness(args.witness)
    book = discover(Path.cwd())
    target = find_target(witness, book.claims)
    try:
        compute = Compute(book.paper.resolve_device(witness.compute.device), witness.compute.dtype)
    except ValueError as error:
        raise InputError(f"{args.witness}: {error}") from None
    judgement = judge(target, witness.instance, compute, witness.seed)
    console.print(f"{target.id}: {target.title}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"  instance: {witness.instance!r}", markup=False, highlight=False, soft_wrap=True)
    if judgement.unmet is not None:
        console.print(
            f"  The instance does not meet the premise: {judgement.unmet}", markup=False, soft_wrap=True
        )
    for finding in judgement.findings:
        console.print(f"  {finding.sentence()}", markup=False, highlight=False, soft_wrap=True)
    refutes = judgement.violation > 0
    console.print(f"  This witness {'refutes' if refutes else 'does not refute'} {target.id}.", markup=False)
    return 1 if refutes else 0


def data(args: argparse.Namespace, console: Console) -> int:
    """What the theory says of somebody's data."""
    if (args.file is None) == (args.dataset is None):
        raise InputError("give exactly one of FILE and --dataset")
    book, compute = _open_book(argparse.Namespace(device=args.device, dtype="float64"))
    if book.paper.examine is None:
        raise InputError("the claims of this paper are not about data")
    _writable(args.json)
    table: Table = load_dataset(args.dataset) if args.dataset else read_table(args.file)
    chosen = choose_rows(table, args.rows, book.paper.default_rows)
    with _progress() as progress:
        bar = progress.add_task("reading", total=None)
        report = book.paper.examine(
            table, chosen, compute, args.seed, lambda what: progress.update(bar, description=what)
        )
    width = max(len(fact.name) for fact in report.facts)
    console.print(
        f"{table.name}: {len(chosen.values)} of {len(table.values)} rows", style="bold", highlight=False
    )
    for fact in report.facts:
        mark = {True: "holds", False: "FAILS", None: ""}[fact.holds]
        console.print(
            f"  {fact.name:<{width}}  {mark:<5}  {fact.value}", markup=False, highlight=False, soft_wrap=True
        )
    console.print(report.conclusion, highlight=False, markup=False, soft_wrap=True)
    if args.json:
        write_json(args.json, {"schema": "refute-data/1", **report.numbers, "conclusion": report.conclusion})
    return 0


def report(args: argparse.Namespace, console: Console) -> int:
    """Write the page again from a stored audit."""
    source = args.audit or args.directory / "audit.json"
    try:
        stored = json.loads(source.read_text(encoding="utf-8"))
        validate(stored)
    except OSError as error:
        raise InputError(f"{source}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{source} is not a stored audit: {error}") from None
    _writable(args.directory / "index.html")
    console.print(f"The report is in {write_page(stored, args.directory)}", highlight=False, soft_wrap=True)
    return 0


def _entry(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "slug": claim.slug,
        "title": claim.title,
        "chapter": claim.chapter,
        "kind": str(claim.kind),
        "status": str(claim.status),
        "finding": claim.finding,
        "uses": list(claim.uses),
        "siblings": [sibling.name for sibling in claim.siblings],
        "cost": str(claim.cost),
    }


def _open_book(args: argparse.Namespace) -> tuple[Book, Compute]:
    book = discover(Path.cwd())
    try:
        return book, Compute(book.paper.resolve_device(args.device), args.dtype)
    except ValueError as error:
        raise InputError(f"--device {args.device}: {error}") from None


def _writable(path: Path | None) -> None:
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
    import os

    if not os.access(parent, os.W_OK):
        raise InputError(f"{parent} cannot be written to")


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _bar(progress: Progress, request: Request) -> tuple[Callable[[Claim], None], Callable[[str], None]]:
    """A bar over the claims that names the one at work and counts its instances; plain lines where stderr is no terminal."""
    bar = progress.add_task("starting", total=len(request.claims))
    state = {"begun": 0, "instances": 0, "name": ""}

    def begin(claim: Claim) -> None:
        progress.update(bar, completed=state["begun"])
        state.update(begun=int(state["begun"]) + 1, instances=0, name=f"{claim.id} {claim.slug}")
        progress.update(bar, description=str(state["name"]))
        if progress.disable:
            print(f"[{state['begun']}/{len(request.claims)}] {state['name']}", file=sys.stderr, flush=True)

    def tick(_: str) -> None:
        state["instances"] = int(state["instances"]) + 1
        progress.update(bar, description=f"{state['name']}: {state['instances']} instances")

    return begin, tick


def _plots(book: Book, request: Request, progress: Progress) -> list[dict[str, Any]]:
    assert book.paper.plots is not None
    bar = progress.add_task("plots", total=None)
    drawn = book.paper.plots(
        request.profile.name,
        request.seed,
        request.compute,
        lambda what: progress.update(bar, description=f"plot: {what}"),
    )
    return [plot.to_json() for plot in drawn]


__all__ = ["Profile", "Result", "Sequence", "data", "list_claims", "replay", "report", "run", "siblings"]
