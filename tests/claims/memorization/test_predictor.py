import numpy as np
import pytest

from claims.memorization.predictor import Problem, both_regimes, problem
from claims.preliminaries.arrays import array, tensor
from models.kernels.limit import limit_kernel
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Unmet


def random_data(seed: int, n: int = 4, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(seed).standard_normal((2, d, n))
    return drawn[0] / np.linalg.norm(drawn[0], axis=0), drawn[1]


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("seed", range(4))
def test_the_rounding_of_a_prediction_covers_what_single_precision_loses(regime: Regime, seed: int) -> None:
    X, Y = random_data(seed)
    single = problem(X, regime, Compute(dtype="float32"))
    double = problem(X, regime, Compute())
    assert isinstance(single, Problem) and isinstance(double, Problem)
    lost = np.linalg.norm(single.predict(Y) - double.predict(Y), axis=0)
    assert (lost <= single.rounding(Y) + double.rounding(Y)).all()
    assert (single.rounding(Y) < 0.05 * np.linalg.norm(Y, axis=0)).all()


@pytest.mark.parametrize("regime", REGIMES)
def test_weights_are_at_least_those_of_a_naive_solve(regime: Regime) -> None:
    X, Y = random_data(7)
    at = problem(X, regime, Compute())
    assert isinstance(at, Problem)
    k, cross = (array(limit_kernel(tensor(X, Compute()), regime, tensor(Z, Compute()))) for Z in (X, Y))
    naive = np.linalg.inv(k) @ cross
    assert (at.weights(Y) >= np.linalg.norm(naive, axis=0)).all()
    np.testing.assert_allclose(at.predict(Y), X @ naive, rtol=0, atol=float(at.rounding(Y).max()))


def test_repeated_samples_are_refused() -> None:
    assert isinstance(problem(np.ones((2, 2)), "weak", Compute()), Unmet)


def test_only_separated_samples_are_lent() -> None:
    Y = np.ones((2, 1))
    assert [lent.regime for lent in both_regimes(Instance(X=np.eye(2), Y=Y))] == list(REGIMES)
    assert both_regimes(Instance(X=np.array([[1.0, -1.0], [0.0, 0.0]]), Y=Y)) == ()
