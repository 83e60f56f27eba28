"""The conditions of the two certificates at a checkpoint, each with its value, its bound and what is certain.

C1 has one budget for the whole path; C9 follows the path in pieces. Values are on the side that proves. Of a
condition that is not shown nothing is known, except where a verified bound from the other side says that it
fails.
"""

from __future__ import annotations

import math

from models.certificate.certificate import path_length
from models.certificate.contraction import Contraction
from models.certificate.points import Points
from models.certificate.tube import Tube
from refute import Certainty, Condition
from refute.numerics import Enclosure, gamma

C1 = "C1"
C9 = "C9"


def contraction_conditions(
    point: Points, part: Contraction, step_size: float, kernel: Enclosure
) -> tuple[Condition, ...]:
    """C1's conditions with one budget, in the order in which they are needed. kernel: lambda_max of H."""
    share = reach_of(point, part.budget)
    joint = point.regime == "joint"
    applies = not joint or share < 1
    rows = [_condition(C1, "path within reach, q = ||X|| C / s", share, "<", 1.0)] if joint else []
    rows.append(_step(part if applies else None, step_size, kernel))
    moving = applies and part.speed < 2
    rate = part.rate if moving else None
    parts = f"the drift costs {part.loss:.3g}" if joint and moving else ""
    rows.append(_condition(C1, "contraction, nu", rate, ">", 0.0, note=parts))
    needed = path_length(float(point.e[0]), step_size, part.rate) if moving and part.rate > 0 else None
    rows.append(_condition(C1, "path that nu needs, within the budget C", needed, "<=", part.budget))
    return tuple(rows)


def reach_of(point: Points, budget: float) -> float:
    """The number q = ||X|| C / s, from above."""
    return point.data.norm * budget / point.scale * (1 + point.eps)


def _step(part: Contraction | None, step_size: float, kernel: Enclosure) -> Condition:
    """The condition eta L^2 < 2. It fails for certain where eta lambda_max(H) >= 2, as L^2 is no smaller."""
    limit = 2 / kernel.upper * (1 - gamma(4)) if kernel.upper > 0 else math.inf
    note = f"at this point itself the step may be up to {limit:.6g}" if limit < math.inf else ""
    value = part.speed if part is not None else None
    row = _condition(C1, "step, eta L^2", value, "<", 2.0, note=note)
    certain = step_size * kernel.lower * (1 - gamma(4)) >= 2
    if row.certainty is not Certainty.HOLDS and certain:
        return Condition(C1, row.name, value, "<", 2.0, Certainty.FAILS, note)
    return row


def tube_conditions(found: Tube) -> tuple[Condition, ...]:
    """C9's conditions, by the last piece of the tube: it is endless, and contracts from the first step on."""
    if not found.pieces:
        note = "no first piece holds"
        return (
            Condition(C9, "last piece endless and contracting, g", None, "<", 1.0, Certainty.NOT_SHOWN, note),
        )
    last = found.pieces[-1]
    endless = last.end is None
    open_entries = int((last.U & ~last.L).sum())
    until = "for ever" if endless else f"to step {found.nodes[-1].t}"
    note = f"{len(found.pieces)} pieces, {until}; {open_entries} entries uncertain in the last"
    holds = endless and last.contraction < 1
    sure = Certainty.HOLDS if holds else Certainty.NOT_SHOWN
    rows = [Condition(C9, "last piece endless and contracting, g", last.contraction, "<", 1.0, sure, note)]
    if endless:
        rows.append(_condition(C9, "rate from the first step on, nu", found.rate, ">", 0.0))
    return tuple(rows)


def _condition(
    by: str, name: str, value: float | None, relation: str, bound: float, note: str = ""
) -> Condition:
    holds = value is not None and {"<": value < bound, ">": value > bound, "<=": value <= bound}[relation]
    return Condition(
        by, name, value, relation, bound, Certainty.HOLDS if holds else Certainty.NOT_SHOWN, note
    )
