"""The closed set of verdicts, and the rules that lead to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

from refute.audit.judgement import Judgement
from refute.statement.claim import Claim
from refute.statement.claim_code import Step
from refute.statement.instance import Instance

# The designs miss at most one instance in twenty (MISS, POWER): more is not the chance that they allow.
UNDECIDED_SHARE = 0.05
"""A probabilistic claim with a larger share of undecided instances is UNDECIDED."""


Judged = Sequence[tuple[Instance, Judgement]]
"""Distinct instances with what each of them said, in the order of the search."""


class Verdict(StrEnum):
    """What an audit can say of a claim. Only PROVED and SUPPORTED are passes."""

    PROVED = "PROVED"
    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    OUT_OF_REACH = "OUT_OF_REACH"
    ERROR = "ERROR"

    @property
    def passes(self) -> bool:
        """Whether the claim stands."""
        return self in (Verdict.PROVED, Verdict.SUPPORTED)


def decide(
    claim: Claim, judged: Judged, proof: Sequence[Step], lemmas: Sequence[Step] = ()
) -> tuple[Verdict, str]:
    """The verdict on a claim that no instance violated, with a sentence that says why.

    proof: the steps of a whole proof. lemmas: steps of a part of one; unclosed, they leave the claim
    undecided, but closed ones never prove it.
    """
    met = [judgement for _, judgement in judged if judgement.unmet is None]
    if missing := _not_covered(claim, judged, len(met)):
        return Verdict.OUT_OF_REACH, missing
    cannot_fail = claim.without_sibling(comparison.label for j in met for comparison in j.comparisons)
    if claim.draw is None and claim.aim is None and cannot_fail:
        return Verdict.UNDECIDED, f"No sibling falls by '{cannot_fail[0]}': nothing shows that it can fail."
    unclosed = [step.label for step in (*proof, *lemmas) if not step.closed]
    if unclosed:
        return Verdict.UNDECIDED, f"The derivation did not close at: {unclosed[0]}."
    undecided = sum(j.undecided for j in met)
    if claim.draw is not None and undecided > UNDECIDED_SHARE * len(met):
        return (
            Verdict.UNDECIDED,
            f"The trials of {undecided} of {len(met)} instances ended at the cap without a decision.",
        )
    if claim.draw is None and (left_open := _left_open(claim, judged)):
        return Verdict.UNDECIDED, left_open
    if proof:
        return (
            Verdict.PROVED,
            f"Every step of the derivation closes, and none of {len(met)} instances contradicts it.",
        )
    part = f" Part of its proof is machine-checked, in {len(lemmas)} steps." if lemmas else ""
    return Verdict.SUPPORTED, f"No counterexample among {len(met)} instances that met the premise.{part}"


def _left_open(claim: Claim, judged: Judged) -> str:
    """Which comparisons nothing decided, in a sentence; empty if all are."""
    found = [
        (c.label, instance) for instance, j in judged if j.unmet is None for c in j.comparisons if c.open
    ]
    if not found:
        return ""
    label, instance = found[0]
    count = "1 comparison" if len(found) == 1 else f"{len(found)} comparisons"
    after = " after escalation" if claim.escalate else ""
    lacks = "" if claim.escalate else "; the claim has no escalate, which decides such ties"
    return (
        f"{count} stayed inside the rounding bound{after}, first '{label}' on {instance.describe()}{lacks}."
    )


def classes_met(claim: Claim, judged: Judged) -> Mapping[str, int]:
    """How many instances that met the premise each class of a claim has."""
    met = [instance for instance, judgement in judged if judgement.unmet is None]
    return {name: sum(claim.belongs(instance, name) for instance in met) for name in claim.classes}


def _not_covered(claim: Claim, judged: Judged, met: int) -> str:
    """Why the search looked at too little to speak, in a sentence; empty if it did not.

    A sibling is there to fall, and needs no cover.
    """
    share = f"{met} of {len(judged)} instances met the premise"
    often = Counter(judgement.unmet for _, judgement in judged if judgement.unmet).most_common(1)
    why = f"; most often: {often[0][0]}" if often else ""
    if not met or met < claim.minimum_reach * len(judged):
        return f"{share}, which says too little{why}."
    if claim.aim is not None:
        return ""
    if met < claim.least_met:
        return f"{share}, and fewer than {claim.least_met} say too little{why}."
    unseen = [f"'{name}'" for name, count in classes_met(claim, judged).items() if count == 0]
    return f"No instance that met the premise is of the class {', '.join(unseen)}." if unseen else ""
