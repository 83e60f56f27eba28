from __future__ import annotations

import math

import numpy as np
import pytest

from claims.kernels.k4_coefficient_order import CLAIM, EVEN, WHOLE, check, escalate, lemmas, sines
from claims.preliminaries.fixed_data import circle, pair
from refute import Compute, Instance, Outcome, at_least

CROWDED = circle(np.arange(3) * 1e-7)


@pytest.mark.parametrize("theta", [1e-9, 1e-4, 1.0, math.pi / 2, 3.0, math.pi - 1e-6])
def test_the_sine_needs_no_angle(theta: float) -> None:
    X = pair(theta)
    assert sines(X)[0, 1] == pytest.approx(math.sin(theta), rel=1e-8)


def test_both_matrices_are_the_sums_of_their_series() -> None:
    """Positive semi-definite by coefficients: the naive sums, cut where rho^(2k+2) is gone."""
    rho = 0.6
    central = 1.0
    whole = 0.0
    even = 0.0
    for k in range(60):
        c = central / (2 * k + 1)
        whole += c * (2 * k + 1) / (2 * k + 2) * rho ** (2 * k + 2)
        even += c * k / (k + 1) * rho ** (2 * k + 2)
        central *= (2 * k + 1) / (2 * k + 2)
    theta = math.acos(rho)
    K = (math.pi - theta) * rho / (2 * math.pi)
    G = K + math.sin(theta) / (2 * math.pi)
    assert whole == pytest.approx(1 - math.sin(theta))
    assert even / (2 * math.pi) == pytest.approx(K - rho / 4 - 2 * (G - rho / 4 - 1 / (2 * math.pi)))


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []


@pytest.mark.parametrize("label", [WHOLE, EVEN])
def test_balls_decide_what_crowded_data_leave_open(label: str) -> None:
    instance = Instance(X=CROWDED)
    open_comparison = at_least(label, 0.0, 0.0, 1e-12)
    assert escalate(instance, open_comparison).outcome is Outcome.HOLDS
    assert escalate(instance, open_comparison, constant=0, multiple=3).outcome is Outcome.VIOLATED


def test_without_the_constant_any_pair_refutes() -> None:
    found = check(Instance(X=np.eye(2)), Compute(), constant=0)
    assert isinstance(found, tuple)
    assert {comparison.label: comparison.outcome for comparison in found}[WHOLE] is Outcome.VIOLATED
    assert CLAIM.proof is None
