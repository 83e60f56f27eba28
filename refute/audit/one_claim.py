"""Audits one claim: searches instances, confirms what it finds, and turns the evidence into a result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from refute.audit.judgement import Judgement, confirm, judge, plan_of
from refute.audit.lone_trials import check_lone_trials
from refute.audit.profiles import Profile
from refute.audit.result import Counterexample, Failure, Result
from refute.audit.strata import strata_of
from refute.audit.verdict import Verdict, classes_met, decide
from refute.evidence.search import Search, search
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim, Sibling, Step
from refute.statement.instance import Instance
from refute.statement.kinds import Compute

Tick = Callable[[str], None]


def audit_claim(
    claim: Claim,
    profile: Profile,
    master: int,
    compute: Compute,
    tick: Tick = lambda _: None,
    *,
    level: float = FALSE_ALARM_LEVEL,
) -> Result:
    """Audit one claim. Errors in its own code become the verdict ERROR; KeyboardInterrupt passes through.

    tick is called with the claim's label after every instance. level: of the trials of one instance.
    """
    begun = time.monotonic()
    result = _audit(claim, profile, master, compute, tick, level)
    return replace(result, seconds=time.monotonic() - begun, level=level)


def audit_siblings(
    claim: Claim,
    profile: Profile,
    master: int,
    compute: Compute,
    tick: Tick = lambda _: None,
    *,
    level: float = FALSE_ALARM_LEVEL,
) -> tuple[tuple[Sibling, Result], ...]:
    """Audit every false sibling of a claim by the claim's own code; each should end REFUTED."""
    return tuple(
        (sibling, audit_claim(claim.as_sibling(sibling), profile, master, compute, tick, level=level))
        for sibling in claim.siblings
    )


def _audit(claim: Claim, profile: Profile, master: int, compute: Compute, tick: Tick, level: float) -> Result:
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
        plan_of(claim, level)
        proof = tuple(claim.proof()) if claim.proof else ()
        lemmas = tuple(claim.lemmas()) if claim.lemmas else ()
        found = search(
            strata_of(claim, profile.instances[claim.cost], master),
            lambda instance: noted(instance, lambda: judge(claim, instance, compute, master, level)),
            first=claim.examples,
            shrink_calls=profile.shrink_calls[claim.cost],
            on_judged=lambda: tick(claim.id),
            kept=claim.kept,
        )
        trying = next((i for i, judgement in found.seen.values() if judgement.decision is not None), None)
        if trying is not None and claim.aim is None:
            check_lone_trials(claim, trying, compute, master)
        second = None
        if found.witness is not None:
            instance, _ = found.witness
            look = partial(confirm, claim, instance, compute, master)
            second = noted(instance, look)
        blank = Result(claim, Verdict.UNDECIDED, "", tuple(found.seen.values()), proof, lemmas)
        return _conclude(blank, found, second)
    except Exception as error:
        failure = Failure.of(error, next((one for raised, one in failed if raised is error), None))
        return Result(claim, Verdict.ERROR, failure.sentence, (), proof, lemmas, failure=failure)


def _conclude(blank: Result, found: Search[Judgement], second: Judgement | None) -> Result:
    claim = blank.claim
    seen = blank.judged
    blank = replace(blank, classes=classes_met(claim, seen))
    stray = next((judgement.missed_reason for _, judgement in seen if judgement.missed_reason), "")
    if found.witness is None and stray:
        return replace(blank, because=f"Refuted for another reason: {stray}.")
    if found.witness is None or second is None:
        verdict, because = decide(claim, seen, blank.proof, blank.lemmas)
        return replace(blank, verdict=verdict, because=because)
    example = Counterexample(*found.witness, second)
    if example.confirmed:
        return replace(blank, verdict=Verdict.REFUTED, because=example.summary, counterexample=example)
    because = f"A counterexample was not confirmed by a second look: {example.summary}"
    return replace(blank, because=because, counterexample=example)
