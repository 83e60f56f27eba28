from fractions import Fraction

import numpy as np
import pytest

from claims.perturbation.gradient_ascent import ascend, frobenius, spectral
from claims.perturbation.p3_feature_change import (
    ASCENDED,
    DRAWN,
    check,
    check_spectral_norms,
    encoders,
    escalate,
)
from refute import Compute, Instance, Outcome, Unmet

FINE = Compute()


def instance(seed: int, n: int = 3, d: int = 3, m: int = 4) -> Instance:
    generator = np.random.default_rng(seed)
    X, V, W = (generator.standard_normal(shape) for shape in ((d, n), (m, d), (m, d)))
    return Instance(X=X / np.linalg.norm(X, axis=0), V=V, W=W)


def ratio(X: np.ndarray, V: np.ndarray, W: np.ndarray, order: str | int) -> float:
    change = np.maximum(W @ X, 0) - np.maximum(V @ X, 0)
    return float(np.linalg.norm(change, order) / np.linalg.norm(W - V, order))  # type: ignore[arg-type]


@pytest.mark.parametrize(("norm", "order"), [(frobenius, "fro"), (spectral, 2)])
@pytest.mark.parametrize("seed", range(5))
def test_the_ascent_climbs(norm: object, order: str | int, seed: int) -> None:
    at = instance(seed)
    ascended = ascend(at.X, at.V, at.W, norm)  # type: ignore[arg-type]
    assert ratio(at.X, at.V, ascended, order) > ratio(at.X, at.V, at.W, order)
    assert ratio(at.X, at.V, ascended, "fro") <= np.linalg.norm(at.X, 2) * (1 + 1e-12)


@pytest.mark.parametrize("norm", [frobenius, spectral])
def test_half_the_gradient_of_the_square_is_a_difference_quotient(norm: object) -> None:
    generator = np.random.default_rng(0)
    M, direction = generator.standard_normal((2, 3, 4))
    value, gradient = norm(M)  # type: ignore[operator]
    nearby, _ = norm(M + 2.0**-20 * direction)  # type: ignore[operator]
    assert (nearby - value) * 2.0**19 == pytest.approx((gradient * direction).sum(), rel=1e-4)


def test_the_ascent_comes_near_the_bound_and_not_above() -> None:
    comparisons = check(instance(0, n=2), FINE)
    assert not isinstance(comparisons, Unmet)
    drawn, ascended = comparisons
    assert 0 < ascended.slack < drawn.slack / 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_sample_attains_the_bound_and_the_tie_is_decided(dtype: str) -> None:
    x = np.array([[0.6], [0.8]])
    at = Instance(X=x, V=x.T, W=2 * x.T)
    comparisons = check(at, Compute(dtype=dtype))
    assert not isinstance(comparisons, Unmet)
    for comparison in comparisons:
        assert abs(comparison.gap) <= comparison.rounding
        assert escalate(at, comparison).outcome is Outcome.HOLDS
        assert escalate(at, comparison, share=1 - Fraction(1, 2**60)).outcome is Outcome.VIOLATED


def test_equal_encoders_say_nothing() -> None:
    at = instance(0)
    assert isinstance(check(at.replace(W=at.V), FINE), Unmet)
    assert isinstance(check_spectral_norms(at.replace(W=at.V), FINE), Unmet)


def test_relu_is_no_contraction_in_spectral_norm() -> None:
    at = Instance(X=np.eye(2), V=np.zeros((2, 2)), W=np.array([[1.0, -1.0], [1.0, 1.0]]))
    comparisons = check_spectral_norms(at, FINE)
    assert not isinstance(comparisons, Unmet)
    assert comparisons[0].outcome is Outcome.VIOLATED
    # The golden ratio squared, against 2.
    assert comparisons[0].measured == pytest.approx((3 + 5**0.5) / 2)
    assert comparisons[0].bound == pytest.approx(2)
    assert set(encoders(at)) == {DRAWN, ASCENDED}
