"""The search over instances: Hypothesis generates, climbs towards small slack, and shrinks what it finds.

Every distinct instance is judged once (a repeated one gets the same answer), so the number of distinct
instances is what a suite-wide error budget counts. Shrinking keeps the margin: after the first violation only
instances that violate by at least half as much count as counterexamples, so the witness shown is small and
not marginal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings, target
from hypothesis.errors import Flaky
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from refute.statement.instance import Instance

# Room for draws that Hypothesis throws away, and an end to a climb that only draws (see _Draws).
DRAWS = 10
"""Instances that a search may draw for each one it may judge."""
# Half: shrinking may lose some of the violation for simplicity, and what is left is not marginal.
KEEP = 0.5
"""The share of the first violation that a shrunk witness must keep."""


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
class _Once(Generic[J]):
    """Judges each instance once: a repeated one gets the same judgement or raises the same error."""

    judge: Callable[[Instance], J]
    on_judged: Callable[[], None]
    seen: dict[bytes, tuple[Instance, J]]
    errors: dict[bytes, Exception] = field(default_factory=dict)

    def __contains__(self, instance: Instance) -> bool:
        return instance.canonical() in self.seen or instance.canonical() in self.errors

    def __call__(self, instance: Instance) -> J:
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


class _Violated(Exception):
    """Raised inside the search so that Hypothesis shrinks."""


class _Enough(Exception):
    """Raised while drawing, to end a search that only draws what Hypothesis then throws away."""


def search(
    strategy: SearchStrategy[Instance],
    judge: Callable[[Instance], J],
    *,
    examples: int,
    start: int,
    first: Sequence[Instance] = (),
    shrink_calls: int = 200,
    on_judged: Callable[[], None] = lambda: None,
) -> Search[J]:
    """Judge `first`, then up to `examples` generated instances; stop and shrink at the first violation.

    start: the seed of Hypothesis' choices. shrink_calls: how many new instances shrinking may judge. A
    violation by one of `first` is the witness as it stands. Whatever `judge` raises passes through, shrunk in
    the same way.
    """
    result: Search[J] = Search[J]()
    once = _Once(judge, on_judged, result.seen)
    for instance in first:
        judgement = once(instance)
        if judgement.violation > 0:
            result.witness = (instance, judgement)
            return result
    draws = _Draws(strategy, DRAWS * examples, result)
    body = given(draws.strategy())(_body(once, result, shrink_calls))
    try:
        seed(start)(_settings(examples)(body))()
    except (_Violated, _Enough):
        pass
    except Flaky:
        if not draws.spent:
            raise
    return result


@dataclass
class _Draws(Generic[J]):
    """Ends a search that has drawn `limit` instances, as long as it has no witness.

    Drawing costs, and the climb of Hypothesis does not bound the attempts that never become a test case: on
    some strategies it makes hundreds for each one that is judged. Ending in the middle of a draw looks flaky
    to Hypothesis, so it may say that in place of _Enough.
    """

    inner: SearchStrategy[Instance]
    limit: int
    result: Search[J]
    made: int = 0

    @property
    def spent(self) -> bool:
        return self.made > self.limit and self.result.witness is None

    def strategy(self) -> SearchStrategy[Instance]:
        def counted(draw: DrawFn) -> Instance:
            self.made += 1
            if self.spent:
                raise _Enough
            return draw(self.inner)

        return self.inner if self.inner.is_empty else composite(counted)()


def _body(once: _Once[J], result: Search[J], shrink_calls: int) -> Callable[[Instance], None]:
    """What Hypothesis runs on every instance."""
    threshold = 0.0
    calls = 0

    def body(instance: Instance) -> None:
        nonlocal threshold, calls
        if (threshold > 0 or once.errors) and instance not in once:
            calls += 1
            if calls > shrink_calls:
                return
        judgement = once(instance)
        if judgement.violation > 0 and judgement.violation >= threshold:
            threshold = threshold or KEEP * judgement.violation
            result.witness = (instance, judgement)
            raise _Violated
        target(judgement.pressure)

    return body


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=tuple(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
