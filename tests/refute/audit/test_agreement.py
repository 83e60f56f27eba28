"""The agreement matrix: the same instances computed in other ways, and no disagreement without a reason."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from rich.console import Console

from refute.audit.agreement import Agreement, Matrix, Variation, compare, planned
from refute.audit.all_claims import Record, agree, alone, exit_code
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES, Profile
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.watched_compute import WatchedCompute
from refute.cli import main as cli
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import discover
from refute.report.audit_json import agreement_record
from refute.report.page import render
from refute.report.terminal import print_table
from refute.statement.claim import Claim, Comparisons, Sibling, Trials, Unmet
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Kind
from refute.statement.paper import Paper
from tests.refute.inputs.test_registry import N1, change
from tests.refute.sample_audit import in_json, read, sample
from tests.test_docs import documented

ROOT = Path(__file__).resolve().parents[3]
FEW = Profile(
    "few", dict.fromkeys(PROFILES["quick"].instances, 6), dict.fromkeys(PROFILES["quick"].instances, 2)
)
SINGLE = Variation("float32", "cpu", "float32", 1)
Check = Callable[[Instance, Compute], Comparisons | Unmet]


def claim(check: Check | None, label: str = "A", **changes: Any) -> Claim:
    never = Sibling(
        "none", "x <= -1", "x is not negative", falls="x", check=lambda i, _: (at_most("x", i.x, -1),)
    )
    return Claim(
        id=label,
        title=label,
        kind=Kind.UPPER_BOUND if check is not None else Kind.WITH_PROBABILITY,
        finding="F1",
        instances=st.builds(Instance, x=st.integers(0, 3)),
        siblings=(never,),
        least=1,
        check=check,
        **changes,
    )


def single(compute: Compute) -> bool:
    return compute.dtype == "float32"


def compared(check: Check) -> tuple[Result, Agreement]:
    result = audit_claim(claim(check), FEW, 0, Compute())
    return result, compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)


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


def filled(matrix: Matrix, results: list[Result], used: Paper) -> Matrix:
    """The matrix of an audit that came to these results."""
    device = matrix.reference.device
    request = Request([result.claim for result in results], FEW, 0, Compute(device))
    record = Record(results=results)
    agree(record, request, used, alone(request, paper=used), matrix)
    assert record.agreement is not None
    return record.agreement


def test_a_matrix_knows_what_is_varied() -> None:
    matrix = planned(paper(devices=("cpu", "cuda")), Compute("cuda"))
    result = audit_claim(
        claim(lambda i, c: (at_most("x", i.x, 9 + 0 * len(c.device)),)), FEW, 0, Compute("cuda")
    )
    matrix = filled(matrix, [result], paper())
    assert [(row.variation, row.applicable) for row in matrix.rows] == [("float32", False), ("cpu", True)]


READS: list[tuple[Callable[[Compute], object], set[str]]] = [
    (lambda c: c.dtype, {"dtype"}),
    (lambda c: c.device, {"device"}),
    (lambda c: c, set()),
    (hash, {"device", "dtype"}),
    (repr, {"device", "dtype"}),
    (vars, {"device", "dtype"}),
    (lambda c: replace(c, device="cpu"), {"dtype"}),
    (pickle.dumps, {"device", "dtype"}),
    (copy.copy, {"device", "dtype"}),
]


@pytest.mark.parametrize(("read_it", "names"), READS)
def test_every_way_to_read_a_compute_is_seen(read_it: Callable[[Compute], object], names: set[str]) -> None:
    watched = WatchedCompute("cuda", "float32")
    assert watched.read == set()
    read_it(watched)
    assert watched.read == names
    assert (watched.device, watched.dtype) == ("cuda", "float32")
    assert pickle.loads(pickle.dumps(watched)) == Compute("cuda", "float32")


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


def test_trials_of_the_same_instance_are_the_same_trials() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        share = 0.05 + 0 * single(compute)
        return Trials(np.array([rng.random() < share for rng in generators]))

    chancy = claim(None, draw=draw, failure_probability=0.1)
    chancy = replace(chancy, siblings=(Sibling("none", falls="", failure_probability=0.01),))
    result = audit_claim(chancy, FEW, 0, Compute())
    row = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert result.trials > 0
    assert (row.identical, row.verdict) == (True, result.verdict)


@pytest.mark.parametrize(("reason", "explained"), [("out of digits: spent", True), ("broken", False)])
def test_trials_that_ran_out_of_digits_explain_themselves(reason: str, explained: bool) -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        failed = np.full(len(generators), single(compute))
        return Trials(failed, tuple(reason if f else "" for f in failed))

    chancy = claim(None, draw=draw, failure_probability=0.1)
    result = audit_claim(chancy, FEW, 0, Compute())
    row = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert (row.reference, row.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    assert row.explained is explained
    assert ("float32: out of digits: spent (" in row.explanation) is explained


def test_a_reference_that_ran_out_of_digits_once_takes_no_explanation_away() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        failed = np.array([single(compute) or rng.random() < 0.08 for rng in generators])
        return Trials(failed, tuple("out of digits: spent" if f else "" for f in failed))

    result = audit_claim(claim(None, draw=draw, failure_probability=0.1), FEW, 0, Compute())
    assert any(judgement.why for _, judgement in result.judged)
    assert compare(result, SINGLE, 0, FALSE_ALARM_LEVEL).explained


def test_trials_without_any_failure_have_nothing_to_explain() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        bad = single(compute) and instance.x > 0
        harmless = single(compute) and not bad
        reason = "out of digits: spent" if bad else "broken" if harmless else ""
        failed = np.full(len(generators), bad)
        failed[:1] |= harmless
        return Trials(failed, tuple(reason if f else "" for f in failed))

    result = audit_claim(claim(None, draw=draw, failure_probability=0.1), FEW, 0, Compute())
    assert compare(result, SINGLE, 0, FALSE_ALARM_LEVEL).explained


def paper(seen: list[int] | None = None, devices: tuple[str, ...] = ("cpu",)) -> Paper:
    def resolve(name: str) -> str:
        if name not in devices:
            raise ValueError(f"there is no {name} here")
        return name

    return Paper("title", "source", {}, {}, resolve, set_threads=None if seen is None else seen.append)


@pytest.mark.parametrize(("variable", "here", "there"), [("", 1, 2), ("1", 1, 2), ("4", 4, 1)])
def test_the_variations_are_precision_threads_and_device(
    variable: str, here: int, there: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    matrix = planned(paper([], ("cpu", "cuda")), Compute())
    assert (matrix.reference.dtype, matrix.reference.threads) == ("float64", here)
    assert [(v.device, v.dtype, v.threads, v.absent) for v in matrix.variations] == [
        ("cpu", "float32", here, ""),
        ("cpu", "float64", there, ""),
        ("cuda", "float64", here, ""),
    ]
    assert planned(paper([], ("cpu", "cuda")), Compute("cuda")).variations[2].device == "cpu"


def test_what_cannot_run_here_is_said_and_left_out() -> None:
    matrix = planned(paper(), Compute())
    assert [v.absent for v in matrix.variations] == [
        "",
        "the paper cannot set its threads",
        "there is no cuda here",
    ]
    matrix = filled(
        matrix, [audit_claim(claim(lambda i, _: (at_most("x", i.x, 9),)), FEW, 0, Compute())], paper()
    )
    assert {row.variation for row in matrix.rows} == {"float32"}


def test_the_threads_are_set_and_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    seen: list[int] = []
    calm = audit_claim(claim(lambda i, _: (at_most("x", i.x, 9),)), FEW, 0, Compute())
    matrix = filled(planned(paper(seen), Compute()), [calm], paper(seen))
    assert seen == [1, 1, 2, 1], "float32 on one thread, then two, and back each time"
    assert not matrix.interrupted


def test_threads_that_nobody_can_set_back_are_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    seen: list[int] = []
    calm = audit_claim(claim(lambda i, _: (at_most("x", i.x, 9),)), FEW, 0, Compute())
    matrix = filled(planned(paper(seen), Compute()), [calm], paper(seen))
    assert matrix.variations[1].absent == "OMP_NUM_THREADS is no number" and seen == []


def test_ctrl_c_keeps_what_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(instance: Instance, compute: Compute) -> Comparisons:
        if single(compute):
            raise KeyboardInterrupt
        return (at_most("x", instance.x, 9),)

    seen: list[int] = []
    calm = audit_claim(claim(lambda i, _: (at_most("x", i.x, 9),)), FEW, 0, Compute())
    results = [calm, audit_claim(claim(impatient, "B"), FEW, 0, Compute())]
    matrix = filled(planned(paper(seen), Compute()), results, paper(seen))
    assert matrix.interrupted
    assert {row.id for row in matrix.rows} == {"A"}
    assert seen[-1] == 1


def matrix_of(*rows: Agreement) -> Matrix:
    return Matrix(
        replace(SINGLE, name="float64", dtype="float64"),
        [SINGLE, replace(SINGLE, name="cuda", absent="no")],
        list(rows),
    )


SAME = Agreement("K1", "float32", Verdict.PROVED, Verdict.PROVED, 0.25, False, 0, 2)
LOST = Agreement(
    "K2", "float32", Verdict.SUPPORTED, Verdict.UNDECIDED, 0.5, False, 3, 0, True, "Rounding <grew>."
)
IDLE = Agreement("K4", "float32", Verdict.PROVED, Verdict.PROVED, 0.0, False, 0, 0, applicable=False)
WRONG = replace(LOST, id="K3", verdict=Verdict.REFUTED, explained=False, explanation="Both are certain.")


@pytest.mark.parametrize(("rows", "code"), [((SAME, LOST), 0), ((SAME, LOST, WRONG), 3)])
def test_only_an_unexplained_disagreement_fails_the_run(rows: tuple[Agreement, ...], code: int) -> None:
    assert exit_code(Record(agreement=matrix_of(*rows))) == code


def test_the_matrix_is_in_the_evidence_on_the_page_and_in_the_terminal() -> None:
    shown = read(sample() | {"agreement": in_json(agreement_record(matrix_of(SAME, LOST, WRONG, IDLE)))})
    console = Console(width=100, file=io.StringIO())
    print_table(shown, console)
    assert isinstance(console.file, io.StringIO)
    terminal = " ".join(console.file.getvalue().split())
    page = render(shown)
    for text in (
        "1 of 3 verdicts are those of the reference, 1 disagreement is explained",
        "1 is UNEXPLAINED: K3 in float32; 1 more is not applicable",
        "as the claim never reads what was varied.",
        "Not run: cuda (no).",
        "slack moved 0.25, 2 instances lost",
    ):
        assert text in terminal
        assert text in page
    assert "K2 in float32: Rounding <grew>." in terminal
    assert "Rounding &lt;grew&gt;." in page
    assert "Agreement" not in render(read(sample()))


@pytest.mark.parametrize("key", ["reference", "variations", "rows"])
def test_a_matrix_of_the_wrong_form_is_refused(key: str) -> None:
    broken = in_json(agreement_record(matrix_of(SAME))) | {key: 1}
    with pytest.raises(ValueError, match=rf"^agreement\.{key}: expected "):
        read(sample() | {"agreement": broken})


def test_its_keys_are_documented() -> None:
    found = in_json(agreement_record(matrix_of(SAME)))
    known = documented()
    assert found.keys() == known["agreement"]
    assert found["reference"].keys() == found["variations"][0].keys() == known["variation"]
    assert found["rows"][0].keys() == known["agreement row"]


def test_the_command_writes_the_matrix(toy: Path) -> None:
    assert cli.main(["run", "N1", "--agreement", "--json", "run.json"]) == 0
    written = json.loads(Path("run.json").read_text())["agreement"]
    assert [(r["id"], r["variation"], r["agrees"]) for r in written["rows"]] == [("N1", "float32", True)]
    assert cli.main(["run", "N1", "--json", "run.json"]) == 0
    assert json.loads(Path("run.json").read_text())["agreement"] is None


def test_a_contradiction_leaves_the_command_with_3(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N1, "def check(instance: Instance, _: Compute)", "def check(instance: Instance, c: Compute)")
    change(
        toy,
        N1,
        'at_most("square of the sum", (x + y) ** 2, 2 *',
        "at_most(\"square of the sum\", (x + y) ** 2 * (1 + 9 * (c.dtype != 'float64')), 2 *",
    )
    assert cli.main(["run", "N1", "--agreement"]) == 3
    assert "1 is UNEXPLAINED: N1 in float32" in " ".join(capsys.readouterr().out.split())


def test_float32_cannot_be_its_own_reference(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "N1", "--agreement", "--dtype", "float32"]) == 2
    assert "--agreement compares with float64" in capsys.readouterr().err


@pytest.mark.parametrize("label", ["P4", "K5", "M1", "I2"])
def test_the_claims_of_the_paper_keep_their_verdicts(label: str) -> None:
    book = discover(ROOT)
    result = audit_claim(book.find([label])[0], FEW, 0, Compute())
    float32 = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert float32.explained
    assert float32.verdict in (result.verdict, Verdict.UNDECIDED, Verdict.OUT_OF_REACH)
    again = compare(result, Variation("again", "cpu", "float64", 1), 0, FALSE_ALARM_LEVEL)
    assert (again.identical, again.verdict, again.slack_change) == (True, result.verdict, 0.0)
