"""The kind of a statement chooses the assertion: what its check must compare, or that trials decide it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from refute.statement.claim import Claim
from refute.statement.comparison import Comparison, Relation
from refute.statement.kinds import Kind


@dataclass(frozen=True)
class Assertion:
    """How statements of a kind are judged.

    checked: sets of relations, one of which the comparisons of every instance contain; none if no check
    judges the kind. drawn: trials may judge it.
    """

    checked: tuple[frozenset[Relation], ...]
    drawn: bool = False


def _either(*relations: Relation) -> tuple[frozenset[Relation], ...]:
    return tuple(frozenset({relation}) for relation in relations)


_INEQUALITY = _either(Relation.AT_MOST, Relation.AT_LEAST)

ASSERTIONS: Mapping[Kind, Assertion] = {
    Kind.EQUALITY: Assertion(_either(Relation.EQUAL)),
    Kind.UPPER_BOUND: Assertion(_either(Relation.AT_MOST)),
    Kind.LOWER_BOUND: Assertion(_either(Relation.AT_LEAST)),
    Kind.RATE: Assertion(_INEQUALITY, drawn=True),
    Kind.EXPONENT: Assertion((frozenset({Relation.AT_MOST, Relation.AT_LEAST}),), drawn=True),
    Kind.WITH_PROBABILITY: Assertion((), drawn=True),
    Kind.FOR_ALL_TIME: Assertion(_INEQUALITY, drawn=True),
}
"""An exponent lies in a window: a check bounds it on both sides, trials say where each of them saw it.

Other parts may accompany the one that the kind demands, such as the case of equality of a bound.
"""


def require_form(claim: Claim) -> None:
    """Raise ValueError if the kind is judged by trials and the claim checks, or the other way round."""
    assertion = ASSERTIONS[claim.kind]
    if claim.draw is not None and not assertion.drawn:
        raise ValueError(f"{claim.id}: a statement of kind {claim.kind} is judged by a check, not by trials")
    if claim.check is not None and not assertion.checked:
        raise ValueError(f"{claim.id}: a statement of kind {claim.kind} is judged by trials, not by a check")


def require_relation(claim: Claim, comparisons: Iterable[Comparison]) -> None:
    """Raise ValueError if what one instance compared lacks the relation that the kind demands."""
    found = {comparison.relation for comparison in comparisons}
    demanded = ASSERTIONS[claim.kind].checked
    if not any(relations <= found for relations in demanded):
        wanted = " or ".join(" and ".join(sorted(relations)) for relations in demanded)
        raise ValueError(
            f"{claim.id}: a statement of kind {claim.kind} compares by {wanted} on every instance, "
            f"and here only by {', '.join(sorted(found))}"
        )
