"""The page of a survey: one self-contained file, like that of an audit."""

from __future__ import annotations

from pathlib import Path

from refute.basics.files import write_atomically
from refute.report import survey_text
from refute.report.page_filters import templates
from refute.report.records.survey import SurveyRecord


def write_page(survey: SurveyRecord, directory: Path) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path. Raises OSError."""
    return write_atomically(directory / "index.html", render(survey))


def render(survey: SurveyRecord) -> str:
    """The page as text."""
    return templates().get_template("widths.html").render(survey=survey, survey_text=survey_text)
