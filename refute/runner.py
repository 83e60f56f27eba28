"""Audits claims: searches instances, confirms what it finds, and turns the evidence into a result."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from refute.blame import Blame
from refute.claim import Claim, Compute, Cost, Sibling, Step
from refute.evidence.search import Search, search
from refute.evidence.seeds import search_seed
from refute.evidence.sequential import LEVEL
from refute.finding import Finding
from refute.instance import Instance
from refute.judgement import Judgement, confirm, judge, plan_of
from refute.verdict import Verdict, decide


@dataclass(frozen=True)
class Profile:
    """How hard an audit looks: instances by cost of the claim, and the most that shrinking may judge.

    budget: the most that the levels of all instances of a run may add up to. level: of one instance.
    """

    name: str
    instances: dict[Cost, int]
    shrink_calls: dict[Cost, int]
    budget: float = 1e-3
    level: float = LEVEL


def _by_cost(fast: int, medium: int, slow: int) -> dict[Cost, int]:
    return {Cost.FAST: fast, Cost.MEDIUM: medium, Cost.SLOW: slow}


PROFILES = {
    "quick": Profile("quick", _by_cost(120, 40, 12), _by_cost(200, 60, 10)),
    "ci": Profile("ci", _by_cost(500, 150, 40), _by_cost(400, 100, 20)),
    "deep": Profile("deep", _by_cost(3000, 800, 150), _by_cost(800, 300, 60), budget=1e-2),
}


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
        failing = [f.sentence() for f in self.judgement.findings if f.outcome.value == "violated"]
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


Tick = Callable[[str], None]


def audit(
    claim: Claim,
    profile: Profile,
    master: int,
    compute: Compute,
    tick: Tick = lambda _: None,
    *,
    with_siblings: bool = False,
) -> Result:
    """Audit one claim. Errors in its own code become the verdict ERROR; KeyboardInterrupt passes through.

    tick is called with the claim's label after every instance. with_siblings audits the false siblings as
    well.
    """
    begun = time.monotonic()
    partial = _audit(claim, profile, master, compute, tick)
    result = replace(partial, seconds=time.monotonic() - begun, level=profile.level)
    if not with_siblings:
        return result
    return replace(result, siblings=audit_siblings(claim, profile, master, compute, tick))


def audit_siblings(
    claim: Claim, profile: Profile, master: int, compute: Compute, tick: Tick = lambda _: None
) -> tuple[tuple[Sibling, Result], ...]:
    """Audit every false sibling of a claim by the claim's own code; each should end REFUTED."""
    return tuple((s, audit(claim.as_sibling(s), profile, master, compute, tick)) for s in claim.siblings)


def _audit(claim: Claim, profile: Profile, master: int, compute: Compute, tick: Tick) -> Result:
    proof: tuple[Step, ...] = ()
    lemmas: tuple[Step, ...] = ()
    failed: list[tuple[Exception, Instance]] = []

    def noted(instance: Instance, look: Callable[[], Judgement]) -> Judgement:
        try:
            return look()
        except Exception as error:
            failed.append((error, instance))
            raise

    try:
        plan_of(claim, profile.level)
        proof = tuple(claim.proof()) if claim.proof else ()
        lemmas = tuple(claim.lemmas()) if claim.lemmas else ()
        found = search(
            claim.instances,
            lambda instance: noted(instance, lambda: judge(claim, instance, compute, master, profile.level)),
            examples=profile.instances[claim.cost],
            start=search_seed(master, claim.id),
            first=claim.examples,
            shrink_calls=profile.shrink_calls[claim.cost],
            on_judged=lambda: tick(claim.id),
        )
        second = None
        if found.witness is not None:
            instance, _ = found.witness
            look = partial(confirm, claim, instance, compute, master)
            second = noted(instance, look)
        blank = Result(claim, Verdict.UNDECIDED, "", tuple(found.seen.values()), proof, lemmas)
        return _conclude(blank, found, second)
    except Exception as error:
        where = next((f" on {instance!r}" for raised, instance in failed if raised is error), "")
        words = " ".join(str(error).split())
        return Result(claim, Verdict.ERROR, f"{type(error).__name__}: {words}{where}", (), proof, lemmas)


def _conclude(blank: Result, found: Search[Judgement], second: Judgement | None) -> Result:
    claim, seen = blank.claim, blank.judged
    classes = {name: sum(bool(test(i)) for i, _ in seen) for name, test in claim.classes.items()}
    blank = replace(blank, classes=classes)
    if found.witness is None or second is None:
        verdict, because = decide(claim, [judgement for _, judgement in seen], blank.proof, blank.lemmas)
        return replace(blank, verdict=verdict, because=because)
    example = Counterexample(*found.witness, second)
    if example.confirmed:
        return replace(blank, verdict=Verdict.REFUTED, because=example.summary, counterexample=example)
    because = f"A counterexample was not confirmed by a second look: {example.summary}"
    return replace(blank, because=because, counterexample=example)


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
