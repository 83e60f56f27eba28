"""The committed table of measured widths: valid evidence, complete, and shown as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from msgspec.structs import replace

from refute.report import survey_text, text
from refute.report.read_json import read_survey
from refute.report.records.survey import SurveyRecord

DOCS = Path(__file__).resolve().parent.parent / "docs"
FILES = ("widths.json", "widths-digits.json")


@pytest.fixture(scope="module")
def surveys() -> dict[str, SurveyRecord]:
    return {name: read_survey((DOCS / name).read_bytes()) for name in FILES}


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    path = DOCS.parent / "benchmarks" / "width_page.py"
    spec = importlib.util.spec_from_file_location("width_page", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_surveys_are_finished_and_contradict_nothing(surveys: dict[str, SurveyRecord]) -> None:
    for survey in surveys.values():
        assert survey.commit and not survey.interrupted and survey.batches.differing == 0
        assert all(row.done for row in survey.rows)
        promised = [one for row in survey.rows for one in row.thresholds if one.promised]
        assert promised or survey.grid == "digits"


def test_every_cell_has_its_ratio(surveys: dict[str, SurveyRecord]) -> None:
    for survey in surveys.values():
        cells = {row.label for row in survey.rows}
        for criterion in survey.criteria:
            assert {r.label for r in survey.ratios if r.criterion == criterion} == cells


def test_each_cell_has_a_line_in_which_its_widths_stand_beside_each_other(
    surveys: dict[str, SurveyRecord], maker: ModuleType
) -> None:
    for survey in surveys.values():
        head, _, *lines = maker._beside(survey).splitlines()
        cells = [line.strip("| ").split(" | ") for line in lines]
        assert head.count(" | ") == 8 and {len(line) for line in cells} == {9}
        assert [line[0] for line in cells] == list(dict.fromkeys(row.label for row in survey.rows))
        shown = {line[0]: line[1:] for line in cells}
        for row in survey.rows:
            columns = shown[row.label][:4] if row.arm.startswith("weak") else shown[row.label][4:]
            assert columns[3] == text.number(row.bound, 3)
            for one in row.thresholds:
                if one.criterion in maker.BESIDE.values():
                    at = list(maker.BESIDE.values()).index(one.criterion)
                    told = survey_text.bracket(one.low, one.high) if row.trials else "not tried"
                    assert columns[at] == told


def test_the_page_is_the_one_that_the_evidence_makes(
    surveys: dict[str, SurveyRecord], maker: ModuleType
) -> None:
    page = maker.page(surveys)
    assert (DOCS / "widths.md").read_text(encoding="utf-8") == page
    pictures = {f"{maker.PREFIX}{plot.id}.svg" for plot in surveys[FILES[0]].plots}
    assert {path.name for path in (DOCS / "images").glob(f"{maker.PREFIX}*.svg")} == pictures
    assert all(f"images/{name})" in page for name in pictures)
    changed = {**surveys, FILES[0]: replace(surveys[FILES[0]], seed=1)}
    assert maker.page(changed) != page
