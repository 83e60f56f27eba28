from __future__ import annotations

import math

import pytest

from claims.kernels.smallest_eigenvalues import kernels_minima, settled
from claims.preliminaries.fixed_data import pair
from refute import Compute, Outcome, at_least
from refute.numerics.balls import Order


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("theta", [0.1, 1.0, 3.0])
def test_the_minima_of_a_pair_are_enclosed(theta: float, dtype: str) -> None:
    K = math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    G = K + math.sin(theta) / (2 * math.pi)
    lambda_0, gamma_0 = kernels_minima(pair(theta), Compute(dtype=dtype))
    assert lambda_0.lower <= 0.5 - abs(K) <= lambda_0.upper
    assert gamma_0.lower <= 0.5 - G <= gamma_0.upper


@pytest.mark.parametrize(
    ("found", "outcome"),
    [(Order.LESS, Outcome.VIOLATED), (Order.EQUAL, Outcome.HOLDS), (Order.GREATER, Outcome.HOLDS)],
)
def test_a_comparison_is_violated_in_the_wrong_order_only(found: Order, outcome: Outcome) -> None:
    tie = at_least("x", 0.0, 0.0, 1.0)
    assert tie.open
    assert settled(tie, lambda: found, Order.LESS).outcome is outcome


def test_what_no_precision_decides_is_left_as_it_is() -> None:
    tie = at_least("x", 0.0, 0.0, 1.0)
    assert settled(tie, lambda: Order.UNKNOWN, Order.LESS) is tie
