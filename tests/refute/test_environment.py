"""One thread unless somebody asked for more, and a record that says how many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from refute import cli
from refute.environment import environment, settle_threads, threads_of
from refute.paper import Paper
from tests.refute.test_registry import PAPER, change

SILENT = Paper("title", "source", {}, (), str)


@pytest.mark.parametrize(("variable", "calls"), [(None, [1]), ("", [1]), ("2", []), ("1", [])])
def test_one_thread_is_the_default_and_the_variable_rules(
    variable: str | None, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if variable is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", variable)
    seen: list[int] = []
    paper = replace(SILENT, set_threads=seen.append)
    settle_threads(paper)
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
    settle_threads(SILENT)
    assert environment(SILENT)["threads"] == "default"


@pytest.mark.parametrize("arguments", [["run", "N3"], ["siblings", "N3"], ["list"]])
def test_the_commands_settle_the_threads(
    toy: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    told = "    set_threads=lambda count: __import__('pathlib').Path('threads').write_text(str(count)),\n)"
    change(toy, PAPER, "    resolve_device=resolve_device,\n)", f"    resolve_device=resolve_device,\n{told}")
    assert cli.main(arguments) == 0
    assert (toy / "threads").read_text() == "1"
