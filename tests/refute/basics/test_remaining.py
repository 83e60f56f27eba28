"""The remaining time: quartiles of what finished parts took, at the pace of all who work."""

from __future__ import annotations

import pytest

from refute.basics.remaining import Part, in_words, remaining


def done(*seconds: float, expected: float = 1.0) -> list[Part]:
    return [Part(expected, one, True) for one in seconds]


def test_nothing_is_known_before_three_parts_are_done_and_something_was_done_now() -> None:
    left = Part(1.0, 0.0, False)
    assert remaining([*done(2.0, 2.0), left], 4.0, 4.0) is None
    assert remaining([*done(2.0, 2.0, 2.0), left], 0.0, 4.0) is None
    assert remaining([*done(2.0, 2.0, 2.0), left], 6.0, 6.0) == (2.0, 2.0)


def test_the_range_is_that_of_the_quartiles_at_the_pace_of_all() -> None:
    parts = [*done(1.0, 2.0, 3.0, 4.0, 100.0), Part(10.0, 5.0, False), Part(1.0, 50.0, False)]
    # 220 s of work in 110 s: two work. Ratios 2 and 4; of the first part left 15 and 35 s, of the other none.
    assert remaining(parts, 220.0, 110.0) == (7.5, 17.5)


def test_parts_that_cost_nothing_say_nothing() -> None:
    assert remaining([*done(0.0, 0.0, 1.0, 1.0), Part(1.0, 0.0, False)], 1.0, 1.0) is None


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (None, "remaining time not known yet"),
        ((3.2, 3.4), "about 3 s left"),
        ((3.0, 89.0), "about 3 s to 89 s left"),
        ((89.0, 150.0), "about 89 s to 2.5 min left"),
    ],
)
def test_words(rest: tuple[float, float] | None, said: str) -> None:
    assert in_words(rest) == said
