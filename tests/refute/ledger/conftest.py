"""A new ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refute.ledger.ledger import open_ledger


@pytest.fixture
def new_ledger(tmp_path: Path) -> Any:
    opened = open_ledger(tmp_path / "l.sqlite")
    yield opened
    opened.close()
