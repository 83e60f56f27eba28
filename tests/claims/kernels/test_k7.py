from __future__ import annotations

import math

import mpmath
import pytest
from flint import arb

from claims.kernels.arc_proof import lemmas
from claims.kernels.k7_crowded_arc import (
    CROWD_LOW,
    ENCODER_HIGH,
    ENCODER_LOW,
    Constants,
    bounds,
    check,
    escalate,
)
from refute import Compute, Instance, Outcome, at_least
from refute.numerics.balls import precision


def minima(n: int, t: float) -> tuple[float, float]:
    """lambda_0 / t and gamma_0 / t^3 at sixty digits."""
    with mpmath.workdps(60):
        pi = mpmath.pi
        at = [k * mpmath.mpf(t) for k in range(n)]
        K = [(pi - x) * mpmath.cos(x) / (2 * pi) for x in at]
        G = [(mpmath.sin(x) + (pi - x) * mpmath.cos(x)) / (2 * pi) for x in at]
        lambda_0, gamma_0 = (
            min(mpmath.eigsy(mpmath.matrix(n, n) + toeplitz(n, row), eigvals_only=True)) for row in (K, G)
        )
        return float(lambda_0 / t), float(gamma_0 / mpmath.mpf(t) ** 3)


def toeplitz(n: int, row: list[mpmath.mpf]) -> mpmath.matrix:
    return mpmath.matrix([[row[abs(i - j)] for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_lambda_0_falls_like_the_limit_in_the_text(n: int) -> None:
    found, _ = minima(n, 1e-7)
    assert found == pytest.approx(1 / (4 * math.pi * math.cos(math.pi / (2 * n)) ** 2), rel=1e-5)


def test_gamma_0_falls_like_the_cube_towards_the_lower_constant() -> None:
    ratios = [24 * math.pi * minima(n, 1e-7)[1] for n in (3, 6, 12)]
    assert ratios == pytest.approx([16 / 3, 1.4247, 1.0818], rel=1e-4)


@pytest.mark.parametrize(("n", "t"), [(2, 1.5), (3, 0.75), (4, 0.01), (6, 0.3)])
def test_the_bounds_hold_and_the_instance_has_no_open_comparison(n: int, t: float) -> None:
    found = check(Instance(n=n, t=t), Compute())
    assert isinstance(found, tuple)
    settled = [escalate(Instance(n=n, t=t), f) if f.open else f for f in found]
    assert [f.outcome for f in settled] == [Outcome.HOLDS] * 6


def test_the_bounds_are_those_of_the_statement() -> None:
    with precision(128):
        found = bounds(3, arb(0.5))
    assert float(found[ENCODER_LOW].mid()) == pytest.approx(0.5 / (4 * math.pi * math.cos(math.pi / 8) ** 2))
    assert float(found[ENCODER_HIGH].mid()) == pytest.approx(0.25 / math.pi + 0.0625)
    assert float(found[CROWD_LOW].mid()) == pytest.approx(0.125 / (24 * math.pi))


def test_a_wrong_exponent_is_refuted_where_floats_see_nothing() -> None:
    instance = Instance(n=4, t=2.0**-25)
    open_comparison = at_least(CROWD_LOW, 0.0, 0.0, 1e-12)
    assert escalate(instance, open_comparison, stated=Constants(decoder_power=2)).outcome is Outcome.VIOLATED
    assert escalate(instance, open_comparison).outcome is Outcome.HOLDS


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []
