"""The command line on the toy paper: exit codes, JSON, and one clear line for whatever is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from refute.cli import main as cli
from refute.cli.options import parser
from refute.ledger.ledger import spent_by
from tests.refute.inputs.test_registry import N1, N2, N3, PAPER, change

ROOT = Path(__file__).resolve().parents[3]
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


def refute(*arguments: str | Path) -> int:
    """The exit code, whether it is returned or leaves through SystemExit."""
    try:
        return cli.main([str(argument) for argument in arguments])
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else -1


def written(root: Path) -> set[str]:
    """Every file of the paper, what Hypothesis and the interpreter keep for themselves aside."""
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {str(path) for path in files if not {".hypothesis", "__pycache__"} & set(path.parts)}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def falsify(toy: Path) -> None:
    """N3 now claims what its false sibling claims."""
    change(toy, N3, "check=partial(check, 2)", "check=partial(check, 0)")


def raise_in(toy: Path, error: str) -> None:
    """Judging N2 raises this error."""
    change(toy, N2, "    least = share", f"    raise {error}\n    least = share")


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


def spoil(name: str, text: str) -> Callable[[Path], object]:
    return lambda toy: (toy / name).write_text(text, encoding="utf-8")


WRONG: list[tuple[tuple[str, ...], str, Callable[[Path], object]]] = [
    ((), "the following arguments are required", lambda toy: None),
    (("frobnicate",), "invalid choice: 'frobnicate'", lambda toy: None),
    (("run", "--profile", "huge"), "argument --profile: invalid choice: 'huge'", lambda toy: None),
    (("run", "--dtype", "float16"), "argument --dtype: invalid choice: 'float16'", lambda toy: None),
    (("run", "--seed", "x"), "argument --seed: 'x' is not an integer", lambda toy: None),
    (("run", "--seed", "-1"), "argument --seed: a seed is not negative", lambda toy: None),
    (("run", "--jsn", "x"), "unrecognized arguments: --jsn", lambda toy: None),
    (("run", "N7"), "no claim is called 'n7'", lambda toy: None),
    (("siblings", "N1", "binomal"), "no claim is called 'binomal'; nearest: binomial", lambda toy: None),
    (("run", "--device", "cuda"), "--device cuda: the toy paper has nothing", lambda toy: None),
    (("run", "--json", "."), ". is a folder, and a file is to be written there", lambda toy: None),
    (("run", "--json", PAPER + "/x.json"), "paper.py is not a folder, so", lambda toy: None),
    (("siblings", "--json", PAPER + "/x.json"), "paper.py is not a folder, so", lambda toy: None),
    (("run", "--report", PAPER), "paper.py is not a folder, so", lambda toy: None),
    (("run",), "N1 uses N9, which is no claim", lambda toy: change(toy, N1, '("N3",)', '("N9",)')),
    (("list",), "claims/paper cannot be imported: SyntaxError", spoil(PAPER, "def")),
    (("list",), "has no claims/paper.py", lambda toy: (toy / PAPER).unlink()),
    (("replay", "gone.json"), "gone.json: No such file or directory", lambda toy: None),
    (("replay", "bad.json"), "bad.json is not a JSON file", spoil("bad.json", "{")),
    (("replay", "bad.json"), "bad.json is not a witness file", spoil("bad.json", "{}")),
    (("report", "gone"), "gone/audit.json: No such file or directory", lambda toy: None),
    (("report", "bad.json", "out"), "bad.json is not a stored audit", spoil("bad.json", "[]")),
    (("data",), "give exactly one of FILE and --dataset", lambda toy: None),
    (("data", "gone.csv"), "the claims of this paper are not about data", lambda toy: None),
]


@pytest.mark.parametrize(("arguments", "message", "prepare"), WRONG, ids=[case[1][-30:] for case in WRONG])
def test_bad_input_is_one_line_and_exit_code_2(
    toy: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
    prepare: Callable[[Path], object],
) -> None:
    prepare(toy)
    before = written(toy)
    assert refute(*arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.startswith("refute") and printed.err.count("\n") == 1 and printed.err.endswith("\n")
    assert printed.out == ""
    assert written(toy) == before


def test_an_unwritable_folder_is_found_out_before_the_work(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("refute.basics.files.TemporaryFile", refuse)
    assert refute("run", "--json", "run.json") == 2
    assert capsys.readouterr().err == f"refute: {toy} cannot be written to: Read-only file system\n"
    assert not (toy / ".refute").exists()


def test_a_folder_that_the_system_refuses_is_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "out")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert refute("run", "N3", "--json", "out/run.json") == 2
    assert capsys.readouterr().err.endswith("refute: out: Permission denied\n")


def witness(toy: Path, **changes: object) -> str:
    data = {
        "schema": "refute-witness/1",
        "protocol": 1,
        "claim": "N1",
        "sibling": None,
        "seed": 0,
        "device": "cpu",
        "dtype": "float64",
        "instance": {"x": 1, "y": 1},
        **changes,
    }
    (toy / "witness.json").write_text(json.dumps(data), encoding="utf-8")
    return "witness.json"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claim": "N7"}, "about claim N7, which this paper does not have"),
        ({"sibling": "more"}, "about sibling 'more' of N1"),
        ({"device": "cuda"}, "witness.json: the toy paper has nothing to compute on a GPU"),
        ({"seed": "0"}, "witness.json is damaged: seed"),
    ],
)
def test_a_witness_of_another_world_exits_with_2(
    toy: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], message: str
) -> None:
    assert refute("replay", witness(toy, **changes)) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_a_witness_that_a_claim_cannot_judge_exits_with_3(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refute("replay", witness(toy, instance={"x": 1})) == 3
    assert "N1 cannot be judged on this instance: AttributeError: the instance has no value named 'y'" in (
        capsys.readouterr().out
    )


def test_help_and_version_exit_with_0(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("--help",), ("--version",), ("run", "--help")):
        assert refute(*arguments) == 0
    assert "usage: refute" in capsys.readouterr().out


def start(toy: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own, with further variables of the environment."""
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    command = [sys.executable, "-m", "refute.cli", *arguments]
    return subprocess.Popen(
        command,
        cwd=toy,
        env=variables,
        encoding=encoding,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


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
