"""The parts of T7 against networks worked out by hand, and the decision of ties in fractions."""

from fractions import Fraction

import numpy as np
import pytest

from claims.tied.t7_linear_odd_part import (
    EVEN,
    FORWARD,
    check,
    escalate,
    even_comparison,
    odd_comparison,
    with_free_decoder,
)
from refute import Compute, Instance, Outcome

ONE = Instance(
    X=np.eye(2)[:, :1],
    W=np.array([[2.0, 1.0]]),
    A=np.array([[-1.0, 0.0]]),
    P=np.array([[1.0, 0.0], [0.0, 1.0]]),
    c=1.0,
    eta=0.0,
    steps=0,
)


def test_one_neuron_attains_the_bound_and_fractions_say_so() -> None:
    comparison = even_comparison(ONE, Compute(), 1.0)
    assert comparison.measured == pytest.approx(comparison.bound) and comparison.open
    assert escalate(ONE, comparison).outcome is Outcome.HOLDS
    assert escalate(ONE, comparison, share=Fraction(1, 4)).outcome is Outcome.VIOLATED
    assert even_comparison(ONE, Compute(), 0.25).outcome is Outcome.VIOLATED


def test_a_pair_of_opposite_neurons_has_no_even_part() -> None:
    paired = ONE.replace(W=np.array([[2.0, 1.0], [-2.0, -1.0]]))
    comparison = even_comparison(paired, Compute(), 1.0)
    assert comparison.measured == 0.0 < comparison.bound


def test_the_odd_part_of_trained_weights_is_theirs_and_not_the_start_s() -> None:
    """By hand: z = 2, u = (4, 2), e = (-3, -2), <w, e> = -8; w + (z e + <w, e> x)/4 = (-1.5, 0)."""
    trained = odd_comparison(ONE.replace(eta=0.25, steps=1), Compute())
    assert trained.outcome is Outcome.HOLDS
    assert trained.measured in (pytest.approx(2.25 / 2), 0.0)
    assert odd_comparison(ONE, Compute()).outcome is Outcome.HOLDS


def test_only_a_decoder_of_its_own_turns_an_input_around() -> None:
    labels = {comparison.label: comparison for comparison in check(ONE, Compute())}
    assert labels[FORWARD].outcome is Outcome.HOLDS and labels[EVEN].open
    free = {comparison.label: comparison for comparison in check(ONE, Compute(), network=with_free_decoder)}
    assert free[FORWARD].outcome is Outcome.VIOLATED
    assert free[FORWARD].measured == pytest.approx(-2 / np.sqrt(2))
    assert escalate(ONE, labels[FORWARD]).outcome is Outcome.HOLDS
    assert escalate(ONE, labels[FORWARD], network=with_free_decoder).outcome is Outcome.VIOLATED


def test_inactive_neurons_leave_an_exact_zero_that_fractions_decide() -> None:
    away = ONE.replace(P=-np.abs(ONE.P))
    comparison = {f.label: f for f in check(away, Compute())}[FORWARD]
    assert comparison.measured == 0.0
    assert escalate(away, comparison).outcome is Outcome.HOLDS
