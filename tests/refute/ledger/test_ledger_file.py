"""The file of a ledger: made to last, append-only, written whole, and shared by writers."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from refute.basics.errors import LedgerError
from refute.ledger.append_only_file import APPLICATION, TABLES
from refute.ledger.ledger import Ledger, machine_id, open_ledger
from tests.refute.ledger.ledgers import everything, in_folder, row, values


def test_a_ledger_is_made_to_last(new_ledger: Ledger) -> None:
    pragmas = {"application_id": APPLICATION, "user_version": 1, "journal_mode": "wal", "synchronous": 2}
    for name, value in pragmas.items():
        assert new_ledger.rows(f"PRAGMA {name}") == [(value,)]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_nothing_in_a_ledger_can_be_changed(new_ledger: Ledger, table: str) -> None:
    width = TABLES[table][1].count(",") + 1
    new_ledger.add({table: [tuple(str(i) for i in range(width))]})
    before = new_ledger.table(table)
    first = TABLES[table][1].split(" ")[0]
    for order in (f"UPDATE {table} SET {first} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="a ledger is append-only"):
            new_ledger.base.execute(order)
    other = ["9"] * width
    for at, column in enumerate(TABLES[table][1].split(", ")):
        if column.split(" ")[0] in TABLES[table][0].split(", "):
            other[at] = str(at)
    for verb in ("INSERT OR REPLACE", "INSERT", "REPLACE"):
        new_ledger.base.execute(f"{verb} INTO {table} VALUES ({', '.join('?' * width)})", other)
    assert new_ledger.table(table) == before != []


def test_every_part_of_what_fixes_the_outcome_is_in_the_address() -> None:
    changes = {"claim": "N2", "statement": "t", "protocol": 2, "instance": "1", "seed": "1"}
    changes |= {"stream": "confirm", "device": "cuda", "dtype": "float32"}
    ids = {row(0, **{name: value}).id for name, value in changes.items()}
    assert len(ids | {row(0).id}) == len(changes) + 1
    outcomes = {"run": "q", "level": 1.0, "outcome": "tie", "trials": 1, "failures": 1, "slack": 0.0}
    assert {row(0, **{name: value}).id for name, value in outcomes.items()} == {row(0).id}


WRITER = """
import sys
from pathlib import Path
from refute.ledger.ledger import Ledger, Row, machine_id, open_ledger, spent_by
from refute.ledger.append_only_file import APPLICATION, TABLES, LedgerError
ledger = open_ledger(Path(sys.argv[1]))
for number in range(200):
    ledger.add({"evidence": [(str(number), sys.argv[2], *14 * ("",))]})
"""


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "l.sqlite"
    writers = [in_folder(tmp_path, "-c", WRITER, str(path), name) for name in ("one", "two")]
    assert [(w.communicate(timeout=120)[1], w.returncode) for w in writers] == [("", 0), ("", 0)]
    rows = everything(path)["evidence"]
    assert len(rows) == 400 and len({r[0] for r in rows}) == 200 and {r[1] for r in rows} == {"one", "two"}


def test_a_machine_keeps_its_name_beside_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    names = [machine_id(tmp_path / folder / "l.sqlite") for folder in (".", ".", "other")]
    assert names[0] == names[1] != names[2]
    (tmp_path / "machine-id").write_text("my laptop", encoding="utf-8")
    with pytest.raises(LedgerError, match="machine-id is not the name of a machine; delete it"):
        machine_id(tmp_path / "l.sqlite")


def test_a_ledger_that_stays_locked_is_one_line(new_ledger: Ledger) -> None:
    impatient = open_ledger(new_ledger.path, timeout=0.1)
    new_ledger.base.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked by another program and was not released in time"):
        impatient.add({"evidence": [values(row(0))]})
    new_ledger.base.execute("COMMIT")
    impatient.add({"evidence": [values(row(0))]})
    impatient.close()
    assert len(new_ledger.table("evidence")) == 1


def test_a_transaction_is_whole_or_not_at_all(new_ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        new_ledger.add({"evidence": [values(row(0)), ("too", "short")]})
    with pytest.raises(KeyboardInterrupt):
        new_ledger.add({"evidence": stopped()})
    assert new_ledger.table("evidence") == []
    new_ledger.add({"evidence": [values(row(0))]})
    assert len(new_ledger.table("evidence")) == 1


def stopped() -> Any:
    yield values(row(0))
    raise KeyboardInterrupt
