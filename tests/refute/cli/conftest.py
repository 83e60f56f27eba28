"""The toy paper whose workers are watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.refute.cli.crews import IMPORTS, WATCHED


@pytest.fixture
def watched(toy: Path) -> Path:
    """The toy paper, whose first claim does what the environment says."""
    path = toy / "claims" / "numbers" / "n1_square_of_sum.py"
    head, mark, rest = path.read_text("utf-8").partition("from fractions import Fraction\n")
    path.write_text(head + IMPORTS + mark + rest + WATCHED, encoding="utf-8")
    return toy
