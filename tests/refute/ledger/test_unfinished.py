"""What an unfinished audit leaves, and that nothing else is taken for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refute.audit.piece_worker import Job
from refute.audit.pieces import Answer, Piece, Task
from refute.audit.profiles import PROFILES
from refute.audit.request import Terms
from refute.basics.errors import LedgerError
from refute.ledger.ledger import Ledger
from refute.ledger.unfinished import unfinished
from refute.statement.kinds import Compute

JOB = Job("/paper", "sources", "{}", 1, Terms(PROFILES["quick"], 0, Compute()))
PIECE = Piece(Task.SEARCH, "K1", 2, 1e-6)
ANSWER = Answer('{"judged": []}', True, 1.5)


def keep(folder: Path, job: Job = JOB, command: str = "run", labels: tuple[str, ...] = ("K1",)) -> Path:
    with unfinished(folder, command, labels, job, resume=True) as memory:
        memory.put(PIECE, ANSWER)
    (path,) = folder.glob("*.sqlite")
    return path


def found(folder: Path, job: Job = JOB, piece: Piece = PIECE, **changes: object) -> Answer | None:
    how: dict[str, object] = {"command": "run", "labels": ("K1",), **changes}
    with unfinished(folder, how["command"], how["labels"], job, resume=True) as memory:  # type: ignore[arg-type]
        return memory.get(piece)


def test_an_answer_that_is_kept_is_there(tmp_path: Path) -> None:
    keep(tmp_path)
    assert found(tmp_path) == ANSWER
    with unfinished(tmp_path, "run", ("K1",), JOB, resume=True) as memory:
        assert memory.get(PIECE) == ANSWER and memory.found == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, root="/other"),
        replace(JOB, sources="others"),
        replace(JOB, described='{"loop": "slow"}'),
        replace(JOB, threads=2),
        replace(JOB, terms=replace(JOB.terms, seed=1)),
        replace(JOB, terms=replace(JOB.terms, compute=Compute("cpu", "float32"))),
        replace(JOB, terms=replace(JOB.terms, profile=PROFILES["ci"])),
    ],
)
def test_under_other_terms_nothing_is_resumed(tmp_path: Path, other: Job) -> None:
    keep(tmp_path)
    assert found(tmp_path, other) is None


def test_another_command_claim_piece_or_level_is_another_answer(tmp_path: Path) -> None:
    keep(tmp_path)
    assert found(tmp_path, command="siblings") is None
    assert found(tmp_path, labels=("K1", "K2")) is None
    assert found(tmp_path, labels=("K2",)) is None
    others: list[dict[str, Any]] = [{"label": "K2"}, {"number": 3}, {"level": 1e-7}, {"payload": ("x",)}]
    for changes in others:
        assert found(tmp_path, piece=replace(PIECE, **changes)) is None
    assert found(tmp_path, piece=replace(PIECE, task=Task.SIBLING)) is None


def test_without_resume_the_store_is_emptied_and_at_the_end_deleted(tmp_path: Path) -> None:
    keep(tmp_path)
    with unfinished(tmp_path, "run", ("K1",), JOB, resume=False) as memory:
        assert memory.get(PIECE) is None
        memory.put(PIECE, ANSWER)
    memory.finish()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_before_there_is_an_answer(tmp_path: Path) -> None:
    for resume in (True, False):
        with unfinished(tmp_path / "folder", "run", ("K1",), JOB, resume=resume) as memory:
            assert memory.get(PIECE) is None
        memory.finish()
    assert list(tmp_path.iterdir()) == []


def test_folders_that_are_there_for_it_alone_go_with_it(tmp_path: Path) -> None:
    folder = tmp_path / ".refute" / "unfinished"
    for other in (None, tmp_path / ".refute" / "ledger.sqlite"):
        with unfinished(folder, "run", ("K1",), JOB, resume=True) as memory:
            memory.put(PIECE, ANSWER)
            assert list(folder.iterdir())
            if other is not None:
                other.touch()
        memory.finish()
        assert not folder.exists()
        assert (tmp_path / ".refute").exists() is (other is not None)


def test_where_no_store_can_be_kept_the_audit_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with unfinished(tmp_path / "file", "run", ("K1",), JOB, resume=True) as memory:
        assert memory.get(PIECE) is None
        memory.put(PIECE, ANSWER)
        assert memory.failure and memory.get(PIECE) is None
    memory.finish()


def test_a_damaged_answer_is_not_there(tmp_path: Path) -> None:
    path = keep(tmp_path)
    with closing(sqlite3.connect(path)) as base:
        for verb in ("update", "delete"):
            base.execute(f"DROP TRIGGER answers_{verb}")
        base.execute("UPDATE answers SET text = x'00'")
        base.commit()
    assert found(tmp_path) is None


def test_a_store_that_fails_ends_the_storing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def full(*_: object) -> int:
        tries.append(1)
        raise LedgerError("the disk is full")

    with unfinished(tmp_path, "run", ("K1",), JOB, resume=True) as memory:
        assert memory.failure == ""
        monkeypatch.setattr(Ledger, "add", full)
        memory.put(PIECE, ANSWER)
        memory.put(replace(PIECE, number=3), ANSWER)
        assert memory.failure == "the disk is full" and tries == [1]
        assert memory.get(PIECE) is None
