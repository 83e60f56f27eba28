"""The closed set of verdicts, and the rules that lead to one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from refute.audit.judgement import Judgement
from refute.statement.claim import Claim, Step

# The designs miss at most one instance in twenty (MISS, POWER): more is not the chance that they allow.
UNDECIDED_SHARE = 0.05
"""A probabilistic claim with a larger share of undecided instances is UNDECIDED."""


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
    claim: Claim, judgements: Sequence[Judgement], proof: Sequence[Step], lemmas: Sequence[Step] = ()
) -> tuple[Verdict, str]:
    """The verdict on a claim that no instance violated, with a sentence that says why.

    proof: the steps of a whole proof. lemmas: steps of a part of one; unclosed, they leave the claim
    undecided, but closed ones never prove it.
    """
    met = [j for j in judgements if j.unmet is None]
    reach = len(met) / len(judgements) if judgements else 0.0
    if not met or reach < claim.minimum_reach:
        return (
            Verdict.OUT_OF_REACH,
            f"{len(met)} of {len(judgements)} instances met the premise, which says too little.",
        )
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
