"""In which order the pieces of an audit follow from each other: one course for each claim.

A course asks for rows of pieces, is given their answers, and asks again until it returns what they come to.
All pieces that it asks for at once may be done side by side. The pieces of one row are in order: the answers
end with the first that ends its row, so that what was done beyond it changes nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TypeVar

from refute.audit.agreement import Agreement, Matrix
from refute.audit.blame import Blame
from refute.audit.controls import CONTROLS, Controlled
from refute.audit.one_claim import Searched, parts_of
from refute.audit.pieces import Answer, Piece, Task
from refute.audit.request import Request
from refute.audit.result import Failure, Result
from refute.audit.result_text import record_of, result_of, result_text, text_of
from refute.audit.verdict import Verdict
from refute.statement.claim import Claim
from refute.statement.plot import Plot
from refute.statement.sibling import Sibling

T = TypeVar("T")
Course = Generator[list[list[Piece]], list[list[Answer]], T]


def claim_course(claim: Claim, request: Request) -> Course[Result]:
    """A claim, and its siblings where they are asked for. Ctrl-C during the blame keeps the refutation."""
    level = request.level_of(claim)
    decides = request.compute.dtype == "float64"
    search = [Piece(Task.SEARCH, claim.id, number, level) for number in range(parts_of(claim))]
    siblings = _sibling_rows(claim, level) if request.with_siblings and decides else []
    found, *below = yield [search, *siblings]
    parts = tuple(_searched_text(claim, one) for one in found)
    ((concluded,),) = yield [[Piece(Task.CONCLUDE, claim.id, 0, level, parts)]]
    result = replace(
        _result(concluded, claim).showing_only(request.compute.dtype),
        seconds=sum(one.seconds for one in (*found, concluded)),
        siblings=_siblings(claim, below) if below else (),
    )
    if result.verdict is not Verdict.REFUTED or result.counterexample is None or not claim.uses:
        return result
    try:
        ((one,),) = yield [[Piece(Task.BLAME, claim.id, 0, level, (result_text(result),))]]
    except KeyboardInterrupt:
        return result
    return _with_blame(result, one)


def siblings_course(claim: Claim, level: float) -> Course[tuple[tuple[Sibling, Result], ...]]:
    """The siblings of a claim."""
    return _siblings(claim, (yield _sibling_rows(claim, level)))


def controls_course() -> Course[tuple[Controlled, ...]]:
    """All controls. One that is lost is wrong."""
    answers = yield [[Piece(Task.CONTROL, number=number)] for number in range(len(CONTROLS))]
    return tuple(
        Controlled(control.claim.id, control.claim.title, control.expected, Verdict.ERROR, one.lost)
        if one.lost
        else record_of(one.text, Controlled)
        for control, (one,) in zip(CONTROLS, answers, strict=True)
    )


def plots_course() -> Course[tuple[tuple[Plot, ...], str]]:
    """The plots of the paper, or none and why."""
    ((one,),) = yield [[Piece(Task.PLOTS)]]
    return ((), one.lost) if one.lost else (record_of(one.text, tuple[Plot, ...]), "")


def agreement_course(result: Result, matrix: Matrix, level: float) -> Course[list[tuple[Agreement, float]]]:
    """A result under each variation that can run here, each with the seconds it took."""
    variations = [variation for variation in matrix.variations if not variation.absent]
    shared = (result_text(result), text_of(matrix.reference))
    pieces = [
        [Piece(Task.AGREEMENT, result.claim.id, 0, level, (shared[0], text_of(variation), shared[1]))]
        for variation in variations
    ]
    answers = yield pieces
    return [
        (
            Agreement.failed(result.claim.id, variation.name, result.verdict, one.lost)
            if one.lost
            else record_of(one.text, Agreement),
            one.seconds,
        )
        for variation, (one,) in zip(variations, answers, strict=True)
    ]


def _sibling_rows(claim: Claim, level: float) -> list[list[Piece]]:
    return [[Piece(Task.SIBLING, f"{claim.id}~{one.name}", 0, level)] for one in claim.siblings]


def _siblings(claim: Claim, rows: Sequence[Sequence[Answer]]) -> tuple[tuple[Sibling, Result], ...]:
    return tuple(
        (sibling, _result(one, claim.as_sibling(sibling)))
        for sibling, (one,) in zip(claim.siblings, rows, strict=True)
    )


def _searched_text(claim: Claim, one: Answer) -> str:
    return text_of(Searched(failure=_failure(claim, one))) if one.lost else one.text


def _result(one: Answer, claim: Claim) -> Result:
    if not one.lost:
        return result_of(one.text, claim)
    failure = _failure(claim, one)
    return Result(claim, Verdict.ERROR, failure.sentence, seconds=one.seconds, failure=failure)


def _failure(claim: Claim, one: Answer) -> Failure:
    return Failure(one.lost, f"{claim.id}: {one.lost}\n")


def _with_blame(result: Result, one: Answer) -> Result:
    found: Blame | None = None if one.lost else record_of(one.text, Blame | None)  # type: ignore[arg-type]
    return blamed(result, found)


def blamed(result: Result, found: Blame | None) -> Result:
    """A result with its blame, told in `because` as well."""
    if found is None:
        return result
    return replace(result, blame=found, because=f"{result.because}. {found.sentence}")
