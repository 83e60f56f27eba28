"""Has the courses of an audit done by whoever works: longest first, nothing lost, the answers in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any, Protocol

from refute.audit.courses import Course
from refute.audit.pieces import Answer, Piece
from refute.basics.errors import AuditError, RefuteError, one_line
from refute.basics.executors import InThisProcess, Workers, is_death
from refute.basics.interrupts import uninterrupted

_LOOK = 1.0
"""Seconds between two looks for workers that died, while nothing comes back."""


class Memory(Protocol):
    """Where answers wait for `--resume`. failure: why they do not; empty where they do."""

    @property
    def failure(self) -> str:
        """See above."""
        ...

    def get(self, piece: Piece) -> Answer | None:
        """The answer to a piece, None if it is not there."""
        ...

    def put(self, piece: Piece, answer: Answer) -> None:
        """Keep an answer at once and for good."""
        ...

    def finish(self) -> None:
        """Forget everything: the audit is at its end."""
        ...


@dataclass(frozen=True)
class NoMemory:
    """Keeps nothing."""

    failure: str = ""

    def get(self, _: Piece) -> Answer | None:
        """Nothing is there."""
        return None

    def put(self, _: Piece, __: Answer) -> None:
        """Keep nothing."""

    def finish(self) -> None:
        """There is nothing to forget."""


@dataclass(frozen=True)
class Crew:
    """Who works, what they do with a piece, what they remember, and who is told.

    begun: told the label of an errand when its first piece is begun. answered: told each answer, and whether
    it was remembered. ended: told the label of an errand that came to its end. said: told of workers that
    died.
    """

    run: Callable[[Piece], Answer]
    workers: Workers = field(default_factory=lambda: Workers("1 process", InThisProcess(), lambda: 1))
    memory: Memory = field(default_factory=NoMemory)
    begun: Callable[[str], None] = lambda _: None
    answered: Callable[[Piece, Answer, bool], None] = lambda _, __, ___: None
    ended: Callable[[str], None] = lambda _: None
    said: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Errand:
    """A course on its way. label: what it is about. weight: what it should take, in any unit.

    done: told what it came to.
    """

    label: str
    course: Course[Any]
    done: Callable[[Any], None]
    weight: float = 0.0


@dataclass
class _Round:
    """The rows that an errand asked for at once, and the answers so far. rank: the turn of the errand."""

    errand: Errand
    rank: int
    rows: list[list[Piece]]
    answers: list[list[Answer | None]]

    def settled(self, row: int) -> list[Answer] | None:
        """The answers of a row up to the one that ends it; None if one of them is still to come."""
        found: list[Answer] = []
        for one in self.answers[row]:
            if one is None:
                return None
            found.append(one)
            if one.ends:
                break
        return found


_Place = tuple[_Round, int, int]


def drive(errands: Sequence[Errand], crew: Crew) -> None:
    """Have all errands done, each told of as soon as it is.

    Whoever works alone does them in the given order; several take the longest first, so that nobody is left
    alone with one at the end. Ctrl-C passes, after errands that can do with what they have were told of.
    Raises AuditError where the workers cannot go on; what was done before is told of.
    """
    _Drive(crew).all(errands)


@dataclass
class _Drive:
    """Errands under way.

    waiting: pieces in the queue, by rank and age. flying: those that somebody does. open: the round of each
    errand that is not at its end, by rank. begun: ranks of which a piece was begun.
    """

    crew: Crew
    waiting: list[tuple[int, int, _Place]] = field(default_factory=list)
    flying: dict[Future[Answer], _Place] = field(default_factory=dict)
    open: dict[int, _Round] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    serial: int = 0

    def all(self, errands: Sequence[Errand]) -> None:
        order = list(errands)
        if not self.crew.workers.alone:
            order.sort(key=lambda errand: -errand.weight)
        try:
            for rank, errand in enumerate(order):
                self._advance(errand, rank, None)
            while self.open:
                self._fill()
                self._gather()
        except KeyboardInterrupt:
            self._cut_short()
            raise

    def _fill(self) -> None:
        """Have as many pieces done as keep all busy."""
        capacity = self.crew.workers.capacity()
        while self.waiting and len(self.flying) < capacity:
            _, _, place = heapq.heappop(self.waiting)
            round_, row, column = place
            if round_.settled(row) is not None:
                continue
            piece = round_.rows[row][column]
            known = self.crew.memory.get(piece)
            if known is not None:
                self._take(place, known, remembered=True)
                continue
            if round_.rank not in self.begun:
                self.begun.add(round_.rank)
                self.crew.begun(round_.errand.label)
            self.flying[self.crew.workers.executor.submit(self.crew.run, piece)] = place

    def _gather(self) -> None:
        """Take the answers that are there, once there is one."""
        if self.flying:
            finished, _ = wait(self.flying, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for future in finished:
                place = self.flying.pop(future)
                self._take(place, self._answer(future, place), remembered=False)
        for sentence in self.crew.workers.deaths():
            self.crew.said(sentence)

    def _take(self, place: _Place, answer: Answer, remembered: bool) -> None:
        """Keep an answer and count it, in one step: after Ctrl-C, what is kept is what is shown."""
        round_, row, column = place
        piece = round_.rows[row][column]
        with uninterrupted():
            if not (remembered or answer.lost):
                self.crew.memory.put(piece, answer)
            self.crew.answered(piece, answer, remembered)
            if round_.settled(row) is None:
                round_.answers[row][column] = answer
                found = [round_.settled(one) for one in range(len(round_.rows))]
                if None not in found:
                    answers = [one for one in found if one is not None]
                    self._advance(round_.errand, round_.rank, answers)

    def _advance(self, errand: Errand, rank: int, answers: list[list[Answer]] | None) -> None:
        """Let the course of an errand go on, and put what it asks for in the queue."""
        course = errand.course
        try:
            rows = next(course) if answers is None else course.send(answers)
            while not any(rows):
                rows = course.send([[] for _ in rows])
        except StopIteration as end:
            self.open.pop(rank, None)
            self._done(errand, end.value)
            return
        round_ = _Round(errand, rank, rows, [[None] * len(row) for row in rows])
        self.open[rank] = round_
        for row, pieces in enumerate(rows):
            for column in range(len(pieces)):
                self.serial += 1
                heapq.heappush(self.waiting, (rank, self.serial, (round_, row, column)))

    def _answer(self, future: Future[Answer], place: _Place) -> Answer:
        """What came back for a piece. Raises AuditError where the workers cannot go on."""
        round_, row, column = place
        what = round_.rows[row][column].describe()
        try:
            return future.result()
        except RefuteError as error:
            raise AuditError(f"{self.crew.workers.name}: {error}") from error
        except Exception as error:
            if is_death(error):
                lost = f"every process that worked on {what} died; is there enough memory?"
                return Answer(lost=lost, ends=True)
            raise AuditError(f"{self.crew.workers.name} lost {what}: {one_line(error)}") from error

    def _done(self, errand: Errand, value: object) -> None:
        errand.done(value)
        self.crew.ended(errand.label)

    def _cut_short(self) -> None:
        """Let every errand that can do with what it has come to its end."""
        for round_ in list(self.open.values()):
            try:
                round_.errand.course.throw(KeyboardInterrupt)
            except StopIteration as end:
                self._done(round_.errand, end.value)
            except KeyboardInterrupt:
                continue
