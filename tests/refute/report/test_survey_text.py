"""Evidence of a survey built by hand, and every sentence that the terminal makes of it."""

from __future__ import annotations

import io
import math
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed
from rich.console import Console

from refute.report import survey_text
from refute.report.records.survey import ExponentRecord, FitRecord, SurveyRecord
from refute.report.survey_json import Order, refuted, survey_record
from refute.statement.kinds import Compute
from refute.statement.paper import Paper
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep.bracket import ALPHA, boundaries
from refute.sweep.scheduler import Pair, Survey
from refute.sweep.worker import Loaded
from tests.refute.plain_sweep import PLAIN
from tests.refute.sample_claims import in_json

CELL = Cell({"data": "toy", "n": 2})
SWEEP = replace(
    PLAIN,
    criteria=("c", "twice"),
    arms=("slow", "fast"),
    cells=lambda grid: [CELL],
    run=lambda *_: (),
    bounds=lambda cell, arm: 3.0 if arm == "slow" else math.inf,
    sizes=lambda cell: {"n": 2.0},
    shares=lambda grid: (0.5, 0.9),
    promises={"c": 0.5},
)
BY = boundaries(0.5, ALPHA / (2 * 12 * 2))
ALL = (Trial((True, False), 2),) * 200
NONE = (Trial((False, False), 1),) * 200


def evidence(
    slow: Mapping[int, tuple[Trial, ...]],
    fast: Mapping[int, tuple[Trial, ...]],
    root: Path,
    *,
    interrupted: bool = False,
    sweep: Sweep = SWEEP,
) -> SurveyRecord:
    paper = Paper(title="T", source="S", findings={}, contents={}, resolve_device=str)
    pairs = [
        Pair(CELL, "slow", 0, 1.0, dict(slow), seconds=1.5, done=True),
        Pair(CELL, "fast", 1, 1.0, dict(fast), seconds=2.5),
    ]
    survey = Survey(sweep, lambda *_: (), pairs, ran=7, stored=8, differing=9)
    order = Order("g", sweep.arms, 5, Compute("cpu", "float64"), "the crew", "the command", root)
    loaded = Loaded(paper, sweep, "0ff", "{}")
    return survey_record(loaded, order, survey, interrupted=interrupted)


@pytest.fixture
def found(tmp_path: Path) -> SurveyRecord:
    return evidence({1: NONE, 2: NONE, 3: ALL}, {1: NONE, 2: ALL}, tmp_path)


def test_the_head_says_what_was_asked_and_what_was_done(found: SurveyRecord) -> None:
    told: dict[str, Any] = {"title": "T", "source": "S", "name": "s", "statement": "?"}
    told |= {
        "criteria": ["c", "twice"],
        "arms": ["slow", "fast"],
        "grid": "g",
        "alpha": 0.05,
        "seed": 5,
        "hash": "0ff",
        "commit": None,
    }
    told |= {"command": "the command", "crew": "the crew", "device": "cpu", "dtype": "float64"}
    told |= {"interrupted": False, "batches": {"size": 8, "ran": 7, "stored": 8, "differing": 9}}
    assert told.items() <= in_json(found).items() and 0 <= found.seconds < 600
    assert found.started.endswith("+00:00") and len(found.started) == 25


def test_a_row_holds_its_trials_and_every_bracket(found: SurveyRecord) -> None:
    slow, fast = in_json(found)["rows"]
    assert (slow["cell"], slow["label"], slow["sizes"]) == ({"data": "toy", "n": 2}, "toy, n=2", {"n": 2.0})
    assert [(r["arm"], r["bound"], r["done"], r["seconds"]) for r in (slow, fast)] == [
        ("slow", 3.0, True, 1.5),
        ("fast", None, False, 2.5),
    ]
    assert (slow["trials"], slow["steps"]) == (600, 800)
    brackets = [(t["criterion"], t["share"], t["low"], t["high"], t["promised"]) for t in slow["thresholds"]]
    assert brackets == [
        ("c", 0.5, 2.0, 3.0, True),
        ("c", 0.9, 2.0, 3.0, False),
        ("twice", 0.5, 3.0, None, False),
        ("twice", 0.9, 3.0, None, False),
    ]
    assert not any(t["promised"] for t in fast["thresholds"])
    first = slow["thresholds"][0]
    assert first["trials"] == 600 and first["counts"] == [[1, 200, 0], [2, 200, 0], [3, 200, 200]]


def test_ratios_are_of_the_later_arms_to_the_first(found: SurveyRecord) -> None:
    one, _, twice, _ = in_json(found)["ratios"]
    head = {"cell": {"data": "toy", "n": 2}, "label": "toy, n=2", "above": "fast", "below": "slow"}
    assert {**head, "criterion": "c", "share": 0.5, "low": 1 / 3, "high": 1.0} == one
    assert (twice["criterion"], twice["low"], twice["high"]) == ("twice", 0.0, None)
    assert len(found.ratios) == 4


@pytest.mark.parametrize(("bound", "count"), [(1.9, 1), (2.0, 1), (2.1, 0)])
def test_a_level_that_suffices_cannot_be_too_small(tmp_path: Path, bound: float, count: int) -> None:
    sweep = replace(SWEEP, bounds=lambda cell, arm: bound)
    against = refuted(evidence({2: NONE, 3: ALL}, {3: ALL}, tmp_path, sweep=sweep))
    assert len(against) == count
    for told in against:
        assert told == f"toy, n=2, slow: 2 was decided to be too small for “c”, and {bound:g} should suffice"


def test_the_commit_says_when_files_differ(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        names = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *names, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("add", "a")
    git("commit", "-m", "a")
    commit = evidence({}, {}, tmp_path).commit
    assert commit is not None and len(commit) == 40 and set(commit) <= set("0123456789abcdef")
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert evidence({}, {}, tmp_path).commit == f"{commit}-dirty"


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert evidence({}, {}, tmp_path).commit is None


def test_the_table_has_a_line_for_each_question(found: SurveyRecord) -> None:
    (group,) = survey_text.groups(found)
    assert group.arms == ("slow", "fast") and group.compared == "fast / slow" and len(group.lines) == 4
    line, _, twice, _ = group.lines
    assert line.label == "toy, n=2" and line.question.startswith("c, ")
    assert line.brackets == {"slow": "(2, 3]", "fast": "(1, 2]"}
    assert line.bounds["slow"] == "3" and line.slacks == {"slow": "(1, 1.5]", "fast": "–"}
    assert line.ratio == "(0.333, 1]"
    assert twice.brackets == {"slow": "> 3", "fast": "> 2"} and twice.slacks["slow"] == "≤ 1"
    assert twice.ratio == "not known"


def test_a_row_without_levels_is_not_tried_and_one_that_waits_is_not_known(tmp_path: Path) -> None:
    (group,) = survey_text.groups(evidence({}, {}, tmp_path))
    for line in group.lines:
        assert line.brackets == {"slow": "not tried", "fast": "not known"}
        assert line.slacks == {"slow": "–", "fast": "–"} and line.ratio == "–"
        assert line.bounds["slow"] == "3"


def test_arms_with_questions_of_their_own_are_a_table_of_their_own(tmp_path: Path) -> None:
    sweep = replace(SWEEP, asks={"fast": ("c",)}, shares=lambda grid: (0.5,))
    both, alone = survey_text.groups(evidence({3: ALL}, {2: ALL}, tmp_path, sweep=sweep))
    assert (both.arms, alone.arms) == (("slow", "fast"), ("slow",))
    assert (both.compared, alone.compared) == ("fast / slow", "")
    assert alone.lines[0].ratio == "–" and both.lines[0].brackets == {"slow": "≤ 3", "fast": "≤ 2"}
    assert both.lines[0].slacks["slow"] == "> 1"


def test_the_headline_says_what_is_finished_and_what_is_against_it(
    found: SurveyRecord, tmp_path: Path
) -> None:
    assert survey_text.headline(found) == "1 of 2 rows are finished, each one cell and one way to proceed."
    cut = evidence({}, {}, tmp_path, interrupted=True)
    assert survey_text.headline(cut).endswith("interrupted: run it again, and it goes on where it ended.")
    sweep = replace(SWEEP, bounds=lambda cell, arm: 1.0)
    told = survey_text.headline(evidence({1: NONE}, {1: NONE}, tmp_path, sweep=sweep))
    assert "2 sufficient levels did not suffice: toy, n=2, slow: 1 was" in told and "; toy, n=2, fast" in told


def test_what_it_cost_and_what_it_means(found: SurveyRecord) -> None:
    told = survey_text.cost(changed(found, seconds=90.0))
    assert told.startswith("1\u202f000 trials: 7 batches of 8 were run and 8 were there. ")
    assert told.endswith("the crew, seed 5. 9 BATCHES CAME OUT DIFFERENTLY than they are stored.")
    quiet = survey_text.cost(changed(found, batches=changed(found.batches, differing=0)))
    assert quiet.endswith("the crew, seed 5.")
    assert survey_text.confidence(found).startswith("With probability at least 0.95 every threshold")


POWER = ExponentRecord(size="n", middle=2.0, brackets=(0.5, None), estimate=1.0, shape=(0.0, 1.5))
OPEN = ExponentRecord(size="d", middle=3.0)
LAW = FitRecord(
    family="toy",
    arm="slow",
    criterion="c",
    share=0.5,
    cells=3,
    exponents=(POWER,),
    rejected=False,
    miss=1.0,
    constant=1.0,
    agreement="",
)


@pytest.mark.parametrize(
    ("changes", "brackets", "curves"),
    [
        ({}, "n^2 [0.5, …]", "n^1 [0, 1.5]"),
        ({"rejected": True}, "no power law", "n^1 [0, 1.5]"),
        ({"log_factor": "n"}, "log n · n^2 [0.5, …]", "log n · n^1 [0, 1.5]"),
        ({"exponents": (POWER, OPEN)}, "n^2 [0.5, …] · d^3 […, …]", "–"),
        ({"exponents": (changed(OPEN, estimate=0.0, shape=(-1.0, 0.0)),)}, "d^3 […, …]", "d^0 [-1, 0]"),
    ],
)
def test_a_law_in_words(changes: dict[str, Any], brackets: str, curves: str) -> None:
    assert survey_text.law(changed(LAW, **changes)) == brackets
    assert survey_text.curves(changed(LAW, **changes)) == curves


def test_everything_is_printed(found: SurveyRecord) -> None:
    console = Console(width=200, file=io.StringIO(), record=True)
    environment = {"python": "3", "loop": "fast"}
    shown = changed(found, fits=(LAW, changed(LAW, log_factor="n")), environment=environment)
    survey_text.print_survey(shown, console)
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert lines[0].split() == ["Cell", "At", "least", "this", "share", "slow", "fast", "fast", "/", "slow"]
    assert lines[1].split()[-6:] == ["(2,", "3]", "(1,", "2]", "(0.333,", "1]"]
    assert lines[5:7] == [
        "toy, slow, c: brackets n^2 [0.5, …]; curves n^1 [0, 1.5]",
        survey_text.headline(found),
    ]
    assert (
        " ".join(lines[7:-1]).split() == f"{survey_text.confidence(found)} {survey_text.cost(found)}".split()
    )
    assert lines[-1] == "loop: fast."


def test_one_arm_has_no_ratio_and_no_description_no_line(found: SurveyRecord) -> None:
    console = Console(width=200, file=io.StringIO(), record=True)
    rows = tuple(row for row in found.rows if row.arm == "slow")
    survey_text.print_survey(changed(found, rows=rows, ratios=(), fits=(), environment={}), console)
    first, second, *_, last = console.export_text().splitlines()
    assert first.split() == ["Cell", "At", "least", "this", "share", "slow"] and second.endswith("(2, 3]")
    assert last.endswith("they are stored.")
