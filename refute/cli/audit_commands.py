"""What each command does; arguments are parsed in `refute.cli.main`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from refute.audit.all_claims import agree, audit_claims, exit_code
from refute.audit.judgement import judge
from refute.audit.one_claim import audit_siblings
from refute.audit.profiles import PROFILES
from refute.audit.request import Request, check_budget
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.witness import find_target, load_witness, save_witnesses
from refute.basics.errors import FAILED, INTERRUPTED, InputError
from refute.basics.files import check_writable, write_json
from refute.cli.common import open_book, paper_here, stored_audit
from refute.cli.printing import print_line
from refute.cli.progress import claims_bar, describe, progress_on_stderr
from refute.inputs.registry import Book
from refute.inputs.tables import choose_rows, read_table
from refute.ledger.recorder import keeping
from refute.report.audit_json import audit_record, sibling_records
from refute.report.page import write_page
from refute.report.records.audit import AuditRecord
from refute.report.records.listings import DataRecord, SiblingsOfClaim, SiblingsRecord
from refute.report.terminal import print_siblings, print_table
from refute.statement.json_codec import plain
from refute.statement.kinds import Compute
from refute.statement.paper import DataReport, Paper
from refute.statement.plot import Plot
from refute.statement.table import Table

WITNESSES = Path(".refute") / "witnesses"


def run(args: argparse.Namespace, console: Console) -> int:
    """Audit claims, print the table, write what was asked for."""
    book, compute = open_book(args.device, args.dtype)
    claims = book.find(args.ids)
    if args.agreement and args.dtype != "float64":
        raise InputError("--agreement compares with float64, so --dtype cannot be another")
    check_writable(args.json)
    check_writable(args.report / "index.html" if args.report else None)
    request = Request(
        claims, PROFILES[args.profile], args.seed, compute, args.report is not None, book.claims
    )
    check_writable(args.ledger)
    check_budget(request)
    folder = args.report / "witnesses" if args.report else WITNESSES
    with progress_on_stderr() as progress, keeping(args.ledger, Path.cwd(), request) as kept:
        begin, tick = claims_bar(progress, request)
        record = audit_claims(kept.request, begin, tick, kept.keep)
        if args.agreement or (request.profile.agrees and args.dtype == "float64"):
            tell = describe(progress, progress.add_task("agreement", total=None), "agreement, ")
            agree(record, kept.request, book.paper, tell)
        result = audit_record(book, kept.request, record, folder)
        save_witnesses(record.results, args.seed, compute, folder)
        if args.report and not record.interrupted:
            result = _with_plots(result, book, request, progress)
            record.interrupted = result.interrupted
        written = plain(result)
        kept.end(written)
    if args.json:
        write_json(args.json, written)
    if args.report:
        write_json(args.report / "audit.json", written)
        page = write_page(result, args.report)
    print_table(result, console)
    if args.report:
        print_line(console, f"The report is in {page}")
    if args.traceback:
        _print_failures(record.results)
    kept.complain()
    return exit_code(record)


def siblings(args: argparse.Namespace, console: Console) -> int:
    """Run the false siblings; 0 if every one is refuted, else 3. Ctrl-C keeps the claims that are done."""
    book, compute = open_book(args.device, args.dtype)
    claims = book.find(args.ids)
    check_writable(args.json)
    profile = PROFILES[args.profile]
    interrupted = False
    rows: list[SiblingsOfClaim] = []
    results: list[Result] = []
    with progress_on_stderr() as progress:
        bar = progress.add_task("siblings", total=sum(len(claim.siblings) for claim in claims))
        try:
            for claim in claims:
                progress.update(bar, description=f"siblings of {claim.id}")
                pairs = audit_siblings(claim, profile, args.seed, compute)
                results.extend(result for _, result in pairs)
                progress.advance(bar, len(pairs))
                save_witnesses((result for _, result in pairs), args.seed, compute, WITNESSES)
                found = sibling_records(pairs, WITNESSES)
                rows.append(SiblingsOfClaim(id=claim.id, slug=claim.slug, siblings=found))
        except KeyboardInterrupt:
            interrupted = True
    result = SiblingsRecord(
        seed=args.seed,
        profile=profile.name,
        interrupted=interrupted,
        claims=tuple(rows),
    )
    if args.json:
        write_json(args.json, plain(result))
    print_siblings(result, console)
    if args.traceback:
        _print_failures(results)
    if interrupted:
        return INTERRUPTED
    alive = any(one.verdict is not Verdict.REFUTED for row in rows for one in row.siblings)
    return FAILED if alive else 0


def _print_failures(results: Iterable[Result]) -> None:
    """What Python says of every ERROR, on stderr."""
    for result in results:
        if result.failure is not None:
            print(f"{result.claim.id}: {result.failure.traceback}", file=sys.stderr)


def replay(args: argparse.Namespace, console: Console) -> int:
    """Judge a counterexample again: 1 while it refutes, 0 when it no longer does, 3 if that fails."""
    witness = load_witness(args.witness)
    book = paper_here()
    target = find_target(witness, book.claims)
    try:
        compute = Compute(book.paper.resolve_device(witness.compute.device), witness.compute.dtype)
    except ValueError as error:
        raise InputError(f"{args.witness}: {error}") from None
    print_line(console, f"{target.id}: {target.title}")
    print_line(console, f"  instance: {witness.instance!r}")
    try:
        judgement = judge(target, witness.instance, compute, witness.seed, witness.level)
    except Exception as error:
        print_line(
            console, f"  {target.id} cannot be judged on this instance: {type(error).__name__}: {error}"
        )
        return FAILED
    if judgement.unmet is not None:
        print_line(console, f"  The instance does not meet the premise: {judgement.unmet}")
    for comparison in judgement.comparisons:
        print_line(console, f"  {comparison.sentence()}")
    if judgement.missed_reason:
        print_line(console, f"  It falls for another reason: {judgement.missed_reason}.")
    refutes = judgement.violation > 0
    print_line(console, f"  This witness {'refutes' if refutes else 'does not refute'} {target.id}.")
    return 1 if refutes else 0


def data(args: argparse.Namespace, console: Console) -> int:
    """What the theory says of somebody's data."""
    if (args.file is None) == (args.dataset is None):
        raise InputError("give exactly one of FILE and --dataset")
    book, compute = open_book(args.device, "float64")
    if book.paper.examine is None:
        raise InputError("the claims of this paper are not about data")
    check_writable(args.json)
    table = _offered(book.paper, args.dataset) if args.dataset else read_table(args.file)
    chosen = choose_rows(table, args.rows, book.paper.default_rows)
    with progress_on_stderr() as progress:
        bar = progress.add_task("reading", total=None)
        found = book.paper.examine(table, chosen, compute, args.seed, describe(progress, bar))
    width = max(len(fact.name) for fact in found.facts)
    print_line(console, f"{table.name}: {len(chosen.values)} of {len(table.values)} rows", style="bold")
    for fact in found.facts:
        mark = {True: "holds", False: "FAILS", None: ""}[fact.holds]
        print_line(console, f"  {fact.name:<{width}}  {mark:<5}  {fact.value}")
    print_line(console, found.conclusion)
    if args.json:
        write_json(args.json, _data_json(found))
    return 0


def _offered(paper: Paper, name: str) -> Table:
    """A data set that the paper offers. Raises InputError where it offers none of that name."""
    if name not in paper.datasets:
        raise InputError(
            f"this paper offers no data set {name!r}; it has: {', '.join(paper.datasets) or 'none'}"
        )
    return paper.datasets[name]()


def report(args: argparse.Namespace, console: Console) -> int:
    """Write the page again from a stored audit, or from the newest one in a ledger."""
    stored = stored_audit(args.audit or args.directory / "audit.json")
    check_writable(args.directory / "index.html")
    print_line(console, f"The report is in {write_page(stored, args.directory)}")
    return 0


def _data_json(report: DataReport) -> dict[str, object]:
    """What `refute data` writes: the paper's own numbers between the two keys of every such file."""
    record = DataRecord(conclusion=report.conclusion)
    return {"schema": record.schema, **report.numbers, "conclusion": record.conclusion}


def _with_plots(audit: AuditRecord, book: Book, request: Request, progress: Progress) -> AuditRecord:
    """The audit with the paper's plots, measured now; marked as interrupted where Ctrl-C cut them short."""
    if book.paper.plots is None:
        return audit
    begun = time.monotonic()
    tell = describe(progress, progress.add_task("plots", total=None), "plot: ")
    plots: tuple[Plot, ...] = ()
    interrupted = audit.interrupted
    try:
        plots = tuple(book.paper.plots(request.profile.draws, request.seed, request.compute, tell))
    except KeyboardInterrupt:
        interrupted = True
    except Exception as error:
        print(f"refute: the plots failed: {type(error).__name__}: {error}", file=sys.stderr)
    seconds = audit.seconds + time.monotonic() - begun
    return msgspec.structs.replace(audit, plots=plots, interrupted=interrupted, seconds=seconds)
