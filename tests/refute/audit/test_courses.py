"""What becomes of pieces that nobody could do: named errors, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import pytest

from refute.audit.agreement import Variation, planned
from refute.audit.all_claims import alone
from refute.audit.controls import CONTROLS
from refute.audit.courses import (
    Course,
    agreement_course,
    claim_course,
    controls_course,
    plots_course,
    siblings_course,
)
from refute.audit.one_claim import audit_claim, parts_of
from refute.audit.pieces import Answer, Piece, Task
from refute.audit.request import Request
from refute.audit.verdict import Verdict
from refute.statement.claim import Claim
from tests.refute.audit.agreeing import paper
from tests.refute.planted import CPU, SMALL, below, planted

LOST = Answer(lost="nobody came back", ends=True)
FALSE = planted(id="A", check=below(500), uses=("B",))
BOOK = (FALSE, planted(id="B", check=below(400)))


def done(
    course: Course[Any], claims: tuple[Claim, ...], lost: tuple[Task, ...] = (), number: int = -1
) -> Any:
    """Do a course here, but for the pieces of some tasks, or the one of that number."""
    run = alone(Request(claims, SMALL, 0, CPU, book=claims)).run

    def answered(piece: Piece) -> Answer:
        return LOST if piece.task in lost and number in (-1, piece.number) else run(piece)

    try:
        rows = next(course)
        while True:
            answers: list[list[Answer]] = []
            for row in rows:
                answers.append([])
                for piece in row:
                    answers[-1].append(answered(piece))
                    if answers[-1][-1].ends:
                        break
            rows = course.send(answers)
    except StopIteration as end:
        return end.value


def request(*claims: Claim, siblings: bool = False) -> Request:
    return Request(claims, SMALL, 0, CPU, siblings, claims)


def test_nothing_lost_is_what_one_process_finds() -> None:
    claim = planted()
    found = done(claim_course(claim, request(claim, siblings=True)), (claim,))
    alone_ = audit_claim(claim, SMALL, 0, CPU)
    assert (found.verdict, found.judged, found.classes) == (alone_.verdict, alone_.judged, alone_.classes)
    ((sibling, below_),) = found.siblings
    assert sibling is claim.siblings[0] and below_.verdict is Verdict.REFUTED
    assert found.seconds > 0


@pytest.mark.parametrize("task", [Task.SEARCH, Task.CONCLUDE])
@pytest.mark.parametrize("number", [0, 1])
def test_a_claim_of_which_a_piece_is_lost_is_an_error(task: Task, number: int) -> None:
    claim = planted()
    assert parts_of(claim) == 2
    found = done(claim_course(claim, request(claim, siblings=True)), (claim,), (task,), number)
    if task is Task.CONCLUDE and number == 1:
        assert found.verdict is Verdict.SUPPORTED, "there is one such piece, number 0"
        return
    assert (found.verdict, found.because) == (Verdict.ERROR, "nobody came back")
    assert found.siblings[0][1].verdict is Verdict.REFUTED, "its sibling goes on"


def test_a_sibling_that_is_lost_is_an_error_and_its_claim_stands() -> None:
    claim = planted()
    found = done(claim_course(claim, request(claim, siblings=True)), (claim,), (Task.SIBLING,))
    assert found.verdict is Verdict.SUPPORTED
    assert (found.siblings[0][1].verdict, found.siblings[0][1].because) == (Verdict.ERROR, "nobody came back")
    (pair,) = done(siblings_course(claim, 1e-6), (claim,), (Task.SIBLING,))
    assert pair[1].claim.id == "P1~less" and pair[1].verdict is Verdict.ERROR


def test_a_refutation_whose_blame_is_lost_is_a_refutation() -> None:
    whole = done(claim_course(FALSE, request(*BOOK)), BOOK)
    assert whole.blame is not None and whole.blame.false == "B"
    assert "A falls because B is false" in whole.because
    found = done(claim_course(FALSE, request(*BOOK)), BOOK, (Task.BLAME,))
    assert found.verdict is Verdict.REFUTED and found.blame is None
    assert found.counterexample == whole.counterexample


def test_a_control_that_is_lost_is_wrong() -> None:
    found = done(controls_course(), (), (Task.CONTROL,), 2)
    assert [one.name for one in found] == [control.claim.id for control in CONTROLS]
    assert [one.wrong for one in found if one.wrong] == ["nobody came back"] and found[2].wrong


def test_an_agreement_that_is_lost_is_unexplained() -> None:
    claim = planted()
    result = audit_claim(claim, SMALL, 0, CPU)
    matrix = planned(paper(), CPU)
    ((row, _),) = done(agreement_course(result, matrix, 1e-6), (claim,), (Task.AGREEMENT,))
    assert isinstance(matrix.reference, Variation)
    assert (row.id, row.verdict, row.explained, row.explanation) == (
        "P1",
        Verdict.ERROR,
        False,
        "nobody came back",
    )
    ((row, seconds),) = done(agreement_course(result, matrix, 1e-6), (claim,))
    assert row.verdict is result.verdict and row.explained and seconds > 0


def test_plots_that_are_lost_are_none_and_why() -> None:
    assert done(plots_course(), (), (Task.PLOTS,)) == ((), "nobody came back")
    assert done(plots_course(), ()) == ((), "")
