"""What a search remembers: every distinct instance with its judgement, so that none is judged twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from refute.statement.instance import Instance


class Judged(Protocol):
    """What the search needs to know of a judged instance."""

    @property
    def violation(self) -> float:
        """How strongly the statement fails; 0 if it does not."""
        ...

    @property
    def pressure(self) -> float:
        """How close the statement is to failing; the search climbs it."""
        ...


J = TypeVar("J", bound=Judged)


@dataclass
class Search(Generic[J]):
    """What a search saw: every distinct instance with its judgement, in order, and the witness."""

    seen: dict[bytes, tuple[Instance, J]] = field(default_factory=dict)
    witness: tuple[Instance, J] | None = None


@dataclass
class Once(Generic[J]):
    """Judges each instance once: a repeated one gets the same judgement or raises the same error.

    kept: the classes of an instance that shrinking does not leave.
    """

    judge: Callable[[Instance], J]
    on_judged: Callable[[], None]
    seen: dict[bytes, tuple[Instance, J]]
    kept: Callable[[Instance], frozenset[str]] = lambda _: frozenset()
    errors: dict[bytes, Exception] = field(default_factory=dict)

    def __contains__(self, instance: Instance) -> bool:
        return instance.canonical() in self.seen or instance.canonical() in self.errors

    def __call__(self, instance: Instance) -> J:
        """The judgement of an instance, new or remembered."""
        name = instance.canonical()
        if name in self.errors:
            raise self.errors[name]
        if name not in self.seen:
            try:
                self.seen[name] = (instance, self.judge(instance))
            except Exception as error:
                self.errors[name] = error
                raise
            self.on_judged()
        return self.seen[name][1]


def joined(parts: Iterable[Search[J]]) -> Search[J]:
    """What a search saw that saw these parts in order: up to the first with a witness, no instance twice."""
    whole: Search[J] = Search()
    for part in parts:
        for name, found in part.seen.items():
            whole.seen.setdefault(name, found)
        if part.witness is not None:
            whole.witness = part.witness
            break
    return whole
