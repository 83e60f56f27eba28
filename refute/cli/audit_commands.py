"""What each command does; arguments are parsed in `refute.cli.main`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from rich.console import Console

from refute.audit.all_claims import Pairs, audit_all_siblings, exit_code
from refute.audit.judgement import judge
from refute.audit.profiles import PROFILES
from refute.audit.request import Request, check_budget
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.witness import find_target, load_witness
from refute.basics.errors import FAILED, INTERRUPTED, InputError, PaperError
from refute.basics.files import check_writable
from refute.basics.streams import tell, visible
from refute.cli.audit_work import audited, end, summarize
from refute.cli.common import evidence_in, open_book, paper_here, stored_audit
from refute.cli.crews import crew_for, workers_for
from refute.cli.option_types import LEDGER
from refute.cli.outputs import Outputs, check_outputs, report_files, witness_files
from refute.cli.printing import print_line
from refute.cli.progress import progress_on_stderr, shown_for
from refute.ledger.earlier import earlier_seconds
from refute.ledger.ledger import is_ledger
from refute.ledger.queries import Known
from refute.ledger.recorder import keeping
from refute.report.audit_json import audit_record, sibling_records
from refute.report.margin import sentence
from refute.report.page import write_page
from refute.report.records.listings import SiblingsOfClaim, SiblingsRecord
from refute.report.terminal import print_siblings, print_table
from refute.statement.claim import Claim
from refute.statement.json_codec import plain
from refute.statement.kinds import Compute

WITNESSES = Path(".refute") / "witnesses"


def run(args: argparse.Namespace, console: Console) -> int:
    """Audit claims, print the table, then write what was asked for."""
    book, compute = open_book(args.device, args.dtype)
    claims = book.find(args.ids)
    if args.agreement and args.dtype != "float64":
        raise InputError("--agreement compares with float64, so --dtype cannot be another")
    folder = args.report / "witnesses" if args.report else WITNESSES
    check_outputs([*report_files(args.report, args.json), *witness_files(claims, folder), args.ledger])
    request = Request(
        claims,
        PROFILES[args.profile],
        args.seed,
        compute,
        args.report is not None,
        book.claims,
        with_plots=args.report is not None and book.paper.plots is not None,
        known=earlier_seconds(args.ledger, args.report is not None),
    )
    check_budget(request)
    outputs = Outputs(args.traceback)
    agrees = args.agreement or (request.profile.agrees and args.dtype == "float64")
    # The workers first: a scheduler that does not answer leaves no ledger.
    with workers_for(args, request) as workers, keeping(args.ledger, Path.cwd(), request) as kept:
        for note in kept.notes:
            tell(f"refute: {args.ledger}: {note}")
        with (
            progress_on_stderr() as progress,
            crew_for("run", args, book, request, shown := shown_for(progress, request), workers) as crew,
        ):
            record = audited(book, kept, crew, shown, agrees=agrees)
        result = audit_record(book, kept.request, record, folder)
        print_table(result, console)
        if args.traceback:
            _print_failures(record.results)
        outputs.witnesses(record.results, args.seed, compute, folder)
        written = plain(result)
        kept.end(written)
    outputs.json("the audit", args.json, written)
    if args.report:
        outputs.json("the audit", args.report / "audit.json", written)
        page = args.report / "index.html"
        evidence = evidence_in(args.ledger, book)
        if outputs.attempt("the report", page, partial(write_page, result, args.report, evidence)):
            print_line(console, f"The report is in {page}")
    summarize(result)
    end(record, crew)
    if args.ledger:
        outputs.attempt("the evidence", args.ledger, kept.complain)
    return outputs.code(exit_code(record))


def siblings(args: argparse.Namespace, console: Console) -> int:
    """Run the false siblings; 0 if every one is refuted, else 3. Ctrl-C keeps the claims that are done."""
    book, compute = open_book(args.device, args.dtype)
    claims = book.find(args.ids)
    check_outputs((args.json, *witness_files(claims, WITNESSES)))
    outputs = Outputs(args.traceback)
    known = earlier_seconds(LEDGER if LEDGER.exists() else None, True)
    request = Request(claims, PROFILES[args.profile], args.seed, compute, True, book.claims, known=known)
    found: dict[str, Pairs] = {}

    def keep(claim: Claim, pairs: Pairs) -> None:
        found[claim.id] = pairs
        fallen = sum(result.verdict is Verdict.REFUTED for _, result in pairs)
        shown.outcomes[claim.id] = f"{fallen} of {len(pairs)} refuted"
        outputs.witnesses([result for _, result in pairs], args.seed, compute, WITNESSES)

    with (
        workers_for(args, request) as workers,
        progress_on_stderr() as progress,
        crew_for("siblings", args, book, request, shown := shown_for(progress, request), workers) as crew,
    ):
        record = audit_all_siblings(request, crew, keep)
    done = [claim for claim in claims if claim.id in found]
    rows = [
        SiblingsOfClaim(id=c.id, slug=c.slug, siblings=sibling_records(found[c.id], WITNESSES)) for c in done
    ]
    results = [result for claim in done for _, result in found[claim.id]]
    result = SiblingsRecord(
        seed=args.seed,
        profile=request.profile.name,
        interrupted=not record.whole,
        claims=tuple(rows),
    )
    print_siblings(result, console)
    if args.traceback:
        _print_failures(results)
    outputs.json("what the siblings said", args.json, plain(result))
    end(record, crew)
    alive = any(one.verdict is not Verdict.REFUTED for row in rows for one in row.siblings)
    failed = alive or bool(record.stopped)
    return outputs.code(INTERRUPTED if record.interrupted else FAILED if failed else 0)


def _print_failures(results: Iterable[Result]) -> None:
    """What Python says of every ERROR, on stderr."""
    for result in results:
        if result.failure is not None:
            print(visible(f"{result.claim.id}: {result.failure.traceback}"), file=sys.stderr)


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
        print_line(console, f"  {sentence(comparison)}")
    if judgement.missed_reason:
        print_line(console, f"  It falls for another reason: {judgement.missed_reason}.")
    refutes = judgement.violation > 0
    if compute.dtype != "float64":
        seen = "a violation" if refutes else "no violation"
        print_line(console, f"  {compute.dtype} shows {seen} of {target.id}, and decides nothing.")
        return 0
    print_line(console, f"  This witness {'refutes' if refutes else 'does not refute'} {target.id}.")
    return 1 if refutes else 0


def report(args: argparse.Namespace, console: Console) -> int:
    """Write the page again from a stored audit, or from the newest one in a ledger."""
    path = args.audit or args.directory / "audit.json"
    if args.audit is None and not path.exists():
        raise InputError(
            f"{path} is not there; name what the page is to be made of: "
            f"refute report {LEDGER} {args.directory}"
        )
    stored = stored_audit(path)
    check_writable(args.directory / "index.html")
    page = write_page(stored, args.directory, _evidence_beside(path))
    print_line(console, f"The report is in {page}")
    return 0


def _evidence_beside(path: Path) -> Known | None:
    """What the ledger that an audit came from knows of the paper here; None without ledger or paper."""
    if not is_ledger(path):
        return None
    try:
        return evidence_in(path, paper_here())
    except PaperError:
        return None
