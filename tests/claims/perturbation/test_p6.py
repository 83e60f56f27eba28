import numpy as np
import pytest

from claims.perturbation.p6_necessary_width import check, lowest, moves, per_neuron, rank
from claims.preliminaries.arrays import array, single, tensor
from models.kernels.finite import tangent_kernel
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Outcome

FINE = Compute()


def instance(seed: int, n: int, d: int, m: int) -> Instance:
    generator = np.random.default_rng(seed)
    shapes = ((d, n), (m, d), (m, d))
    X, W, A = (generator.integers(-99, 100, shape) * 1.0 for shape in shapes)
    return Instance(X=X, W=W, A=A)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("seed", range(5))
def test_the_moves_are_a_jacobian_of_the_models_kernel(seed: int, regime: Regime) -> None:
    at = instance(seed, 3, 2, 4)
    J = np.array(moves(at.X, at.W, at.A, regime), dtype=float)
    H = array(tangent_kernel(single(at.W, at.A, FINE), tensor(at.X, FINE), regime))[0]
    assert np.allclose(J.T @ J / at.A.size, H, rtol=1e-12)
    assert np.linalg.matrix_rank(J) == rank(at, regime)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d"), [(5, 2), (6, 3), (7, 2)])
def test_both_rank_bounds_are_attained_just_below_the_width_of_many_samples(
    n: int, d: int, regime: Regime
) -> None:
    per = per_neuron(np.zeros((d, n)), regime)
    m = (n * d - 1) // per
    assert max(rank(instance(seed, n, d, m), regime) for seed in range(100)) == m * per < n * d


@pytest.mark.parametrize(("n", "d"), [(3, 6), (2, 5), (4, 4)])
def test_few_samples_attain_the_weak_bound_and_one_neuron_the_joint_one(n: int, d: int) -> None:
    for m in range(1, d):
        at = instance(m, n, d, m)
        active = at.replace(X=np.abs(at.X), W=np.abs(at.W))
        assert rank(active, "weak") == m * n < n * d
        # A linear network: (w, a) mixes as the factors of a matrix of rank m do.
        assert rank(active, "joint") == (m * (n + d) - m * m if m < n else n * d)
        assert m > 1 or rank(active, "joint") == per_neuron(at.X, "joint")


def test_the_joint_bound_sees_more_than_2_d_minus_1_where_samples_are_few() -> None:
    n = 3
    d = 6
    m = 2
    assert m * (2 * d - 1) >= n * d
    assert m * per_neuron(np.zeros((d, n)), "joint") < n * d
    for seed in range(10):
        at = instance(seed, n, d, m)
        assert rank(at, "joint") < n * d
        assert lowest(at, "joint", FINE).lower <= 0 <= lowest(at, "joint", FINE).upper


@pytest.mark.parametrize("regime", REGIMES)
def test_scaling_a_neuron_against_its_decoder_moves_nothing(regime: Regime) -> None:
    at = instance(3, 4, 3, 2)
    joint = np.array(moves(at.X, at.W, at.A, "joint"))
    for r in range(2):
        direction = np.zeros((2, 2, 3))
        direction[0, r] = at.W[r]
        direction[1, r] = -at.A[r]
        assert not (direction.ravel() @ joint).any()
    assert len(moves(at.X, at.W, at.A, regime)) == (6 if regime == "weak" else 12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_part_holds_on_both_sides_of_the_widths(dtype: str) -> None:
    for m in range(1, 7):
        found = check(instance(m, 4, 3, m), Compute(dtype=dtype))
        assert all(comparison.outcome is Outcome.HOLDS for comparison in found)
        assert len(found) == 2 + (m < 4) + (m * 5 < 12)


def test_enough_active_neurons_lift_the_smallest_eigenvalue_off_zero() -> None:
    at = instance(0, 2, 2, 12)
    assert rank(at, "weak") == 4
    assert lowest(at, "weak", FINE).lower > 0
