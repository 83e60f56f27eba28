"""The search over instances: Hypothesis generates, climbs towards small slack, and shrinks what it finds.

The instances come from strata, one after the other: typical ones, then each class by the strategy that
constructs it. Every distinct instance is judged once (a repeated one gets the same answer), so the number of
distinct instances is what a suite-wide error budget counts. Shrinking keeps the margin: after the first
violation only instances that violate by at least half as much count as counterexamples, so the witness shown
is small and not marginal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings, target
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from refute.evidence.bounded_climb import Draws, Enough, Scores
from refute.statement.instance import Instance

# Room for draws that Hypothesis throws away, and an end to a climb that only draws (see Draws).
DRAWS = 10
"""Instances that a search may draw for each one it may judge."""
# The simplest instance is one of at least four.
FEW = 4
"""Fewer instances than these do without the simplest one."""
# What was drawn before counts as an example and is not judged again; a few rounds fill what that leaves.
REFILLS = 3
"""Rounds of fresh draws."""
# A strategy that constructs its class misses the premise now and then, not nine times in a row.
MORE = 8
"""How many more instances a stratum may draw that has met nothing so far."""
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


@dataclass(frozen=True)
class Stratum(Generic[J]):
    """A part of the search: a strategy, how many instances it may have judged, and a seed for its choices.

    wanted: whether an instance, with its judgement, is one that this stratum is there for.
    """

    strategy: SearchStrategy[Instance]
    examples: int
    seed: int
    wanted: Callable[[Instance, J], bool] = lambda _, __: True


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
    kept: Callable[[Instance], frozenset[str]]
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


def search(
    strata: Sequence[Stratum[J]],
    judge: Callable[[Instance], J],
    *,
    first: Sequence[Instance] = (),
    shrink_calls: int = 200,
    on_judged: Callable[[], None] = lambda: None,
    kept: Callable[[Instance], frozenset[str]] = lambda _: frozenset(),
) -> Search[J]:
    """Judge `first`, then the instances of each stratum; stop and shrink at the first violation.

    shrink_calls: how many new instances shrinking may judge. A violation by one of `first` is the witness as
    it stands. kept: the classes of an instance that shrinking does not leave. Whatever `judge` raises passes
    through, shrunk in the same way. A stratum of which nothing that it wants was seen yet may draw MORE, one
    at a time.
    """
    result: Search[J] = Search[J]()
    once = _Once(judge, on_judged, result.seen, kept)
    for instance in first:
        judgement = once(instance)
        if judgement.violation > 0:
            result.witness = (instance, judgement)
            return result
    for stratum in strata:
        before = len(result.seen)
        climbing = (stratum.examples + 1) // 2
        _search_stratum(stratum, climbing, 0, once, result, shrink_calls)
        # What a climb leaves unspent, and the other half, goes to fresh draws: a climb stays where it is.
        for part in range(1, 1 + REFILLS):
            fresh = stratum.examples - (len(result.seen) - before)
            if result.witness is None and fresh > 0:
                _search_stratum(stratum, fresh, part, once, result, shrink_calls)
        for more in range(MORE):
            if result.witness is not None or any(map(stratum.wanted, *_columns(result))):
                break
            _search_stratum(stratum, 1, 1 + REFILLS + more, once, result, shrink_calls)
        if result.witness is not None:
            break
    return result


def _columns(result: Search[J]) -> tuple[list[Instance], list[J]]:
    return [instance for instance, _ in result.seen.values()], [j for _, j in result.seen.values()]


def _search_stratum(
    stratum: Stratum[J], examples: int, part: int, once: _Once[J], result: Search[J], shrink_calls: int
) -> None:
    """Search one stratum, by other choices in each part; the first part climbs.

    Hypothesis begins with the simplest instance of all. Where that would be a large share of what is drawn,
    or was drawn before, it is left out.
    """
    leaves_out = part > 0 or examples < FEW
    draws = Draws(
        stratum.strategy,
        DRAWS * (examples + 1),
        known=lambda: len(result.seen),
        found=lambda: result.witness is not None,
    )
    body = given(draws.strategy())(_body(once, result, shrink_calls, leaves_out))
    try:
        seed(stratum.seed + part)(_settings(examples + leaves_out, climbs=part == 0)(body))()
    except (_Violated, Enough):
        pass
    except Flaky:
        if not draws.spent:
            raise


def _body(
    once: _Once[J], result: Search[J], shrink_calls: int, leaves_out: bool
) -> Callable[[Instance], None]:
    """What Hypothesis runs on every instance, but for the first one where that is left out."""
    threshold = 0.0
    calls = 0
    scores = Scores()
    left_out: Instance | None = None
    stays: frozenset[str] = frozenset()

    def body(instance: Instance) -> None:
        nonlocal threshold, calls, left_out, stays
        left_out = instance if leaves_out and left_out is None else left_out
        if instance == left_out:
            return
        if (threshold > 0 or once.errors) and instance not in once:
            calls += 1
            if calls > shrink_calls:
                return
        judgement = once(instance)
        counts = judgement.violation > 0 and judgement.violation >= threshold
        if counts and stays <= once.kept(instance):
            stays = once.kept(instance) if threshold == 0 else stays
            threshold = threshold or KEEP * judgement.violation
            result.witness = (instance, judgement)
            raise _Violated
        target(scores.distinct(judgement.pressure))

    return body


def _settings(examples: int, climbs: bool) -> settings:
    phases = (Phase.generate, Phase.target, Phase.shrink) if climbs else (Phase.generate, Phase.shrink)
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=tuple(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
