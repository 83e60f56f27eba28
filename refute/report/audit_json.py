"""An audit as JSON, "refute-audit/1" (docs/json.md): pure, from results to what a file holds."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from refute.audit.all_claims import Record
from refute.audit.environment import environment
from refute.audit.judgement import plan_of
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.witness import witness_path
from refute.evidence import exponents
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import Book
from refute.statement.claim import Sibling

SCHEMA = "refute-audit/1"


def audit_json(book: Book, request: Request, record: Record, witnesses: Path) -> dict[str, Any]:
    """The audit as JSON. witnesses: the folder in which `save_witnesses` puts the counterexamples."""
    claims = [_claim_json(book, result, witnesses) for result in record.results]
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
            "level_per_instance": max((c["alpha"] for c in tested), default=FALSE_ALARM_LEVEL),
            "instances": instances,
            "bound": sum(c["alpha"] * c["instances"] for c in tested),
            "planned": request.planned,
            "limit": request.profile.budget,
        },
        "claims": claims,
        "agreement": record.agreement and record.agreement.to_json(),
        "plots": [],
    }


def siblings_json(pairs: Iterable[tuple[Sibling, Result]], witnesses: Path) -> list[dict[str, Any]]:
    """The siblings of one claim as JSON. witnesses: as for `audit_json`."""
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
            "witness": _witness_json(result, witnesses),
        }
        for sibling, result in pairs
    ]


def _witness_json(result: Result, folder: Path) -> dict[str, Any] | None:
    """The counterexample of a result and where it is saved; None if it has none."""
    example = result.counterexample
    if example is None:
        return None
    path = witness_path(folder, result.claim.id)
    return {
        "file": f"{folder.name}/{path.name}",
        "path": str(path),
        "instance": example.instance.to_json(),
        "findings": [comparison.to_json() for comparison in example.judgement.comparisons],
        "summary": example.summary,
        "confirmed": example.confirmed,
    }


def _claim_json(book: Book, result: Result, witnesses: Path) -> dict[str, Any]:
    claim = result.claim
    return {
        **result_json(result),
        "chapter_title": book.chapter_titles.get(claim.chapter, claim.chapter),
        "text": vars(claim.text) if claim.text else {},
        "witness": _witness_json(result, witnesses),
        "siblings": siblings_json(result.siblings, witnesses),
    }


def result_json(result: Result) -> dict[str, Any]:
    """A result as JSON ; its witness is added by `_claim_json`."""
    claim = result.claim
    plan = plan_of(claim, result.level) if result.verdict is not Verdict.ERROR else None
    reasons: Counter[str] = Counter(j.unmet for _, j in result.judged if j.unmet is not None)
    return {
        "id": claim.id,
        "slug": claim.slug,
        "title": claim.title,
        "chapter": claim.chapter,
        "kind": str(claim.kind),
        "status": str(claim.status),
        "finding": claim.finding,
        "uses": list(claim.uses),
        "cost": str(claim.cost),
        "verdict": str(result.verdict),
        "because": result.because,
        "instances": len(result.judged),
        "premise_reach": result.premise_reach,
        "unmet": dict(reasons),
        "trials": result.trials,
        "alpha": None if plan is None else plan.level,
        "power": None if plan is None else plan.power,
        "alternative": None if plan is None else plan.alternative,
        "failure_probability": claim.failure_probability,
        "undecided": sum(j.undecided for j in result.met),
        "ties": sum(
            f.outcome.value == "tie" for j in result.met for f in j.comparisons if j.decision is None
        ),
        "worst_slack": result.worst_slack,
        "parts": [
            {**part.comparison.to_json(), "instance": part.instance.to_json()} for part in result.parts
        ],
        "measured": _measured(result),
        "classes": dict(result.classes),
        "remarks": dict(sum((j.why for j in result.met), Counter())),
        "proof": [asdict(step) for step in result.proof],
        "lemmas": [asdict(step) for step in result.lemmas],
        "steps": sum(j.steps for j in result.met),
        "horizon": sum(j.horizon for j in result.met),
        "seconds": result.seconds,
        "blame": None if result.blame is None else result.blame.to_json(),
        "witness": None,
    }


def _measured(result: Result) -> dict[str, Any] | None:
    """The median of what trials measured on the instance with the most of them, and an interval for it."""
    measuring = [pair for pair in result.judged if pair[1].measured]
    if not measuring:
        return None
    instance, judgement = max(measuring, key=lambda pair: len(pair[1].measured))
    values = np.array(judgement.measured)
    low, high = exponents.median_interval(values)
    return {
        "median": float(np.median(values)),
        "low": low if math.isfinite(low) else None,
        "high": high if math.isfinite(high) else None,
        "level": exponents.CONFIDENCE,
        "trials": len(values),
        "instance": instance.to_json(),
    }
