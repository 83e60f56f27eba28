"""A failure to write costs neither the verdicts nor the other outputs, and names the path and the cause."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from refute.basics.errors import InputError
from refute.cli.outputs import Outputs, report_files
from tests.refute.cli.commands import falsify, read, refute


def obstruct(monkeypatch: pytest.MonkeyPatch, where: str, *names: str) -> None:
    """When the work begins, something else takes the places of these outputs."""
    module, _, function = where.rpartition(".")
    commands = import_module(f"refute.cli.{module}")
    real: Callable[..., object] = getattr(commands, function)

    def then(*args: object, **options: object) -> object:
        for name in names:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text("in the way", encoding="utf-8")
        return real(*args, **options)

    monkeypatch.setattr(commands, function, then)


@pytest.mark.parametrize(("false", "code"), [(True, 1), (False, 2)])
def test_what_cannot_be_written_in_the_end_is_told_beside_the_verdicts(
    toy: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    false: bool,
    code: int,
) -> None:
    if false:
        falsify(toy)
    obstruct(monkeypatch, "audit_work.audit_claims", "json", "out/witnesses")
    assert refute("run", "N3", "--json", "json/run.json", "--report", "out") == code
    printed = capfd.readouterr()
    lines = printed.err.splitlines()
    assert ("REFUTED" in printed.out) is false
    assert f"refute: the audit could not be written: {toy}/json: Not a directory" in lines or (
        f"refute: the audit could not be written: {toy}/json: File exists" in lines
    )
    assert any(line.startswith("refute: the witness of N3 could not be written: ") for line in lines)
    assert not [line for line in lines if "Traceback" in line]
    assert read(toy / "out/audit.json")["claims"][0]["verdict"] == ("REFUTED" if false else "PROVED")
    assert (toy / "out/index.html").is_file()
    assert not list(toy.rglob("*.part"))


def test_siblings_whose_witnesses_cannot_be_saved_are_refuted_all_the_same(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    obstruct(monkeypatch, "audit_commands.audit_all_siblings", ".refute/witnesses")
    assert refute("siblings", "N3", "--json", "s.json") == 2
    printed = capsys.readouterr()
    assert "The false sibling was refuted, as it must be." in printed.out
    assert "refute: the witness of N3~no-mixed-term could not be written: " in printed.err
    assert (toy / "s.json").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--json", "file/x.json"),
        ("run", "--report", "file/out"),
        ("run", "--ledger", "file/l.sqlite"),
        ("run", "--ledger", "pipe"),
        ("siblings", "--json", "file/x.json"),
        ("widths", "--json", "file/x.json"),
        ("widths", "--report", "file"),
        ("widths", "--store", "pipe"),
        ("report", "audit.json", "file"),
    ],
)
def test_every_output_is_tried_before_the_work(
    toy: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    (toy / "file").write_text("", encoding="utf-8")
    os.mkfifo(toy / "pipe")
    if arguments[0] == "report":
        assert refute("run", "N1", "--report", "first") == 0
        (toy / "first/audit.json").rename(toy / "audit.json")
        capsys.readouterr()
    assert refute(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and len(printed.err.splitlines()) == 1


def test_a_witness_folder_that_is_a_file_is_told_before_the_work(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (toy / ".refute").mkdir()
    (toy / ".refute/witnesses").write_text("", encoding="utf-8")
    for command in ("run", "siblings"):
        assert refute(command, "N3") == 2
        assert "witnesses is not a folder, so" in capsys.readouterr().err


def test_a_pipe_and_a_link_get_the_audit_and_stay(toy: Path) -> None:
    falsify(toy)
    os.mkfifo(toy / "pipe")
    (toy / "link").symlink_to("target.json")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append((toy / "pipe").read_text(encoding="utf-8")))
    reader.start()
    assert refute("run", "N3", "--json", "pipe") == 1
    reader.join(timeout=30)
    assert (toy / "pipe").is_fifo() and '"REFUTED"' in received[0]
    assert refute("run", "N3", "--json", "link") == 1
    assert (toy / "link").is_symlink() and read(toy / "target.json")["claims"][0]["verdict"] == "REFUTED"
    assert refute("run", "N3", "--json", "/dev/null") == 1
    assert Path("/dev/null").is_char_device()


def failing(error: Exception) -> Callable[[], object]:
    def write() -> object:
        raise error

    return write


def test_a_mistake_of_ours_while_writing_is_3_and_refutations_stay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for error, alone in (
        (OSError(28, "No space left on device"), 2),
        (ValueError("ours"), 3),
        (InputError("it"), 2),
    ):
        outputs = Outputs()
        assert not outputs.attempt("the audit", tmp_path, failing(error))
        assert [outputs.code(code) for code in (0, 1, 2, 3, 130)] == [alone, 1, 2, 3, 130]
        assert outputs.attempt("another", tmp_path, lambda: None)
    assert capsys.readouterr().err.splitlines() == [
        f"refute: the audit could not be written: {tmp_path}: No space left on device",
        f"refute: the audit could not be written to {tmp_path}, by a mistake of refute: ValueError: ours",
        "refute: the audit could not be written: it",
    ]
    Outputs(whole=True).attempt("the audit", tmp_path, failing(ValueError("ours")))
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    assert Outputs().code(0) == 0 and report_files(None, None) == [None]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--json", "new", "--report", "new"], "new cannot be a file and the folder of new/index.html"),
        (["--json", "new/index.html", "--report", "new"], "two outputs are to be written to new/index.html"),
        (["--json", "a.sqlite", "--ledger", "a.sqlite"], "two outputs are to be written to a.sqlite"),
        (["--json", "link", "--ledger", "target"], "two outputs are to be written to target"),
        (["--ledger", "new", "--report", "new"], "new cannot be a file and the folder of new/index.html"),
    ],
)
def test_two_outputs_at_one_place_are_refused_before_the_work(
    toy: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    (toy / "link").symlink_to("target")
    assert refute("run", "N3", *options) == 2
    printed = capsys.readouterr()
    assert printed.err == f"refute: {said}: give them places of their own\n" and not printed.out
    assert not (toy / "new").exists() and not (toy / "a.sqlite").exists() and not (toy / "target").exists()


def test_the_audit_of_a_report_may_be_the_json_that_was_asked_for(toy: Path) -> None:
    assert refute("run", "N3", "--json", "new/audit.json", "--report", "new", "--ledger", "none") == 0
    assert read(toy / "new/audit.json")["claims"][0]["verdict"] == "PROVED"


def test_several_outputs_may_go_to_one_device(toy: Path) -> None:
    assert refute("run", "N3", "--json", "/dev/null", "--ledger", "none") == 0
    assert report_files(Path("/dev/null"), Path("/dev/null"))
