"""A ledger that is none, damaged, absent, or on a disk that is full or closed: one line, and nothing lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from refute.ledger.ledger import Ledger, open_ledger
from tests.refute.ledger.ledgers import FILE, refute, shown


def spoil_with(*orders: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        base = sqlite3.connect(path)
        for order in orders:
            base.execute(order)
        base.commit()
        base.close()

    return spoil


def made_then(*orders: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        open_ledger(path).close()
        spoil_with(*orders)(path)

    return spoil


BAD: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_text("claim,verdict\n" * 99, "utf-8"), "not a SQLite database"),
    (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 4000), "not a SQLite database"),
    (spoil_with("CREATE TABLE t (x)"), "is a SQLite database, but not a ledger of refute"),
    (made_then("PRAGMA application_id = 7"), "is a SQLite database, but not a ledger of refute"),
    (
        made_then("PRAGMA user_version = 2"),
        "is a ledger of schema 2, this refute knows schema 1; update",
    ),
    (lambda path: path.mkdir(), "is a folder"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[message[-25:] for _, message in BAD])
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "N3", "--ledger", "l.sqlite"),
        ("ledger", "l.sqlite"),
        ("ledger", "new.sqlite", "--merge", "l.sqlite"),
    ],
    ids=["run", "show", "merge"],
)
def test_a_bad_ledger_is_one_line_and_left_as_it_was(
    toy: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    path = toy / "l.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    assert refute(*arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err and "l.sqlite" in printed.err
    assert printed.err.startswith("refute: ") and printed.err.count("\n") == 1 and printed.out == ""
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert not Path("new.sqlite").exists() and not Path("machine-id").exists()


def test_a_torn_ledger_is_one_line(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "--ledger", "l.sqlite") == 0
    whole = Path("l.sqlite").read_bytes()
    Path("l.sqlite").write_bytes(whole[: len(whole) // 2])
    for arguments in (("ledger", "l.sqlite"), ("ledger", "new.sqlite", "--merge", "l.sqlite")):
        capsys.readouterr()
        assert refute(*arguments) == 2
        err = capsys.readouterr().err
        assert err.startswith("refute: l.sqlite: the ledger is damaged; move it away: the next `refute run`")
        assert "merge" not in err
    assert not Path("new.sqlite").exists()


def test_a_ledger_that_is_not_there_is_one_line(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("ledger") == 2
    assert capsys.readouterr().err == f"refute: {FILE}: there is no ledger here; `refute run` begins one\n"
    assert not Path(".refute").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N3", "--ledger", "/proc/refute/ledger.sqlite") == 2
    assert capsys.readouterr().err.startswith("refute: /proc")
    assert not Path(".refute").exists(), "a command that is refused leaves nothing"

    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("refute.basics.files.TemporaryFile", refuse)
    assert refute("run", "N3") == 2
    assert capsys.readouterr().err == f"refute: {toy} cannot be written to: Read-only file system\n"


def test_a_ledger_in_a_folder_that_cannot_be_written_can_be_read(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N3") == 0
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert shown(capsys)["N3"]["instances"] > 100
    assert {path.name for path in Path(".refute").iterdir()} >= {"ledger.sqlite"}


def test_a_full_disk_costs_the_claim_that_is_being_written(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N1", "--ledger", "one.sqlite") == 0
    ((pages,),) = (one := open_ledger(Path("one.sqlite"))).rows("PRAGMA page_count")
    one.close()
    capsys.readouterr()

    def small(path: Path, *, write: bool = True) -> Ledger:
        """Room for N1 and N2, and not for N3."""
        opened = open_ledger(path, write=write)
        opened.base.execute(f"PRAGMA max_page_count = {int(str(pages)) + 4}")
        return opened

    with monkeypatch.context() as full:
        full.setattr("refute.ledger.recorder.open_ledger", small)
        assert refute("run", "--json", "run.json", "--report", "out") == 2
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == (
        f"refute: the evidence could not be written: {FILE}: "
        "the disk is full; what was in the ledger before is still there"
    )
    verdicts = [claim["verdict"] for claim in json.loads(Path("run.json").read_text("utf-8"))["claims"]]
    assert verdicts == ["SUPPORTED", "SUPPORTED", "PROVED"] and "Nothing was refuted" in printed.out
    assert Path("out/index.html").is_file()
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == 5 and found["N3"]["instances"] == 0
