"""The next audit says what became of the last one, and is later than it whatever the clock says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from refute.ledger.last_audit import after_the_last
from refute.ledger.ledger import Ledger, open_ledger
from refute.ledger.stored_audits import newest_audit
from tests.refute.cli.commands import refute

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MINE = "a" * 32
LAST = "9999-12-31T23:59:59.999999+00:00"


def begun(book: Ledger, run: str, started: object, machine: str = MINE, *, ended: bool = True) -> None:
    book.add({"runs": [(run, started, "quick", "0", "cpu", "float64", machine, "here", "0")]})
    if ended:
        book.add({"endings": [(run, 1.0, 0, b"")]})


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path / "l.sqlite")


def test_after_an_audit_that_ended_there_is_nothing_to_say(book: Ledger) -> None:
    assert after_the_last(book, MINE, NOW) == (NOW, ())
    begun(book, "r1", (NOW - timedelta(seconds=1)).isoformat())
    assert after_the_last(book, MINE, NOW) == (NOW, ())


def test_the_last_audit_alone_is_told_where_it_was_stopped(book: Ledger) -> None:
    begun(book, "r1", "2026-01-01T00:00:00.000001+00:00", ended=False)
    began, (note,) = after_the_last(book, MINE, NOW)
    assert began == NOW and note.startswith(
        "the audit that began at 2026-01-01T00:00:00.000001+00:00 has not ended"
    )
    assert note.endswith("the 0 instances that it has judged are kept")
    begun(book, "r2", "2026-01-01T01:00:00.000001+00:00")
    assert after_the_last(book, MINE, NOW)[1] == ()
    assert after_the_last(book, "b" * 32, NOW)[1] == ()


def test_an_audit_is_later_than_the_one_before_it(book: Ledger) -> None:
    begun(book, "r1", "2026-01-03T00:00:00.000000+00:00")
    began, (note,) = after_the_last(book, MINE, NOW)
    assert began == datetime(2026, 1, 3, 0, 0, 0, 1, tzinfo=UTC) and note.startswith(
        "the clock was set back: "
    )
    assert after_the_last(book, "b" * 32, NOW) == (NOW, ())  # the clock of another machine is not ours


@pytest.mark.parametrize("started", ["yesterday", None, "2026-01-03T00:00:00", LAST])
def test_what_no_audit_wrote_is_no_date(book: Ledger, started: object) -> None:
    begun(book, "r1", started)
    assert after_the_last(book, MINE, NOW) == (NOW, ())


def test_the_command_says_it_and_reports_the_audit_that_is_last(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refute("run", "N1") == 0
    book = open_ledger(Path(".refute/ledger.sqlite"))
    ((machine,),) = book.rows("SELECT machine FROM runs")
    begun(book, "future", "2999-01-01T00:00:00.000000+00:00", str(machine), ended=False)
    book.close()
    capsys.readouterr()
    assert refute("run", "N3") == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("refute: ")]
    assert len(told) == 2 and "has not ended" in told[0] and "the clock was set back" in told[1]
    newest = json.loads(newest_audit(Path(".refute/ledger.sqlite")))
    assert [claim["id"] for claim in newest["claims"]] == ["N3"]
