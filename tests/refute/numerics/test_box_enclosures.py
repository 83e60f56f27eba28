"""What balls and Taylor polynomials enclose: values on boxes, quotients at a zero, the ends of a side."""

from __future__ import annotations

import math
from typing import Any

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from refute.numerics.balls import precision
from refute.numerics.boxes import Side, ball_of, enclose, quotient


@given(st.floats(-3, 3), st.floats(2.0**-30, 1), st.floats(0, 1))
def test_an_enclosure_contains_the_values_and_is_tight_where_the_function_is_monotone(
    low: float, width: float, share: float
) -> None:
    def function(x: Any) -> Any:
        return x.exp() - 3 * x.sin() * x

    def steep(x: Any) -> Any:
        return x.exp() + 3 * x - x

    with precision(128):
        ball = ball_of((low, low + width))
        inside = arb(low) + arb(share) * arb(width)
        assert enclose(function, ball).contains(function(inside))
        ends = steep(arb(low)).union(steep(ball.upper()))
        assert enclose(steep, ball).rad() <= ends.rad() * (1 + 2.0**-20) + arb(2) ** -100


def test_an_enclosure_in_two_parameters_is_that_of_the_corners() -> None:
    with precision(128):
        x = ball_of((0.5, 1.5))
        y = ball_of((0.25, 0.5))
        found = enclose(lambda s, t: s * s - t * t - s * t, x, y)
        # 2 s - t > 0 and -2 t - s < 0, so the extremes are at opposite corners.
        assert found.contains(arb(1.5**2 - 0.25**2 - 1.5 * 0.25)) and found.contains(
            arb(0.5**2 - 0.5**2 - 0.25)
        )
        assert found.rad() <= (1.8125 + 0.25) / 2 * (1 + 2.0**-20)


def test_a_quotient_is_that_of_the_power_series_at_the_zero_and_around_it() -> None:
    with precision(128):
        exact = quotient(lambda x: x - x.sin(), arb(0), 0.0, 3)
        assert exact.contains(arb(1) / 6) and exact.rad() < arb(2) ** -120
        ball = ball_of((0.0, 2.0**-20))
        near = quotient(lambda x: x - x.sin(), ball, 0.0, 3)
        middle = ball.mid()
        assert near.contains((middle - middle.sin()) / middle**3)
        assert near.contains(arb(1) / 6) and near.rad() < arb(2) ** -20


@pytest.mark.parametrize("side", [(0.0, 1.0), (-0.75, 2.0), (0.1, 0.2), (1 / 3, math.nextafter(1 / 3, 1))])
def test_the_ball_of_a_side_contains_its_ends(side: Side) -> None:
    with precision(128):
        ball = ball_of(side)
        assert ball.contains(arb(side[0])) and ball.contains(arb(side[1]))
        assert ball.rad() <= (arb(side[1]) - arb(side[0])) / 2 * (1 + arb(2) ** -20)
