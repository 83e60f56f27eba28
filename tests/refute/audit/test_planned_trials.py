"""How many trials an instance gets: the plan, its power, failure probabilities that depend on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from refute import (
    Claim,
    Compute,
    Instance,
    Trials,
)
from refute.audit.judgement import confirm, judge
from refute.audit.plans import plan_of
from refute.evidence.sequential import CONFIRM_KAPPA, CONFIRM_LEVEL, FALSE_ALARM_LEVEL, Call, design
from tests.refute.planted import CPU, gamble, planted

ONE = Instance(x=1)


def test_the_plan_is_the_design_at_the_claimed_failure_probability() -> None:
    assert plan_of(planted()) is None
    assert plan_of(gamble(0.0, 0.05)) == design(0.05, FALSE_ALARM_LEVEL)


def test_confirmation_has_its_power_where_refutation_is_weak() -> None:
    plan = design(0.1, CONFIRM_LEVEL, CONFIRM_KAPPA)
    assert plan.alternative == 0.2
    assert plan.probabilities(0.4)[Call.UNDECIDED] + plan.probabilities(0.4)[Call.CERTIFIED] < CONFIRM_LEVEL
    decision = confirm(gamble(1.0), ONE, CPU, 0).decision
    assert decision is not None
    assert decision.trials == next(n for n in range(1, plan.cap) if plan.refute_at[n] <= n)


def by_size(q: float, scale: float) -> Claim:
    """A claim that admits the share scale / (x + 1) of failures on x, where the true one is q / (x + 1)."""

    def draw(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
        return Trials(np.array([g.random() < q / (instance.x + 1) for g in generators]))

    return gamble(0.0, draw=draw, failure_probability=lambda instance: scale / (instance.x + 1))


@pytest.mark.parametrize("x", [1, 3, 9])
def test_a_failure_probability_of_the_instance_is_what_its_trials_are_judged_by(x: int) -> None:
    instance = Instance(x=x)
    stands = judge(by_size(0.1, 0.4), instance, CPU, 0)
    assert stands.comparisons[0].bound == 0.4 / (x + 1) and stands.violation == 0
    falls = judge(by_size(1.0, 0.1), instance, CPU, 0)
    assert falls.decision is not None and falls.decision.call is Call.REFUTED and falls.violation > 0
    assert confirm(by_size(1.0, 0.1), instance, CPU, 0).violation > 0
    assert plan_of(by_size(0.1, 0.4)) is None


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (2.0, "nothing is claimed"),
        (1.2, "too large (from about 1/2 on)"),
        (1e-6, "too small (below about 0.001)"),
    ],
)
def test_an_instance_that_leaves_nothing_to_test_does_not_meet_the_premise(scale: float, said: str) -> None:
    assert said in str(judge(by_size(0.0, scale), Instance(x=1), CPU, 0).unmet)


@pytest.mark.parametrize("scale", [0.0, -0.1, math.nan])
def test_a_failure_probability_that_is_none_is_an_error(scale: float) -> None:
    with pytest.raises(ValueError, match=r"P1: its failure probability is .* and is to be above 0"):
        judge(by_size(0.0, scale), Instance(x=1), CPU, 0)


def test_a_false_claim_of_a_small_failure_probability_keeps_its_counterexample() -> None:
    """At 0.003 no second look of 20000 trials has its whole power against 0.006; it has most of it."""
    instance = Instance(x=1)
    for claim in (by_size(0.06, 0.006), gamble(0.03, 0.003)):
        first = judge(claim, instance, CPU, 0)
        assert first.decision is not None and first.decision.call is Call.REFUTED
        second = confirm(claim, instance, CPU, 0)
        assert second.decision is not None and second.decision.call is Call.REFUTED
    stands = confirm(gamble(0.003, 0.003), instance, CPU, 0)
    assert stands.violation == 0 and stands.decision is not None
