"""What a pile of judgements amounts to."""

from __future__ import annotations

import pytest

from refute import Comparison, Step, at_most
from refute.audit.judgement import Judgement
from refute.audit.verdict import Verdict, decide
from refute.evidence.sequential import Call, Decision
from tests.refute.planted import gamble, pairs, planted

HOLDS = Judgement(comparisons=(at_most("x", 0.0, 1.0),))
OPEN = Judgement(comparisons=(at_most("x", 1.0, 1.0, 0.5),))
PREDICTED = Judgement(comparisons=(at_most("x", 1.0, 1.0, 0.5, attained=True),))
UNMET = Judgement(unmet="no")


def trials(call: Call) -> Judgement:
    comparison = Comparison("share", at_most("share", 0, 0).relation, 0.0, 0.1, 0.0)
    return Judgement(comparisons=(comparison,), decision=Decision(call, 8, 0))


def test_only_proved_and_supported_pass() -> None:
    assert [verdict for verdict in Verdict if verdict.passes] == [Verdict.PROVED, Verdict.SUPPORTED]


def test_findings_that_hold_support_a_claim() -> None:
    assert decide(planted(), pairs([HOLDS, PREDICTED]), ())[0] is Verdict.SUPPORTED


def test_one_open_comparison_leaves_a_claim_undecided() -> None:
    verdict, because = decide(planted(), pairs([HOLDS] * 99 + [OPEN]), ())
    assert verdict is Verdict.UNDECIDED
    assert because.startswith("1 comparison stayed inside the rounding bound")


@pytest.mark.parametrize(("met", "verdict"), [(0, "OUT_OF_REACH"), (9, "OUT_OF_REACH"), (10, "SUPPORTED")])
def test_a_premise_that_is_rarely_met_is_out_of_reach(met: int, verdict: str) -> None:
    said, because = decide(planted(), pairs([HOLDS] * met + [UNMET] * (100 - met)), ())
    assert said == verdict
    assert (f"{met} of 100 instances" in because) == (verdict == "OUT_OF_REACH")


def test_the_wanted_reach_is_the_claims_own() -> None:
    half = [HOLDS, UNMET]
    assert decide(planted(minimum_reach=0.5), pairs(half), ())[0] is Verdict.SUPPORTED
    assert decide(planted(minimum_reach=0.6), pairs(half), ())[0] is Verdict.OUT_OF_REACH


def test_nothing_judged_is_out_of_reach() -> None:
    assert decide(planted(minimum_reach=0.0), pairs([]), ())[0] is Verdict.OUT_OF_REACH


def test_a_proof_needs_every_step_and_some_instance() -> None:
    closed = Step("first", True)
    unclosed = Step("second", False)
    assert decide(planted(), pairs([HOLDS]), (closed, closed))[0] is Verdict.PROVED
    verdict, because = decide(planted(), pairs([HOLDS]), (closed, unclosed))
    assert verdict is Verdict.UNDECIDED and "second" in because
    assert decide(planted(), pairs([UNMET]), (closed,))[0] is Verdict.OUT_OF_REACH
    assert decide(planted(), pairs([OPEN]), (closed,))[0] is Verdict.UNDECIDED


def test_lemmas_that_close_prove_nothing_and_one_that_does_not_is_no_pass() -> None:
    closed = Step("first", True)
    unclosed = Step("second", False)
    verdict, because = decide(planted(), pairs([HOLDS]), (), (closed, closed))
    assert verdict is Verdict.SUPPORTED
    assert because.endswith("Part of its proof is machine-checked, in 2 steps.")
    verdict, because = decide(planted(), pairs([HOLDS]), (), (closed, unclosed))
    assert verdict is Verdict.UNDECIDED and "second" in because


@pytest.mark.parametrize(("undecided", "verdict"), [(5, "SUPPORTED"), (6, "UNDECIDED")])
def test_more_than_a_twentieth_of_undecided_trials_is_undecided(undecided: int, verdict: str) -> None:
    judgements = [trials(Call.UNDECIDED)] * undecided + [trials(Call.CERTIFIED)] * (100 - undecided)
    assert decide(gamble(0.0), pairs(judgements), ())[0] == verdict
