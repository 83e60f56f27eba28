"""The page of a survey: one self-contained file, like that of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refute.report.page import place, templates
from refute.report.plot import Plot
from refute.sweep import words
from refute.sweep.evidence import validate


def write_page(survey: Mapping[str, Any], directory: Path) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path.

    Raises ValueError if the evidence has not the form that `refute.sweep.evidence` checks, and OSError.
    """
    validate(survey)
    return place(render(survey), directory)


def render(survey: Mapping[str, Any]) -> str:
    """The page as text; evidence is taken to be valid."""
    plots = [Plot.from_json(data) for data in survey["plots"]]
    return templates().get_template("widths.html").render(survey=survey, plots=plots, words=words)
