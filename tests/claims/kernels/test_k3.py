from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq

from claims.kernels import k3_series
from claims.kernels.k3_series import check, hypergeometric_sums, majorant, proof, remainder, series
from models.kernels.limit_in_balls import signed_squares
from refute import Compute, Instance, Outcome
from refute.numerics.balls import precision
from refute.numerics.boxes import is_positive

MANY = 2000


def coefficient(k: int) -> Fraction:
    return Fraction(math.comb(2 * k, k), 4**k * (2 * k + 1))


@pytest.mark.parametrize("square", [fmpq(0), fmpq(1, 9), fmpq(1, 2), fmpq(9, 10)])
def test_the_sums_are_those_of_the_definition(square: fmpq) -> None:
    with precision(192):
        z = arb(square)
        weight = arb(1)
        encoder = arb(0)
        decoder = arb(0)
        for k in range(MANY):
            term = weight / (2 * k + 1) * z ** (k + 1)
            encoder = encoder + term
            decoder = decoder + term / (2 * k + 2)
            weight = weight * (2 * k + 1) / (2 * k + 2)
        # The coefficients fall, so that the tail is less than the next one times a geometric series.
        tail = arb(0, arb(float(coefficient(MANY))) * z ** (MANY + 1) / (1 - z))
        first, second = hypergeometric_sums(z)
        assert first.overlaps(encoder + tail) and second.overlaps(decoder + tail)
        assert max(first.rad(), second.rad(), tail.rad()) < arb(2) ** -60


def test_at_one_the_sums_are_those_of_all_coefficients() -> None:
    """sum c_k = pi/2, and G = 1/2 asks for sum c_k / (2k+2) = pi/2 - 1."""
    with precision(192):
        first, second = hypergeometric_sums(arb(1))
        assert first.overlaps(arb.pi() / 2) and second.overlaps(arb.pi() / 2 - 1)
        assert max(first.rad(), second.rad()) < arb(2) ** -150


@pytest.mark.parametrize("t", [1e-8, 1e-3, 1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_enclosures_stay_tight_at_both_ends(t: float, sign: float) -> None:
    square = signed_squares(np.array([[1.0, sign], [0.0, t]]))[0][1]
    K, G = series(square, hypergeometric_sums)
    theta = math.atan2(t, sign)
    closed = math.cos(theta) * (math.pi - theta) / (2 * math.pi)
    assert (
        abs(K.middle - closed) <= 2.0**-50
        and abs(G.middle - closed - t / math.hypot(1, t) / (2 * math.pi)) <= 2.0**-50
    )
    assert max(K.radius, G.radius) < 2.0**-50


def test_every_step_of_the_proof_closes() -> None:
    steps = proof()
    assert len(steps) >= 12
    assert [step.label for step in steps if not step.closed] == []


@pytest.mark.parametrize("terms", [1, 2, 3, 4])
def test_the_remainder_starts_with_the_next_coefficient(terms: int) -> None:
    """R_N / sin^(2N+1) tends to c_N at 0 and reaches the whole tail at pi/2, within its majorant."""
    with precision(128):
        order = 2 * terms + 1
        phi = arb(2) ** -10
        ratio = remainder(terms, phi) / phi.sin() ** order
        exact = coefficient(terms)
        assert abs(ratio - arb(exact.numerator) / exact.denominator) < arb(2) ** -20
        whole = remainder(terms, arb.pi() / 2)
        head = sum((coefficient(k) for k in range(terms)), Fraction(0))
        assert whole.overlaps(arb.pi() / 2 - arb(head.numerator) / head.denominator)
        assert whole < majorant(terms)


def test_a_wrong_coefficient_is_not_proved() -> None:
    """The first c_k without the factor 2k + 1 in one place: the remainder turns negative."""
    wrong = is_positive(lambda phi: phi - phi.sin() - phi.sin() ** 3 / 2, (0.0, 1.5), zeros={0.0: 3})
    assert wrong.positive is False


def test_a_wrong_majorant_leaves_the_proof_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k3_series, "majorant", lambda terms: majorant(terms) / 2)
    assert any(not step.closed for step in proof())


def test_the_series_hold_at_right_angles_and_the_sibling_does_not_at_any_other() -> None:
    right, other = (Instance(X=np.array([[1.0, x], [0.0, y]])) for x, y in ((0.0, 1.0), (0.6, 0.8)))
    sums = (hypergeometric_sums, k3_series._without_odd_factor)
    for instance, sibling in ((right, Outcome.HOLDS), (other, Outcome.VIOLATED)):
        outcomes = [{f.outcome for f in check(instance, Compute(), sums=each)} for each in sums]
        assert outcomes == [{Outcome.HOLDS}, {sibling}]
