"""The benchmarks: how times become ratios and a table, and what is refused. No time is asserted."""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from benchmarks.speed import __main__ as program
from benchmarks.speed import arguments, early, report, table, training
from benchmarks.speed.sizes import LeftOutError, Plan, Row, Size, kernel_flops, moved_bytes
from benchmarks.speed.timing import Ratio, exactly, ratio, share, turns

ROOT = Path(__file__).resolve().parents[1]
SIZE = Size(1, 3, 2, 64)
LIMITS = {"gemm_float64_gflops": 50.0, "gemm_float32_gflops": 100.0, "copy_gbytes": 25.0}


def row(goal: str, value: float, needed: float | None, **given: Any) -> dict[str, Any]:
    found = Row(goal, "work", "rival", exactly(value), needed, 1, **given)
    return {"threads": 1, **asdict(found), "met": found.met}


def test_a_ratio_is_the_median_of_the_rounds_and_their_range() -> None:
    assert ratio([2.0, 9.0, 8.0], [1.0, 3.0, 2.0]) == Ratio(3.0, 2.0, 4.0)
    assert ratio([1.0], [4.0], units=8.0) == exactly(2.0)
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_turns_are_taken_one_after_the_other() -> None:
    asked: list[str] = []

    def clock(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    taken = turns({"a": lambda: clock("a"), "b": lambda: clock("b")}, 3)
    assert asked == ["a", "b"] * 3
    assert taken == {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}


def test_the_part_of_a_limit_counts_the_median_round() -> None:
    assert share(4e9, [1.0, 2.0, 100.0], 8.0) == 0.25
    assert moved_bytes(SIZE, "weak") == 4 * 64 * 3 * 8
    assert moved_bytes(SIZE, "joint") == 5 * 64 * 3 * 8
    assert kernel_flops(SIZE) == 2 * 64 * (6**2 + 2**2)
    assert kernel_flops(Size(1, 20, 20, 1)) == 2 * (210**2 + 20**2)


def test_loops_that_do_less_are_compared_by_the_step() -> None:
    case = training.Case("G5", SIZE, "weak", 64, 1, 20.0, loop_steps=4)
    assert case.more == 16.0 and case.goals == ("G5",)
    case = training.Case("G1", Size(1000, 2, 5, 256), "weak", 32, 2, 600.0, None, 35.0)
    assert case.more == 500.0 and case.goals == ("G1", "G6", "G7")


def test_a_goal_is_met_when_all_its_rows_that_name_a_number_are() -> None:
    rows = [row("G9", 20, 15), row("G9", 6, 5), row("G9", 0.1, None), row("G8", 300, 200), row("G8", 59, 60)]
    found = report.by_goal(rows)
    assert found["G9"] == {
        **{"ratio": 20, "low": 20, "high": 20, "goal": 15, "met": True},
        "by_threads": {"1": True},
    }
    assert found["G8"]["met"] is False
    assert report.by_goal([row("certificate", 0.7, None)])["certificate"]["met"] is False


def test_a_goal_is_judged_with_the_most_threads_and_told_for_each() -> None:
    found = report.by_goal([{**row("G8", 70, 60), "threads": 2}, row("G8", 59, 60)])["G8"]
    assert found["ratio"] == 70 and found["met"] is True
    assert found["by_threads"] == {"1": False, "2": True}


def test_a_busy_machine_is_named() -> None:
    words = report.quietness({"load": 1.1, "cores": 2, "quiet": False})
    assert "not a quiet machine" in words
    assert report.quietness({"load": 0.9, "cores": 2, "quiet": True}) == "load 0.90 on 2 processors"


@pytest.mark.parametrize(("load", "quiet"), [(0.0, True), (1e9, False)])
def test_the_load_decides_whether_it_is(load: float, quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert report.machine()["quiet"] is quiet


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--rounds", "0"], "argument --rounds: '0' is not a whole number from 1 on"),
        (["--rounds", "x"], "argument --rounds: 'x' is not a whole number from 1 on"),
        (["--threads", "4096"], "argument --threads: 4096 threads on"),
        (["--only", "G1,G99"], "--only: there is no G99; choose from G1,"),
        (["--only", "G9,G8"], "--only: G8 needs --full"),
        (["--json", "no/such/folder/b.json"], "--json: cannot write no/such/folder/b.json: No such file"),
        (["--json", "."], "--json: cannot write .: Is a directory"),
        (["--neural-tangents", "no/python"], "no/python is not a program: name the python of an environment"),
        (["--curvlinops", "/bin/false"], "/bin/false cannot run curvlinops: it said nothing"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_mistake_is_refused_in_one_line(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as refused:
        arguments.parse(["--json", str(tmp_path / "b.json"), *given])
    assert refused.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"python -m benchmarks.speed: {said}")


def test_a_run_writes_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(plan: Plan) -> Any:
        yield Row("G1", "work", "rival", Ratio(3.0, 2.0, 4.0), 2.5, plan.rounds, share=0.5, of="gemm")
        yield Row("G7", "unasked", "rival", exactly(1.0), None, plan.rounds)
        raise LeftOutError("the rest does not fit")

    target = tmp_path / "b.json"
    monkeypatch.setattr(program, "SECTIONS", (rows,))
    monkeypatch.setattr(program, "limits", lambda: LIMITS)
    monkeypatch.setattr(sys, "argv", ["x", "--only", "G1", "--threads", "1", "--json", str(target)])
    assert program.main() == 1
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written["G1"] == {
        "ratio": 3.0,
        "low": 2.0,
        "high": 4.0,
        "goal": 2.5,
        "met": True,
        "by_threads": {"1": True},
    }
    assert written["limits"] == {"1": LIMITS} and "G7" not in written
    assert written["left_out"] == [{"threads": 1, "why": "the rest does not fit"}]
    assert written["machine"].keys() >= {"processor", "load", "quiet"}
    text = table.markdown(written)
    assert "| G1 | work; rival | 2.5 | 3 (2 to 4); 50% of gemm | – | `--only G1` | yes |" in text
    assert "Left out with 1 threads: the rest does not fit" in text


def test_a_missed_goal_says_where_the_reason_is() -> None:
    rows = [row("G8", 2, 60, asks="--full"), {**row("G8", 70, 60), "threads": 2}]
    groups = [table._cells(group) for group in table._groups(rows)]
    partly = "with 2 only ([why](#what-is-not-met))"
    assert groups == [("G8", "work; rival", "60", "2", "70", "`--only G8 --full`", partly)]
    assert table._met(rows[:1]) == table.WHY and table._met(rows[1:]) == "yes"
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert "\n## What is not met\n" in page and "(#what-is-not-met)" in table.WHY


def test_the_page_of_the_benchmarks_takes_the_table() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    once = table.insert(page, "| a |")
    assert "| a |" in once and table.insert(once, "| b |") == table.insert(page, "| b |")
    with pytest.raises(ValueError, match="it needs the lines"):
        table.insert("no marks", "| a |")


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), ("{", "Expecting"), ("{}", "no 'machine' in it")]
)
def test_a_report_that_is_none_is_refused(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        table.main([str(path)])
    assert refused.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line and str(path) in line


def test_early_decisions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = early.followed("two orthogonal points", np.eye(2), "joint", networks=2)
    assert len(found.steps) == 2 and found.certified == 1.0
    assert found.share == sum(found.steps) / (2 * found.allowed) < 0.1
    assert found.allowed > found.horizon > max(found.steps)
    monkeypatch.setattr(early, "samples", lambda: {"two orthogonal points": np.eye(2)})
    told = early.early(Console(quiet=True))
    assert [entry["regime"] for entry in told] == ["weak", "joint"]


@pytest.mark.parametrize("room", ["models", "refute"])
def test_every_mutant_is_shown_to_tests_that_exist(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    mutation = importlib.import_module("mutation")
    found = mutation.modules(room)
    assert len(found) >= 20
    for path in found:
        for test in mutation.tests_of(path):
            assert (ROOT / test).is_file(), f"{path} is to be seen by {test}"
