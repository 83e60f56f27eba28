"""The page of a survey: one self-contained file, like that of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refute.basics.files import write_atomically
from refute.report import survey_text as words
from refute.report.page import templates
from refute.report.survey_json import validate
from refute.statement.plot import Plot


def write_page(survey: Mapping[str, Any], directory: Path) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path.

    Raises ValueError if the evidence has not the form that `refute.report.survey_json` checks, and OSError.
    """
    validate(survey)
    return write_atomically(directory / "index.html", render(survey))


def render(survey: Mapping[str, Any]) -> str:
    """The page as text; evidence is taken to be valid."""
    plots = [Plot.from_json(data) for data in survey["plots"]]
    return templates().get_template("widths.html").render(survey=survey, plots=plots, words=words)
