"""How near a statement came to failing, in words: never a bare sign that a reader has to know how to take.

An equality shows its gap in units of what rounding may do to it, a bound its distance from being attained.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from refute.audit.verdict import Verdict
from refute.report.records.audit import ClaimRecord
from refute.report.text import number
from refute.statement.comparison import Comparison, ComparisonRecord, Outcome, Relation
from refute.statement.real_numbers import Means

_SLACK = re.compile(r"\bslack (-?)(\d[\d.e+-]*)")
MEANING = (
    "How near the statement came to failing. Of an equality: its gap as a multiple of what rounding may do "
    "to it, at most 1 where it holds. Of a bound: its distance from being attained, as a share of the larger "
    "number; where trials decide, the numbers are shares of failing trials. Past: by how much it "
    "fails."
)


def margin(found: ComparisonRecord) -> str:
    """The margin of one comparison: "gap 0.4 of its rounding", "0.12 away", "attained", "past by 0.33"."""
    if found.outcome is Outcome.VIOLATED:
        return _past(found)
    if found.relation is Relation.EQUAL:
        return _equality(found)
    if found.outcome is Outcome.TIE:
        return "within rounding"
    return f"{number(found.slack, 2)} away" if found.slack > 0 else "attained"


def told(sentence: str) -> str:
    """A sentence of an audit with its slack in words: "(slack -0.5, ..." is "(past by 0.5, ..."."""
    return _SLACK.sub(lambda found: f"past by {found[2]}" if found[1] else f"{found[2]} away", sentence)


def sentence(comparison: Comparison) -> str:
    """A comparison in words, with its margin in the place of its slack."""
    said = f"({margin(comparison.record())}, "
    return comparison.sentence().replace(f"(slack {comparison.slack:.3g}, ", said, 1)


def nearest(claim: ClaimRecord) -> str:
    """The margin of the part of a claim that came nearest to failing; a dash where nothing was compared."""
    return nearest_of(claim.parts)


def nearest_of(parts: Sequence[ComparisonRecord]) -> str:
    """The margin of the part that came nearest to failing.

    Bounds come before equalities: these are met to rounding wherever they hold, which tells less.
    """
    return margin(min(parts, key=rank)) if parts else "–"


def tightest(claims: Sequence[ClaimRecord], most: int = 3) -> list[ClaimRecord]:
    """The claims that stand with a bound that came nearest to failing, the nearest first.

    Equalities are no bounds.
    """
    bounds = {
        claim.id: min(rank(part) for part in claim.parts if part.relation is not Relation.EQUAL)
        for claim in claims
        if claim.verdict is not Verdict.REFUTED
        and any(part.relation is not Relation.EQUAL for part in claim.parts)
    }
    found = [claim for claim in claims if claim.id in bounds]
    return sorted(found, key=lambda claim: bounds[claim.id])[:most]


def of_slack(slack: float | None, *, refuted: bool) -> str:
    """The margin where the smallest slack is all that is known, of a ledger or of a false sibling."""
    if slack is None:
        return "–"
    if refuted:
        return f"past by {number(abs(slack), 2)}" if slack < 0 else "past"
    if slack > 0:
        return f"{number(slack, 2)} away"
    return "within rounding" if slack < 0 else "attained"


def rank(part: ComparisonRecord) -> tuple[int, float]:
    """What puts comparisons in order, the nearest to failing first."""
    if part.outcome is Outcome.VIOLATED:
        return 0, part.slack
    if part.outcome is Outcome.TIE and not part.attained:
        return 1, part.slack
    if part.relation is Relation.EQUAL:
        return 3, -_in_roundings(part)
    return 2, part.slack


def _equality(found: ComparisonRecord) -> str:
    if found.outcome is Outcome.TIE:
        return "undecided"
    if found.measured == found.bound:
        return "no gap"
    if found.settled is not None:
        return f"settled {found.means}" if found.means is not Means.FLOATS else "settled"
    return f"gap {number(_in_roundings(found), 2)} of its rounding"


def _in_roundings(found: ComparisonRecord) -> float:
    gap = abs(found.measured - found.bound)
    if gap == 0:
        return 0.0
    return gap / found.rounding if found.rounding > 0 else math.inf


def _past(found: ComparisonRecord) -> str:
    if found.relation is Relation.EQUAL and found.rounding > 0:
        return f"off by {number(abs(found.slack), 2)}, {number(_in_roundings(found), 2)} roundings"
    return f"past by {number(abs(found.slack), 2)}" if found.slack else "past"
