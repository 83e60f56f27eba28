"""Results written by hand."""

from __future__ import annotations

from typing import Any

from refute import Claim, Comparison, Cost, Instance, Kind, Outcome, Status, Step
from refute.audit.judgement import Judgement
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.sequential import Call, Decision
from refute.statement.comparison import Relation
from tests.refute.planted import coin, planted

ONE, TWO, THREE = (Instance(x=x) for x in (1, 2, 3))


def comparison(measured: float, label: str = "x", rounding: float = 0.0) -> Comparison:
    return Comparison(label, Relation.AT_MOST, measured, 4.0, rounding)


DRAWN: dict[str, Any] = {"check": None, "draw": coin(0.0), "failure_probability": 0.1}


def trials(count: int, call: Call = Call.CERTIFIED, **more: Any) -> Judgement:
    share = Comparison("share", Relation.AT_MOST, 0.0, 0.1, 0.0, settled=Outcome.HOLDS)
    return Judgement((share,), decision=Decision(call, count, 0), **more)


def drawn(**changes: Any) -> Claim:
    return planted(kind=Kind.WITH_PROBABILITY, **DRAWN, **changes)


CHECKED = Result(
    planted(slug="s", chapter="c", uses=("P0",), cost=Cost.SLOW, status=Status.CONJECTURE),
    Verdict.SUPPORTED,
    "because",
    (
        (ONE, Judgement((comparison(3.0), comparison(4.0, "y")))),
        (TWO, Judgement((comparison(2.0), comparison(4.0, "y", 1.0), comparison(3.5)))),
        (THREE, Judgement(unmet="odd")),
        (Instance(x=5), Judgement(unmet="odd")),
    ),
    proof=(Step("a", True),),
    lemmas=(Step("b", False, "no"),),
    classes={"small": 2},
    seconds=1.5,
)
