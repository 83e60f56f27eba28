"""The agreement matrix: what is varied and what cannot be, and how the matrix is shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from refute.audit.agreement import Agreement, planned
from refute.audit.all_claims import Record, exit_code
from refute.audit.one_claim import audit_claim
from refute.cli import main as cli
from refute.report.audit_json import agreement_record
from refute.report.page import render
from refute.report.terminal import print_table
from refute.statement.claim_code import Comparisons
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from tests.json_keys import documented
from tests.refute.audit.agreeing import (
    FEW,
    IDLE,
    LOST,
    SAME,
    WRONG,
    claim,
    filled,
    matrix_of,
    paper,
    single,
)
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json
from tests.refute.toy_files import N1, change


def test_a_matrix_knows_what_is_varied() -> None:
    matrix = planned(paper(devices=("cpu", "cuda")), Compute("cuda"))
    result = audit_claim(
        claim(lambda i, c: (at_most("x", i.x, 9 + 0 * len(c.device)),)), FEW, 0, Compute("cuda")
    )
    matrix = filled(matrix, [result], paper())
    assert [(row.variation, row.applicable) for row in matrix.rows] == [("float32", False), ("cpu", True)]


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
