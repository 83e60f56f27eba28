"""Where a subdivision ends: at its cap to the box, and at its depth to the halving."""

from __future__ import annotations

import pytest
from flint import arb

from refute.numerics.boxes import enclose, is_positive


def barely(x: arb) -> arb:
    """Positive on [0, 1], and close to 0 at 1/3."""
    return (x - arb(1) / 3) ** 2 + arb(2) ** -20


def test_a_cap_allows_as_many_boxes_as_it_says() -> None:
    free = is_positive(barely, (0.0, 1.0))
    assert free.positive and free.boxes > 3
    assert is_positive(barely, (0.0, 1.0), cap=free.boxes) == free
    for cap in (1, 2, free.boxes - 1):
        stopped = is_positive(barely, (0.0, 1.0), cap=cap)
        assert (stopped.positive, stopped.boxes) == (None, cap)


@pytest.mark.parametrize("side", [(0.0, 1.0), (0.0, 4.0)])
def test_what_touches_zero_is_halved_to_the_last_depth_and_no_further(side: tuple[float, float]) -> None:
    found = is_positive(lambda x: (x - arb(1) / 3) ** 2, side)
    assert found.positive is None
    ((low, high),) = found.box
    assert high - low == side[1] * 2.0**-40
    assert low <= 1 / 3 <= high


def test_a_parameter_that_does_not_matter_changes_nothing() -> None:
    alone = enclose(barely, arb(0.5, 0.25))
    found = enclose(lambda x, _: barely(x), arb(0.5, 0.25), arb(0, 1))
    assert found.rad() == alone.rad() and found.mid() == alone.mid()
    assert is_positive(lambda x, y: arb(1), (0.0, 1.0), (0.0, 1.0)).boxes == 1
