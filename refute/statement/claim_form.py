"""What a claim must be made of: each of its fields of the right type, and the fields in agreement.

A mistake is told when the claim is made, so that it names the file and the line, and never as a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hypothesis.strategies import SearchStrategy

from refute.statement.instance import Instance
from refute.statement.kinds import Cost, Kind, Status

if TYPE_CHECKING:
    from refute.statement.claim import Claim, Sibling

_CLAIM: Mapping[str, type | tuple[type, ...]] = {
    "id": str,
    "kind": Kind,
    "finding": str,
    "instances": SearchStrategy,
    "siblings": tuple,
    "examples": tuple,
    "classes": Mapping,
    "strata": Mapping,
    "keep": tuple,
    "constants": Mapping,
    "uses": tuple,
    "restrict_to": Mapping,
    "status": Status,
    "cost": Cost,
}
_SIBLING: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "statement": str,
    "because": str,
    "falls": str,
    "where": str,
    "changes": Mapping,
    "examples": tuple,
    "kind": (Kind, type(None)),
    "instances": (SearchStrategy, type(None)),
    "cost": (Cost, type(None)),
}


def check_types(claim: Claim) -> None:
    """Raise TypeError, with label and field, for a field of another type than it must have."""
    _typed(claim.id, claim, _CLAIM)
    functions = {name: getattr(claim, name) for name in ("check", "draw", "escalate", "proof", "lemmas")}
    classes = {f"class {name!r}": test for name, test in claim.classes.items()}
    for name, function in {**functions, **classes}.items():
        if function is not None and not callable(function):
            raise TypeError(f"{claim.id}: {name} is a function, not {_kind_of(function)}")
    _all_of(claim.id, "examples", claim.examples, Instance)
    _all_of(claim.id, "strata", claim.strata.values(), SearchStrategy)
    for sibling in claim.siblings:
        _check_sibling(claim.id, sibling)


def _check_sibling(label: str, sibling: Sibling) -> None:
    if not hasattr(sibling, "falls"):
        raise TypeError(f"{label}: siblings holds {_kind_of(sibling)}, which is no Sibling")
    where = f"{label}~{sibling.name}"
    _typed(where, sibling, _SIBLING)
    _all_of(where, "examples", sibling.examples, Instance)


def check_sense(claim: Claim) -> None:
    """Raise ValueError, with the label, where fields contradict each other."""
    for wrong, what in _contradictions(claim):
        if wrong:
            raise ValueError(f"{claim.id}: {what}")
    for label in claim.restrict_to.keys() - set(claim.uses):
        raise ValueError(f"{claim.id}: is restricted to {label}, which it does not use")
    for name in claim.strata.keys() - claim.classes.keys():
        raise ValueError(f"{claim.id}: has a stratum {name!r}, which is none of its classes")
    for name in claim.keep:
        if name not in claim.classes:
            raise ValueError(f"{claim.id}: keeps {name!r}, which is none of its classes")


def _contradictions(claim: Claim) -> Iterable[tuple[bool, str]]:
    probability = claim.failure_probability
    yield (claim.check is None) == (claim.draw is None), "a claim has exactly one of check and draw"
    yield (
        (claim.draw is None) != (probability is None),
        "a claim with draw, and only such a claim, states its failure_probability",
    )
    yield (
        probability is not None and not callable(probability) and not 0 < probability < 1,
        f"a failure_probability lies between 0 and 1, or is a function of the instance, not {probability!r}",
    )
    yield (
        claim.proof is not None and claim.lemmas is not None,
        "steps of a whole proof go to proof, those of a part to lemmas",
    )
    yield not claim.siblings, "a claim needs at least one false sibling that the same code must refute"
    yield (
        claim.least is not None and not (isinstance(claim.least, int) and claim.least > 0),
        f"the least number of instances is a whole number above 0, and not {claim.least!r}",
    )


def _typed(where: str, record: Any, types: Mapping[str, type | tuple[type, ...]]) -> None:
    for name, wanted in types.items():
        value = getattr(record, name)
        if not isinstance(value, wanted):
            first = wanted[0] if isinstance(wanted, tuple) else wanted
            raise TypeError(f"{where}: {name} is a {first.__name__}, not {_kind_of(value)}")


def _all_of(where: str, name: str, values: Iterable[object], wanted: type) -> None:
    for value in values:
        if not isinstance(value, wanted):
            raise TypeError(f"{where}: {name} holds {_kind_of(value)}, which is no {wanted.__name__}")


def _kind_of(value: object) -> str:
    """What a wrong value is, for a message: its text if that is short, and its type."""
    text = repr(value)
    return f"{text if len(text) <= 40 else '...'} ({type(value).__name__})"
