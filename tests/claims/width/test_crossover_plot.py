import math

import pytest

from claims.preliminaries.explicit_width import spectrum
from claims.width.crossover_plot import (
    RESOLUTION,
    crossover,
    crossover_plot,
    joint_needs_less,
    planes,
    widths,
)


@pytest.mark.parametrize("t", [0.05, 0.5, 1.5])
def test_planes_have_the_eigenvalues_of_one_pair(t: float) -> None:
    numbers = spectrum(planes(3, 8, t))
    across = math.cos(t) * (math.pi - t) / (2 * math.pi)
    assert numbers.lambda_0 == pytest.approx(0.5 - across, rel=1e-9)
    assert numbers.top == pytest.approx(1 + math.cos(t), rel=1e-9)


@pytest.mark.parametrize(("pairs", "d"), [(4, 64), (2, 64)])
def test_the_order_reverses_at_the_crossover(pairs: int, d: int) -> None:
    low, high = crossover(pairs, d)
    assert low < high <= low * (1 + RESOLUTION)
    assert not joint_needs_less(pairs, d, low)
    assert joint_needs_less(pairs, d, high)
    assert not joint_needs_less(pairs, d, low / 4)


def test_with_the_decoder_alone_joint_training_always_asks_for_more() -> None:
    for t in (0.03, 0.3, 1.0, math.pi / 2):
        found = widths(planes(4, 64, t))
        assert found.decoder_only > found.weak
        assert found.decoder_only > found.joint


def test_data_whose_order_does_not_reverse_are_refused() -> None:
    with pytest.raises(ValueError, match="does not reverse"):
        crossover(1, 2)


def test_the_picture_marks_where_the_curves_cross() -> None:
    plot = crossover_plot()
    quotients, equal = plot.series
    (mark,) = plot.marks
    assert set(equal.y) == {1.0}
    assert all((y > 1) == (delta < mark.x) for delta, y in zip(quotients.x, quotients.y, strict=True))
