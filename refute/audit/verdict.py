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
    open_comparisons = sum(comparison.open for j in met for comparison in j.comparisons)
    undecided = sum(j.undecided for j in met)
    if claim.draw is not None and undecided > UNDECIDED_SHARE * len(met):
        return (
            Verdict.UNDECIDED,
            f"The trials of {undecided} of {len(met)} instances ended at the cap without a decision.",
        )
    if claim.draw is None and open_comparisons:
        return (
            Verdict.UNDECIDED,
            f"{open_comparisons} comparisons stayed inside their rounding bound after escalation.",
        )
    if proof:
        return (
            Verdict.PROVED,
            f"Every step of the derivation closes, and none of {len(met)} instances contradicts it.",
        )
    part = f" Part of its proof is machine-checked, in {len(lemmas)} steps." if lemmas else ""
    return Verdict.SUPPORTED, f"No counterexample among {len(met)} instances that met the premise.{part}"


def classes_met(claim: Claim, judged: Judged) -> Mapping[str, int]:
    """How many instances that met the premise each class of a claim has."""
    met = [instance for instance, judgement in judged if judgement.unmet is None]
    return {name: sum(bool(test(instance)) for instance in met) for name, test in claim.classes.items()}


def _not_covered(claim: Claim, judged: Judged, met: int) -> str:
    """Why the search looked at too little to speak, in a sentence; empty if it did not.

    A sibling is there to fall, and needs no cover.
    """
    share = f"{met} of {len(judged)} instances met the premise"
    if not met or met < claim.minimum_reach * len(judged):
        often = Counter(judgement.unmet for _, judgement in judged if judgement.unmet).most_common(1)
        why = f"; most often: {often[0][0]}" if often else ""
        return f"{share}, which says too little{why}."
    if claim.aim is not None:
        return ""
    if met < claim.least_met:
        return f"{share}, and fewer than {claim.least_met} say too little."
    unseen = [f"'{name}'" for name, count in classes_met(claim, judged).items() if count == 0]
    return f"No instance that met the premise is of the class {', '.join(unseen)}." if unseen else ""
