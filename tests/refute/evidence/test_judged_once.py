"""Parts of a search, joined: in order, no instance twice, nothing beyond the first witness."""

from __future__ import annotations

from hypothesis import strategies as st

from refute import Instance
from refute.evidence.judged_once import Search, joined
from refute.evidence.search import Stratum, look_at, search, search_stratum
from tests.refute.evidence.test_search import Seen, beyond


def part(*numbers: int, witness: int | None = None) -> Search[Seen]:
    """A part that saw these numbers."""
    pairs = {Instance(x=x).canonical(): (Instance(x=x), Seen(float(x))) for x in numbers}
    return Search(pairs, None if witness is None else pairs[Instance(x=witness).canonical()])


def numbers(found: Search[Seen]) -> list[int]:
    return [instance.x for instance, _ in found.seen.values()]


def test_parts_come_in_order_and_an_instance_once() -> None:
    whole = joined([part(3, 1), part(), part(1, 2, 3), part(5)])
    assert numbers(whole) == [3, 1, 2, 5] and whole.witness is None


def test_nothing_counts_beyond_the_first_witness() -> None:
    whole = joined([part(3), part(4, 9, witness=9), part(7, 8, witness=8)])
    assert numbers(whole) == [3, 4, 9]
    assert whole.witness is not None and whole.witness[0].x == 9


def test_nothing_joined_is_nothing() -> None:
    assert joined([]) == Search()


def test_strata_searched_apart_are_the_whole_search() -> None:
    """In any order: none knows of the others."""
    strata: list[Stratum[Seen]] = [
        Stratum(st.builds(Instance, x=st.integers(0, 50 * k)), 20, k) for k in (1, 2, 3)
    ]
    judge = beyond(10**6)
    first = (Instance(x=7), Instance(x=8))
    apart = [search_stratum(stratum, judge) for stratum in reversed(strata)]
    assert joined([look_at(first, judge), *reversed(apart)]) == search(strata, judge, first=first)
