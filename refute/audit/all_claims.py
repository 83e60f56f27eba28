"""Audits claim after claim of a book, and what the run as a whole says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from refute.audit.agreement import Matrix, fill, planned
from refute.audit.blame import blame
from refute.audit.controls import Controlled, run_controls
from refute.audit.one_claim import Tick, audit_claim, audit_siblings
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.basics.errors import FAILED, INTERRUPTED, REFUTED
from refute.statement.claim import Claim
from refute.statement.kinds import Compute
from refute.statement.paper import Paper


@dataclass
class Record:
    """The results so far, and the controls; `interrupted` if the run was cut short."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)
    results: list[Result] = field(default_factory=list)
    interrupted: bool = False
    agreement: Matrix | None = None
    controls: tuple[Controlled, ...] = ()


def audit_claims(
    request: Request,
    begin: Callable[[Claim], None],
    tick: Tick,
    keep: Callable[[Result], None] = lambda _: None,
) -> Record:
    """Audit the claims one after the other; Ctrl-C ends the run and keeps every finished result.

    begin is called before each claim, tick after each instance, keep with each result, which has its blame.
    """
    record = Record()
    try:
        record.controls = run_controls(request.profile, request.seed)
        for claim in request.claims:
            begin(claim)
            result = _audited(claim, request, tick)
            try:
                result = with_blame(result, request.book, request.compute, request.seed)
            finally:
                record.results.append(result)
                keep(result)
    except KeyboardInterrupt:
        record.interrupted = True
    return record


def _audited(claim: Claim, request: Request, tick: Tick) -> Result:
    level = request.level_of(claim)
    how = (request.profile, request.seed, request.compute, tick)
    result = audit_claim(claim, *how, level=level).showing_only(request.compute.dtype)
    if not request.with_siblings or result.shows is not None:
        return result
    return replace(result, siblings=audit_siblings(claim, *how, level=level))


def with_blame(result: Result, claims: Sequence[Claim], compute: Compute, master: int) -> Result:
    """A REFUTED result with its blame, told in `because` as well; any other result as it is."""
    if result.verdict is not Verdict.REFUTED or result.counterexample is None:
        return result
    found = blame(result.claim, result.counterexample.instance, claims, compute, master)
    if found is None:
        return result
    return replace(result, blame=found, because=f"{result.because}. {found.sentence}")


def agree(record: Record, request: Request, paper: Paper, report: Callable[[str], None]) -> None:
    """Add the agreement matrix to a record, unless it was cut short; `report` is told what is at work."""
    if not record.interrupted:
        record.agreement = planned(paper, request.compute)
        levels = {claim.id: request.level_of(claim) for claim in request.claims}
        fill(record.agreement, record.results, paper, request.seed, levels, report)
        record.interrupted = record.agreement.interrupted


def exit_code(record: Record) -> int:
    """0: nothing refuted, no error; 130: interrupted; 1: something REFUTED.

    3: otherwise, something ERROR, an unexplained disagreement, or a control that did not come out as it must.
    """
    verdicts = {result.verdict for result in record.results}
    if record.interrupted:
        return INTERRUPTED
    if Verdict.REFUTED in verdicts:
        return REFUTED
    missed = any(control.wrong for control in record.controls)
    disagrees = record.agreement is not None and record.agreement.unexplained
    return FAILED if Verdict.ERROR in verdicts or missed or disagrees else 0
