"""What is shown while a command works: bars on a terminal, a line for each claim elsewhere."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from refute.audit.pieces import Answer, Piece, Task
from refute.audit.request import Request
from refute.cli.progress import Shown, describe, progress_on_stderr, shown_for, shown_on
from refute.statement.comparison import Comparison, ComparisonRecord, Relation
from tests.refute.planted import CPU, SMALL, planted

NAMES = {"K1": "K1 one", "K2": "K2 two", "K3": "K3 three", "K4": "K4 four"}


def shown(disable: bool, what: str = "") -> tuple[Progress, Shown]:
    """The progress of four claims, the last of which should take as long as the others together."""
    progress = Progress(disable=disable)
    return progress, shown_on(progress, NAMES, {"K1": 1.0, "K2": 1.0, "K3": 1.0, "K4": 3.0}, what)


def answered(one: Shown, label: str, seconds: float, remembered: bool = False) -> None:
    one.answered(Piece(Task.SEARCH, label), Answer(seconds=seconds), remembered)


def bars(progress: Progress) -> list[tuple[str, float, float | None]]:
    return [(task.description, task.completed, task.total) for task in progress.tasks]


@pytest.mark.parametrize("disable", [True, False])
def test_there_is_a_bar_for_the_whole_and_one_for_each_claim_at_work(disable: bool) -> None:
    progress, one = shown(disable)
    assert bars(progress) == [("starting", 0, 4)]
    one.begun("controls")
    one.begun("K1")
    one.begun("K2")
    one.tick("K1")
    one.tick("K1~sibling")
    one.tick("K3")  # not begun: nothing to show
    answered(one, "K2~sibling", 2.0)
    assert bars(progress) == [
        ("remaining time not known yet", 0, 4),
        ("K1 one: 2 instances", 0, None),
        ("K2 two", 1, None),
    ]
    one.ended("K2")
    one.ended("controls")
    assert [name for name, *_ in bars(progress)] == ["remaining time not known yet", "K1 one: 2 instances"]
    assert progress.tasks[0].completed == 1


def test_the_remaining_time_follows_from_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, one = shown(disable=True)
    monkeypatch.setattr("refute.cli.progress.time.monotonic", lambda: one.started + 15.0)
    for label in ("K1", "K2", "K3"):
        one.begun(label)
        answered(one, label, 10.0)
        one.ended(label)
    # Each unit took 10 s of work, 30 s were worked in 15 s by two, and three units are left.
    assert one.rest == "about 15 s left"
    one.ended("K4")
    assert one.rest == "" and progress.tasks[0].completed == 4


def test_what_is_remembered_says_nothing_of_the_pace() -> None:
    _, one = shown(disable=True)
    for label in ("K1", "K2", "K3"):
        answered(one, label, 10.0, remembered=True)
        one.ended(label)
    assert one.rest == "remaining time not known yet"
    assert [tally.fresh for tally in one.tallies.values()] == [False] * 4
    answered(one, "K4~sibling", 1.0)
    assert one.tallies["K4"].fresh


def test_without_a_terminal_a_claim_is_a_line_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    _, one = shown(disable=True)
    one.begun("K1")
    answered(one, "K1", 1.25)
    one.outcomes["K1"] = "SUPPORTED"
    one.ended("K1")
    one.ended("K2")
    assert capsys.readouterr().err == (
        "[1/4] K1 one: SUPPORTED, 1.2 s, remaining time not known yet\n"
        "[2/4] K2 two: done, 0.0 s, remaining time not known yet\n"
    )
    _, other = shown(disable=True, what="agreement")
    other.ended("K1")
    assert capsys.readouterr().err == "agreement [1/4] K1 one: done, 0.0 s, remaining time not known yet\n"
    _, bar = shown(disable=False)
    bar.ended("K1")
    assert capsys.readouterr().err == ""


def test_a_second_pass_says_what_it_is() -> None:
    progress, one = shown(disable=False, what="agreement")
    one.begun("K1")
    assert bars(progress)[0] == ("agreement, remaining time not known yet", 0, 4)


def test_the_claims_of_a_request_are_shown_by_label_and_slug() -> None:
    progress = Progress(disable=True)
    one = shown_for(progress, Request([planted(slug="small")], SMALL, 0, CPU, known={"P1": 7.0}))
    assert one.names == {"P1": "P1 small"} and one.tallies["P1"].expected == 7.0


def test_a_death_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_on_stderr() as progress:
        shown_on(progress, {}, {}).said("a process died; [K1] runs again")
    assert capsys.readouterr().err == "refute: a process died; [K1] runs again\n"


@pytest.mark.parametrize(("prefix", "told"), [((), "x"), (("plot: ",), "plot: x")])
def test_what_is_at_work_stands_next_to_the_bar(prefix: tuple[str, ...], told: str) -> None:
    progress = Progress(disable=True)
    describe(progress, progress.add_task("", total=1), *prefix)("x")
    assert progress.tasks[0].description == told


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_are_for_terminals_on_stderr_and_vanish(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    progress: Any = progress_on_stderr()
    assert progress.console.stderr and progress.disable is not terminal
    assert progress.live.transient


def compared(measured: float, relation: Relation = Relation.AT_MOST) -> ComparisonRecord:
    return Comparison("it", relation, measured, 1.0, 2.0**-40).record()


def test_what_came_nearest_to_failing_is_told_of_each_claim_and_of_all_so_far(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress, one = shown(disable=True)
    one.outcome("K1", "SUPPORTED", [compared(0.5), compared(0.75)])
    one.outcome("K2", "PROVED", [compared(1 + 2.0**-42, Relation.EQUAL)])
    one.outcome("K3", "OUT_OF_REACH", [])
    for label in ("K1", "K2", "K3"):
        one.ended(label)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("[1/4] K1 one: SUPPORTED, nearest 0.25 away, 0.0 s")
    assert lines[1].startswith("[2/4] K2 two: PROVED, nearest gap 0.25 of its rounding, 0.0 s")
    assert lines[2].startswith("[3/4] K3 three: OUT_OF_REACH, 0.0 s")
    assert bars(progress)[0][0].endswith("; nearest so far K1, 0.25 away")
    one.outcome("K4", "REFUTED", [compared(2.0)])
    one.ended("K4")
    assert bars(progress)[0][0] == "nearest so far K4, past by 0.5"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_cut_on_a_terminal_of_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr("refute.cli.progress.terminal", lambda **_: console)
    with progress_on_stderr() as progress:
        one = shown_on(progress, {"K1": "K1 a-slug-of-some-length"}, {"K1": 1.0})
        one.begun("K1")
        one.tick("K1")
        one.outcome("K1", "SUPPORTED", [compared(1 + 2.0**-42, Relation.EQUAL)])
        one.answered(Piece(Task.SEARCH, "K1"), Answer(seconds=1.0), False)
        progress.refresh()
    last = file.getvalue().rpartition("\x1b[?25h")[0][-12 * width :]
    assert "…" not in last
    words = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|0/1|1/\?|0:00:0\d|[⠀-⣿━╸╺]", " ", last).split())
    for told in ("remaining time not known yet; nearest so far K1, gap 0.25 of its rounding", "1 instances"):
        assert told in words
    assert ("━" in last or "╸" in last) == (width == 200)
