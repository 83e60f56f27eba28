"""What a claim is: a statement with quantifiers, the instances it ranges over, and how it is measured.

A mistake in its fields is told when the claim is made, so that it names the file and the line, and never as a
verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from inspect import signature
from typing import Any, TypeVar

from hypothesis.strategies import SearchStrategy

from refute.statement.claim_code import Check, Class, Draw, Escalate, FailureProbability, Restriction, Step
from refute.statement.fields import Types, all_of, functions, typed
from refute.statement.instance import Instance
from refute.statement.kinds import LEAST_MET, Cost, Kind, Status
from refute.statement.sibling import Sibling

F = TypeVar("F", bound=Callable[..., Any])

_TYPES: Types = {
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
_PLAIN = (int, float, str, Fraction)
"""Types of values that `==` compares to True or False."""
_FUNCTIONS = ("check", "draw", "escalate", "proof", "lemmas")


@dataclass(frozen=True)
class Text:
    """The statement in words, read from the claim module's docstring: the only place where it is written."""

    heading: str
    statement: str
    assumptions: str
    symbols: str
    refuted_by: str
    not_shown: str
    source: str


@dataclass(frozen=True)
class Claim:
    """One statement: either `check` (deterministic) or `draw` and `failure_probability` (with probability).

    id: the label. finding: which of the paper's findings it serves. instances: a strategy that constructs
    valid instances of typical sizes; it gets half of the search. examples: instances that are always judged
    first, as are those of siblings of a check (see `first`). failure_probability: a number, or a function of
    the instance; an instance of which it leaves nothing to test does not meet the premise. classes: named
    kinds of instances that the search must reach; one of which no instance met the premise leaves the claim
    out of reach. strata: for a class the strategy that constructs it, which gets its share of the other half;
    a class without one is left to `instances`. keep: classes that a witness stays in while it is shrunk, if
    it was found there: a simpler one outside may explain nothing. least: how many instances must have met the
    premise; by default what the cost implies. constants: the numbers that the Statement writes, such as
    "110", "1/10" or "256, 512", and the values that the code uses for them. proof: the whole proof, by
    algebra or in balls on the whole domain; a claim whose every step closes, and that no instance
    contradicts, is PROVED. lemmas: steps that cover a part of the proof only; they are checked and shown, and
    prove nothing of the claim. restrict_to: for a used claim, the instances of it that an instance of this
    one holds, to replay a counterexample through it; by default the instance itself. aim: the sibling that
    this is, None for a claim proper. title, slug, chapter, module, text: filled in by the registry from the
    file. Raises TypeError or ValueError for a field of a wrong type, and for fields that contradict each
    other.
    """

    id: str
    kind: Kind
    finding: str
    instances: SearchStrategy[Instance]
    siblings: tuple[Sibling, ...]
    check: Check | None = None
    draw: Draw | None = None
    failure_probability: FailureProbability | None = None
    escalate: Escalate | None = None
    proof: Callable[[], Sequence[Step]] | None = None
    lemmas: Callable[[], Sequence[Step]] | None = None
    examples: tuple[Instance, ...] = ()
    classes: Mapping[str, Class] = field(default_factory=dict)
    strata: Mapping[str, SearchStrategy[Instance]] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    least: int | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    restrict_to: Mapping[str, Restriction] = field(default_factory=dict)
    status: Status = Status.THEOREM
    cost: Cost = Cost.FAST
    # A search of which nine tenths missed the premise looked at too little to speak.
    minimum_reach: float = 0.1
    aim: Sibling | None = None
    title: str = ""
    slug: str = ""
    chapter: str = ""
    module: str = ""
    text: Text | None = None

    def __post_init__(self) -> None:
        _check_types(self)
        _check_sense(self)

    @property
    def name(self) -> str:
        """The label as it appears in tables and file names."""
        return self.id

    def as_sibling(self, sibling: Sibling) -> Claim:
        """The sibling as a claim of its own, under the label `id~name`, with nothing proved about it.

        Raises ValueError where it changes what the claim's code has no name for.
        """
        own = sibling.check is None and sibling.draw is None
        check = self.check if own else sibling.check
        draw = self.draw if own else sibling.draw
        probability = None if draw is None else self.failure_probability
        if sibling.failure_probability is not None:
            probability = sibling.failure_probability
        return replace(
            self,
            id=f"{self.id}~{sibling.name}",
            title=sibling.statement,
            kind=sibling.kind or self.kind,
            check=_changed(check, sibling.changes),
            draw=_changed(draw, sibling.changes),
            escalate=_changed(self.escalate, sibling.changes) if own else None,
            failure_probability=probability,
            cost=sibling.cost or self.cost,
            instances=sibling.instances if sibling.instances is not None else self.instances,
            strata={} if sibling.instances is not None else self.strata,
            examples=sibling.examples,
            proof=None,
            lemmas=None,
            siblings=(sibling,),
            aim=sibling,
        )

    @property
    def first(self) -> tuple[Instance, ...]:
        """What is judged before any search: the examples, and of a check those at which its siblings fall.

        There a variant is false that the same code refutes, so there the statement is close to false, and an
        error in the code that makes it false shows.
        """
        own = self.check is not None and self.aim is None
        tight = [one.examples for one in self.siblings if own and one.check is None and one.draw is None]
        every = (*self.examples, *(instance for some in tight for instance in some))
        return tuple({instance.canonical(): instance for instance in every}.values())

    def kept(self, instance: Instance) -> frozenset[str]:
        """The classes of an instance in which shrinking stays."""
        return frozenset(name for name in self.keep if self.belongs(instance, name))

    def belongs(self, instance: Instance, name: str) -> bool:
        """Whether an instance is of a class. Raises TypeError where the class says neither yes nor no."""
        answer = self.classes[name](instance)
        try:
            return bool(answer)
        except ValueError:
            raise TypeError(f"{self.id}: class {name!r} says True or False, not {answer!r:.60}") from None

    @property
    def least_met(self) -> int:
        """How many instances must have met the premise, for a search to say something."""
        return LEAST_MET[self.cost] if self.least is None else self.least

    def without_sibling(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Those of the labels of comparisons by which no sibling falls: nothing shows that they can fail."""
        falls = [sibling.falls for sibling in self.siblings]
        return tuple(label for label in dict.fromkeys(labels) if not any(map(label.startswith, falls)))


def _check_types(claim: Claim) -> None:
    """Raise TypeError, with label and field, for a field of another type than it must have."""
    typed(claim.id, claim, _TYPES)
    functions(claim.id, {name: getattr(claim, name) for name in _FUNCTIONS})
    functions(claim.id, {f"class {name!r}": test for name, test in claim.classes.items()})
    all_of(claim.id, "examples", claim.examples, Instance)
    all_of(claim.id, "strata", claim.strata.values(), SearchStrategy)
    all_of(claim.id, "siblings", claim.siblings, Sibling)
    for sibling in claim.siblings:
        sibling.check_types(claim.id)


def _check_sense(claim: Claim) -> None:
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
        not (probability is None or callable(probability))
        and not (isinstance(probability, float | int) and 0 < probability < 1),
        f"a failure_probability lies between 0 and 1, or is a function of the instance, not {probability!r}",
    )
    yield (
        claim.proof is not None and claim.lemmas is not None,
        "steps of a whole proof go to proof, those of a part to lemmas",
    )
    yield not 0 <= claim.minimum_reach <= 1, f"minimum_reach is a share, not {claim.minimum_reach!r}"
    yield not claim.siblings, "a claim needs at least one false sibling that the same code must refute"
    yield (
        claim.least is not None and not (isinstance(claim.least, int) and claim.least > 0),
        f"the least number of instances is a whole number above 0, and not {claim.least!r}",
    )


def _changed(function: F | None, changes: Mapping[str, Any]) -> F | None:
    """The function with other values of these keyword-only arguments. Raises ValueError if it has no such."""
    if function is None or not changes:
        return function
    named = signature(function).parameters.values()
    known = {one.name: one.default for one in named if one.kind is one.KEYWORD_ONLY}
    for name, value in changes.items():
        if name not in known:
            names = ", ".join(sorted(known)) or "an argument behind a *, of which there is none"
            raise ValueError(f"it changes {name}, and what can change is {names}")
        if type(value) is type(known[name]) and isinstance(value, _PLAIN) and value == known[name]:
            raise ValueError(f"it changes {name} to {value!r}, which it is")
    return partial(function, **changes)  # type: ignore[return-value]
