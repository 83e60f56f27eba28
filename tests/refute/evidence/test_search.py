"""The search finds needles, shrinks them, and judges no instance twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import refute.evidence.search as evidence_search
from refute import Instance
from refute.evidence.judged_once import Search
from refute.evidence.search import KEEP, Stratum, search

WHOLE = st.builds(Instance, x=st.integers(0, 10**6))


@dataclass(frozen=True)
class Seen:
    """A judgement that says what it is told to."""

    violation: float
    pressure: float = 0.0


def beyond(limit: int) -> Callable[[Instance], Seen]:
    """A statement that fails for x > limit, by as much as x exceeds it."""
    return lambda instance: Seen(max(0.0, (instance.x - limit) / 10**6), instance.x / 10**6)


def searched(
    strategy: SearchStrategy[Instance],
    judge: Callable[[Instance], Seen],
    *,
    examples: int,
    start: int,
    **rest: Any,
) -> Search[Seen]:
    """A search of one stratum."""
    return search([Stratum(strategy, examples, start)], judge, **rest)


def run(judge: Callable[[Instance], Seen], examples: int = 300, start: int = 0) -> Search[Seen]:
    return searched(WHOLE, judge, examples=examples, start=start)


def test_a_true_statement_has_no_witness() -> None:
    found = run(beyond(10**6))
    assert found.witness is None
    assert 100 <= len(found.seen) <= 300
    assert all(name == instance.canonical() for name, (instance, _) in found.seen.items())


def test_a_needle_is_found_by_climbing() -> None:
    """One instance in fifty thousand fails, at no special place; the slack leads there."""

    def judge(instance: Instance) -> Seen:
        distance = abs(instance.x - 654_321)
        return Seen(float(distance <= 10), -distance / 10**6)

    def blind(instance: Instance) -> Seen:
        return Seen(judge(instance).violation)

    found = run(judge, examples=1000)
    missed = run(blind, examples=1000)
    assert found.witness is not None and abs(found.witness[0].x - 654_321) <= 10
    assert missed.witness is None


@pytest.mark.parametrize("start", range(5))
def test_the_witness_is_the_smallest_that_keeps_half_of_the_first_violation(start: int) -> None:
    limit = 200_000
    found = run(beyond(limit), start=start)
    assert found.witness is not None
    first = next(seen.violation for _, seen in found.seen.values() if seen.violation > 0)
    x = found.witness[0].x
    kept = found.witness[1].violation
    assert kept >= KEEP * first
    assert beyond(limit)(Instance(x=x - 1)).violation < KEEP * first


def test_every_distinct_instance_is_judged_once() -> None:
    judged: list[int] = []

    def judge(instance: Instance) -> Seen:
        judged.append(instance.x)
        return beyond(500_000)(instance)

    found = run(judge)
    assert found.witness is not None
    assert len(judged) == len(set(judged)) == len(found.seen)


def test_a_small_space_is_exhausted_and_never_judged_again() -> None:
    judged: list[int] = []

    def judge(instance: Instance) -> Seen:
        judged.append(instance.x)
        return Seen(0.0)

    searched(st.builds(Instance, x=st.integers(0, 4)), judge, examples=100, start=0)
    assert sorted(judged) == [0, 1, 2, 3, 4]


def test_the_same_start_gives_the_same_search() -> None:
    one, two, other = (run(beyond(900_000), start=start) for start in (1, 1, 2))
    assert list(one.seen) == list(two.seen) and one.witness == two.witness
    assert list(one.seen) != list(other.seen)


def test_given_examples_come_first_and_are_witnesses_as_they_stand() -> None:
    first = (Instance(x=3), Instance(x=700_001), Instance(x=5))
    found = searched(WHOLE, beyond(700_000), examples=50, start=0, first=first)
    assert [instance.x for instance, _ in found.seen.values()] == [3, 700_001]
    assert found.witness is not None and found.witness[0] == first[1]


def test_every_judgement_is_announced_once() -> None:
    said: list[str] = []

    def judge(instance: Instance) -> Seen:
        said.append(f"judged {instance.x}")
        return Seen(0.0)

    def tick() -> None:
        said.append("announced")

    searched(WHOLE, judge, examples=40, start=0, first=(Instance(x=1),), on_judged=tick)
    assert len(said) >= 2 * 40
    assert [text.split()[0] for text in said] == ["judged", "announced"] * (len(said) // 2)


def test_shrinking_judges_no_more_than_it_may() -> None:
    for allowed in (0, 3, 20):
        found = searched(WHOLE, beyond(400_000), examples=100, start=3, shrink_calls=allowed)
        assert found.witness is not None
        order = [seen.violation > 0 for _, seen in found.seen.values()]
        assert len(order) - 1 - order.index(True) == allowed  # it could use more
        assert found.witness[1].violation > 0


def test_an_error_passes_through_shrunk_and_each_instance_is_tried_once() -> None:
    tried: list[int] = []

    def judge(instance: Instance) -> Seen:
        tried.append(instance.x)
        if instance.x > 1000:
            raise ZeroDivisionError(f"at {instance.x}")
        return Seen(0.0)

    with pytest.raises(ZeroDivisionError, match="at 1001"):
        run(judge)
    assert len(tried) == len(set(tried))


def test_errors_are_shrunk_no_longer_than_violations() -> None:
    tried: list[int] = []

    def judge(instance: Instance) -> Seen:
        tried.append(instance.x)
        if instance.x > 1000:
            raise ZeroDivisionError
        return Seen(0.0)

    with pytest.raises(ZeroDivisionError):
        searched(WHOLE, judge, examples=100, start=0, shrink_calls=4)
    first = next(position for position, x in enumerate(tried) if x > 1000)
    assert len(tried) - 1 - first <= 4


@pytest.mark.parametrize("when", [0, 7])
def test_ctrl_c_passes_through(when: int) -> None:
    judged = 0

    def judge(_: Instance) -> Seen:
        nonlocal judged
        judged += 1
        if judged > when:
            raise KeyboardInterrupt
        return Seen(0.0)

    with pytest.raises(KeyboardInterrupt):
        run(judge)
    assert judged == when + 1


def test_a_strategy_that_is_empty_passes_its_error_through() -> None:
    with pytest.raises(Exception, match="nothing"):
        searched(st.nothing(), beyond(0), examples=10, start=0)


def test_a_search_that_only_draws_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0

    def count(x: int) -> Instance:
        nonlocal drawn
        drawn += 1
        return Instance(x=x)

    monkeypatch.setattr(evidence_search, "DRAWS", 1)
    rare = st.integers(0, 10**6).filter(lambda x: x % 8 == 0)
    wasteful = st.tuples(st.integers().map(count), rare).map(lambda pair: pair[0])
    found = searched(wasteful, lambda i: Seen(0.0, float(i.x)), examples=40, start=0)
    assert found.witness is None
    # Each of the four rounds may draw what it may judge, and the simplest instance.
    assert 0 < len(found.seen) < drawn <= 4 * 41


def test_shrinking_stays_in_the_classes_of_the_first_violation() -> None:
    """Odd numbers from 1001 on fail as even ones do; which of them is kept is that of the first one found."""

    def parity(instance: Instance) -> frozenset[str]:
        return frozenset({"odd"}) if instance.x % 2 else frozenset()

    def judge(instance: Instance) -> Seen:
        return Seen(1.0 if instance.x >= 1000 else 0.0)

    assert searched(WHOLE, judge, examples=50, start=0).witness is not None
    for start in range(6):
        first: list[Instance] = []

        def noted(instance: Instance, first: list[Instance] = first) -> Seen:
            first.extend([instance] if judge(instance).violation and not first else [])
            return judge(instance)

        found = searched(WHOLE, noted, examples=50, start=start, kept=parity)
        assert found.witness is not None
        assert found.witness[0].x == (1001 if first[0].x % 2 else 1000)
