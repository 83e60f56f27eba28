"""The table of slacks: every inequality once, no equality, and cells that a reader of markdown can split."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.report.slack import markdown_lines, slack_rows
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json


def test_every_inequality_has_a_row_with_the_worst_slack() -> None:
    audit = sample()
    found = slack_rows(read(audit))
    parts = [(c["id"], p) for c in audit["claims"] for p in c["parts"] if p["relation"] != "=="]
    assert [(row.id, row.part) for row in found] == [(label, part["label"]) for label, part in parts]
    assert [row.slack for row in found] == [part["slack"] for _, part in parts]
    assert {row.id for row in found if row.trials} == {"C1", "C2", "C3"}
    assert not any(row.part == "trace" for row in found)
    assert {row.sizes for row in found if row.id == "K5"} == {"X 2x2"}


def test_predicted_equality_is_told() -> None:
    audit = sample()
    audit["claims"][1]["parts"][0]["attained"] = True
    assert [row.id for row in slack_rows(read(audit)) if row.equality_predicted] == ["K5"]
    assert sum("| yes |" in line for line in markdown_lines(read(audit))) == 1


def test_cells_are_safe() -> None:
    audit = sample()
    audit["claims"][1]["parts"][0]["label"] = "max |K_ij| <= 1"
    lines = list(markdown_lines(read(audit)))
    table = [line for line in lines if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert any(r"max \|K_ij\| <= 1" in line for line in table)
    assert len(table) == 2 + len(slack_rows(read(audit)))


def test_the_command_writes_markdown_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(sample()), encoding="utf-8")
    assert cli.main(["slack", str(path)]) == 0
    assert capsys.readouterr().out.startswith("# How tight the bounds are\n")
    assert cli.main(["slack", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == in_json(slack_rows(read(sample())))
    assert cli.main(["slack", str(tmp_path / "none.json")]) == 2
