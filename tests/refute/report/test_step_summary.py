"""The summary of a step of GitHub: what it says, that markdown has no say in it, where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.report.step_summary import step_summary
from tests.refute.sample_audit import read, sample
from tests.refute.toy_files import change


def test_every_claim_is_a_row_and_what_did_not_pass_says_why() -> None:
    audit = read(sample())
    said = step_summary(audit)
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(audit.claims)
    assert all(line.count(" | ") == 5 for line in rows)
    failing = [claim for claim in audit.claims if not claim.verdict.passes]
    assert failing
    for claim in failing:
        assert f"- **{claim.id}**: " in said
    assert said.startswith("## ") and said.endswith("\n")


def test_markdown_has_no_say_in_what_a_paper_writes() -> None:
    data = sample()
    data["claims"][0]["title"] = "a|b *c* <i>\nd_e `f`"
    said = step_summary(read(data))
    assert r"a\|b \*c\* \<i\> d\_e \`f\`" in said


def test_a_run_adds_its_summary_where_it_is_asked_to(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = toy / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    summary.write_text("before\n", encoding="utf-8")
    assert cli.main(["run", "N1", "N3", "--ledger", "none"]) == 0
    said = summary.read_text("utf-8")
    assert said.startswith("before\n## Toy numbers") and "| N3 |" in said and "✓ SUPPORTED" in said
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(toy / "no" / "folder.md"))
    capsys.readouterr()
    assert cli.main(["run", "N1", "--ledger", "none"]) == 0
    assert "refute: the summary of this step is not written: " in capsys.readouterr().err


def test_without_the_variable_nothing_is_written(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    change(toy, "claims/paper.py", "Toy numbers", "Other numbers")
    before = set(toy.iterdir())
    assert cli.main(["run", "N1", "--ledger", "none"]) == 0
    assert {path.name for path in set(toy.iterdir()) - before} <= {".refute"}
