"""What `run` and `siblings` do around the work of a crew: what is kept, and what is said at the end."""

from __future__ import annotations

import os
from dataclasses import replace

from refute.audit.all_claims import Record, agree, audit_claims
from refute.audit.crew import Crew
from refute.audit.result import Result
from refute.basics.streams import tell
from refute.cli.progress import Shown, shown_on
from refute.inputs.registry import Book
from refute.ledger.recorder import Keeper
from refute.report.records.audit import AuditRecord
from refute.report.step_summary import step_summary


def audited(book: Book, kept: Keeper, crew: Crew, shown: Shown, *, agrees: bool) -> Record:
    """Audit the claims of a keeper's request and keep each that is done; compare ways to compute if asked."""
    request = kept.request

    def keep(result: Result) -> None:
        label = result.claim.id
        shown.outcome(label, str(result.verdict), [part.comparison.record() for part in result.parts])
        kept.keep(result, remembered=not shown.tallies[label].fresh)

    record = audit_claims(request, keep, crew)
    if agrees:
        weights = {result.claim.id: result.seconds for result in record.results}
        names = {label: shown.names[label] for label in weights}
        second = shown_on(shown.progress, names, weights, "agreement")
        told = replace(crew, begun=second.begun, answered=second.answered, ended=second.ended)
        agree(record, request, book.paper, told)
    return record


def summarize(audit: AuditRecord) -> None:
    """Add a summary to the page of a step of GitHub's, where there is one. A file that fails is said."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(step_summary(audit))
    except OSError as error:
        tell(f"refute: the summary of this step is not written: {error}")


def end(record: Record, crew: Crew) -> None:
    """Forget what was unfinished if nothing is; say what went wrong, and that one can go on."""
    plots_failed = record.plotted[1]
    if plots_failed:
        tell(f"refute: the plots failed: {plots_failed}")
    if record.stopped:
        tell(f"refute: {record.stopped}")
    if record.whole:
        crew.memory.finish()
    elif crew.memory.failure:
        tell(f"refute: --resume cannot go on from here: {crew.memory.failure}")
    else:
        tell("refute: the same command with --resume goes on from here")
