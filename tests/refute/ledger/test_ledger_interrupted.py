"""A ledger under interruption and company: what is read is one state, what is written is whole."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refute.basics.errors import LedgerError
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.ledger.ledger import Ledger, machine_id, open_ledger, spent_by
from refute.ledger.queries import merge
from refute.ledger.recorder import instance_hash
from refute.ledger.stored_audits import stored
from refute.statement.instance import Instance
from tests.refute.ledger.ledgers import everything, refute, row, shown, values

ROOT = Path(__file__).resolve().parents[3]


def judged(number: int, **changes: Any) -> dict[str, list[tuple[object, ...]]]:
    """One judged instance, as an audit adds it."""
    instance = Instance(x=number)
    name = instance_hash(instance)
    return {
        "instances": [(name, instance.key, json.dumps(instance.to_json()))],
        "evidence": [values(row(0, instance=name, **changes))],
    }


def test_a_ledger_that_an_audit_is_writing_can_be_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_ledger(tmp_path / "busy.sqlite")
    writer.add(judged(1))
    table = Ledger.table

    def slowly(self: Ledger, name: str) -> list[tuple[object, ...]]:
        found = table(self, name)
        writer.add(judged(2 + len(writer.rows("SELECT 1 FROM evidence"))))
        return found

    with monkeypatch.context() as busy:
        busy.setattr(Ledger, "table", slowly)
        assert merge(tmp_path / "all.sqlite", [writer.path]) == 1
    writer.close()
    assert len(everything(tmp_path / "busy.sqlite")["evidence"]) == 6
    assert len(everything(tmp_path / "all.sqlite")["evidence"]) == 1
    assert merge(tmp_path / "all.sqlite", [tmp_path / "busy.sqlite"]) == 5


def test_what_is_known_is_known_at_one_moment(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "N3") == 0
    path = Path(".refute/ledger.sqlite")
    reader = open_ledger(path, write=False)
    writer = open_ledger(path)
    with reader.snapshot():
        before = reader.table("evidence")
        writer.add(judged(1))
        assert reader.table("evidence") == before
    assert len(reader.table("evidence")) == len(before) + 1
    with pytest.raises(ZeroDivisionError), reader.snapshot():
        raise ZeroDivisionError
    with reader.snapshot():
        assert reader.table("runs")
    reader.close()
    writer.close()


class Stopped(sqlite3.Connection):
    """A connection on which Ctrl-C arrives as soon as a transaction has begun."""

    def execute(self, sql: str, /, *rest: Any) -> sqlite3.Cursor:
        cursor = super().execute(sql, *rest)
        if sql == "BEGIN IMMEDIATE":
            raise KeyboardInterrupt
        return cursor


def test_ctrl_c_right_after_the_beginning_leaves_no_transaction_open(tmp_path: Path) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    base = sqlite3.connect(book.path, isolation_level=None, factory=Stopped)
    with pytest.raises(KeyboardInterrupt):
        Ledger(book.path, base).add(judged(1))
    assert not base.in_transaction
    base.close()
    assert book.add(judged(1)) == 2
    book.close()


NAMER = """
import sys
from pathlib import Path
from refute.ledger.ledger import machine_id
sys.stdin.readline()
print(machine_id(Path("l.sqlite")))
"""


def test_audits_that_begin_at_once_are_on_one_machine(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", NAMER]
    audits: list[Any] = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes)  # type: ignore[call-overload]
        for _ in range(4)
    ]
    for audit in audits:
        audit.stdin.write("go\n")
        audit.stdin.flush()
    told = [audit.communicate(timeout=60) for audit in audits]
    assert len(told) == 4 and len({out for out, _ in told}) == 1 and {err for _, err in told} == {""}
    assert [path.name for path in tmp_path.iterdir()] == ["machine-id"]


def test_a_kill_while_a_machine_gets_its_name_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as kill:
        kill.setattr(os, "link", killed)
        with pytest.raises(KeyboardInterrupt):
            machine_id(tmp_path / "l.sqlite")
    assert list(tmp_path.iterdir()) == []
    assert len(machine_id(tmp_path / "l.sqlite")) == 32


def test_a_file_system_without_hard_links_has_machines_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    first = machine_id(tmp_path / "l.sqlite")
    assert machine_id(tmp_path / "l.sqlite") == first
    assert [path.name for path in tmp_path.iterdir()] == ["machine-id"]


def test_the_same_trials_at_two_levels_are_no_dispute(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "N2", "--seed", "1") == 0
    path = Path(".refute/ledger.sqlite")
    book = open_ledger(path)
    one = next(values for values in book.table("evidence"))
    fields = dict(zip(vars(row(0)), one, strict=True))
    assert fields["level"] == spent_by(1) and fields["outcome"] == "certified"
    known = row(0, **{name: value for name, value in fields.items() if name != "id"})
    other: dict[str, Any] = {"outcome": "undecided", "level": FALSE_ALARM_LEVEL / 2, "run": "elsewhere"}
    book.add({"evidence": [values(replace(known, **other))]})
    assert shown(capsys)["N2"]["disputed"] == 0
    book.add({"evidence": [values(replace(known, **{**other, "level": spent_by(1), "run": "there"}))]})
    found = shown(capsys)["N2"]
    assert found["disputed"] == 1
    assert found["instances"] == len({r[0] for r in book.table("evidence") if r[7] == "main"})
    book.close()


DAMAGED: list[tuple[str, tuple[object, ...], str]] = [
    ("endings", ("r", 1.0, 0, b"no zip"), "an audit in this ledger is damaged"),
    (
        "endings",
        ("r", 1.0, 0, zlib.compress(b"[1]")),
        "an audit in this ledger is damaged: expected",
    ),
    ("spending", ("N2", "s", "1", "many"), "audit 'many' of N2 has no level; nothing was merged"),
    ("spending", ("N2", "s", "1", 0), "audit 0 of N2 has no level; nothing was merged"),
    ("evidence", ("i", "r", *14 * (None,)), "evidence i is not what its hash says; nothing was merged"),
]


@pytest.mark.parametrize(("table", "damage", "message"), DAMAGED)
def test_what_nobody_could_read_is_not_merged(
    tmp_path: Path, table: str, damage: tuple[object, ...], message: str
) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    book.add({table: [damage], "runs": [("r", *8 * ("",))]})
    book.close()
    with pytest.raises(LedgerError, match=message) as found:
        merge(tmp_path / "new.sqlite", [book.path])
    assert "\n" not in str(found.value) and not (tmp_path / "new.sqlite").exists()


def test_evidence_without_a_claim_is_damage(tmp_path: Path) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    rows = judged(1)
    (complete,) = rows["evidence"]
    book.add({**rows, "evidence": [(*complete[:2], None, *complete[3:])]})
    book.close()
    with pytest.raises(LedgerError, match=r"is damaged: .*; nothing was merged"):
        merge(tmp_path / "new.sqlite", [book.path])


def test_a_whole_audit_is_read_back(tmp_path: Path) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    book.add({"endings": [("r", 1.0, 0, zlib.compress(b'{"claims": []}'))]})
    assert stored(book, "r") == b'{"claims": []}'
    book.close()


@pytest.mark.parametrize(
    ("audit", "message"),
    [
        (zlib.compress(bytes(2**28 + 1)), "it is larger than the 268435456 bytes that are read"),
        (zlib.compress(b'{"claims": []}')[:-3], "it is cut short"),
        ("text", "it is stored as str"),
        (None, "it is stored as NoneType"),
    ],
)
def test_an_audit_that_cannot_be_unpacked_is_damage(tmp_path: Path, audit: object, message: str) -> None:
    book = open_ledger(tmp_path / "l.sqlite")
    book.add({"endings": [("r", 1.0, 0, audit)]})
    with pytest.raises(LedgerError, match=f"an audit in this ledger is damaged: {message}"):
        stored(book, "r")
    with pytest.raises(LedgerError, match="an audit in this ledger is damaged"):
        stored(book, "another run")
    book.close()
