"""The page about somebody's data: one self-contained file, like that of an audit."""

from __future__ import annotations

from pathlib import Path

from refute.basics.files import write_atomically
from refute.report.page_filters import templates
from refute.report.records.listings import DataRecord


def write_page(data: DataRecord, directory: Path) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path. Raises OSError."""
    return write_atomically(directory / "index.html", render(data))


def render(data: DataRecord) -> str:
    """The page as text."""
    return templates().get_template("data.html").render(data=data)
