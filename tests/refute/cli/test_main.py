"""The command line on the toy paper: the table of contents, verdicts, exit codes and JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from refute.cli.options import parser
from refute.ledger.ledger import spent_by
from tests.refute.cli.commands import falsify, raise_in, read, refute, start
from tests.refute.toy_files import N2, N3, PAPER, change

CONTRACT = {"schema", "environment", "seed", "profile", "claims"}
CLAIM_CONTRACT = {
    "id",
    "verdict",
    "instances",
    "premise_reach",
    "trials",
    "alpha",
    "power",
    "worst_slack",
    "seconds",
    "witness",
}


def test_list_is_the_table_of_contents(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Toy numbers"
    assert [line.split()[:2] for line in lines if line.startswith("  N")] == [
        ["N1", "square-of-sum"],
        ["N2", "largest-uniform"],
        ["N3", "binomial"],
    ]


def test_list_names_the_findings_that_no_claim_checks(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, PAPER, '"F2": "Chance is easy."', '"F2": "Chance is easy.", "F3": "Primes are odd."')
    entry = 'Entry("N9", "Primes", reason="One of them is even.", finding="F3"),'
    change(toy, PAPER, 'Entry("N2"', f'{entry} Entry("N2"')
    assert refute("list") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Not checked: F3 Primes are odd. One of them is even." in lines
    assert "N9 not checked F3 Primes. One of them is even." in lines
    assert [line[:2] for line in lines if line.startswith("N") and line[1].isdigit()] == [
        "N1",
        "N9",
        "N2",
        "N3",
    ]


def test_evidence_accumulates_in_the_file_named_or_in_none() -> None:
    assert parser().parse_args(["run", "--ledger", "none"]).ledger is None
    assert parser().parse_args(["run", "--ledger", "kept.sqlite"]).ledger == Path("kept.sqlite")


def test_list_as_json(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "id": "N1",
        "slug": "square-of-sum",
        "title": "The square of a sum is at most twice the sum of the squares",
        "chapter": "numbers",
        "kind": "upper bound",
        "status": "theorem",
        "finding": "F1",
        "uses": ["N3"],
        "siblings": ["three-halves"],
        "cost": "fast",
    }


def test_a_true_paper_exits_with_0(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "--json", "out/run.json", "--seed", "3") == 0
    found = read(toy / "out" / "run.json")
    assert found.keys() >= CONTRACT
    assert (found["schema"], found["seed"], found["profile"]) == ("refute-audit/1", 3, "quick")
    assert found["environment"]["python"] == sys.version.split()[0]
    assert [claim["id"] for claim in found["claims"]] == ["N1", "N2", "N3"]
    assert all(claim.keys() >= CLAIM_CONTRACT for claim in found["claims"])
    probable = found["claims"][1]
    assert probable["alpha"] == spent_by(1) and probable["power"] >= 0.95 and probable["trials"] > 0
    assert all(claim["witness"] is None for claim in found["claims"])
    printed = capsys.readouterr()
    assert "PROVED" in printed.out and "SUPPORTED" in printed.out
    assert "[1/3] N1 square-of-sum" in printed.err


def test_a_false_claim_exits_with_1_and_its_witness_replays(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    falsify(toy)
    assert refute("run", "n3", "--json", "run.json") == 1
    (claim,) = read(toy / "run.json")["claims"]
    assert claim["verdict"] == "REFUTED" and claim["witness"]["confirmed"] is True
    path = toy / claim["witness"]["path"]
    assert path == toy / ".refute/witnesses/N3.json"
    instance = claim["witness"]["instance"]
    assert instance == {"x": 3, "y": 4}
    capsys.readouterr()
    assert refute("replay", path) == 1
    assert "square of the sum: 49 == 25 fails" in capsys.readouterr().out


def test_a_witness_no_longer_refutes_a_mended_claim(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("siblings", "N3") == 0
    saved = read(toy / ".refute/witnesses/N3~no-mixed-term.json")
    mended = {**saved, "sibling": None}
    (toy / "mended.json").write_text(json.dumps(mended), encoding="utf-8")
    assert refute("replay", "mended.json") == 0
    assert "This witness does not refute N3." in capsys.readouterr().out


def test_siblings_exit_with_0_only_if_all_are_refuted(toy: Path) -> None:
    assert refute("siblings", "--json", "siblings.json") == 0
    found = read(toy / "siblings.json")
    assert {s["verdict"] for claim in found["claims"] for s in claim["siblings"]} == {"REFUTED"}
    assert refute("replay", toy / ".refute/witnesses/N2~half.json") == 1


def test_a_true_sibling_exits_with_3(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N3, "check=partial(check, 0)", "check=partial(check, 2)")
    assert refute("siblings", "N3") == 3
    assert "no-mixed-term" in capsys.readouterr().out


def test_an_error_in_a_claim_exits_with_3(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raise_in(toy, "ZeroDivisionError('no trial')")
    assert refute("run", "--json", "run.json") == 3
    claims = {claim["id"]: claim for claim in read(toy / "run.json")["claims"]}
    assert claims["N2"]["verdict"] == "ERROR" and claims["N3"]["verdict"] == "PROVED"
    assert claims["N2"]["because"].startswith("ZeroDivisionError: no trial (claims/numbers/n2_")
    printed = capsys.readouterr()
    assert "ZeroDivisionError" in printed.out and "Traceback" not in printed.out + printed.err


def test_a_refuted_claim_outranks_an_error(toy: Path) -> None:
    falsify(toy)
    raise_in(toy, "ZeroDivisionError")
    assert refute("run") == 1


def test_ctrl_c_exits_with_130_and_keeps_the_evidence(toy: Path) -> None:
    raise_in(toy, "KeyboardInterrupt")
    assert refute("run", "--json", "run.json") == 130
    found = read(toy / "run.json")
    assert found["interrupted"] is True
    assert [(claim["id"], claim["verdict"]) for claim in found["claims"]] == [("N1", "SUPPORTED")]


def test_ctrl_c_among_the_siblings_keeps_the_evidence(toy: Path) -> None:
    raise_in(toy, "KeyboardInterrupt")
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=draw")
    assert refute("siblings", "--json", "siblings.json") == 130
    found = read(toy / "siblings.json")
    assert found["interrupted"] is True and [claim["id"] for claim in found["claims"]] == ["N1"]


def test_ctrl_c_elsewhere_is_one_line(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, PAPER, 'if name == "cuda":', "raise KeyboardInterrupt\n    if name:")
    assert refute("run") == 130
    assert capsys.readouterr().err == "refute: interrupted\n"


def test_a_report_of_nothing_says_what_it_could_be_made_of(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refute("report", "page") == 2 and not (toy / "page").exists()
    said = "refute: page/audit.json is not there; name what the page is to be made of: refute report "
    assert capsys.readouterr().err == f"{said}.refute/ledger.sqlite page\n"


def test_a_report_is_written_and_written_again(toy: Path) -> None:
    assert refute("run", "--report", "out") == 0
    page = (toy / "out/index.html").read_text(encoding="utf-8")
    assert "Toy numbers" in page and "three-halves" in page
    assert (toy / "out/witnesses/N1~three-halves.json").is_file()
    (toy / "out/index.html").unlink()
    assert refute("report", "out") == 0
    assert "Toy numbers" in (toy / "out/index.html").read_text(encoding="utf-8")
    assert refute("report", "out/audit.json", "elsewhere") == 0
    assert (toy / "elsewhere/index.html").is_file()


PLOTS = "\n\ndef plots(*_: object) -> list[object]:\n    raise {}\n\n\nPAPER = Paper(\n    plots=plots,"


@pytest.mark.parametrize(("error", "code"), [("ZeroDivisionError", 0), ("KeyboardInterrupt", 130)])
def test_plots_that_fail_cost_no_evidence(
    toy: Path, error: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    change(toy, PAPER, "PAPER = Paper(", PLOTS.format(error))
    assert refute("run", "N3", "--report", "out") == code
    assert [claim["verdict"] for claim in read(toy / "out/audit.json")["claims"]] == ["PROVED"]
    assert (toy / "out/index.html").is_file()
    assert ("the plots failed: ZeroDivisionError" in capsys.readouterr().err) == (code == 0)


def test_help_and_version_exit_with_0(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("--help",), ("--version",), ("run", "--help")):
        assert refute(*arguments) == 0
    assert "usage: refute" in capsys.readouterr().out


def test_from_the_shell_a_false_claim_exits_with_1(toy: Path) -> None:
    falsify(toy)
    process = start(toy, "run", "N3", "--json", "run.json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "REFUTED" in out and "Traceback" not in err
    assert read(toy / "run.json")["claims"][0]["verdict"] == "REFUTED"


def test_a_reader_that_goes_away_is_no_crash(toy: Path) -> None:
    process = start(toy, "list", "--json")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=120) == 0
    assert err == ""
