"""The small parts of `refute widths`: exit codes, the remaining time, the command to repeat it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from refute.basics.errors import LedgerError, RefuteError, SweepError
from refute.cli import crews
from refute.cli import widths_command as command
from refute.cli.main import main
from refute.report.records.survey import RowRecord, SurveyRecord, ThresholdRecord
from refute.statement.json_codec import converted, plain
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Trial
from refute.sweep.scheduler import Pair, Survey
from refute.sweep.worker import load
from tests.refute.sweep.test_batches import SWEEP


class Told(Survey):
    """A survey that is told how long its rest takes."""

    rest: tuple[float, float] | None = None

    def remaining(self) -> tuple[float, float] | None:
        return self.rest


def survey(rest: tuple[float, float] | None, done: Sequence[bool] = (True, False)) -> Survey:
    pairs = [Pair(Cell({"n": 1}), "a", 0, 1.0, {1: (Trial((True,)),) * 1200}, done=d) for d in done]
    made = Told(SWEEP, lambda *_: (), pairs, ran=1200, stored=34)
    made.rest = rest
    return made


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (None, "remaining time not known yet"),
        ((10.4, 20.0), "about 10 s to 20 s left"),
        ((5.1, 5.2), "about 5 s left"),
        ((89.9, 90.0), "about 90 s to 1.5 min left"),
        ((600.0, 3000.0), "about 10 min to 50 min left"),
    ],
)
def test_the_rest_is_a_range_in_seconds_or_minutes(rest: tuple[float, float] | None, told: str) -> None:
    assert command._rest(survey(rest)) == told


def test_nothing_is_left_at_the_end() -> None:
    assert command._rest(survey((1.0, 2.0), (True, True))) == "done"


PROMISED = ThresholdRecord(criterion="c", share=0.5, low=4.0, high=8.0, promised=True, trials=0, counts=())
AGAINST = RowRecord(
    label="l",
    arm="a",
    sizes={},
    bound=4.0,
    done=True,
    trials=0,
    steps=0,
    seconds=0.0,
    thresholds=(PROMISED,),
)


def survey_with(rows: Sequence[RowRecord], differing: int) -> SurveyRecord:
    texts = ("title", "source", "name", "statement", "grid", "hash", "command", "crew", "device")
    numbers = ("alpha", "seed", "protocol", "seconds")
    lists = ("criteria", "arms", "ratios", "fits", "plots")
    rest: dict[str, Any] = dict.fromkeys(texts, "") | dict.fromkeys(numbers, 0)
    rest |= {name: [] for name in lists} | {"dtype": "float64"}
    batches = {"size": 8, "ran": 0, "stored": 0, "differing": differing}
    head = {"commit": None, "environment": {}, "started": "", "interrupted": False, "batches": batches}
    return converted({**rest, **head, "rows": plain(rows)}, SurveyRecord)


@pytest.mark.parametrize(
    ("rows", "differing", "failure", "interrupted", "code"),
    [
        ([], 0, None, False, 0),
        ([AGAINST], 0, None, False, 1),
        ([], 1, None, False, 3),
        ([], 0, SweepError("no"), False, 3),
        ([], 0, LedgerError("no"), False, 2),
        ([AGAINST], 1, SweepError("no"), False, 1),
        ([AGAINST], 1, LedgerError("no"), True, 130),
    ],
)
def test_the_exit_code_tells_the_worst(
    rows: list[RowRecord], differing: int, failure: RefuteError | None, interrupted: bool, code: int
) -> None:
    assert command._code(survey_with(rows, differing), failure, interrupted) == code


def order(processes: int | None = None, scheduler: str | None = None) -> Namespace:
    return Namespace(processes=processes, scheduler=scheduler)


def test_there_are_as_many_processes_as_told_or_as_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "processors", lambda: 5)
    assert [command._processes(order(n), "cpu") for n in (None, 1, 3)] == [5, 1, 3]
    assert [command._processes(order(n), "cuda") for n in (None, 1, 3)] == [1, 1, 3]


@pytest.mark.parametrize(("usable", "told"), [(1, 1), (3, 3), (8, 8), (64, 8)])
def test_processors_are_those_this_process_may_use(
    monkeypatch: pytest.MonkeyPatch, usable: int, told: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(usable + process)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert crews.processors() == told
    monkeypatch.delattr(os, "sched_getaffinity")
    assert crews.processors() == 2
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert crews.processors() == 1


def test_the_command_computes_the_same_numbers_again() -> None:
    told = command._command("my grid", ["a", "b"], 7, Compute("cuda", "float32"))
    assert told == (
        "refute widths --grid 'my grid' --regime a --regime b --seed 7 --device cuda --dtype float32"
    )


def test_without_a_terminal_every_pair_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    one = survey(None)
    with Progress(disable=True) as progress:
        report = command._reporter(progress, one)
        report(None)
        assert capsys.readouterr().err == ""
        report(one.pairs[1])
        (task,) = progress.tasks
    told = "1\u202f234 batches, remaining time not known yet"
    assert capsys.readouterr().err == f"[1/2] n=1, a: 1\u202f200 trials; {told}\n"
    assert (task.total, task.completed, task.description) == (2, 1, told)


def test_on_a_terminal_the_bar_reports_it(capsys: pytest.CaptureFixture[str]) -> None:
    one = survey(None)
    progress = Progress()
    command._reporter(progress, one)(one.pairs[0])
    assert capsys.readouterr().err == "" and progress.tasks[0].completed == 1


def run(*arguments: str) -> int:
    load.cache_clear()
    return main(["widths", "--processes", "1", *arguments])


def test_the_report_is_named_and_without_one_nothing_is_written(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(toy.iterdir())
    assert run() == 0
    assert set(toy.iterdir()) - before == {toy / ".refute"} and (toy / ".refute/widths.sqlite").exists()
    assert "The report is in" not in capsys.readouterr().out
    assert run("--report", "page", "--store", "other.sqlite", "--regime", "bold") == 0
    assert "The report is in page/index.html" in capsys.readouterr().out
    assert sorted(path.name for path in Path("page").iterdir()) == ["index.html", "widths.json"]
    assert Path("other.sqlite").exists()


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("page").write_text("", encoding="utf-8")
    assert run("--report", "page") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1 and not (toy / ".refute").exists()
