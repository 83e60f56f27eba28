"""A worker does what it is told, of the paper that it is told, and refuses to compute something else."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from refute.audit import piece_worker
from refute.audit.piece_worker import Job, job_of, work
from refute.audit.pieces import Answer, Piece, Task, answer, stock_of
from refute.audit.profiles import PROFILES
from refute.audit.request import Terms
from refute.audit.result_text import result_of
from refute.audit.verdict import Verdict
from refute.basics.errors import AuditError
from refute.inputs.registry import Book, discover
from tests.refute.planted import CPU
from tests.refute.toy_files import N1, change

TERMS = Terms(PROFILES["quick"], 3, CPU)


def job(root: Path) -> tuple[Job, Book]:
    piece_worker._load.cache_clear()
    book = discover(root)
    return job_of(root, book, 0, TERMS), book


def test_a_worker_finds_what_the_command_finds(toy: Path) -> None:
    told, book = job(toy)
    for label, number in (("N1", 1), ("N2", 0), ("N1~three-halves", 2)):
        piece = Piece(Task.SEARCH, label, number)
        there = work(pickle.loads(pickle.dumps(told)), pickle.loads(pickle.dumps(piece)))
        here = answer(piece, stock_of(book.claims), TERMS)
        found, expected = (one.text.partition('"seconds"')[0] for one in (there, here))
        assert found == expected
        assert there.ends == here.ends


def test_other_sources_are_refused(toy: Path) -> None:
    told, _ = job(toy)
    with pytest.raises(AuditError, match=r"other sources of refute or of .*; start it again"):
        work(replace(told, sources="0" * 32), Piece(Task.SEARCH, "N1"))


def test_another_way_to_compute_is_refused(toy: Path) -> None:
    told, _ = job(toy)
    with pytest.raises(AuditError, match=r"a worker computes otherwise: .* and not by hand"):
        work(replace(told, described="by hand"), Piece(Task.SEARCH, "N1"))


def test_places_are_told_from_the_folder_of_the_paper(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(toy, N1, "y = instance.y", "y = instance.z")
    told, book = job(toy)
    monkeypatch.chdir(tmp_path)
    found = result_of(work(told, Piece(Task.SIBLING, "N1")).text, book.claims[0])
    assert found.verdict is Verdict.ERROR and "(claims/numbers/n1_square_of_sum.py:" in found.because


def test_a_process_does_one_piece_at_a_time(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, _ = job(toy)
    inside: list[int] = []
    most: list[int] = []

    def slow(*_: object) -> Answer:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.02)
        inside.pop()
        return Answer("{}")

    monkeypatch.setattr(piece_worker, "answer", slow)
    threads = [threading.Thread(target=work, args=(told, Piece(Task.PLOTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_plots_that_fail_are_lost_and_none_where_the_paper_has_none(toy: Path) -> None:
    book = discover(toy)
    assert answer(Piece(Task.PLOTS), stock_of(book.claims, book.paper), TERMS).text == "[]"
    broken = replace(book.paper, plots=lambda *_: 1 / 0)  # type: ignore[arg-type]
    found = answer(Piece(Task.PLOTS), stock_of(book.claims, broken), TERMS)
    assert found.lost == "ZeroDivisionError: division by zero"
