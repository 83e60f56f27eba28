"""One instance, judged: a check and its escalation, or trials on streams of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Instance,
    Kind,
    Outcome,
    Trials,
    Unmet,
    at_least,
    at_most,
    settled_exactly,
)
from refute.audit.judgement import Judgement, confirm, judge
from refute.evidence.seeds import CONFIRM, MAIN, stream_key, trial_generators
from refute.evidence.sequential import Call, design
from refute.statement.claim_code import Draw
from refute.statement.comparison import Relation
from tests.refute.planted import CPU, below, coin, gamble, planted

ONE = Instance(x=1)


def test_a_check_is_judged_by_its_comparisons() -> None:
    assert judge(planted(check=below(1)), ONE, CPU, 0).violation == 0
    failing = judge(planted(check=below(0)), ONE, CPU, 0)
    assert failing.violation == 1
    assert failing.decision is None and failing.unmet is None


def test_an_unmet_premise_is_no_comparison() -> None:
    judgement = judge(planted(check=lambda instance, _: Unmet("x is odd")), ONE, CPU, 0)
    assert judgement == Judgement(unmet="x is odd")
    assert judgement.violation == 0 and not judgement.undecided


def test_a_check_that_measures_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="P1: the check measured nothing"):
        judge(planted(check=lambda instance, _: ()), ONE, CPU, 0)


def test_only_open_findings_are_escalated() -> None:
    def check(_: Instance, __: Compute) -> Comparisons:
        return (
            at_most("open", 1.0, 1.0, 0.5),
            at_most("predicted", 1.0, 1.0, 1e-9, attained=True),
            at_most("holds", 0.0, 1.0, 0.5),
            at_most("fails", 9.0, 1.0, 0.5),
        )

    asked: list[str] = []

    def escalate(_: Instance, comparison: Comparison) -> Comparison:
        asked.append(comparison.label)
        return settled_exactly(comparison, False)

    claim = planted(check=check, escalate=escalate)
    judgement = judge(claim, ONE, CPU, 0)
    assert asked == ["open"]
    assert [comparison.outcome for comparison in judgement.comparisons] == [
        Outcome.VIOLATED,
        Outcome.TIE,
        Outcome.HOLDS,
        Outcome.VIOLATED,
    ]


def test_a_settled_violation_counts_however_small() -> None:
    tie = settled_exactly(at_most("part", 1.0, 1.0, 0.5), False)
    assert tie.violation == 0.0
    assert Judgement(comparisons=(tie,)).violation == np.finfo(np.float64).tiny


def test_pressure_is_the_nearness_of_the_nearest_part() -> None:
    far = at_most("far", 1.0, 4.0)
    near = at_least("near", 4.0, 3.0)
    assert Judgement(comparisons=(far, near)).pressure == -0.25
    assert Judgement(comparisons=(at_most("part", 3.0, 1.0),)).pressure == 2.0 / 3.0
    exact = Comparison("part", Relation.EQUAL, 1.0, 3.0, 0.0)  # no rounding to measure the gap by
    assert Judgement(comparisons=(exact,)).pressure == -exact.gap
    assert Judgement(unmet="no").pressure < Judgement(comparisons=(at_most("part", 0.0, 1.0),)).pressure


@pytest.mark.parametrize(
    ("q", "call", "outcome"),
    [(0.0, Call.CERTIFIED, Outcome.HOLDS), (1.0, Call.REFUTED, Outcome.VIOLATED)],
)
def test_trials_are_judged_by_the_sequential_test(q: float, call: Call, outcome: Outcome) -> None:
    judgement = judge(gamble(q), ONE, CPU, 0)
    assert judgement.decision is not None and judgement.decision.call is call
    (comparison,) = judgement.comparisons
    assert comparison.outcome is outcome and comparison.measured == q and comparison.bound == 0.1
    assert (judgement.violation > 0) == (call is Call.REFUTED)
    assert f"{judgement.decision.failures} of {judgement.decision.trials} trials failed" in comparison.detail


def states(generators: Sequence[np.random.Generator]) -> list[float]:
    return [generator.random() for generator in generators]


def test_trials_come_from_the_stream_of_the_claim_and_the_instance() -> None:
    drawn: list[float] = []

    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        drawn.extend(states(generators))
        return Trials(np.zeros(len(generators), dtype=bool))

    for stream, take in ((MAIN, judge), (CONFIRM, confirm)):
        drawn.clear()
        claim = gamble(0, draw=draw)
        if take is confirm:
            confirm(claim, ONE, CPU, 5)
        else:
            judge(claim, ONE, CPU, 5)
        expected = states(trial_generators(stream_key(5, "P1", ONE, stream), 0, len(drawn)))
        assert drawn == expected


def test_a_judgement_is_a_function_of_its_arguments() -> None:
    claim = gamble(0.15)
    assert judge(claim, ONE, CPU, 3) == judge(claim, ONE, CPU, 3)
    shares = {judge(claim, Instance(x=x), CPU, 3).comparisons[0].detail for x in range(20)}
    masters = {judge(claim, ONE, CPU, master).comparisons[0].detail for master in range(20)}
    assert len(shares) > 1 and len(masters) > 1


def test_reasons_and_steps_of_all_batches_are_added_up() -> None:
    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        count = len(generators)
        failed = np.arange(count) % 2 == 0
        return Trials(failed, tuple("even" if f else "" for f in failed), steps=3 * count, horizon=5 * count)

    judgement = judge(gamble(0, draw=draw), ONE, CPU, 0)
    asked = judgement.steps // 3
    assert judgement.decision is not None and asked >= judgement.decision.trials
    assert judgement.horizon == 5 * asked
    assert judgement.why == Counter(even=judgement.decision.failures)


def counted(stop: int) -> Draw:
    """Trial b of an instance measures b; those below `stop` fail and say which they are."""
    done = 0

    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        nonlocal done
        number = np.arange(done, done + len(generators))
        done += len(generators)
        failed = number < stop
        why = tuple(f"trial {n}" if f else "" for n, f in zip(number, failed, strict=True))
        return Trials(failed, why, measured=number.astype(float))

    return draw


@pytest.mark.parametrize("stop", [0, 2, 100])
def test_only_the_trials_that_the_decision_counts_are_told(stop: int) -> None:
    judgement = judge(gamble(0, draw=counted(stop)), ONE, CPU, 0)
    decision = judgement.decision
    assert decision is not None
    assert judgement.measured == tuple(range(decision.trials))
    assert judgement.why == Counter(f"trial {n}" for n in range(min(stop, decision.trials)))
    assert judgement.why.total() == decision.failures


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        (Trials(np.zeros(8, dtype=bool), ("why",)), "P1: 8 trials have 1 reasons"),
        (Trials(np.zeros(8, dtype=bool), measured=np.zeros(7)), "P1: 8 trials measure 8 finite numbers"),
        (Trials(np.zeros(8, dtype=bool), measured=np.zeros((8, 1))), "8 trials measure 8 finite numbers"),
        (Trials(np.zeros(8, dtype=bool), measured=np.full(8, np.nan)), "8 trials measure 8 finite numbers"),
    ],
)
def test_trials_that_do_not_fit_together_are_an_error(trials: Trials, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        judge(gamble(0, draw=lambda *_: trials), ONE, CPU, 0)


def test_trials_measure_on_every_batch_or_on_none() -> None:
    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        count = len(generators)
        failed = np.arange(count) < 2
        return Trials(failed, measured=np.zeros(count) if count == 8 else None)

    with pytest.raises(ValueError, match="P1: some trials of an instance measure a number and others none"):
        judge(gamble(0, draw=draw), ONE, CPU, 0)


def test_the_trials_of_an_exponent_must_measure() -> None:
    with pytest.raises(ValueError, match="P1: the trials of an exponent must say what they measured"):
        judge(gamble(0, kind=Kind.EXPONENT), ONE, CPU, 0)
    assert judge(gamble(0, kind=Kind.EXPONENT, draw=counted(0)), ONE, CPU, 0).measured


def test_trials_may_find_the_premise_unmet() -> None:
    judgement = judge(gamble(0, draw=lambda *_: Unmet("too narrow")), ONE, CPU, 0)
    assert judgement.unmet == "too narrow" and judgement.comparisons == ()


def test_a_wrong_number_of_trials_is_an_error() -> None:
    claim = gamble(0, draw=lambda *_: Trials(np.zeros(1, dtype=bool)))
    with pytest.raises(ValueError, match=r"P1: 8 trials were asked for, and the result has shape \(1,\)"):
        judge(claim, ONE, CPU, 0)


def test_undecided_trials_are_a_tie() -> None:
    plan = design(0.1)

    done = failures = 0

    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        """Fails whenever the test would otherwise certify."""
        nonlocal done, failures
        failed = np.zeros(len(generators), dtype=bool)
        for position in range(len(failed)):
            done += 1
            failed[position] = failures <= plan.certify_at[min(done, plan.cap)]
            failures += bool(failed[position])
        return Trials(failed)

    judgement = judge(gamble(0, draw=draw), ONE, CPU, 0)
    assert judgement.undecided and judgement.comparisons[0].outcome is Outcome.TIE
    assert judgement.violation == 0
    assert "nothing decided within 97 trials" in judgement.comparisons[0].detail


def test_errors_of_the_claim_pass_through() -> None:
    def fail(*_: object) -> Trials:
        raise ZeroDivisionError("here")

    claims: list[Claim] = [planted(check=fail), gamble(0, draw=fail)]
    for claim in claims:
        with pytest.raises(ZeroDivisionError, match="here"):
            judge(claim, ONE, CPU, 0)
    assert coin(0.0)(ONE, (), CPU).failed.shape == (0,)
