"""Audits claim after claim of a book, and what the run as a whole says."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from refute.audit.agreement import Agreement, Matrix, complete, planned
from refute.audit.blame import blame
from refute.audit.controls import Controlled
from refute.audit.courses import (
    agreement_course,
    blamed,
    claim_course,
    controls_course,
    plots_course,
    siblings_course,
)
from refute.audit.crew import Crew, Errand, drive
from refute.audit.one_claim import Tick
from refute.audit.pieces import answer, stock_of
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.basics.errors import FAILED, INTERRUPTED, REFUTED, AuditError
from refute.statement.claim import Claim
from refute.statement.kinds import Compute
from refute.statement.paper import Paper
from refute.statement.plot import Plot
from refute.statement.sibling import Sibling

CONTROLS = "controls"
PLOTS = "plots"


@dataclass
class Record:
    """The results so far, and the controls; `interrupted` if the run was cut short.

    stopped: why the workers could not go on. plotted: the plots, and why there are none.
    """

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)
    results: list[Result] = field(default_factory=list)
    interrupted: bool = False
    agreement: Matrix | None = None
    controls: tuple[Controlled, ...] = ()
    stopped: str = ""
    plotted: tuple[tuple[Plot, ...], str] = ((), "")

    @property
    def whole(self) -> bool:
        """Whether everything was done that was asked for."""
        return not (self.interrupted or self.stopped)


def audit_claims(
    request: Request, keep: Callable[[Result], None] = lambda _: None, crew: Crew | None = None
) -> Record:
    """Audit the claims; Ctrl-C ends the run and keeps every finished result.

    keep is called with each result, which has its blame. crew: who does it, by default this process, claim
    after claim.
    """
    record = Record()

    def kept(result: Result) -> None:
        record.results.append(result)
        keep(result)

    errands = [Errand(CONTROLS, controls_course(), partial(setattr, record, "controls"), math.inf)]
    errands += [
        Errand(claim.id, claim_course(claim, request), kept, request.weight_of(claim))
        for claim in request.claims
    ]
    if request.with_plots:
        heaviest = max(map(request.weight_of, request.claims), default=0.0)
        errands.append(Errand(PLOTS, plots_course(), partial(setattr, record, "plotted"), heaviest))
    _driven(errands, crew or alone(request), record)
    order = {claim.id: place for place, claim in enumerate(request.claims)}
    record.results.sort(key=lambda result: order[result.claim.id])
    return record


def with_blame(result: Result, claims: Sequence[Claim], compute: Compute, master: int) -> Result:
    """A REFUTED result with its blame, told in `because` as well; any other result as it is."""
    if result.verdict is not Verdict.REFUTED or result.counterexample is None:
        return result
    return blamed(result, blame(result.claim, result.counterexample.instance, claims, compute, master))


def agree(record: Record, request: Request, paper: Paper, crew: Crew, plan: Matrix | None = None) -> None:
    """Add the agreement matrix to a record, unless it was cut short. Ctrl-C keeps what is done.

    plan: the reference and its variations, by default those that `planned` names.
    """
    if not record.whole:
        return
    matrix = plan or planned(paper, request.compute)
    rows: list[tuple[Agreement, float]] = []
    errands = [
        Errand(
            result.claim.id,
            agreement_course(result, matrix, request.level_of(result.claim)),
            rows.extend,
            result.seconds,
        )
        for result in record.results
        if result.verdict is not Verdict.ERROR
    ]
    _driven(errands, crew, record)
    record.agreement = complete(matrix, rows, [result.claim.id for result in record.results])
    record.agreement.interrupted = record.interrupted


Pairs = tuple[tuple[Sibling, Result], ...]
"""The siblings of a claim with what came of them."""


def audit_all_siblings(request: Request, crew: Crew, keep: Callable[[Claim, Pairs], None]) -> Record:
    """Audit the siblings of the claims; keep is called with those of each claim. No result in the record."""
    record = Record()
    errands = [
        Errand(
            claim.id,
            siblings_course(claim, request.level_of(claim)),
            partial(keep, claim),
            request.weight_of(claim),
        )
        for claim in request.claims
    ]
    _driven(errands, crew, record)
    return record


def alone(request: Request, tick: Tick = lambda _: None, paper: Paper | None = None) -> Crew:
    """This process as the crew of an audit."""
    stock = stock_of((*request.book, *request.claims), paper)
    return Crew(partial(answer, stock=stock, terms=request.terms, tick=tick))


def _driven(errands: Sequence[Errand], crew: Crew, record: Record) -> None:
    try:
        drive(errands, crew)
    except KeyboardInterrupt:
        record.interrupted = True
    except AuditError as error:
        record.stopped = str(error)


def exit_code(record: Record) -> int:
    """0: nothing refuted, no error; 130: interrupted; 1: something REFUTED.

    3: otherwise, something ERROR, an unexplained disagreement, a control that did not come out as it must, or
    workers that could not go on.
    """
    verdicts = {result.verdict for result in record.results}
    if record.interrupted:
        return INTERRUPTED
    if Verdict.REFUTED in verdicts:
        return REFUTED
    missed = any(control.wrong for control in record.controls)
    disagrees = record.agreement is not None and record.agreement.unexplained
    return FAILED if Verdict.ERROR in verdicts or missed or disagrees or record.stopped else 0
