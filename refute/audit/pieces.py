"""The pieces of an audit: what one process does at a time, with no other's help, and what it answers.

A piece names its claim and carries no code, so that it travels; an answer is a text
(`refute.audit.result_text`). What a piece finds depends on the piece, the terms and the sources alone,
whoever does it and when.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from refute.audit.agreement import Variation, compare_on
from refute.audit.blame import blame
from refute.audit.controls import run_control
from refute.audit.one_claim import Searched, Tick, audit_claim, conclude, search_part
from refute.audit.request import Terms
from refute.audit.result_text import record_of, result_of, result_text, text_of
from refute.basics.errors import one_line
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.paper import Paper


class Task(StrEnum):
    """What there is to do, and the piece's payload and answer.

    CONTROL: nothing, Controlled. SEARCH: nothing, Searched. CONCLUDE: those of the search, a result. SIBLING:
    nothing, a result. BLAME: a refuted result, Blame or None. AGREEMENT: a result, the variation and its
    reference, Agreement. PLOTS: nothing, plots.
    """

    CONTROL = "control"
    SEARCH = "search"
    CONCLUDE = "conclude"
    SIBLING = "sibling"
    BLAME = "blame"
    AGREEMENT = "agreement"
    PLOTS = "plots"


@dataclass(frozen=True)
class Piece:
    """A piece of work. label: of the claim or sibling. number: of the control or of the part of a search."""

    task: Task
    label: str = ""
    number: int = 0
    level: float = FALSE_ALARM_LEVEL
    payload: tuple[str, ...] = ()

    def describe(self) -> str:
        """In words, for messages."""
        return self.label or ("a control" if self.task is Task.CONTROL else "the plots")


@dataclass(frozen=True)
class Answer:
    """What came of a piece.

    ends: the pieces after it in its row have nothing to add. seconds: what it took. lost: why there is no
    text.
    """

    text: str = ""
    ends: bool = False
    seconds: float = 0.0
    lost: str = ""


@dataclass(frozen=True)
class Stock:
    """What a process needs to have loaded: the claims of the book by label, in order, and the paper."""

    claims: Mapping[str, Claim]
    paper: Paper | None = None

    def target(self, label: str) -> Claim:
        """A claim, or a sibling as a claim of its own. Raises KeyError."""
        name, _, sibling = label.partition("~")
        claim = self.claims[name]
        if not sibling:
            return claim
        return claim.as_sibling({one.name: one for one in claim.siblings}[sibling])


def stock_of(claims: Sequence[Claim], paper: Paper | None = None) -> Stock:
    """The stock that holds these claims."""
    return Stock({claim.id: claim for claim in claims}, paper)


def answer(piece: Piece, stock: Stock, terms: Terms, tick: Tick = lambda _: None) -> Answer:
    """Do a piece. What the code of a claim raises is in the answer's text; what plots raise, in `lost`."""
    begun = time.monotonic()
    try:
        text, ends = _DO[piece.task](piece, stock, terms, tick)
    except (Exception, SystemExit) as error:
        if piece.task is not Task.PLOTS:
            raise
        return Answer(lost=one_line(error), seconds=time.monotonic() - begun)
    return Answer(text, ends, time.monotonic() - begun)


def _control(piece: Piece, _: Stock, terms: Terms, __: Tick) -> tuple[str, bool]:
    return text_of(run_control(piece.number, terms.profile, terms.seed)), False


def _search(piece: Piece, stock: Stock, terms: Terms, tick: Tick) -> tuple[str, bool]:
    how = (terms.profile, terms.seed, terms.compute, tick)
    found = search_part(stock.target(piece.label), piece.number, *how, level=piece.level)
    return text_of(found), found.ends


def _conclude(piece: Piece, stock: Stock, terms: Terms, _: Tick) -> tuple[str, bool]:
    parts = [record_of(text, Searched) for text in piece.payload]
    target = stock.target(piece.label)
    return result_text(conclude(target, parts, terms.seed, terms.compute, piece.level)), False


def _sibling(piece: Piece, stock: Stock, terms: Terms, tick: Tick) -> tuple[str, bool]:
    how = (terms.profile, terms.seed, terms.compute, tick)
    return result_text(audit_claim(stock.target(piece.label), *how, level=piece.level)), False


def _blame(piece: Piece, stock: Stock, terms: Terms, _: Tick) -> tuple[str, bool]:
    result = result_of(piece.payload[0], stock.target(piece.label))
    assert result.counterexample is not None
    instance = result.counterexample.instance
    found = blame(result.claim, instance, stock.claims.values(), terms.compute, terms.seed)
    return text_of(found), False


def _agreement(piece: Piece, stock: Stock, terms: Terms, _: Tick) -> tuple[str, bool]:
    result = result_of(piece.payload[0], stock.target(piece.label))
    variation, reference = (record_of(text, Variation) for text in piece.payload[1:])
    return text_of(compare_on(stock.paper, result, variation, terms.seed, piece.level, reference)), False


def _plots(_: Piece, stock: Stock, terms: Terms, tick: Tick) -> tuple[str, bool]:
    if stock.paper is None or stock.paper.plots is None:
        return text_of(()), False
    return text_of(tuple(stock.paper.plots(terms.profile.draws, terms.seed, terms.compute, tick))), False


_DO: Mapping[Task, Callable[[Piece, Stock, Terms, Tick], tuple[str, bool]]] = {
    Task.CONTROL: _control,
    Task.SEARCH: _search,
    Task.CONCLUDE: _conclude,
    Task.SIBLING: _sibling,
    Task.BLAME: _blame,
    Task.AGREEMENT: _agreement,
    Task.PLOTS: _plots,
}
