"""Planted claims that are measured get the verdict they deserve."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Outcome,
    Step,
    Unmet,
    at_most,
    settled_exactly,
)
from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.profiles import PROFILES
from refute.audit.verdict import Verdict
from refute.statement.comparison import Relation
from tests.refute.audit.auditing import raises, run
from tests.refute.planted import CPU, SMALL, below, gamble, planted
from tests.refute.sample_audit import result_json


def test_a_true_claim_is_supported() -> None:
    result = run(planted())
    assert result.verdict is Verdict.SUPPORTED
    assert result.counterexample is None and result.premise_reach == 1.0
    assert 1 < len(result.judged) <= 40
    # Whole numbers up to 1000 may or may not reach it, but no slack is negative.
    assert result.worst_slack is not None and 0 <= result.worst_slack < 1


def test_a_false_claim_is_refuted_by_a_small_witness() -> None:
    result = run(planted(check=below(500)))
    assert result.verdict is Verdict.REFUTED
    example = result.counterexample
    assert example is not None and example.confirmed
    assert example.instance.x > 500
    assert example.judgement.violation > 0
    assert f"x: {example.instance.x} <= 500 fails" in result.because


def ties(_: Instance, __: Compute) -> Comparisons:
    return (Comparison("x", Relation.AT_MOST, 1.0, 1.0, 0.5),)


def test_open_ties_leave_a_claim_undecided() -> None:
    result = run(planted(check=ties))
    assert result.verdict is Verdict.UNDECIDED
    assert result_json(result)["ties"] == len(result.judged)


@pytest.mark.parametrize(
    ("outcome", "verdict"), [(Outcome.HOLDS, Verdict.SUPPORTED), (Outcome.VIOLATED, Verdict.REFUTED)]
)
def test_an_escalation_settles_ties(outcome: Outcome, verdict: Verdict) -> None:
    claim = planted(
        check=ties, escalate=lambda _, comparison: settled_exactly(comparison, outcome is Outcome.HOLDS)
    )
    assert run(claim).verdict is verdict


def test_an_escalation_finds_a_violation_inside_the_rounding() -> None:
    """x / 3 <= fl(x / 3) is decided by fractions, and false wherever the quotient was rounded down."""

    def check(instance: Instance, _: Compute) -> Comparisons:
        return (Comparison("third", Relation.AT_MOST, instance.x / 3, instance.x / 3, 1.0),)

    def escalate(instance: Instance, comparison: Comparison) -> Comparison:
        holds = Fraction(instance.x) / 3 <= Fraction(comparison.bound)
        return settled_exactly(comparison, holds)

    result = run(planted(check=check, escalate=escalate))
    assert result.verdict is Verdict.REFUTED and result.counterexample is not None
    x = result.counterexample.instance.x
    assert Fraction(x) / 3 > Fraction(x / 3)


def test_a_premise_that_is_rarely_met_is_out_of_reach() -> None:
    claim = planted(
        check=lambda instance, _: Unmet("x is not 1") if instance.x != 1 else below(1)(instance, _)
    )
    result = run(claim)
    assert result.verdict is Verdict.OUT_OF_REACH
    assert result.premise_reach <= 1 / len(result.judged)
    assert result_json(result)["unmet"] == {"x is not 1": len(result.judged) - len(result.met)}


def test_a_claim_that_raises_is_an_error_that_names_the_smallest_instance() -> None:
    def check(instance: Instance, _: Compute) -> Comparisons:
        if instance.x > 100:
            raise ZeroDivisionError("no\nway")
        return (at_most("x", instance.x, 1000),)

    result = run(planted(check=check))
    assert result.verdict is Verdict.ERROR
    assert re.fullmatch(
        r"ZeroDivisionError: no way \(.*test_one_claim.py:\d+\) on Instance\(x=101\)", result.because
    )
    assert result.failure is not None and "in check\n" in result.failure.traceback
    assert result_json(result)["alpha"] is None


@pytest.mark.parametrize(
    "claim",
    [
        planted(proof=raises),
        planted(classes={"broken": raises}),
        planted(instances=st.nothing()),
        gamble(0.0, 0.7),
        planted(escalate=raises, check=ties),
    ],
    ids=["proof", "classes", "no instances", "untestable", "escalate"],
)
def test_every_failure_of_a_claims_own_code_is_an_error_verdict(claim: Claim) -> None:
    result = run(claim)
    assert result.verdict is Verdict.ERROR and result.because
    json.dumps(result_json(result), allow_nan=False)


def test_a_check_that_does_not_fail_again_leaves_a_claim_undecided() -> None:
    seen: set[int] = set()

    def check(instance: Instance, compute: Compute) -> Comparisons:
        first = instance.x not in seen
        seen.add(instance.x)
        return below(-1 if first else 1000)(instance, compute)

    assert run(planted(check=check)).verdict is Verdict.UNDECIDED


def test_ctrl_c_passes_through() -> None:
    def check(_: Instance, __: Compute) -> Comparisons:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(planted(check=check))


def test_a_proof_that_closes_is_proved_and_one_that_does_not_is_not() -> None:
    assert run(planted(proof=lambda: [Step("all", True)])).verdict is Verdict.PROVED
    assert run(planted(proof=lambda: [Step("some", True), Step("all", False)])).verdict is Verdict.UNDECIDED
    refuted = run(planted(proof=lambda: [Step("all", True)], check=below(500)))
    assert refuted.verdict is Verdict.REFUTED and refuted.proof == (Step("all", True),)


def test_lemmas_are_reported_and_do_not_make_a_claim_proved() -> None:
    part = Step("part", True, "detail")
    result = run(planted(lemmas=lambda: [part]))
    assert result.verdict is Verdict.SUPPORTED and result.lemmas == (part,) and result.proof == ()
    assert result_json(result)["lemmas"] == [{"label": "part", "closed": True, "detail": "detail"}]
    assert run(planted(lemmas=lambda: [part, Step("rest", False)])).verdict is Verdict.UNDECIDED
    assert run(planted(lemmas=raises)).verdict is Verdict.ERROR
    assert run(planted(lemmas=lambda: [part], check=below(500))).lemmas == (part,)


def test_a_witness_keeps_its_classes_in_whichever_part_it_is_found() -> None:
    """Without `keep` shrinking leaves a class that the first violation was in; with it, it never does."""

    def lost(keep: tuple[str, ...], master: int) -> bool:
        classes = {"even": lambda instance: instance.x % 2 == 0}
        strata = {"even": st.builds(Instance, x=st.integers(0, 500).map(lambda half: 2 * half))}
        claim = planted(check=below(300), classes=classes, strata=strata, keep=keep)
        result = audit_claim(claim, SMALL, master, CPU)
        assert result.verdict is Verdict.REFUTED and result.counterexample is not None
        first = next(instance for instance, judgement in result.judged if judgement.violation > 0)
        return classes["even"](first) and not classes["even"](result.counterexample.instance)

    assert any(lost((), master) for master in range(12))
    assert not any(lost(("even",), master) for master in range(12))


def test_the_nearest_instance_of_every_part_is_kept() -> None:
    def check(instance: Instance, _: Compute) -> Comparisons:
        return (at_most("above", instance.x, 1001), at_most("below", -instance.x, 1))

    result = run(planted(check=check))
    xs = [instance.x for instance, _ in result.judged]
    parts = {part.comparison.label: part.instance.x for part in result.parts}
    assert parts == {"above": max(xs), "below": min(xs)}
    assert result.worst_slack == min(part.comparison.slack for part in result.parts)


def test_classes_are_counted_over_every_judged_instance() -> None:
    result = run(planted(classes={"even": lambda i: i.x % 2 == 0, "negative": lambda i: i.x < 0}))
    even = sum(instance.x % 2 == 0 for instance, _ in result.judged)
    assert result_json(result)["classes"] == {"even": even, "negative": 0}


def test_siblings_are_audited_under_their_own_label() -> None:
    ((sibling, result),) = audit_siblings(planted(), SMALL, 0, CPU)
    assert sibling.name == "less" and result.claim.id == "P1~less"
    assert result.verdict is Verdict.REFUTED


def test_every_instance_is_announced_with_the_label() -> None:
    ticks: list[str] = []
    result = audit_claim(planted(), SMALL, 0, CPU, ticks.append)
    assert ticks == ["P1"] * len(result.judged)


def test_profiles_look_harder_and_harder() -> None:
    quick, ci, deep = (PROFILES[name] for name in ("quick", "ci", "deep"))
    for cost in Cost:
        assert quick.instances[cost] < ci.instances[cost] < deep.instances[cost]
        assert quick.shrink_calls[cost] <= ci.shrink_calls[cost] <= deep.shrink_calls[cost]
    for profile in (quick, ci, deep):
        assert profile.instances[Cost.SLOW] < profile.instances[Cost.MEDIUM] < profile.instances[Cost.FAST]
