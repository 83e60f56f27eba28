"""Audits claims: searches instances, confirms what it finds, and turns the evidence into a result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from refute.claim import Claim, Compute, Cost, Sibling, Step
from refute.evidence.search import Search, search
from refute.evidence.seeds import search_seed
from refute.evidence.sequential import LEVEL
from refute.instance import Instance
from refute.judgement import Judgement, confirm, judge, plan_of
from refute.result import Counterexample, Result
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
    "ci": Profile("ci", _by_cost(500, 120, 40), _by_cost(400, 100, 20)),
    "deep": Profile("deep", _by_cost(3000, 800, 150), _by_cost(800, 300, 60), budget=1e-2),
}


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
    stray = next((judgement.astray for _, judgement in seen if judgement.astray), "")
    if found.witness is None and stray:
        return replace(blank, because=f"Refuted for another reason: {stray}.")
    if found.witness is None or second is None:
        verdict, because = decide(claim, [judgement for _, judgement in seen], blank.proof, blank.lemmas)
        return replace(blank, verdict=verdict, because=because)
    example = Counterexample(*found.witness, second)
    if example.confirmed:
        return replace(blank, verdict=Verdict.REFUTED, because=example.summary, counterexample=example)
    because = f"A counterexample was not confirmed by a second look: {example.summary}"
    return replace(blank, because=because, counterexample=example)
