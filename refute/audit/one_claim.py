"""Audits one claim: searches instances, confirms what it finds, and turns the evidence into a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from refute.audit.global_randomness import without_global_randomness
from refute.audit.judgement import Judgement, confirm, judge
from refute.audit.lone_trials import check_lone_trials
from refute.audit.plans import plan_of
from refute.audit.profiles import Profile
from refute.audit.result import Counterexample, Failure, Result
from refute.audit.strata import strata_of
from refute.audit.verdict import Verdict, classes_met, decide
from refute.evidence.judged_once import Search, joined
from refute.evidence.search import look_at, search_stratum
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.claim_code import Step
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from refute.statement.sibling import Sibling

Tick = Callable[[str], None]
_WATCHED_LOOKS = 4
"""Instances of each part of a search on which global randomness is looked for."""


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
    parts: list[Searched] = []
    while len(parts) < parts_of(claim) and not (parts and parts[-1].ends):
        parts.append(search_part(claim, len(parts), profile, master, compute, tick, level=level))
    return conclude(claim, parts, master, compute, level)


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


@dataclass(frozen=True)
class Searched:
    """What one part of the search of a claim found.

    judged: every distinct instance, in order. proof, lemmas: their steps, in the first part. failure: what
    the claim's code raised, None if it raised nothing.
    """

    judged: tuple[tuple[Instance, Judgement], ...] = ()
    witness: tuple[Instance, Judgement] | None = None
    proof: tuple[Step, ...] = ()
    lemmas: tuple[Step, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def ends(self) -> bool:
        """Whether the search ends with this part, whatever the later ones find."""
        return self.witness is not None or self.failure is not None


def parts_of(claim: Claim) -> int:
    """How many parts the search of a claim has: derivation and examples, typical instances, each stratum."""
    return 2 + len(claim.strata)


def search_part(
    claim: Claim,
    number: int,
    profile: Profile,
    master: int,
    compute: Compute,
    tick: Tick = lambda _: None,
    *,
    level: float = FALSE_ALARM_LEVEL,
) -> Searched:
    """One part of the search, which depends on no other; what the claim's code raises is its failure."""
    begun = time.monotonic()
    derived: tuple[tuple[Step, ...], tuple[Step, ...]] = ((), ())
    watched = _Watched(lambda instance: judge(claim, instance, compute, master, level), claim.id)

    def ticked() -> None:
        tick(claim.id)

    try:
        if number == 0:
            plan_of(claim, level)
            derived = (_steps(claim.proof), ())
            derived = (derived[0], _steps(claim.lemmas))
            found = look_at(claim.first, watched, ticked)
        else:
            stratum = strata_of(claim, profile.instances[claim.cost], master)[number - 1]
            calls = profile.shrink_calls[claim.cost]
            found = search_stratum(stratum, watched, shrink_calls=calls, on_judged=ticked, kept=claim.kept)
    except (Exception, SystemExit) as error:
        failure = Failure.of(error, watched.blamed(error), claim)
        return Searched((), None, *derived, failure, time.monotonic() - begun)
    return Searched(tuple(found.seen.values()), found.witness, *derived, seconds=time.monotonic() - begun)


def conclude(
    claim: Claim,
    parts: Sequence[Searched],
    master: int,
    compute: Compute,
    level: float = FALSE_ALARM_LEVEL,
) -> Result:
    """The result of a search from its parts in order; those after the first that `ends` it count for nothing.

    A witness gets its second look here.
    """
    begun = time.monotonic()
    count = next((number for number, part in enumerate(parts, 1) if part.ends), len(parts))
    counted = parts[:count]
    spent = sum(part.seconds for part in counted)
    proof, lemmas = parts[0].proof, parts[0].lemmas
    failure = counted[-1].failure
    if failure is None:
        found = joined(map(_search, counted))
        blank = Result(claim, Verdict.UNDECIDED, "", tuple(found.seen.values()), proof, lemmas)
        watched = _Watched(partial(confirm, claim, compute=compute, master=master), claim.id)
        try:
            trying = next((i for i, judgement in blank.judged if judgement.decision is not None), None)
            if trying is not None and claim.aim is None:
                check_lone_trials(claim, trying, compute, master)
            second = None if found.witness is None else watched(found.witness[0])
            result = _concluded(blank, found, second)
            if result.verdict.passes and len(counted) > 1 and not counted[1].judged:
                because = "The strategy of its instances constructs none: what it filters leaves nothing."
                result = replace(result, verdict=Verdict.OUT_OF_REACH, because=because)
            return replace(result, seconds=spent + time.monotonic() - begun, level=level)
        except (Exception, SystemExit) as error:
            failure = Failure.of(error, watched.blamed(error), claim)
    result = Result(claim, Verdict.ERROR, failure.sentence, (), proof, lemmas, failure=failure)
    return replace(result, seconds=spent + time.monotonic() - begun, level=level)


@dataclass
class _Watched:
    """A way to judge that remembers on which instance it raised what.

    label: of the claim, of which the first few looks are to leave the global generators alone.
    """

    look: Callable[[Instance], Judgement]
    label: str
    failed: list[tuple[BaseException, Instance]] = field(default_factory=list)
    looks: int = 0

    def __call__(self, instance: Instance) -> Judgement:
        self.looks += 1
        try:
            # Of trials every batch is watched; a check that draws does so at once, and watching costs time.
            if self.looks > _WATCHED_LOOKS:
                return self.look(instance)
            return without_global_randomness(self.label, partial(self.look, instance))
        except (Exception, SystemExit) as error:
            self.failed.append((error, instance))
            raise

    def blamed(self, error: BaseException) -> Instance | None:
        """The instance on which an error was raised; None if it was raised elsewhere."""
        return next((instance for raised, instance in self.failed if raised is error), None)


def _steps(derive: Callable[[], Sequence[Step]] | None) -> tuple[Step, ...]:
    derived = derive() if derive else ()
    if not isinstance(derived, tuple | list) or not all(isinstance(step, Step) for step in derived):
        raise TypeError(f"proof and lemmas return a tuple of Steps, not {derived!r:.80}")
    return tuple(derived)


def _search(part: Searched) -> Search[Judgement]:
    return Search({instance.canonical(): (instance, j) for instance, j in part.judged}, part.witness)


def _concluded(blank: Result, found: Search[Judgement], second: Judgement | None) -> Result:
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
