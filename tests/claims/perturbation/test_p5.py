from fractions import Fraction

import numpy as np
import pytest

from claims.perturbation.p5_gradient_bounds import ALONE, DECODER, ENCODER, LONGEST_COLUMN, check, escalate
from refute import Comparison, Compute, Instance, Outcome, Unmet

FINE = Compute()


def instance(seed: int, n: int, d: int, m: int) -> Instance:
    generator = np.random.default_rng(seed)
    X, W, A = (generator.standard_normal(shape) for shape in ((d, n), (m, d), (m, d)))
    return Instance(X=X / np.linalg.norm(X, axis=0), W=W, A=A)


def comparisons(at: Instance, compute: Compute = FINE) -> dict[str, Comparison]:
    found = check(at, compute)
    assert not isinstance(found, Unmet)
    return {comparison.label: comparison for comparison in found}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(4))
def test_both_sides_are_those_of_the_definitions(seed: int, dtype: str) -> None:
    at = instance(seed, 3, 2, 4)
    X = at.X
    W = at.W
    A = at.A
    Z = W @ X
    s = np.sqrt(A.size)
    E = X - A.T @ np.maximum(Z, 0) / s
    neurons = np.array([X @ ((Z[r] > 0) * (E.T @ A[r])) / s for r in range(4)])
    worst = int(np.argmax(np.linalg.norm(neurons, axis=1) / np.linalg.norm(A, axis=1)))
    found = comparisons(at, Compute(dtype=dtype))
    expected = {
        ENCODER: (neurons[worst], np.linalg.norm(X, 2) * np.linalg.norm(A[worst])),
        DECODER: (E @ np.maximum(Z, 0).T / s, np.linalg.norm(np.maximum(Z, 0), 2)),
    }
    for label, (gradient, factor) in expected.items():
        assert abs(found[label].measured - np.square(gradient).sum()) <= found[label].rounding
        bound = (factor * np.linalg.norm(E) / s) ** 2
        assert abs(found[label].bound - bound) <= found[label].rounding


@pytest.mark.parametrize("m", [1, 2, 3])
def test_one_sample_attains_the_decoders_bound_and_the_tie_is_decided(m: int) -> None:
    at = instance(5, 1, 2, m).replace(W=np.ones((m, 2)), X=np.array([[0.6], [0.8]]))
    found = comparisons(at)
    tie = found[DECODER]
    assert found[ALONE].outcome is Outcome.HOLDS
    assert abs(tie.gap) <= tie.rounding
    assert escalate(at, tie).outcome is Outcome.HOLDS
    assert escalate(at, tie, share=1 - Fraction(1, 2**60)).outcome is Outcome.VIOLATED
    assert escalate(at, tie, norm=LONGEST_COLUMN).outcome is Outcome.HOLDS


def test_one_active_neuron_in_one_dimension_attains_the_encoders_bound() -> None:
    at = Instance(X=np.ones((1, 1)), W=np.array([[1.0], [0.5]]), A=np.array([[0.0], [3.0]]))
    tie = comparisons(at)[ENCODER]
    assert abs(tie.gap) <= tie.rounding
    assert escalate(at, tie).outcome is Outcome.HOLDS
    assert escalate(at, tie, share=1 - Fraction(1, 2**60)).outcome is Outcome.VIOLATED


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_decision_agrees_with_floating_point(seed: int) -> None:
    at = instance(seed, 3, 2, 3)
    for comparison in comparisons(at).values():
        share = Fraction((comparison.measured / comparison.bound) ** 0.5)
        assert escalate(at, comparison, share=share * Fraction(1001, 1000)).outcome is Outcome.HOLDS
        assert escalate(at, comparison, share=share * Fraction(999, 1000)).outcome is Outcome.VIOLATED


def test_silent_networks_say_nothing() -> None:
    at = instance(0, 2, 2, 3)
    assert isinstance(check(at.replace(W=0 * at.W, A=0 * at.A), FINE), Unmet)
