"""Whatever is wrong with what the command is given is one clear line, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.refute.cli.commands import refute, witness, written
from tests.refute.toy_files import N1, PAPER, change


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
    (("report", "gone"), "gone/audit.json is not there; name what the page is", lambda toy: None),
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
