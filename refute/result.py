"""What an audit of one claim found, and the same as JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from refute.blame import Blame
from refute.claim import Claim, Sibling, Step
from refute.evidence import exponents
from refute.evidence.sequential import LEVEL
from refute.finding import Finding
from refute.instance import Instance
from refute.judgement import Judgement, plan_of
from refute.verdict import Verdict


@dataclass(frozen=True)
class Part:
    """The finding of one part of a statement that came closest to failing, with its instance."""

    finding: Finding
    instance: Instance


@dataclass(frozen=True)
class Counterexample:
    """A violated instance, shrunk, and the second look at it (on fresh trials where there are trials)."""

    instance: Instance
    judgement: Judgement
    second: Judgement

    @property
    def confirmed(self) -> bool:
        """The second look found a violation too."""
        return self.second.violation > 0

    @property
    def summary(self) -> str:
        """The failing comparisons in words; for trials, both estimates."""
        failing = [f.sentence() for f in self.judgement.aimed if f.outcome.value == "violated"]
        if self.judgement.decision is not None:
            failing += [f"on a fresh stream: {f.detail}" for f in self.second.findings]
        return "; ".join(failing)


@dataclass(frozen=True)
class Result:
    """All that an audit of one claim found. level: of its trials."""

    claim: Claim
    verdict: Verdict
    because: str
    judged: tuple[tuple[Instance, Judgement], ...] = ()
    proof: tuple[Step, ...] = ()
    lemmas: tuple[Step, ...] = ()
    counterexample: Counterexample | None = None
    blame: Blame | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    level: float = LEVEL
    siblings: tuple[tuple[Sibling, Result], ...] = field(default=())

    @property
    def met(self) -> tuple[Judgement, ...]:
        """The judgements of the instances that met the premise."""
        return tuple(j for _, j in self.judged if j.unmet is None)

    @property
    def premise_reach(self) -> float:
        """The share of judged instances that met the premise."""
        return len(self.met) / len(self.judged) if self.judged else 0.0

    @property
    def trials(self) -> int:
        """Initializations drawn by the sequential tests."""
        return sum(j.decision.trials for j in self.met if j.decision)

    @property
    def parts(self) -> tuple[Part, ...]:
        """For every part of the statement the finding with the smallest slack, in order of appearance."""
        worst: dict[str, Part] = {}
        for instance, judgement in self.judged:
            for finding in judgement.findings:
                if finding.label not in worst or finding.slack < worst[finding.label].finding.slack:
                    worst[finding.label] = Part(finding, instance)
        return tuple(worst.values())

    @property
    def worst_slack(self) -> float | None:
        """The smallest slack over parts and instances; None if nothing was measured."""
        return min((part.finding.slack for part in self.parts), default=None)


def result_json(result: Result) -> dict[str, Any]:
    """A result as JSON (docs/json.md); its witness is added by whoever writes the file."""
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
        "ties": sum(f.outcome.value == "tie" for j in result.met for f in j.findings if j.decision is None),
        "worst_slack": result.worst_slack,
        "parts": [{**part.finding.to_json(), "instance": part.instance.to_json()} for part in result.parts],
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
        "level": exponents.LEVEL,
        "trials": len(values),
        "instance": instance.to_json(),
    }
