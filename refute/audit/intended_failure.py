"""Whether a false sibling falls for the reason it is false: by the part it names, where it names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from refute.evidence.sequential import Call, Decision
from refute.statement.claim import Claim
from refute.statement.comparison import Comparison, Outcome
from refute.statement.instance import Instance


def aimed_label(claim: Claim) -> str:
    """How the label of the comparison begins that must fail; empty for a claim proper: any refutes it."""
    return claim.aim.falls if claim.aim is not None and claim.check is not None else ""


def missed_reason(
    claim: Claim,
    instance: Instance,
    comparisons: Iterable[Comparison],
    decision: Decision | None,
    causes: Counter[str],
) -> str:
    """Why what fails here does not count against a sibling, in words; empty if it does or nothing fails.

    causes: the reasons of the failing trials. More than half of these must be of the kind that the sibling
    names.
    """
    failing = [comparison.label for comparison in comparisons if comparison.outcome is Outcome.VIOLATED]
    if claim.aim is None or not failing:
        return ""
    if claim.aim.where and not claim.belongs(instance, claim.aim.where):
        return f"on an instance that is not of the class '{claim.aim.where}', {_quoted(failing)} fails"
    falls = claim.aim.falls
    if decision is None:
        hit = any(label.startswith(falls) for label in failing)
        return "" if hit else f"{_quoted(failing)} fails, and not '{falls}'"
    meant = sum(count for reason, count in causes.items() if reason.startswith(falls))
    if not falls or decision.call is not Call.REFUTED or 2 * meant > decision.failures:
        return ""
    return f"{meant} of {decision.failures} failing trials say '{falls}', the others {_quoted(causes)}"


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(f"'{label}'" for label in labels)
