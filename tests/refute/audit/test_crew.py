"""Courses and who does them: rows in order, nothing beyond the end of a row, nothing lost, longest first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from refute.audit.courses import Course
from refute.audit.crew import Crew, Errand, NoMemory, drive
from refute.audit.pieces import Answer, Piece, Task
from refute.basics.errors import AuditError, PaperError
from refute.basics.executors import Workers, WorkersDied


def piece(label: str, number: int = 0) -> Piece:
    return Piece(Task.SEARCH, label, number)


class Shuffled(Executor):
    """Has up to `size` tasks waiting and finishes them in an order of its own, one at each submission."""

    def __init__(self, size: int, generator: np.random.Generator) -> None:
        self.size = size
        self.generator = generator
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        if len(self.waiting) == self.size:
            self.finish()
        return future

    def finish(self) -> None:
        """Finish one of the tasks."""
        if self.waiting:
            future, task = self.waiting.pop(int(self.generator.integers(len(self.waiting))))
            try:
                future.set_result(task())
            except Exception as error:
                future.set_exception(error)

    def workers(self) -> Workers:
        """They are looked after before anybody waits."""

        def capacity() -> int:
            self.finish()
            return self.size

        return Workers("shuffled", self, capacity)


def echo(one: Piece) -> Answer:
    return Answer(f"{one.label}{one.number}", seconds=1.0)


def course(label: str, widths: tuple[int, ...] = (2, 1)) -> Course[list[str]]:
    """Two rounds: rows of these widths, then one more piece."""
    answers = yield [[piece(label, 10 * row + k) for k in range(width)] for row, width in enumerate(widths)]
    ((last,),) = yield [[piece(label, 99)]]
    return [one.text for row in answers for one in row] + [last.text]


def errands(found: dict[str, Any], count: int = 3, **weights: float) -> list[Errand]:
    return [
        Errand(label, course(label), partial(found.__setitem__, label), weights.get(label, 0.0))
        for label in "abcdefgh"[:count]
    ]


WHOLE = {label: [f"{label}0", f"{label}1", f"{label}10", f"{label}99"] for label in "abc"}


def test_whoever_works_alone_does_one_errand_after_the_other() -> None:
    found: dict[str, Any] = {}
    said: list[str] = []
    crew = Crew(echo, begun=said.append, ended=lambda label: said.append(f"/{label}"))
    drive(errands(found, b=5.0), crew)
    assert found == WHOLE
    assert said == ["a", "/a", "b", "/b", "c", "/c"]


@pytest.mark.parametrize("size", [2, 3, 7])
@pytest.mark.parametrize("start", range(5))
def test_the_order_of_answers_changes_nothing(size: int, start: int) -> None:
    found: dict[str, Any] = {}
    drive(errands(found), Crew(echo, Shuffled(size, np.random.default_rng(start)).workers()))
    assert found == WHOLE


def test_several_begin_the_longest_first() -> None:
    begun: list[str] = []
    workers = Shuffled(2, np.random.default_rng(0)).workers()
    drive(errands({}, a=1.0, b=3.0, c=2.0), Crew(echo, workers, begun=begun.append))
    assert begun == ["b", "c", "a"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_row_ends_with_the_first_answer_that_ends_it(size: int) -> None:
    """Whatever was done beyond it, and whether that failed."""
    asked: list[int] = []

    def run(one: Piece) -> Answer:
        asked.append(one.number)
        if one.number == 4:
            raise WorkersDied
        return replace(echo(one), ends=one.number in (2, 3))

    found: list[Any] = []
    workers = Shuffled(size, np.random.default_rng(1)).workers()
    drive([Errand("a", course("a", (6,)), found.append)], Crew(run, workers))
    assert found == [["a0", "a1", "a2", "a99"]]
    if size == 1:
        assert asked == [0, 1, 2, 99], "what has nothing to add is not begun"


def test_empty_rows_are_answered_at_once() -> None:
    def short() -> Course[str]:
        assert (yield []) == []
        assert (yield [[], []]) == [[], []]
        rows = yield [[], [piece("a")]]
        return rows[1][0].text + str(len(rows[0]))

    found: list[str] = []
    drive([Errand("a", short(), found.append)], Crew(echo))
    assert found == ["a00"]


def test_a_piece_at_which_everybody_dies_is_lost_and_the_rest_goes_on() -> None:
    def run(one: Piece) -> Answer:
        if one == piece("b", 99):
            raise WorkersDied("3 processes died")
        return echo(one)

    lost: list[Answer] = []
    found: dict[str, Any] = {}
    drive(errands(found), Crew(run, answered=lambda _, one, __: lost.append(one) if one.lost else None))
    assert found == {**WHOLE, "b": ["b0", "b1", "b10", ""]}
    assert [one.lost for one in lost] == ["every process that worked on b died; is there enough memory?"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PaperError("no paper there"), "1 process: no paper there"),
        (OSError("the line is dead"), "1 process lost b: OSError: the line is dead"),
    ],
)
def test_workers_that_cannot_go_on_end_it_and_what_was_done_is_told(error: Exception, said: str) -> None:
    def run(one: Piece) -> Answer:
        if one.label == "b":
            raise error
        return echo(one)

    found: dict[str, Any] = {}
    with pytest.raises(AuditError, match=f"^{said}$"):
        drive(errands(found), Crew(run))
    assert found == {"a": WHOLE["a"]}


def test_ctrl_c_passes_and_an_errand_that_can_do_with_what_it_has_is_told_of() -> None:
    def modest() -> Course[str]:
        (one,), *_ = yield [[piece("m")]]
        try:
            yield [[piece("stop")]]
        except KeyboardInterrupt:
            return f"{one.text} and no more"
        return "all"

    def run(one: Piece) -> Answer:
        if one.label == "stop":
            raise KeyboardInterrupt
        return echo(one)

    found: list[Any] = []
    ended: list[str] = []
    waiting = Errand("w", course("w"), found.append)
    with pytest.raises(KeyboardInterrupt):
        drive([Errand("m", modest(), found.append), waiting], Crew(run, ended=ended.append))
    assert found == ["m0 and no more"] and ended == ["m"]


class Remembered(NoMemory):
    """Remembers some answers, and what it was to keep."""

    known: dict[Piece, Answer]
    kept: list[Piece]

    def __init__(self, *known: Piece) -> None:
        object.__setattr__(self, "known", {one: replace(echo(one), text="known") for one in known})
        object.__setattr__(self, "kept", [])

    def get(self, one: Piece) -> Answer | None:
        return self.known.get(one)

    def put(self, one: Piece, answer: Answer) -> None:
        assert not answer.lost
        self.kept.append(one)


def test_what_is_remembered_is_not_done_again_and_what_is_lost_is_not_kept() -> None:
    done: list[Piece] = []

    def run(one: Piece) -> Answer:
        done.append(one)
        if one.number == 10:
            raise WorkersDied
        return echo(one)

    memory = Remembered(piece("a", 1))
    found: dict[str, Any] = {}
    seen: list[tuple[int, bool]] = []
    crew = Crew(run, memory=memory, answered=lambda one, _, known: seen.append((one.number, known)))
    drive(errands(found, 1), crew)
    assert found == {"a": ["a0", "known", "", "a99"]}
    assert [one.number for one in done] == [0, 10, 99]
    assert [one.number for one in memory.kept] == [0, 99]
    assert seen == [(0, False), (1, True), (10, False), (99, False)]


def test_deaths_are_said() -> None:
    news = [["one died"], [], ["another"]]
    crew = Crew(echo)
    said: list[str] = []
    workers = replace(crew.workers, deaths=lambda: news.pop() if news else [])
    drive(errands({}), replace(crew, workers=workers, said=said.append))
    assert said == ["another", "one died"]
