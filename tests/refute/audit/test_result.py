"""Every field of a result and of its JSON, every edge of a verdict, from judgements written by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from refute import Comparison, Kind, Outcome, Status, Step
from refute.audit.disagreement import explain
from refute.audit.judgement import Judgement
from refute.audit.result import Counterexample, Part, Result
from refute.audit.verdict import Verdict, decide
from refute.evidence.sequential import Call, Decision
from refute.report.graph import text_lines
from refute.report.records.listings import EdgeRecord, GraphRecord, NodeRecord
from refute.statement.comparison import Relation
from tests.refute.audit.results import CHECKED, ONE, TWO, comparison, drawn, trials
from tests.refute.planted import pairs, planted
from tests.refute.sample_audit import result_json


def test_a_result_adds_up_what_was_judged() -> None:
    assert len(CHECKED.met) == 2 and CHECKED.premise_reach == 0.5 and CHECKED.trials == 0
    assert CHECKED.parts == (Part(comparison(3.5), TWO), Part(comparison(4.0, "y"), ONE))
    assert CHECKED.worst_slack == 0.0
    empty = Result(planted(), Verdict.ERROR, "")
    assert (empty.met, empty.premise_reach, empty.trials, empty.parts, empty.worst_slack) == (
        (),
        0.0,
        0,
        (),
        None,
    )


def test_trials_that_tie_are_undecided_and_no_ties() -> None:
    tie = Comparison("share", Relation.AT_MOST, 0.1, 0.1, 0.0, settled=Outcome.TIE)
    judged = ((ONE, Judgement((tie,), decision=Decision(Call.UNDECIDED, 9, 1))),)
    told = result_json(Result(drawn(), Verdict.UNDECIDED, "", judged))
    assert (told["ties"], told["undecided"], told["trials"]) == (0, 1, 9)


def test_a_counterexample_is_confirmed_by_any_violation() -> None:
    fails = Judgement((comparison(5.0), comparison(3.0, "y")))
    holds = Judgement((comparison(3.0),))
    example = Counterexample(ONE, fails, holds)
    assert not example.confirmed and Counterexample(ONE, fails, fails).confirmed
    assert example.summary == comparison(5.0).sentence()
    second = Judgement(
        (Comparison("share", Relation.AT_MOST, 0.5, 0.1, 0.0, detail="5 of 10 trials failed"),)
    )
    twice = Counterexample(ONE, Judgement((comparison(5.0),), decision=Decision(Call.REFUTED, 10, 5)), second)
    assert twice.summary == f"{comparison(5.0).sentence()}; on a fresh stream: 5 of 10 trials failed"


HOLDS = Judgement((comparison(3.0),))
OPEN = Judgement((comparison(4.0, "x", 1.0),))
UNMET = Judgement(unmet="no")


@pytest.mark.parametrize(
    ("met", "unmet", "reach", "verdict"),
    [
        (1, 9, 0.1, "SUPPORTED"),
        (1, 10, 0.1, "OUT_OF_REACH"),
        (0, 3, 0.0, "OUT_OF_REACH"),
        (1, 1, 0.5, "SUPPORTED"),
    ],
)
def test_the_reach_that_is_wanted_is_enough(met: int, unmet: int, reach: float, verdict: str) -> None:
    claim = planted(minimum_reach=reach)
    told, because = decide(claim, pairs([HOLDS] * met + [UNMET] * unmet), ())
    assert told == verdict
    if verdict == "OUT_OF_REACH":
        said = f"{met} of {met + unmet} instances met the premise, which says too little; most often: no."
        assert because == said


def test_too_few_instances_in_number_are_said_with_what_most_of_the_others_missed() -> None:
    claim = planted(least=3)
    few = "2 of 3 instances met the premise, and fewer than 3 say too little; most often: no."
    assert decide(claim, pairs([HOLDS, UNMET, HOLDS]), ()) == (Verdict.OUT_OF_REACH, few)


def test_nothing_judged_is_out_of_reach_of_any_claim() -> None:
    told, because = decide(planted(minimum_reach=0.0), pairs([]), (Step("a", True),))
    assert told == "OUT_OF_REACH" and because.startswith("0 of 0 instances")


@pytest.mark.parametrize(("undecided", "verdict"), [(0, "SUPPORTED"), (1, "SUPPORTED"), (2, "UNDECIDED")])
def test_one_in_twenty_trials_may_stay_undecided(undecided: int, verdict: str) -> None:
    judged = [trials(9, Call.UNDECIDED)] * undecided + [trials(9)] * (20 - undecided)
    told, because = decide(drawn(), pairs(judged), ())
    assert told == verdict
    if undecided == 2:
        assert because == "The trials of 2 of 20 instances ended at the cap without a decision."


def test_sentences_name_what_stands_in_the_way() -> None:
    steps = (Step("a", True), Step("b", False), Step("c", False))
    assert decide(planted(), pairs([HOLDS]), steps) == (
        Verdict.UNDECIDED,
        "The derivation did not close at: b.",
    )
    assert decide(planted(), pairs([HOLDS]), (), steps)[1] == "The derivation did not close at: b."
    lacks = "; the claim has no escalate, which decides such ties"
    opened = f"2 comparisons stayed inside the rounding bound, first 'x' on x=0{lacks}."
    assert decide(planted(), pairs([OPEN, HOLDS, OPEN]), ()) == (Verdict.UNDECIDED, opened)
    opened = "1 comparison stayed inside the rounding bound after escalation, first 'x' on x=1."
    escalated = planted(escalate=lambda _, comparison: comparison)
    assert decide(escalated, pairs([HOLDS, OPEN]), ()) == (Verdict.UNDECIDED, opened)
    proved = "Every step of the derivation closes, and none of 1 instances contradicts it."
    assert decide(planted(), pairs([HOLDS, UNMET]), steps[:1]) == (Verdict.PROVED, proved)
    plain = "No counterexample among 2 instances that met the premise."
    assert decide(planted(), pairs([HOLDS, HOLDS]), ()) == (Verdict.SUPPORTED, plain)
    part = f"{plain} Part of its proof is machine-checked, in 1 steps."
    assert decide(planted(), pairs([HOLDS, HOLDS]), (), steps[:1]) == (Verdict.SUPPORTED, part)


def test_a_judgement_says_nothing_of_its_own_accord() -> None:
    plain = Judgement()
    assert (plain.comparisons, plain.unmet, plain.decision, plain.why) == ((), None, None, Counter())
    assert (plain.steps, plain.horizon, plain.measured, plain.aim, plain.missed_reason) == (0, 0, (), "", "")


def test_chapters_of_a_graph_are_apart() -> None:
    def node(label: str, chapter: str) -> NodeRecord:
        return NodeRecord(
            id=label,
            slug="",
            title="t",
            chapter=chapter,
            chapter_title=f"{chapter}: more",
            kind=Kind.RATE,
            status=Status.THEOREM,
            finding="F1",
            verdict="PROVED",
        )

    nodes = (node("A1", "A"), node("A2", "A"), node("B1", "B"))
    lines = list(text_lines(GraphRecord(nodes=nodes, edges=(EdgeRecord("B1", "A1"),))))
    assert [lines[k] for k in (0, 4, 5)] == ["A", "", "B"] and len(lines) == 8
    assert lines[2].strip() == "used by B1" and lines[7].strip() == "uses A1"


def test_a_verdict_that_changed_for_no_reason_is_not_explained() -> None:
    judged = [(ONE, HOLDS)]
    assert explain(judged, judged, [], "float32") == (False, "Nothing that was measured explains it.")
