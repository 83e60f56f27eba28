"""The search over instances: Hypothesis generates, climbs towards small slack, and shrinks what it finds.

The instances come from strata, one after the other: typical ones, then each class by the strategy that
constructs it. None knows of the others, so that they may be searched side by side and say the same. Every
distinct instance of a stratum is judged once (a repeated one gets the same answer), and counts once in the
whole: the number of distinct instances is what a suite-wide error budget counts. Shrinking keeps the margin:
after the first violation only instances that violate by at least half as much count as counterexamples, so
the witness shown is small and not marginal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings, target
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from refute.evidence.bounded_climb import Draws, Enough, Scores
from refute.evidence.judged_once import J, Once, Search, joined
from refute.evidence.module_constants import without_module_constants
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


@dataclass(frozen=True)
class Stratum(Generic[J]):
    """A part of the search: a strategy, how many instances it may have judged, and a seed for its choices.

    wanted: whether an instance, with its judgement, is one that this stratum is there for.
    """

    strategy: SearchStrategy[Instance]
    examples: int
    seed: int
    wanted: Callable[[Instance, J], bool] = lambda _, __: True


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
    through, shrunk in the same way.
    """
    parts = [look_at(first, judge, on_judged)]
    for stratum in strata:
        if parts[-1].witness is not None:
            break
        parts.append(
            search_stratum(stratum, judge, shrink_calls=shrink_calls, on_judged=on_judged, kept=kept)
        )
    return joined(parts)


def look_at(
    first: Sequence[Instance],
    judge: Callable[[Instance], J],
    on_judged: Callable[[], None] = lambda: None,
) -> Search[J]:
    """Judge given instances, up to the first violation, which is the witness as it stands."""
    result: Search[J] = Search()
    once = Once(judge, on_judged, result.seen)
    for instance in first:
        judgement = once(instance)
        if judgement.violation > 0:
            result.witness = (instance, judgement)
            break
    return result


def search_stratum(
    stratum: Stratum[J],
    judge: Callable[[Instance], J],
    *,
    shrink_calls: int = 200,
    on_judged: Callable[[], None] = lambda: None,
    kept: Callable[[Instance], frozenset[str]] = lambda _: frozenset(),
) -> Search[J]:
    """Search one stratum, as if there were no other, so that strata may be searched side by side.

    One of which nothing that it wants was seen yet may draw MORE, one at a time. Otherwise as `search`.
    """
    result: Search[J] = Search()
    once = Once(judge, on_judged, result.seen, kept)
    with without_module_constants():
        _search_part(stratum, (stratum.examples + 1) // 2, 0, once, result, shrink_calls)
        # What a climb leaves unspent, and the other half, goes to fresh draws: a climb stays where it is.
        for part in range(1, 1 + REFILLS):
            fresh = stratum.examples - len(result.seen)
            if result.witness is None and fresh > 0:
                _search_part(stratum, fresh, part, once, result, shrink_calls)
        for more in range(MORE):
            if result.witness is not None or any(map(stratum.wanted, *_columns(result))):
                break
            _search_part(stratum, 1, 1 + REFILLS + more, once, result, shrink_calls)
    return result


def _columns(result: Search[J]) -> tuple[list[Instance], list[J]]:
    return [instance for instance, _ in result.seen.values()], [j for _, j in result.seen.values()]


def _search_part(
    stratum: Stratum[J], examples: int, part: int, once: Once[J], result: Search[J], shrink_calls: int
) -> None:
    """Search a part of a stratum, each by other choices; the first part climbs.

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
    once: Once[J], result: Search[J], shrink_calls: int, leaves_out: bool
) -> Callable[[Instance], None]:
    """What Hypothesis runs on every instance, but for the first one where that is left out."""
    threshold = 0.0
    calls = 0
    scores = Scores()
    left_out: Instance | None = None
    stays: frozenset[str] = frozenset()

    def body(instance: Instance) -> None:
        nonlocal threshold, calls, left_out, stays
        _require_instance(instance)
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


def _require_instance(found: object) -> None:
    """Raise TypeError for what is no instance, as the strategies of a claim are whatever its author wrote."""
    if not isinstance(found, Instance):
        raise TypeError(
            f"a strategy of the claim yields {found!r:.60}, and is to yield instances: "
            "st.builds(Instance, x=...)"
        )


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
