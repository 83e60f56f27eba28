"""Why two computations of the same instances end in two verdicts: rounding, a premise, or nothing known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from refute.audit.judgement import Judgement
from refute.statement.claim_code import OUT_OF_DIGITS
from refute.statement.comparison import Comparison, Outcome
from refute.statement.instance import Instance

Judged = Sequence[tuple[Instance, Judgement]]
"""Instances with what they said, in the order of the search."""


def matched(before: Judged, after: Judged) -> Iterator[tuple[Comparison, Comparison]]:
    """The comparisons of one part on one instance, where both sides have it; first with first, ..."""
    for (_, first), (_, second) in zip(before, after, strict=True):
        left = _numbered(first.comparisons)
        right = _numbered(second.comparisons)
        yield from ((comparison, right[key]) for key, comparison in left.items() if key in right)


def _numbered(found: Sequence[Comparison]) -> dict[tuple[str, int], Comparison]:
    return {(f.label, sum(f.label == g.label for g in found[:k])): f for k, f in enumerate(found)}


def explain(
    before: Judged, after: Judged, pairs: Sequence[tuple[Comparison, Comparison]], name: str
) -> tuple[bool, str]:
    """Why the verdict changed, and whether that explains it: rounding that grew past the gap, or a premise.

    A comparison that is certain on both sides and comes out differently contradicts itself: no rounding
    explains it, unless every failing trial says that it ran out of digits.
    """
    if dry := _out_of_digits(before, after):
        return True, f"{name}: {dry}"
    flipped = [(a, b) for a, b in pairs if {a.outcome, b.outcome} == {Outcome.HOLDS, Outcome.VIOLATED}]
    if flipped:
        return False, f"Both sides are certain of {_side_by_side(*flipped[0], name)}"
    opened = [(a, b) for a, b in pairs if a.open != b.open]
    if opened:
        worst = max(opened, key=lambda pair: max(abs(pair[0].gap), abs(pair[1].gap)))
        return True, f"{len(opened)} comparisons are open on one side only, as {_side_by_side(*worst, name)}"
    reasons = Counter(
        b.unmet or a.unmet
        for (_, a), (_, b) in zip(before, after, strict=True)
        if (a.unmet is None) != (b.unmet is None)
    )
    if reasons:
        reason, count = reasons.most_common(1)[0]
        explanation = (
            f"The premise is met on one side only by {reasons.total()} instances; of {count}: {reason}."
        )
        return True, explanation
    return False, "Nothing that was measured explains it."


def _out_of_digits(before: Judged, after: Judged) -> str:
    """The reasons of trials that fail on one side only, if they all ran out of digits; else empty."""
    reasons: Counter[str] = Counter()
    for (_, a), (_, b) in zip(before, after, strict=True):
        if b.decision is not None and b.violation > 0 and a.violation == 0:
            dry = {reason: count for reason, count in b.why.items() if reason.startswith(OUT_OF_DIGITS)}
            if sum(dry.values()) < b.decision.failures:
                return ""
            reasons.update(dry)
    return "; ".join(f"{reason} ({count} trials)" for reason, count in reasons.items())


def _side_by_side(first: Comparison, second: Comparison, name: str) -> str:
    return (
        f"{first.label}: reference gap {first.gap:.3g} with rounding {first.rounding:.3g} ({first.outcome}), "
        f"{name} gap {second.gap:.3g} with rounding {second.rounding:.3g} ({second.outcome})."
    )
