"""One thread unless somebody asked for more, and a record that says how many."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from refute.audit.environment import choose_threads, described, environment, threads_of
from refute.cli import main as cli
from refute.statement.paper import Paper
from tests.refute.toy_files import PAPER, change

SILENT = Paper("title", "source", {}, {}, str)


@pytest.mark.parametrize(("variable", "calls"), [(None, [1]), ("", [1]), ("2", []), ("1", [])])
def test_one_thread_is_the_default_and_the_variable_rules(
    variable: str | None, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if variable is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", variable)
    seen: list[int] = []
    paper = replace(SILENT, set_threads=seen.append)
    choose_threads(paper)
    assert seen == calls
    assert environment(paper)["threads"] == (variable or "1")


@pytest.mark.parametrize(("variable", "count"), [("", 1), ("3", 3), ("4,2", 4), ("many", 0)])
def test_the_number_of_threads_is_what_the_variable_says(
    variable: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    seen: list[int] = []
    assert threads_of(replace(SILENT, set_threads=seen.append)) == count
    assert threads_of(SILENT) == 0


def test_a_paper_that_cannot_set_them_computes_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    choose_threads(SILENT)
    assert environment(SILENT)["threads"] == "default"


def test_a_paper_describes_how_it_computed() -> None:
    paper = replace(SILENT, describe=lambda: {"training": "compiled", "refute": "9"})
    facts = environment(paper)
    before = environment(SILENT)
    assert facts == before | {"training": "compiled"}
    assert described(facts) == {"training": "compiled"} and described(before) == {}


def test_a_description_that_fails_is_said_to() -> None:
    def describe() -> dict[str, str]:
        raise RuntimeError("no\ncompiler")

    assert described(environment(replace(SILENT, describe=describe))) == {
        "describe": "failed with RuntimeError: no compiler"
    }
    assert "describe" in environment(replace(SILENT, describe=lambda: None))  # type: ignore[arg-type, return-value]


def test_the_description_is_in_every_form_of_a_run(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "    describe=lambda: {'training': 'compiled'},\n)"
    change(toy, PAPER, "    resolve_device=resolve_device,\n)", f"    resolve_device=resolve_device,\n{told}")
    assert cli.main(["run", "N3", "--json", "run.json", "--report", "out"]) == 0
    assert capsys.readouterr().out.endswith("training: compiled.\nThe report is in out/index.html\n")
    assert json.loads(Path("run.json").read_text("utf-8"))["environment"]["training"] == "compiled"
    page = Path("out/index.html").read_text("utf-8")
    assert "<dt>training</dt><dd>compiled</dd>" in page


@pytest.mark.parametrize("arguments", [["run", "N3"], ["siblings", "N3"], ["graph"]])
def test_the_commands_settle_the_threads(
    toy: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    told = "    set_threads=lambda count: __import__('pathlib').Path('threads').write_text(str(count)),\n)"
    change(toy, PAPER, "    resolve_device=resolve_device,\n)", f"    resolve_device=resolve_device,\n{told}")
    assert cli.main(arguments) == 0
    assert (toy / "threads").read_text() == "1"
