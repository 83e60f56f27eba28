from fractions import Fraction

import numpy as np
import pytest

from claims.perturbation.p2_pattern_change import CLAIM, check, escalate, exact_gap, majorant, measure
from refute import Comparison, Compute, Instance, Outcome, Unmet
from refute.numerics.rounding import gamma

FINE = Compute()


def instance(seed: int, S: np.ndarray, sigma: float = 1.0) -> Instance:
    generator = np.random.default_rng(seed)
    (m, n) = S.shape
    d = 3
    X = generator.standard_normal((d, n))
    W = generator.standard_normal((m, d))
    A = generator.standard_normal((m, d))
    D = W @ X > 0
    return Instance(X=X / np.linalg.norm(X, axis=0), W=W, A=A, S=S, sigma=np.where(D, 1 - sigma, sigma))


def naive_majorant(A: np.ndarray, S: np.ndarray, kappa: np.ndarray) -> np.ndarray:
    (m, d) = A.shape
    n = S.shape[1]
    terms = [
        kappa[r] * np.kron(np.outer(unit, unit), np.outer(A[r], A[r]))
        for r in range(m)
        for i, unit in enumerate(np.eye(n))
        if S[r, i]
    ]
    total: np.ndarray = sum(terms, np.zeros((n * d, n * d))) / (m * d)
    return total


def comparisons(at: Instance) -> tuple[Comparison, ...]:
    found = check(at, FINE)
    assert not isinstance(found, Unmet)
    return found


def settled(at: Instance) -> list[Comparison]:
    return [escalate(at, comparison) if comparison.open else comparison for comparison in comparisons(at)]


def test_the_majorant_is_the_sum_of_kronecker_products() -> None:
    generator = np.random.default_rng(0)
    A = generator.standard_normal((4, 3))
    S = generator.integers(0, 2, (4, 2)) * 1.0
    kappa = generator.uniform(1, 2, 4)
    Q = majorant(A, S, kappa)
    naive = naive_majorant(A, S, kappa)
    assert np.abs(Q - naive).max() <= 2 * gamma(12) * np.abs(naive_majorant(np.abs(A), S, kappa)).max()


@pytest.mark.parametrize("seed", range(4))
def test_single_flips_attain_the_bound_and_the_tie_is_decided_exactly(seed: int) -> None:
    at = instance(seed, np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    change = measure(at, FINE)
    for v in change.directions:
        alpha, beta = exact_gap(at.X, at.A, at.S, change.delta, v)
        assert alpha == beta == 0
    assert all(comparison.outcome is Outcome.HOLDS for comparison in settled(at))


def test_one_neuron_that_flips_everywhere_attains_the_bound_as_well() -> None:
    at = instance(5, np.ones((1, 2)))
    top = comparisons(at)[0]
    assert abs(top.gap) <= top.rounding
    assert escalate(at, top).outcome is Outcome.HOLDS


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_gap_is_what_floating_point_measures(seed: int) -> None:
    at = instance(seed, np.random.default_rng(seed).integers(0, 2, (3, 2)) * 1.0, sigma=0.5)
    change = measure(at, FINE)
    lambda_n = float(np.linalg.norm(at.X, 2)) ** 2
    for comparison, v in zip(comparisons(at), change.directions, strict=True):
        alpha, beta = exact_gap(at.X, at.A, at.S, change.delta, v)
        exact = float(alpha) + float(beta) * lambda_n
        assert abs(exact / at.A.size - comparison.gap) <= 2 * comparison.rounding


def test_the_exact_decision_sees_a_violation() -> None:
    at = instance(1, np.array([[1.0, 0.0], [0.0, 1.0]]))
    comparison = comparisons(at)[0]
    assert escalate(at, comparison, share=Fraction(1, 4)).outcome is Outcome.VIOLATED
    assert escalate(at, comparison, share=1 - Fraction(1, 2**200)).outcome is Outcome.VIOLATED


def test_no_entries_that_change_leave_nothing_to_bound() -> None:
    assert check(instance(2, np.zeros((2, 2))), FINE) == Unmet("Q is zero")


def largest_share(at: Instance) -> float:
    comparison = comparisons(at)[1]
    return comparison.measured / comparison.bound


@pytest.mark.parametrize("seed", range(4))
def test_no_decoder_and_no_pattern_does_worse_than_one_neuron_that_flips_all(seed: int) -> None:
    generator = np.random.default_rng(seed)
    at = instance(seed, np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    kappa = np.minimum(at.S.sum(axis=1), np.linalg.norm(at.X, 2) ** 2)
    shares = np.array([np.linalg.norm(at.X * row, 2) ** 2 for row in at.S]) / kappa
    worst = np.eye(3)[int(np.argmax(shares))]
    slop = gamma(1000) / float(worst @ shares)
    alone = at.replace(A=np.outer(worst, generator.standard_normal(3)), sigma=(at.W @ at.X <= 0) * 1.0)
    assert abs(largest_share(alone) - shares.max()) <= slop
    for _ in range(20):
        other = at.replace(A=generator.standard_normal((3, 3)), sigma=generator.uniform(0, 1, (3, 3)))
        assert largest_share(other) <= shares.max() + slop


def test_the_claim_escalates_to_the_exact_decision() -> None:
    assert CLAIM.escalate is escalate
