"""How long claims take, as the newest audit of a ledger says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.ledger.earlier import earlier_seconds


def test_the_newest_audit_says_how_long_claims_take(toy: Path) -> None:
    assert cli.main(["run", "--report", "report", "--json", "run.json"]) == 0
    claims = json.loads(Path("run.json").read_text("utf-8"))["claims"]
    ledger = Path(".refute/ledger.sqlite")
    assert earlier_seconds(ledger, False) == {claim["id"]: claim["seconds"] for claim in claims}
    assert earlier_seconds(ledger, True) == pytest.approx(
        {claim["id"]: claim["seconds"] + claim["siblings"][0]["seconds"] for claim in claims}
    )


def test_nothing_is_known_without_a_ledger(tmp_path: Path) -> None:
    assert earlier_seconds(None, True) == {}
    assert earlier_seconds(tmp_path / "none.sqlite", True) == {}
    (tmp_path / "other.sqlite").write_text("no ledger", encoding="utf-8")
    assert earlier_seconds(tmp_path / "other.sqlite", False) == {}
