"""Judging one instance of one claim: the check and the escalation of what it left open, or the trials."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from refute.claim import Claim, Compute, Trials, Unmet
from refute.evidence.seeds import CONFIRM, MAIN, stream_key, trial_generators
from refute.evidence.sequential import (
    CONFIRM_KAPPA,
    CONFIRM_LEVEL,
    LEVEL,
    Call,
    Decision,
    Design,
    design,
    sequential_test,
)
from refute.finding import Finding, Outcome, Relation
from refute.instance import Instance

_CALLS = {Call.REFUTED: Outcome.VIOLATED, Call.CERTIFIED: Outcome.HOLDS, Call.UNDECIDED: Outcome.TIE}


@dataclass(frozen=True)
class Judgement:
    """What one instance said: findings, or why the premise was not met.

    decision: what the trials said, if there were any. why: reasons of failing (and remarkable) trials with
    counts. steps, horizon: see `Trials`.
    """

    findings: tuple[Finding, ...] = ()
    unmet: str | None = None
    decision: Decision | None = None
    why: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    horizon: int = 0

    @property
    def violation(self) -> float:
        """The largest certain violation among the findings, never 0 where one fails; 0 if none does."""
        sizes = [
            max(f.violation, float(np.finfo(float).tiny))
            for f in self.findings
            if f.outcome is Outcome.VIOLATED
        ]
        return max(sizes, default=0.0)

    @property
    def pressure(self) -> float:
        """The search climbs this: minus the smallest slack, clipped so that no degenerate instance rules."""
        slacks = [_nearness(finding) for finding in self.findings]
        return max(-1e3, min(1e3, max(slacks))) if slacks else -1e3

    @property
    def undecided(self) -> bool:
        """The trials ended at the cap without a decision."""
        return self.decision is not None and self.decision.call is Call.UNDECIDED


def judge(claim: Claim, instance: Instance, compute: Compute, master: int, level: float = LEVEL) -> Judgement:
    """Judge one instance: a pure function of its arguments. What the claim's code raises passes through.

    level: of the sequential test of a claim with trials.
    """
    if claim.draw is not None:
        return _judge_trials(claim, instance, compute, master, MAIN, design(_probability(claim), level))
    assert claim.check is not None
    measured = claim.check(instance, compute)
    if isinstance(measured, Unmet):
        return Judgement(unmet=measured.reason)
    if not measured:
        raise ValueError(f"{claim.id}: the check measured nothing; where the premise fails it returns Unmet")
    return Judgement(findings=tuple(_escalated(claim, instance, finding) for finding in measured))


def confirm(claim: Claim, instance: Instance, compute: Compute, master: int) -> Judgement:
    """Judge again: trials come from a fresh stream at the level of confirmation, a check is repeated."""
    if claim.draw is None:
        return judge(claim, instance, compute, master)
    plan = design(_probability(claim), CONFIRM_LEVEL, CONFIRM_KAPPA)
    return _judge_trials(claim, instance, compute, master, CONFIRM, plan)


def plan_of(claim: Claim, level: float = LEVEL) -> Design | None:
    """The sequential test of a probabilistic claim, None for the others."""
    return None if claim.failure_probability is None else design(claim.failure_probability, level)


def _probability(claim: Claim) -> float:
    assert claim.failure_probability is not None
    return claim.failure_probability


def _escalated(claim: Claim, instance: Instance, finding: Finding) -> Finding:
    if claim.escalate is not None and finding.open:
        return claim.escalate(instance, finding)
    return finding


class _PremiseUnmet(Exception):
    """Carries an Unmet out of the sequential test."""


def _judge_trials(
    claim: Claim, instance: Instance, compute: Compute, master: int, stream: str, plan: Design
) -> Judgement:
    key = stream_key(master, claim.id, instance, stream)
    batches: list[Trials] = []

    def run(first: int, count: int) -> np.ndarray:
        assert claim.draw is not None
        trials = claim.draw(instance, trial_generators(key, first, count), compute)
        if isinstance(trials, Unmet):
            raise _PremiseUnmet(trials.reason)
        if trials.failed.shape != (count,):
            raise ValueError(
                f"{claim.id}: {count} trials were asked for, and the result has shape {trials.failed.shape}"
            )
        batches.append(trials)
        return trials.failed

    try:
        decision = sequential_test(run, plan)
    except _PremiseUnmet as unmet:
        return Judgement(unmet=str(unmet))
    reasons = Counter(reason for trials in batches for reason in trials.why if reason)
    return Judgement(
        findings=(_share(decision, plan),),
        decision=decision,
        why=reasons,
        steps=sum(trials.steps for trials in batches),
        horizon=sum(trials.horizon for trials in batches),
    )


def _share(decision: Decision, plan: Design) -> Finding:
    said = {
        Call.REFUTED: f"P(failure) > {plan.delta:g} at level {plan.level:g}",
        Call.CERTIFIED: f"P(failure) < {plan.alternative:g} (missed with probability 0.05 at most)",
        Call.UNDECIDED: f"nothing decided within {plan.cap} trials",
    }[decision.call]
    finding = Finding("share of failing initializations", Relation.AT_MOST, decision.share, plan.delta, 0.0)
    return replace(
        finding,
        settled=_CALLS[decision.call],
        detail=f"{decision.failures} of {decision.trials} trials failed: {said}",
    )


def _nearness(finding: Finding) -> float:
    if finding.relation is Relation.EQUAL:
        return -finding.gap / finding.rounding if finding.rounding > 0 else -finding.gap
    return -finding.gap / finding.scale if finding.scale > 0 else 0.0
