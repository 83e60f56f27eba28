"""Planted claims get the verdict they deserve."""

from __future__ import annotations

import json
import pickle
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Outcome,
    Step,
    Trials,
    Unmet,
    at_most,
    settled_exactly,
)
from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.profiles import PROFILES, Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.seeds import MAIN, stream_key, trial_generators
from refute.inputs.registry import discover, load_claim
from refute.statement.comparison import Relation
from tests.refute.planted import CPU, SMALL, WHOLE, below, gamble, planted
from tests.refute.sample_audit import result_json

ROOT = Path(__file__).resolve().parents[3]


def run(claim: Claim, master: int = 0) -> Result:
    return audit_claim(claim, SMALL, master, CPU)


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


def raises(*_: object) -> bool:
    raise ZeroDivisionError("here")


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


def only_in_main(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
    """Fails on the main stream and nowhere else."""
    main = {
        generator.bit_generator.random_raw()
        for generator in trial_generators(stream_key(0, "P1", instance, MAIN), 0, 200)
    }
    return Trials(np.array([generator.bit_generator.random_raw() in main for generator in generators]))


def test_a_failure_of_the_second_look_is_an_error() -> None:
    def draw(instance: Instance, generators: Sequence[np.random.Generator], compute: Compute) -> Trials:
        trials = only_in_main(instance, generators, compute)
        if not trials.failed.all():
            raise ZeroDivisionError("second look")
        return trials

    result = run(gamble(0, draw=draw))
    assert result.verdict is Verdict.ERROR
    assert (
        result.because.startswith("ZeroDivisionError: second look (") and "on Instance(x=" in result.because
    )


def test_trials_that_do_not_fail_again_leave_a_claim_undecided() -> None:
    result = run(gamble(0, draw=only_in_main))
    assert result.verdict is Verdict.UNDECIDED
    assert result.because.startswith("A counterexample was not confirmed by a second look")
    assert result.counterexample is not None and not result.counterexample.confirmed


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


@pytest.mark.parametrize(
    ("q", "verdict"), [(0.0, Verdict.SUPPORTED), (0.05, Verdict.SUPPORTED), (0.4, Verdict.REFUTED)]
)
@pytest.mark.parametrize("master", [0, 1, 2])
def test_trials_of_known_failure_probability(q: float, verdict: Verdict, master: int) -> None:
    """At 0, delta / 2 and 4 delta.

    A true claim is refuted with probability below 1e-4 in each run. A false one is found, and then confirmed
    with the stated power of 0.95 only, so that these three seeds are a fact and not a guarantee.
    """
    result = run(gamble(q), master)
    assert result.verdict is verdict
    if verdict is Verdict.REFUTED:
        assert "on a fresh stream: " in result.because


def test_trials_are_counted_with_their_level_and_power() -> None:
    result = run(gamble(0.0))
    found = result_json(result)
    assert found["trials"] == 8 * len(result.judged)
    assert (found["alpha"], found["alternative"], found["failure_probability"]) == (1e-6, 0.4, 0.1)
    assert 0.95 <= found["power"] < 1
    assert result_json(run(planted()))["alpha"] is None


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


def measuring(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
    """Measures x in every trial; every third trial fails where x is odd, so that more trials are needed."""
    count = len(generators)
    failed = (np.arange(count) % 3 == 0) & (instance.x % 2 == 1)
    return Trials(failed, measured=np.full(count, float(instance.x)))


def test_the_instance_with_the_most_trials_says_what_was_measured() -> None:
    result = run(gamble(0, 0.3, draw=measuring))
    measured = result_json(result)["measured"]
    trials = [(len(judgement.measured), instance.x) for instance, judgement in result.judged]
    most = max(count for count, _ in trials)
    first = next(x for count, x in trials if count == most)
    assert len({count for count, _ in trials}) > 1 and first % 2 == 1
    assert measured == {
        "median": first,
        "low": first,
        "high": first,
        "level": 0.95,
        "trials": most,
        "instance": {"x": first},
    }


def test_too_few_trials_have_no_interval_and_most_claims_measure_nothing() -> None:
    def failing(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        numbers = np.array([generator.random() for generator in generators])
        return Trials(np.ones(len(generators), dtype=bool), measured=numbers)

    few = result_json(run(gamble(0, 0.01, draw=failing)))["measured"]
    assert few["trials"] < 6 and few["low"] is None and few["high"] is None
    assert result_json(run(gamble(0)))["measured"] is None
    assert result_json(run(planted()))["measured"] is None


def test_an_exponent_that_measures_nothing_is_an_error() -> None:
    result = run(gamble(0, kind=Kind.EXPONENT))
    assert result.verdict is Verdict.ERROR
    assert "the trials of an exponent must say what they measured" in result.because


def test_the_same_seed_gives_the_same_evidence() -> None:
    for claim in (planted(check=below(500)), gamble(0.15)):
        one, two = (replace(run(claim), seconds=0.0) for _ in range(2))
        assert result_json(one) == result_json(two)
        assert [instance for instance, _ in one.judged] == [instance for instance, _ in two.judged]
    assert [i for i, _ in run(planted(), 0).judged] != [i for i, _ in run(planted(), 1).judged]
    first = run(gamble(0.15), 0)
    second = run(gamble(0.15), 1)
    assert result_json(first)["trials"] != result_json(second)["trials"]


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


def global_states() -> tuple[object, bytes, list[int]]:
    legacy = pickle.dumps(np.random.get_state())  # noqa: NPY002
    return random.getstate(), legacy, torch.get_rng_state().tolist()


TINY = Profile("tiny", dict.fromkeys(Cost, 3), dict.fromkeys(Cost, 3))


def test_the_toy_paper_leaves_the_global_generators_alone(toy: Path) -> None:
    before = global_states()
    for claim in discover(toy).claims:
        assert audit_claim(claim, TINY, 0, CPU).verdict.passes
        assert audit_siblings(claim, TINY, 0, CPU)
    assert global_states() == before


@pytest.mark.parametrize("path", ["kernels/k5_pair_bound.py", "perturbation/p4_gradient_energy.py"])
def test_real_claims_leave_the_global_generators_alone(path: str) -> None:
    before = global_states()
    result = audit_claim(load_claim(ROOT, ROOT / "claims" / path), TINY, 0, CPU)
    assert result.verdict is not Verdict.ERROR, result.because
    assert global_states() == before


def test_what_a_claim_draws_from_the_global_generator_is_noticed() -> None:
    """The test above can fail: a claim that draws from the global generator leaves a trace."""

    def check(instance: Instance, _: Compute) -> Comparisons:
        torch.rand(1)
        return (at_most("x", instance.x, 1000),)

    before = torch.get_rng_state()
    audit_claim(planted(check=check, instances=WHOLE), TINY, 0, CPU)
    assert torch.get_rng_state().tolist() != before.tolist()
    torch.set_rng_state(before)
