"""`refute widths` from the user's side: what it prints and writes, and how it complains."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from refute.cli import crews
from refute.cli.main import main
from refute.report import survey_text
from refute.report.read_json import read_survey
from refute.report.records.survey import SurveyRecord
from refute.report.survey_json import refuted
from refute.report.survey_page import render
from tests.json_keys import agrees, keys_of


def record(survey: dict[str, Any]) -> SurveyRecord:
    return read_survey(json.dumps(survey).encode())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first") / "paper"


@pytest.fixture
def survey(toy: Path, first: Path) -> dict[str, Any]:
    """What a sweep of the toy paper found and left in its folder: run once, and a copy for each test."""
    if not first.exists():
        assert main(["widths", "--processes", "1", "--json", "s.json", "--report", "page"]) == 0
        shutil.copytree(toy, first)
    shutil.copytree(first, toy, dirs_exist_ok=True)
    found: dict[str, Any] = json.loads(Path("s.json").read_text(encoding="utf-8"))
    return found


def test_brackets_hold_the_known_thresholds(survey: dict[str, Any]) -> None:
    assert {row["arm"] for row in survey["rows"]} == {"careful", "bold"} and len(survey["rows"]) == 8
    for row in survey["rows"]:
        middle = 2 * row["cell"]["n"] * row["cell"]["d"] ** 0.5 / (2 if row["arm"] == "bold" else 1)
        heads = next(one for one in row["thresholds"] if one["criterion"] == "heads")
        assert heads["low"] < middle <= heads["high"]
        assert row["bound"] == 64 * middle and row["done"]
    assert all(one["low"] <= 0.5 <= one["high"] for one in survey["ratios"] if one["criterion"] == "heads")


def test_its_keys_are_documented(survey: dict[str, Any]) -> None:
    found = keys_of(survey, "survey", {})
    agrees(found)
    assert {"threshold", "ratio", "fit", "exponent", "batches"} <= found.keys()


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_shows_every_bracket_and_loads_nothing(survey: dict[str, Any]) -> None:
    text = Path("page/index.html").read_text(encoding="utf-8")
    read = Text()
    read.feed(text)
    shown = " ".join("".join(read.words).split())
    assert not read.open and "<script" not in text and "http:" not in text.replace("http://www.w3.org", "")
    for line in (line for group in survey_text.groups(record(survey)) for line in group.lines):
        assert line.label in shown and all(bracket in shown for bracket in line.brackets.values())
    assert survey["command"] in shown and "8 of 8 rows are finished" in shown
    assert json.loads(Path("page/widths.json").read_text(encoding="utf-8")) == survey


def test_words_of_the_data_cannot_become_markup(survey: dict[str, Any]) -> None:
    survey["rows"][0]["label"] = survey["statement"] = "<b>&"
    page = render(record(survey))
    assert "<b>&" not in page and "&lt;b&gt;&amp;" in page


def test_the_table_is_printed(survey: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widths", "--processes", "1"]) == 0
    out, err = capsys.readouterr()
    assert "bold / careful" in out and "coin, d=4, n=4" in out
    assert "0 batches of 8 were run and" in " ".join(out.split()) and "[8/8]" in err


def test_one_regime_alone_has_no_ratio(toy: Path) -> None:
    assert main(["widths", "--processes", "1", "--regime", "bold", "--json", "s.json"]) == 0
    found = json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert found["ratios"] == [] and {row["arm"] for row in found["rows"]} == {"bold"}
    assert (
        found["command"] == "refute widths --grid small --regime bold --seed 0 --device cpu --dtype float64"
    )


def test_a_larger_grid_uses_what_is_stored(survey: dict[str, Any]) -> None:
    assert main(["widths", "--processes", "1", "--grid", "large", "--json", "l.json"]) == 0
    found = json.loads(Path("l.json").read_text(encoding="utf-8"))
    assert found["batches"]["stored"] > 100 and len(found["rows"]) == 32


def edited(old: str, new: str) -> None:
    path = Path("claims/coins.py")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sufficient_level_that_does_not_suffice_is_a_refutation(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited("64 * middle", "0.1 * middle")
    assert main(["widths", "--processes", "1", "--json", "s.json"]) == 1
    found = json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert any("was decided to be too small" in sentence for sentence in refuted(record(found)))
    assert "sufficient levels did not suffice" in " ".join(capsys.readouterr().out.split())


def test_a_batch_that_fails_is_named_and_the_rest_shown(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited("    _suffer()\n", '    if level == 8:\n        raise ValueError("no eights")\n')
    assert main(["widths", "--processes", "1", "--json", "s.json"]) == 3
    out, err = capsys.readouterr()
    assert "coins failed at coin" in err and "ValueError: no eights" in err and "Traceback" not in err
    assert "run it again" in " ".join(out.split())
    assert json.loads(Path("s.json").read_text(encoding="utf-8"))["interrupted"]


USAGE: list[tuple[list[str], str]] = [
    (["--grid", "huge"], "--grid huge: this paper has small, large"),
    (["--regime", "lazy"], "--regime lazy: this paper has careful, bold"),
    (["--device", "cuda"], "--device cuda: the toy paper has nothing to compute on a GPU"),
    (["--processes", "0"], "'0' is not a whole number from 1 on"),
    (["--processes", "2", "--scheduler", "here"], "not allowed with argument"),
    (["--fresh", "--resume"], "not allowed with argument"),
    (["--store", "claims"], "claims is a folder"),
    (["--json", "claims"], "claims is a folder"),
    (["--store", "claims/paper.py"], "is not a store of batches"),
    (["--scheduler", "nowhere"], "--scheduler nowhere"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_mistakes_are_told_in_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    if "nowhere" in arguments:
        pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    try:
        code = main(["widths", *arguments])
    except SystemExit as left:
        code = int(str(left.code))
    assert code == 2
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()) == 1


def test_a_paper_without_a_sweep_says_so(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("claims/paper.py")
    path.write_text(path.read_text(encoding="utf-8").replace("    sweep=SWEEP,\n", ""), encoding="utf-8")
    assert main(["widths"]) == 2
    assert "this paper has no sweep" in capsys.readouterr().err


def test_without_dask_the_extra_is_named(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert main(["widths", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'refute[cluster]'" in capsys.readouterr().err


def test_there_is_at_least_one_process() -> None:
    assert 1 <= crews.processors() <= crews.MOST


BREAK: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda s: s.update(schema="refute-audit/1"), "schema: expected 'refute-widths/1'"),
    (lambda s: s.pop("fits"), "missing required field `fits`"),
    (lambda s: s["rows"][1]["thresholds"][0].update(low=-1), r"rows\[1\].thresholds\[0\].low"),
    (lambda s: s["ratios"][0].update(high="much"), r"ratios\[0\].high"),
]


@pytest.mark.parametrize(("damage", "message"), BREAK)
def test_evidence_of_another_form_is_refused(
    survey: dict[str, Any], damage: Callable[[dict[str, Any]], object], message: str
) -> None:
    record(survey)
    other = copy.deepcopy(survey)
    damage(other)
    with pytest.raises(ValueError, match=message):
        record(other)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(32, 40, "(32, 40]"), (32, None, "> 32"), (0, 40, "≤ 40"), (0, None, "not known")],
)
def test_a_bracket_in_words(low: float, high: float | None, told: str) -> None:
    assert survey_text.bracket(low, high) == told
