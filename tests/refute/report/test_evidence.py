"""Evidence of many machines: merged ledgers, and what the page says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.inputs.registry import discover
from refute.ledger.ledger import open_ledger
from refute.ledger.queries import Known, query
from refute.report.page import render
from refute.report.text import evidence_sentence
from tests.refute.sample_audit import read, sample


@pytest.fixture
def merged(toy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger of two nodes, one of which audited twice, and no two of which have a folder in common."""
    for node, seeds in (("one", "12"), ("two", "3")):
        for seed in seeds:
            assert cli.main(["run", "N1", "N2", "--seed", seed, "--ledger", f"{node}/ledger.sqlite"]) == 0
    nodes = ["one/ledger.sqlite", "two/ledger.sqlite"]
    assert cli.main(["ledger", "all.sqlite", "--merge", *nodes]) == 0
    return toy / "all.sqlite"


def known(ledger: Path, root: Path) -> Known:
    file = open_ledger(ledger, write=False)
    try:
        return query(file, discover(root), root)
    finally:
        file.close()


def test_a_merged_ledger_counts_machines_and_audits(merged: Path, toy: Path) -> None:
    found = known(merged, toy)
    assert (found.runs, found.machines) == (3, 2)
    assert [(claim.id, claim.runs, claim.machines) for claim in found.claims] == [
        ("N1", 3, 2),
        ("N2", 3, 2),
        ("N3", 0, 0),
    ]


def test_the_page_of_a_merged_ledger_shows_them(merged: Path, toy: Path) -> None:
    assert cli.main(["report", "all.sqlite", "page"]) == 0
    page = (toy / "page" / "index.html").read_text("utf-8")
    assert "all.sqlite holds 3 audits from 2 machines, since 2" in page
    section = page.partition('id="evidence"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]
    assert len(rows) == 2, "claims without evidence are no row"
    for row in rows:
        cells = [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row)]
        assert cells[3:5] == ["3", "2"]


def test_the_page_of_a_run_shows_its_ledger_and_none_without_one(toy: Path) -> None:
    assert cli.main(["run", "N1", "--report", "with"]) == 0
    assert "holds 1 audit from 1 machine, since" in (toy / "with" / "index.html").read_text("utf-8")
    assert cli.main(["run", "N1", "--report", "without", "--ledger", "none"]) == 0
    assert 'id="evidence"' not in (toy / "without" / "index.html").read_text("utf-8")


def test_an_audit_that_is_a_file_or_has_no_paper_beside_it_is_shown_alone(
    merged: Path, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'id="evidence"' not in render(read(sample()))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", str(merged), "page"]) == 0
    assert 'id="evidence"' not in (tmp_path / "page" / "index.html").read_text("utf-8")


def test_an_empty_ledger_has_no_date() -> None:
    nothing = Known(file="x.sqlite", runs=0, machines=0, claims=(), others=())
    assert evidence_sentence(nothing) == "x.sqlite holds 0 audits from 0 machines."
