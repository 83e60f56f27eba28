"""Which claims rest on which: what a counterexample takes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from refute.audit.verdict import Verdict
from refute.report.records.audit import ClaimRecord


def dependants(claims: Sequence[ClaimRecord]) -> Mapping[str, tuple[str, ...]]:
    """For every claim those that use it, directly or through others, in the order of the audit."""
    uses = {claim.id: claim.uses for claim in claims}
    above = {label: _below(label, uses) for label in uses}
    return {label: tuple(other for other in uses if label in above[other]) for label in uses}


def shaken(claims: Sequence[ClaimRecord]) -> Mapping[str, tuple[str, ...]]:
    """For every claim that uses a refuted one, directly or through others, the refuted ones it rests on."""
    refuted = [claim.id for claim in claims if claim.verdict is Verdict.REFUTED]
    uses = {claim.id: claim.uses for claim in claims}
    found = {label: tuple(one for one in refuted if one in _below(label, uses)) for label in uses}
    return {label: fallen for label, fallen in found.items() if fallen}


def _below(label: str, uses: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(uses.get(label, ()))
    while waiting:
        used = waiting.pop()
        if used not in found:
            found.add(used)
            waiting.extend(uses.get(used, ()))
    return found
