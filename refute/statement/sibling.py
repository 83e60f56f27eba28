"""A false sibling: a variant of a claim that the same code must refute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import SearchStrategy

from refute.statement.claim_code import Check, Draw, FailureProbability
from refute.statement.fields import Types, all_of, typed
from refute.statement.instance import Instance
from refute.statement.kinds import Cost, Kind

_TYPES: Types = {
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


@dataclass(frozen=True)
class Sibling:
    """A false variant of a claim that the same code must refute, and for the right reason: a mutant.

    name: short, unique in its claim. statement: the false statement. because: why it is false; the docstring
    of the claim may have both, in its paragraph "Siblings.", and then the registry fills them in. falls: how
    the label of the comparison begins that must fail; for trials, how the reason begins that most failing
    ones give, or "" if the share alone says it. where: the class of the claim that the witness must belong
    to, or "" for any instance. A violation elsewhere is passed over. changes: the quantities that are false,
    by the name of the keyword-only argument of the claim's check or draw, and of its escalate, that gets
    another value. check, draw: another one altogether, where the false statement compares something else; it
    has no escalate. cost: where it takes more or less than the claim to fall. Fields left None are the
    claim's own.
    """

    name: str
    statement: str = ""
    because: str = ""
    falls: str = field(kw_only=True)
    where: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind | None = None
    check: Check | None = None
    draw: Draw | None = None
    instances: SearchStrategy[Instance] | None = None
    examples: tuple[Instance, ...] = ()
    failure_probability: FailureProbability | None = None
    cost: Cost | None = None

    @property
    def differs(self) -> bool:
        """Whether something is another one than in the claim, beside names and the effort."""
        others = (self.kind, self.check, self.draw, self.instances, self.failure_probability)
        return bool(self.changes or self.examples) or any(other is not None for other in others)

    def check_types(self, label: str) -> None:
        """Raise TypeError, with both labels and the field, for a field of another type than it must have."""
        where = f"{label}~{self.name}"
        typed(where, self, _TYPES)
        all_of(where, "examples", self.examples, Instance)
