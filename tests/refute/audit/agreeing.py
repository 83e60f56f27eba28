"""Claims that are computed in two ways, and the comparison of the two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from refute.audit.agreement import Agreement, Matrix, Variation, compare
from refute.audit.all_claims import Record, agree, alone
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES, Profile
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.claim_code import Comparisons, Unmet
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Kind
from refute.statement.paper import Paper
from refute.statement.sibling import Sibling

FEW = Profile(
    "few", dict.fromkeys(PROFILES["quick"].instances, 6), dict.fromkeys(PROFILES["quick"].instances, 2)
)
SINGLE = Variation("float32", "cpu", "float32", 1)
Check = Callable[[Instance, Compute], Comparisons | Unmet]


def claim(check: Check | None, label: str = "A", **changes: Any) -> Claim:
    never = Sibling(
        "none", "x <= -1", "x is not negative", falls="x", check=lambda i, _: (at_most("x", i.x, -1),)
    )
    return Claim(
        id=label,
        title=label,
        kind=Kind.UPPER_BOUND if check is not None else Kind.WITH_PROBABILITY,
        finding="F1",
        instances=st.builds(Instance, x=st.integers(0, 3)),
        siblings=(never,),
        least=1,
        check=check,
        **changes,
    )


def single(compute: Compute) -> bool:
    return compute.dtype == "float32"


def compared(check: Check) -> tuple[Result, Agreement]:
    result = audit_claim(claim(check), FEW, 0, Compute())
    return result, compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)


def filled(matrix: Matrix, results: list[Result], used: Paper) -> Matrix:
    """The matrix of an audit that came to these results."""
    device = matrix.reference.device
    request = Request([result.claim for result in results], FEW, 0, Compute(device))
    record = Record(results=results)
    agree(record, request, used, alone(request, paper=used), matrix)
    assert record.agreement is not None
    return record.agreement


def paper(seen: list[int] | None = None, devices: tuple[str, ...] = ("cpu",)) -> Paper:
    def resolve(name: str) -> str:
        if name not in devices:
            raise ValueError(f"there is no {name} here")
        return name

    return Paper("title", "source", {}, {}, resolve, set_threads=None if seen is None else seen.append)


def matrix_of(*rows: Agreement) -> Matrix:
    return Matrix(
        replace(SINGLE, name="float64", dtype="float64"),
        [SINGLE, replace(SINGLE, name="cuda", absent="no")],
        list(rows),
    )


SAME = Agreement("K1", "float32", Verdict.PROVED, Verdict.PROVED, 0.25, False, 0, 2)
LOST = Agreement(
    "K2", "float32", Verdict.SUPPORTED, Verdict.UNDECIDED, 0.5, False, 3, 0, True, "Rounding <grew>."
)
IDLE = Agreement("K4", "float32", Verdict.PROVED, Verdict.PROVED, 0.0, False, 0, 0, applicable=False)
WRONG = replace(LOST, id="K3", verdict=Verdict.REFUTED, explained=False, explanation="Both are certain.")
