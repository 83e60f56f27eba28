"""What one row of a ledger holds, how many are new, and what a claim without any looks like."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from refute.basics.errors import LedgerError
from refute.cli import ledger_command
from refute.cli import main as cli
from refute.evidence.sequential import CONFIRM_LEVEL
from refute.ledger import queries, recorder, stored_audits
from refute.ledger.ledger import Ledger, machine_id, open_ledger, spent_by
from refute.report import text as words
from refute.report.margin import of_slack
from refute.report.read_json import read_audit
from tests.refute.ledger.ledgers import everything, row, shown, values
from tests.refute.toy_files import N2, change


def test_only_rows_that_are_new_are_counted(tmp_path: Path) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    rows = [values(row(number)) for number in range(5)]
    assert [book.add({"evidence": rows[:n]}) for n in (3, 3, 5, 0)] == [3, 0, 2, 0]
    book.close()


def levels(path: Path, label: str) -> dict[str, set[object]]:
    """The levels that the rows of a claim record, by stream."""
    book = open_ledger(path, write=False)
    found = book.rows("SELECT stream, level FROM evidence WHERE claim = ?", label)
    book.close()
    return {str(stream): {level for of, level in found if of == stream} for stream, _ in found}


def test_a_row_records_the_level_it_was_judged_at_and_a_check_has_none(toy: Path) -> None:
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=partial(draw, 1 / 2)")
    path = toy / "l.sqlite"
    spent = set()
    for number in (1, 2):
        assert cli.main(["run", "N1", "N2", "--seed", str(number), "--ledger", str(path)]) == 1
        spent.add(spent_by(number))
        assert levels(path, "N1") == {"main": {None}}
        assert levels(path, "N2") == {"main": spent, "confirm": {CONFIRM_LEVEL}}


def test_a_claim_without_evidence_has_zeros_and_no_slack(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "N2"]) == 0
    found = shown(capsys)["N1"]
    empty = {"worst_slack", "since", "until"}
    assert {name for name, value in found.items() if value is None} == empty
    named = {"id", "slug", "statement", *empty}
    assert {name: value for name, value in found.items() if value and name not in named} == {}
    assert everything(toy / ".refute/ledger.sqlite")["evidence"]


def test_a_name_of_the_right_length_may_still_be_none(tmp_path: Path) -> None:
    for name in ("z" * 32, "a" * 31):
        (tmp_path / "machine-id").write_text(name, encoding="utf-8")
        with pytest.raises(LedgerError, match="is not the name of a machine"):
            machine_id(tmp_path / "l.sqlite")


def test_the_level_that_was_spent_is_said_where_there_are_trials(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for claim, said in (("N1", False), ("N2", True)):
        assert cli.main(["run", claim]) == 0
        capsys.readouterr()
        assert cli.main(["ledger"]) == 0
        assert ("Level spent on one instance" in capsys.readouterr().out) is said


def test_every_ledger_that_is_opened_is_closed(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Ledger] = []

    def counted(*arguments: Any, **options: Any) -> Ledger:
        opened.append(open_ledger(*arguments, **options))
        return opened[-1]

    for module in (recorder, queries, stored_audits, ledger_command):
        monkeypatch.setattr(module, "open_ledger", counted)
    first = toy / "1.sqlite"
    second = toy / "2.sqlite"
    assert cli.main(["run", "N1", "--ledger", str(first)]) == 0
    assert read_audit(stored_audits.newest_audit(first)).claims[0].id == "N1"
    assert queries.merge(second, [first]) > 0
    assert cli.main(["ledger", str(second)]) == 0
    assert len(opened) >= 5
    for ledger in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            ledger.base.execute("SELECT 1")


def test_claims_of_another_paper_in_the_ledger_are_named(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "N1"]) == 0
    assert shown(capsys)["others"] == []
    book = open_ledger(toy / ".refute/ledger.sqlite")
    book.add({"evidence": [values(row(1, claim="Q7"))]})
    book.close()
    assert shown(capsys)["others"] == ["Q7"]
    assert cli.main(["ledger"]) == 0
    assert "not in this paper: Q7." in capsys.readouterr().out


def test_the_table_has_a_line_for_every_claim(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "N1", "N2"]) == 0
    known = shown(capsys)
    assert cli.main(["ledger"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert " ".join(head.split()) == "Claim Instances Trials Nearest Refuted Runs Machines Since Stale"
    cells = {line.split()[0]: line.split() for line in lines[:3]}
    for label, ran in (("N1", 1), ("N2", 1), ("N3", 0)):
        claim = known[label]
        row = cells[label]
        assert row[1] == words.count(claim["instances"])
        assert row[2] == (words.count(claim["trials"]) if label == "N2" else "–")
        near = of_slack(claim["worst_slack"], refuted=False).split()
        assert row[3 : 3 + len(near)] == near
        rest = row[3 + len(near) :]
        assert rest[:3] == ["0", str(ran), str(ran)]
        assert rest[3] == (claim["since"] or "–").partition("T")[0]
