"""Agreement: the same instances computed in another way, and no disagreement without a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.audit.agreement import Agreement, Variation, compare
from refute.audit.one_claim import audit_claim
from refute.audit.verdict import Verdict
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import discover
from refute.statement.claim_code import Comparisons, Unmet
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from tests.refute.audit.agreeing import FEW, SINGLE, claim, compared, single

ROOT = Path(__file__).resolve().parents[3]


def test_the_same_numbers_agree_and_are_identical() -> None:
    _, row = compared(lambda i, c: (at_most("x", i.x + 0 * single(c), 9),))
    assert row == Agreement("A", "float32", Verdict.SUPPORTED, Verdict.SUPPORTED, 0.0, True, 0, 0)


def test_a_claim_that_never_reads_the_precision_is_put_to_no_test() -> None:
    _, row = compared(lambda i, _: (at_most("x", i.x, 9),))
    assert (row.applicable, row.identical, row.verdict, row.explained) == (False, False, row.reference, True)


def test_the_precision_read_is_not_the_device_read() -> None:
    result = audit_claim(claim(lambda i, c: (at_most("x", i.x + 0 * single(c), 9),)), FEW, 0, Compute())
    elsewhere = Variation("cuda", "cuda", "float64", 1)
    threads = Variation("2 threads", "cpu", "float64", 2)
    found = [compare(result, how, 0, FALSE_ALARM_LEVEL).applicable for how in (SINGLE, elsewhere, threads)]
    assert found == [True, False, True]


def test_what_is_varied_is_told_from_the_reference() -> None:
    result = audit_claim(claim(lambda i, c: (at_most("x", i.x, 9 + len(c.device)),)), FEW, 0, Compute("cuda"))
    reference = Variation("float64 on cuda", "cuda", "float64", 1)
    single_there = Variation("float32", "cuda", "float32", 1)
    assert not compare(result, single_there, 0, FALSE_ALARM_LEVEL, reference).applicable
    assert compare(result, SINGLE, 0, FALSE_ALARM_LEVEL, reference).applicable


def test_one_instance_that_reads_it_is_enough() -> None:
    _, row = compared(lambda i, c: (at_most("x", i.x if i.x < 3 else i.x + 0 * single(c), 9),))
    assert row.applicable and row.identical


def test_numbers_that_change_unread_are_shown() -> None:
    numbers = iter(range(1000))
    _, row = compared(lambda i, _: (at_most("x", next(numbers), 2000),))
    assert row.applicable and not row.identical


def test_the_change_of_the_worst_slack_is_measured() -> None:
    _, row = compared(lambda i, c: (at_most("x", i.x + single(c), 8), at_most("always", 0, 1)))
    assert not row.identical
    assert row.slack_change == 1 / 8
    assert row.changed == row.lost == 0


def test_rounding_that_grew_past_the_gap_is_an_explanation_with_both_roundings() -> None:
    result, row = compared(lambda i, c: (at_most("x", i.x, 4, 8.0 if single(c) else 2.0**-40),))
    assert (row.reference, row.verdict) == (Verdict.SUPPORTED, Verdict.UNDECIDED)
    assert row.explained
    assert row.changed == len(result.judged)
    assert (
        "comparisons are open on one side only, as x: reference gap 3 with rounding 9.11e-13 (holds), "
        in (row.explanation)
    )
    assert "float32 gap 3 with rounding 8 (tie)" in row.explanation


def test_a_premise_that_is_lost_is_an_explanation() -> None:
    def check(instance: Instance, compute: Compute) -> Comparisons | Unmet:
        return Unmet("too coarse") if single(compute) else (at_most("x", instance.x, 9),)

    result, row = compared(check)
    assert (row.verdict, row.lost, row.slack_change) == (Verdict.OUT_OF_REACH, len(result.judged), None)
    assert row.explained
    assert row.explanation.endswith("of 3: too coarse.")


def test_two_certain_sides_that_differ_are_not_explained() -> None:
    _, row = compared(lambda i, c: (at_most("x", i.x + 9 * single(c), 8),))
    assert row.verdict is Verdict.REFUTED
    assert not row.explained
    assert "Both sides are certain of x: reference gap " in row.explanation


def test_a_part_that_is_measured_twice_meets_itself() -> None:
    _, row = compared(lambda i, _: (at_most("x", i.x, 9), at_most("x", i.x, i.x, 1.0), at_most("y", 0, 1)))
    assert row.slack_change == 0 and row.changed == 0


def test_a_part_that_is_measured_less_often_is_compared_as_far_as_it_goes() -> None:
    def check(instance: Instance, compute: Compute) -> Comparisons:
        first = at_most("x", instance.x, 9)
        second = at_most("x", instance.x, 9, 20.0)
        return (second,) if single(compute) else (first, second)

    result, row = compared(check)
    assert row.changed == len(result.judged)


def test_a_counterexample_is_met_again() -> None:
    result, row = compared(lambda i, _: (at_most("x", i.x, 1),))
    assert result.verdict is row.verdict is Verdict.REFUTED
    assert row.explanation == ""


def test_an_error_under_a_variation_is_a_disagreement_without_explanation() -> None:
    _, row = compared(lambda i, c: (at_most("x", i.x / (1 - single(c)), 9),))
    assert (row.verdict, row.explained, row.changed, row.lost) == (Verdict.ERROR, False, 0, 0)
    assert row.explanation.startswith("ZeroDivisionError: ")


@pytest.mark.parametrize("label", ["P4", "K5", "M1", "I2"])
def test_the_claims_of_the_paper_keep_their_verdicts(label: str) -> None:
    book = discover(ROOT)
    result = audit_claim(book.find([label])[0], FEW, 0, Compute())
    float32 = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert float32.explained
    assert float32.verdict in (result.verdict, Verdict.UNDECIDED, Verdict.OUT_OF_REACH)
    again = compare(result, Variation("again", "cpu", "float64", 1), 0, FALSE_ALARM_LEVEL)
    assert (again.identical, again.verdict, again.slack_change) == (True, result.verdict, 0.0)
