"""Judging one instance of one claim: the check and the escalation of what it left open, or the trials."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from refute.audit.global_randomness import without_global_randomness
from refute.audit.intended_failure import aimed_label, missed_reason
from refute.audit.plans import first_look, second_look
from refute.audit.watched_compute import dtype_of
from refute.evidence.seeds import CONFIRM, MAIN, stream_key, trial_generators
from refute.evidence.sequential import (
    FALSE_ALARM_LEVEL,
    Call,
    Decision,
    Design,
    sequential_test,
)
from refute.statement.assertions import require_form, require_relation
from refute.statement.claim import Claim
from refute.statement.claim_code import Trials, Unmet
from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Kind
from refute.statement.real_numbers import Means

_CALLS = {Call.REFUTED: Outcome.VIOLATED, Call.CERTIFIED: Outcome.HOLDS, Call.UNDECIDED: Outcome.TIE}


class _PremiseUnmet(Exception):
    """Carries an Unmet out of the sequential test."""


@dataclass(frozen=True)
class Judgement:
    """What one instance said: comparisons, or why the premise was not met.

    decision: what the trials said, if there were any. why, measured: of the trials that the decision counts,
    the reasons of failing (and remarkable) ones with their numbers, and what was measured, in order. steps,
    horizon: see `Trials`, of all that was run. aim, missed_reason: of a false sibling, how the label of the
    part begins that must fail, and why what fails is not that.
    """

    comparisons: tuple[Comparison, ...] = ()
    unmet: str | None = None
    decision: Decision | None = None
    why: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    horizon: int = 0
    measured: tuple[float, ...] = ()
    aim: str = ""
    missed_reason: str = ""

    @property
    def aimed(self) -> tuple[Comparison, ...]:
        """The comparisons that can refute: of a false sibling those of the part that must fail, else all."""
        return tuple(comparison for comparison in self.comparisons if comparison.label.startswith(self.aim))

    @property
    def violation(self) -> float:
        """The largest certain violation among these comparisons, never 0 where one fails; 0 if none does."""
        sizes = [
            max(f.violation, float(np.finfo(float).tiny)) for f in self.aimed if f.outcome is Outcome.VIOLATED
        ]
        return 0.0 if self.missed_reason else max(sizes, default=0.0)

    @property
    def pressure(self) -> float:
        """The search climbs this: minus the smallest slack, clipped so that no degenerate instance rules."""
        slacks = [_nearness(comparison) for comparison in self.aimed]
        # Beyond three orders of magnitude in slack no instance is more interesting than another.
        return max(-1e3, min(1e3, max(slacks))) if slacks else -1e3

    @property
    def undecided(self) -> bool:
        """The trials ended at the cap without a decision."""
        return self.decision is not None and self.decision.call is Call.UNDECIDED


def judge(
    claim: Claim, instance: Instance, compute: Compute, master: int, level: float = FALSE_ALARM_LEVEL
) -> Judgement:
    """Judge one instance: a pure function of its arguments. What the claim's code raises passes through.

    level: of the sequential test of a claim with trials. Raises ValueError where the kind of the claim is
    judged in another way.
    """
    require_form(claim)
    if claim.draw is not None:
        return _judge_trials(claim, instance, compute, master, MAIN, first_look(claim, instance, level))
    assert claim.check is not None
    measured = claim.check(instance, compute)
    if isinstance(measured, Unmet):
        return Judgement(unmet=measured.reason)
    _check_measured(claim, measured)
    require_relation(claim, measured)
    comparisons = tuple(_decided(claim, instance, compute, comparison) for comparison in measured)
    return Judgement(
        comparisons=comparisons,
        aim=aimed_label(claim),
        missed_reason=missed_reason(claim, instance, comparisons, None, Counter()),
    )


def confirm(claim: Claim, instance: Instance, compute: Compute, master: int) -> Judgement:
    """Judge again: trials come from a fresh stream at the level of confirmation, a check is repeated.

    Trials are expected to fail: no more of them are asked for at first than can refute.
    """
    if claim.draw is None:
        return judge(claim, instance, compute, master)
    plan = second_look(claim, instance)
    begin = 0 if isinstance(plan, Unmet) else plan.quickest
    return _judge_trials(claim, instance, compute, master, CONFIRM, plan, begin)


def _check_measured(claim: Claim, measured: object) -> None:
    """Raise TypeError or ValueError unless a check measured what a check measures."""
    if not isinstance(measured, (tuple, list)) or not all(isinstance(one, Comparison) for one in measured):
        raise TypeError(
            f"{claim.id}: a check returns comparisons (at_most, at_least, equal) or Unmet, "
            f"as a tuple, not {measured!r:.80}"
        )
    if not measured:
        raise ValueError(f"{claim.id}: the check measured nothing; where the premise fails it returns Unmet")


def _decided(claim: Claim, instance: Instance, compute: Compute, comparison: Comparison) -> Comparison:
    """The comparison, escalated where it is open, and a tie where its rounding is too large to decide."""
    if claim.escalate is None or not comparison.open:
        return comparison.weighed(dtype_of(compute))
    answer = claim.escalate(instance, comparison)
    if not isinstance(answer, Comparison) or answer.label != comparison.label:
        raise TypeError(f"{claim.id}: escalate returns the comparison that it was given, not {answer!r:.80}")
    return answer.weighed(dtype_of(compute))


def _judge_trials(
    claim: Claim,
    instance: Instance,
    compute: Compute,
    master: int,
    stream: str,
    plan: Design | Unmet,
    begin: int = 0,
) -> Judgement:
    if isinstance(plan, Unmet):
        return Judgement(unmet=plan.reason)
    key = stream_key(master, claim.id, instance, stream)
    batches: list[Trials] = []

    def run(first: int, count: int) -> np.ndarray:
        draw = claim.draw
        assert draw is not None
        trials = without_global_randomness(
            claim.id, lambda: draw(instance, trial_generators(key, first, count), compute)
        )
        if isinstance(trials, Unmet):
            raise _PremiseUnmet(trials.reason)
        _check_trials(claim, trials, count)
        batches.append(trials)
        return trials.failed

    try:
        decision = sequential_test(run, plan, begin)
    except _PremiseUnmet as unmet:
        return Judgement(unmet=str(unmet))
    reasons = [reason for trials in batches for reason in trials.why or ("",) * len(trials.failed)]
    failed = [bool(fails) for trials in batches for fails in trials.failed][: decision.trials]
    causes = Counter(reason for reason, fails in zip(reasons, failed, strict=False) if fails)
    comparisons = (_share(decision, plan),)
    measured = [float(x) for trials in batches if trials.measured is not None for x in trials.measured]
    if measured and any(trials.measured is None for trials in batches):
        raise ValueError(f"{claim.id}: some trials of an instance measure a number and others none")
    return Judgement(
        comparisons=comparisons,
        decision=decision,
        why=Counter(reason for reason in reasons[: decision.trials] if reason),
        steps=sum(trials.steps for trials in batches),
        horizon=sum(trials.horizon for trials in batches),
        measured=tuple(measured[: decision.trials]),
        missed_reason=missed_reason(claim, instance, comparisons, decision, causes),
    )


def _check_trials(claim: Claim, trials: Trials, count: int) -> None:
    """Raise an error unless there is one of everything for each trial, and a measure for an exponent."""
    if not isinstance(trials, Trials):
        raise TypeError(f"{claim.id}: draw returns Trials(failed=...) or Unmet, not {trials!r:.80}")
    if trials.failed.shape != (count,):
        raise ValueError(
            f"{claim.id}: {count} trials were asked for, and the result has shape {trials.failed.shape}"
        )
    if trials.why and len(trials.why) != count:
        raise ValueError(f"{claim.id}: {count} trials have {len(trials.why)} reasons")
    if trials.measured is None:
        if claim.kind is Kind.EXPONENT:
            raise ValueError(f"{claim.id}: the trials of an exponent must say what they measured")
    elif trials.measured.shape != (count,) or not np.isfinite(trials.measured).all():
        raise ValueError(f"{claim.id}: {count} trials measure {count} finite numbers, or nothing")


def _share(decision: Decision, plan: Design) -> Comparison:
    said = {
        Call.REFUTED: f"P(failure) > {plan.delta:g} at level {plan.level:g}",
        Call.CERTIFIED: f"P(failure) < {plan.alternative:g} (missed with probability 0.05 at most)",
        Call.UNDECIDED: f"nothing decided within {plan.cap} trials",
    }[decision.call]
    comparison = Comparison("share of failing trials", Relation.AT_MOST, decision.share, plan.delta, 0.0)
    return replace(
        comparison,
        settled=_CALLS[decision.call],
        means=Means.TRIALS,
        detail=f"{decision.failures} of {decision.trials} trials failed: {said}",
    )


def _nearness(comparison: Comparison) -> float:
    if comparison.relation is Relation.EQUAL:
        return -comparison.gap / comparison.rounding if comparison.rounding > 0 else -comparison.gap
    return -comparison.gap / comparison.scale if comparison.scale > 0 else 0.0
