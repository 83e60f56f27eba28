"""An audit as the record that its files and reports are made of: pure, from results to "refute-audit/1".

A new key of a claim is a field of `ClaimRecord` and a line in `claim_record`.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec
import numpy as np

from refute.audit.agreement import Matrix
from refute.audit.all_claims import Record
from refute.audit.blame import Blame
from refute.audit.environment import environment
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.witness import witness_path
from refute.evidence import exponents
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import Book
from refute.report.records.audit import (
    AgreementRecord,
    AgreementRow,
    AuditRecord,
    BlameRecord,
    BudgetRecord,
    ClaimRecord,
    ControlRecord,
    MeasuredRecord,
    PartRecord,
    SiblingRecord,
    VariationRecord,
    WitnessRecord,
)
from refute.report.spread import by_part, margins
from refute.statement.claim import Text
from refute.statement.comparison import Comparison, ComparisonRecord, Outcome
from refute.statement.sibling import Sibling

_NO_TEXT = Text("", "", "", "", "", "", "")


def audit_record(book: Book, request: Request, record: Record, witnesses: Path) -> AuditRecord:
    """The whole audit. witnesses: the folder in which `save_witnesses` puts the counterexamples."""
    claims = tuple(
        claim_record(result, book.chapter_titles.get(result.claim.chapter, result.claim.chapter), witnesses)
        for result in record.results
    )
    return AuditRecord(
        title=book.paper.title,
        source=book.paper.source,
        findings=dict(book.paper.findings),
        unchecked=book.unchecked,
        omitted=tuple(entry for entry in book.paper.entries if entry.reason),
        headlines=tuple(book.paper.headlines),
        environment=environment(book.paper),
        seed=request.seed,
        profile=request.profile.name,
        device=request.compute.device,
        dtype=request.compute.dtype,
        started=record.started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - record.begun,
        interrupted=record.interrupted or bool(record.stopped),
        budget=_budget(request, claims),
        controls=tuple(ControlRecord(**asdict(control)) for control in record.controls),
        claims=claims,
        agreement=None if record.agreement is None else agreement_record(record.agreement),
        plots=record.plotted[0],
    )


def claim_record(result: Result, chapter_title: str, witnesses: Path) -> ClaimRecord:
    """One claim of an audit. witnesses: as for `audit_record`."""
    claim = result.claim
    plans = result.plans
    stated = claim.failure_probability
    return ClaimRecord(
        id=claim.id,
        slug=claim.slug,
        title=claim.title,
        chapter=claim.chapter,
        kind=claim.kind,
        status=claim.status,
        finding=claim.finding,
        uses=tuple(claim.uses),
        cost=claim.cost,
        verdict=result.verdict,
        shows=result.shows,
        because=result.because,
        instances=len(result.judged),
        premise_reach=result.premise_reach,
        unmet=dict(Counter(j.unmet for _, j in result.judged if j.unmet is not None)),
        trials=result.trials,
        alpha=None if not plans else result.level,
        power=min((plan.power for plan in plans), default=None),
        alternative=None if callable(stated) or not plans else plans[0].alternative,
        failure_probability=None if callable(stated) else stated,
        undecided=sum(j.undecided for j in result.met),
        ties=_ties(result),
        worst_slack=result.worst_slack,
        parts=_parts(result),
        measured=_measured(result),
        classes=dict(result.classes),
        remarks=dict(sum((j.why for j in result.met), Counter())),
        proof=tuple(result.proof),
        lemmas=tuple(result.lemmas),
        steps=sum(j.steps for j in result.met),
        horizon=sum(j.horizon for j in result.met),
        seconds=result.seconds,
        blame=None if result.blame is None else blame_record(result.blame),
        witness=_witness(result, witnesses),
        chapter_title=chapter_title,
        text=claim.text or _NO_TEXT,
        siblings=sibling_records(result.siblings, witnesses),
    )


def sibling_records(pairs: Iterable[tuple[Sibling, Result]], witnesses: Path) -> tuple[SiblingRecord, ...]:
    """The siblings of one claim. witnesses: as for `audit_record`."""
    return tuple(_sibling(sibling, result, witnesses) for sibling, result in pairs)


def blame_record(blame: Blame) -> BlameRecord:
    """Whose fault a counterexample is."""
    judgement = blame.judgement
    return BlameRecord(
        false=blame.false,
        path=blame.path,
        instance=blame.instance,
        findings=() if judgement is None else _comparisons(judgement.comparisons),
        held=blame.held,
        skipped=dict(blame.skipped),
        sentence=blame.sentence,
    )


def agreement_record(matrix: Matrix) -> AgreementRecord:
    """The agreement matrix."""
    return AgreementRecord(
        reference=VariationRecord(**asdict(matrix.reference)),
        variations=tuple(VariationRecord(**asdict(variation)) for variation in matrix.variations),
        rows=tuple(AgreementRow(**asdict(row), agrees=row.verdict is row.reference) for row in matrix.rows),
    )


def _budget(request: Request, claims: Iterable[ClaimRecord]) -> BudgetRecord:
    # An instance that missed the premise had no trials: nothing was put to chance there.
    tested = [(claim.alpha, _with_trials(claim)) for claim in claims if claim.alpha is not None]
    return BudgetRecord(
        level_per_instance=max((alpha for alpha, _ in tested), default=FALSE_ALARM_LEVEL),
        instances=sum(instances for _, instances in tested),
        bound=sum(alpha * instances for alpha, instances in tested),
        planned=request.planned,
        limit=request.profile.budget,
    )


def _with_trials(claim: ClaimRecord) -> int:
    return claim.instances - sum(claim.unmet.values())


def _sibling(sibling: Sibling, result: Result, witnesses: Path) -> SiblingRecord:
    return SiblingRecord(
        name=sibling.name,
        statement=sibling.statement,
        because=sibling.because,
        falls=sibling.falls,
        where=sibling.where,
        verdict=result.verdict,
        reason=result.because,
        instances=len(result.judged),
        trials=result.trials,
        seconds=result.seconds,
        worst_slack=result.worst_slack,
        witness=_witness(result, witnesses),
    )


def _witness(result: Result, folder: Path) -> WitnessRecord | None:
    """The counterexample of a result and where it is saved; None if it has none."""
    example = result.counterexample
    if example is None:
        return None
    path = witness_path(folder, result.claim.id)
    return WitnessRecord(
        file=f"{folder.name}/{path.name}",
        path=str(path),
        instance=example.instance,
        findings=_comparisons(example.judgement.comparisons),
        summary=example.summary,
        confirmed=example.confirmed,
    )


def _comparisons(found: Iterable[Comparison]) -> tuple[ComparisonRecord, ...]:
    return tuple(comparison.record() for comparison in found)


def _parts(result: Result) -> tuple[PartRecord, ...]:
    """The worst of every part, with how near all instances came."""
    compared = by_part(one for _, judgement in result.judged for one in judgement.comparisons)
    return tuple(
        PartRecord(
            **msgspec.structs.asdict(part.comparison.record()),
            instance=part.instance,
            judged=len(compared[part.comparison.label]),
            margins=margins(compared[part.comparison.label]),
        )
        for part in result.parts
    )


def _ties(result: Result) -> int:
    """Comparisons inside rounding; those that trials settled are undecided instances instead."""
    checked = [judgement for judgement in result.met if judgement.decision is None]
    return sum(one.outcome is Outcome.TIE for judgement in checked for one in judgement.comparisons)


def _measured(result: Result) -> MeasuredRecord | None:
    """The median of what trials measured on the instance with the most of them, and an interval for it."""
    measuring = [pair for pair in result.judged if pair[1].measured]
    if not measuring:
        return None
    instance, judgement = max(measuring, key=lambda pair: len(pair[1].measured))
    values = np.array(judgement.measured)
    low, high = exponents.median_interval(values)
    return MeasuredRecord(
        median=float(np.median(values)),
        low=low if math.isfinite(low) else None,
        high=high if math.isfinite(high) else None,
        level=exponents.CONFIDENCE,
        trials=len(values),
        instance=instance,
    )
