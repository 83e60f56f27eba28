import os
from pathlib import Path

import pytest

from refute.cli import main as cli


def test_a_claim_is_explained_without_and_with_evidence(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", "N1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("N1. ")
    for title in ("Statement. ", "Refuted by. ", "A pass does not show. "):
        assert f"\n{title}" in said
    assert "Last evidence: none is stored here; `refute run N1` gathers some." in said
    assert cli.main(["run", "N1", "--json", "audit.json"]) == 0
    capsys.readouterr()
    for arguments in (["explain", "N1"], ["explain", "N1", "--audit", "audit.json"]):
        assert cli.main(arguments) == 0
        told = capsys.readouterr().out
        assert "Last evidence, of 20" in told and "profile quick, seed 0:" in told
        assert " met the premise" in told and "Nearest to failing: " in told


def test_several_claims_are_explained_one_after_the_other_and_unknown_ones_refused(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", "N1", "N2", "--ledger", "nowhere.sqlite"]) == 0
    assert "\n\nN2. " in capsys.readouterr().out
    assert cli.main(["explain", "Z9"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert cli.main(["explain", "N1", "--audit", "nowhere.json"]) == 2


def test_the_newest_report_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    monkeypatch.chdir(tmp_path)

    def no_browser(address: str) -> bool:
        asked.append(address)
        return False

    monkeypatch.setattr("webbrowser.open", no_browser)
    assert cli.main(["open"]) == 2
    assert "no report is here" in capsys.readouterr().err
    for age, name in enumerate(("old", "new", "no-report")):
        (tmp_path / name).mkdir()
        page = tmp_path / name / "index.html"
        page.write_text("a page", encoding="utf-8")
        os.utime(page, (1000 + age, 1000 + age))
        if name != "no-report":
            (tmp_path / name / "audit.json").write_text("{}", encoding="utf-8")
    assert cli.main(["open"]) == 0
    assert asked == [(tmp_path / "new" / "index.html").as_uri()]
    assert "No browser was found; the page is" in capsys.readouterr().out
    assert cli.main(["open", "old"]) == 0
    assert asked[1:] == [(tmp_path / "old" / "index.html").as_uri()]
    assert cli.main(["open", "missing"]) == 2
