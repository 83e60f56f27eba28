"""Audits a book: claim after claim, with witnesses saved and the whole turned into one record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from refute.agreement import Matrix, fill, planned
from refute.blame import with_blame
from refute.claim import Claim, Compute, Sibling
from refute.environment import environment
from refute.paper import Paper
from refute.registry import Book
from refute.result import Result, result_json
from refute.runner import Profile, Tick, audit
from refute.verdict import Verdict
from refute.witness import Witness, save_witness

SCHEMA = "refute-audit/1"
REFUTED, USAGE, FAILED, INTERRUPTED = 1, 2, 3, 130
"""Exit codes: something refuted, usage or input error, an error in a claim, Ctrl-C."""


@dataclass(frozen=True)
class Request:
    """What to audit and how: claims in order, profile, seed, device and dtype, with or without siblings.

    book: all claims of the paper, for the blame of one that is refuted. levels: of the trials of one
    instance, by claim, where it is not the profile's.
    """

    claims: Sequence[Claim]
    profile: Profile
    seed: int
    compute: Compute
    with_siblings: bool = False
    book: Sequence[Claim] = ()
    levels: Mapping[str, float] = field(default_factory=dict)

    def profile_of(self, claim: Claim) -> Profile:
        """The profile at the level of this claim."""
        return replace(self.profile, level=self.levels.get(claim.id, self.profile.level))

    @property
    def planned(self) -> float:
        """The most that levels times instances can add up to over the claims with trials.

        Instances that shrinking judges come after a first refutation and are not counted.
        """
        return sum(
            self.profile_of(claim).level * (self.profile.instances[claim.cost] + len(claim.examples))
            for claim in self.claims
            if claim.draw is not None
        )


@dataclass
class Record:
    """The results so far; `interrupted` if the run was cut short."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)
    results: list[Result] = field(default_factory=list)
    interrupted: bool = False
    agreement: Matrix | None = None


def run(
    request: Request,
    begin: Callable[[Claim], None],
    tick: Tick,
    keep: Callable[[Result], None] = lambda _: None,
) -> Record:
    """Audit the claims one after the other; Ctrl-C ends the run and keeps every finished result.

    begin is called before each claim, tick after each instance, keep with each result.
    """
    record = Record()
    try:
        for claim in request.claims:
            begin(claim)
            found = audit(
                claim,
                request.profile_of(claim),
                request.seed,
                request.compute,
                tick,
                with_siblings=request.with_siblings,
            )
            record.results.append(found)
            keep(found)
            record.results[-1] = with_blame(found, request.book, request.compute, request.seed)
    except KeyboardInterrupt:
        record.interrupted = True
    return record


def agree(record: Record, request: Request, paper: Paper, say: Callable[[str], None]) -> None:
    """Add the agreement matrix to a record, unless it was cut short; `say` is told what is at work."""
    if not record.interrupted:
        record.agreement = planned(paper, request.compute)
        levels = {claim.id: request.profile_of(claim).level for claim in request.claims}
        fill(record.agreement, record.results, paper, request.seed, levels, say)
        record.interrupted = record.agreement.interrupted


def to_json(book: Book, request: Request, record: Record, witnesses: Path) -> dict[str, Any]:
    """The audit as JSON (docs/json.md); witnesses of refuted claims and siblings are saved on the way."""
    claims = [_claim_json(book, result, request, witnesses) for result in record.results]
    tested = [c for c in claims if c["alpha"] is not None]
    instances = sum(c["instances"] for c in tested)
    return {
        "schema": SCHEMA,
        "title": book.paper.title,
        "source": book.paper.source,
        "findings": dict(book.paper.findings),
        "unchecked": book.unchecked,
        "omitted": [asdict(entry) for entry in book.paper.entries if entry.reason],
        "environment": environment(book.paper),
        "seed": request.seed,
        "profile": request.profile.name,
        "device": request.compute.device,
        "dtype": request.compute.dtype,
        "started": record.started.isoformat(timespec="seconds"),
        "seconds": time.monotonic() - record.begun,
        "interrupted": record.interrupted,
        "budget": {
            "level_per_instance": max((c["alpha"] for c in tested), default=request.profile.level),
            "instances": instances,
            "bound": sum(c["alpha"] * c["instances"] for c in tested),
            "planned": request.planned,
            "limit": request.profile.budget,
        },
        "claims": claims,
        "agreement": record.agreement and record.agreement.to_json(),
        "plots": [],
    }


def exit_code(record: Record) -> int:
    """0: nothing refuted, no error; 130: interrupted; 1: something REFUTED, or an unexplained disagreement.

    3: otherwise, something ERROR.
    """
    verdicts = {result.verdict for result in record.results}
    if record.interrupted:
        return INTERRUPTED
    if Verdict.REFUTED in verdicts or (record.agreement is not None and record.agreement.unexplained):
        return REFUTED
    return FAILED if Verdict.ERROR in verdicts else 0


def witness_of(
    result: Result, sibling: Sibling | None, seed: int, compute: Compute, folder: Path
) -> dict[str, Any] | None:
    """Save the counterexample of a result and describe it; None if it has none."""
    example = result.counterexample
    if example is None:
        return None
    claim = result.claim.id.partition("~")[0]
    name = sibling.name if sibling else None
    witness = Witness(claim, name, seed, compute, example.instance, result.level)
    path = save_witness(witness, example.judgement, folder)
    return {
        "file": f"{folder.name}/{path.name}",
        "path": str(path),
        "instance": example.instance.to_json(),
        "findings": [finding.to_json() for finding in example.judgement.findings],
        "summary": example.summary,
        "confirmed": example.confirmed,
    }


def siblings_json(
    pairs: Iterable[tuple[Sibling, Result]], seed: int, compute: Compute, folder: Path
) -> list[dict[str, Any]]:
    """The siblings of one claim as JSON, their witnesses saved in `folder`."""
    return [
        {
            "name": sibling.name,
            "statement": sibling.statement,
            "because": sibling.because,
            "falls": sibling.falls,
            "where": sibling.where,
            "verdict": str(result.verdict),
            "reason": result.because,
            "instances": len(result.judged),
            "trials": result.trials,
            "seconds": result.seconds,
            "worst_slack": result.worst_slack,
            "witness": witness_of(result, sibling, seed, compute, folder),
        }
        for sibling, result in pairs
    ]


def _claim_json(book: Book, result: Result, request: Request, witnesses: Path) -> dict[str, Any]:
    claim = result.claim
    return {
        **result_json(result),
        "chapter_title": book.chapter_titles.get(claim.chapter, claim.chapter),
        "text": vars(claim.text) if claim.text else {},
        "witness": witness_of(result, None, request.seed, request.compute, witnesses),
        "siblings": siblings_json(result.siblings, request.seed, request.compute, witnesses),
    }
