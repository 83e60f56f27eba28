"""What a claim is: a statement with quantifiers, the instances it ranges over, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import signature
from typing import Any, TypeVar

import numpy as np
from hypothesis.strategies import SearchStrategy

from refute.statement.claim_form import check_sense, check_types
from refute.statement.comparison import Comparison
from refute.statement.instance import Instance
from refute.statement.kinds import LEAST_MET, Compute, Cost, Kind, Status

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Unmet:
    """The instance does not meet the premise, so it says nothing; `reason` is counted and reported."""

    reason: str


OUT_OF_DIGITS = "out of digits"
"""A trial's reason that begins so says that the precision ended it and not the statement."""


@dataclass(frozen=True)
class Trials:
    """Independent trials of one instance, in order: `failed[b]` says that the conclusion failed in trial b.

    failed: (B,) bool. why: for each trial a short reason, empty if there is nothing to say ("rate broken at
    step 40"). steps, horizon: steps computed, and the steps that running every trial to its cap would
    have used (0 where there are no steps). measured: (B,) float and finite, one number a trial, such as the
    slope of its ladder; None if there is nothing to show besides success and failure.
    """

    failed: np.ndarray
    why: tuple[str, ...] = ()
    steps: int = 0
    horizon: int = 0
    measured: np.ndarray | None = None


@dataclass(frozen=True)
class Step:
    """One machine-checked step: the identity or inequality in words, and whether it closed."""

    label: str
    closed: bool
    detail: str = ""


Comparisons = tuple[Comparison, ...]
Check = Callable[[Instance, Compute], Comparisons | Unmet]
"""Deterministic: measures every part of the statement on one instance."""

Escalate = Callable[[Instance, Comparison], Comparison]
"""Decides one undecided finding again, in ball arithmetic."""

Draw = Callable[[Instance, Sequence[np.random.Generator], Compute], Trials | Unmet]
"""One trial per generator; trial b depends on the instance and on generators[b] only."""

FailureProbability = float | Callable[[Instance], float]
"""What a statement with probability admits: a number, or a number for each instance."""

Restriction = Callable[[Instance], Iterable[Instance]]
"""The instances of a used claim that an instance of the claim holds."""


def NO_INSTANCE(_: Instance) -> tuple[Instance, ...]:
    """The restriction to a used claim of whose instances an instance of the claim holds none."""
    return ()


Class = Callable[[Instance], bool]
"""Whether an instance belongs to a named class, for the report of what the search reached."""


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
    first. failure_probability: a number, or a function of the instance; an instance of which it leaves
    nothing to test does not meet the premise. classes: named kinds of instances that the search must reach;
    one of which no instance met the premise leaves the claim out of reach. strata: for a class the strategy
    that constructs it, which gets its share of the other half; a class without one is left to `instances`.
    keep: classes that a witness stays in while it is shrunk, if it was found there: a simpler one outside may
    explain nothing. least: how many instances must have met the premise; by default what the cost implies.
    constants: the numbers that the Statement writes, such as "110", "1/10" or "256, 512", and the values that
    the code uses for them. proof: the whole proof, by algebra or in balls on the whole domain; a claim whose
    every step closes, and that no instance contradicts, is PROVED. lemmas: steps that cover a part of the
    proof only; they are checked and shown, and prove nothing of the claim. restrict_to: for a used claim, the
    instances of it that an instance of this one holds, to replay a counterexample through it; by default the
    instance itself. aim: the sibling that this is, None for a claim proper. title, slug, chapter, module,
    text: filled in by the registry from the file. Raises TypeError or ValueError for a field of a wrong type,
    and for fields that contradict each other.
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
        check_types(self)
        check_sense(self)

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

    def kept(self, instance: Instance) -> frozenset[str]:
        """The classes of an instance in which shrinking stays."""
        return frozenset(name for name in self.keep if self.classes[name](instance))

    @property
    def least_met(self) -> int:
        """How many instances must have met the premise, for a search to say something."""
        return LEAST_MET[self.cost] if self.least is None else self.least

    def without_sibling(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Those of the labels of comparisons by which no sibling falls: nothing shows that they can fail."""
        falls = [sibling.falls for sibling in self.siblings]
        return tuple(label for label in dict.fromkeys(labels) if not any(map(label.startswith, falls)))


def _changed(function: F | None, changes: Mapping[str, Any]) -> F | None:
    """The function with other values of these keyword-only arguments. Raises ValueError if it has no such."""
    if function is None or not changes:
        return function
    known = {name for name, one in signature(function).parameters.items() if one.kind is one.KEYWORD_ONLY}
    for name in changes:
        if name not in known:
            names = ", ".join(sorted(known)) or "nothing"
            raise ValueError(f"it changes {name}, and what can change is {names}")
    return partial(function, **changes)  # type: ignore[return-value]
