import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.kernels.limit import limit_kernel
from models.kernels.limit_predictor import kernel_descent, limit_predictor
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma
from tests.models.helpers import DEVICES, seeds, tensor, within

regimes = st.sampled_from(REGIMES)


def data(d: int, n: int, seed: int) -> Tensor:
    return tensor(np.random.default_rng(seed).standard_normal((d, n)))


def solve_bound(X: Tensor, Y: Tensor, regime: Regime) -> float:
    """On ||f - exact||_F of a solve with k: kernel errors and Cholesky's, times the norm of the inverse."""
    d, n = X.shape
    k = limit_kernel(X, regime)
    least = float(torch.linalg.eigvalsh(k)[0])
    relative = (2 * gamma(5 * d + 32) + n * gamma(3 * n + 1)) * float(k.trace()) / least
    right = float(
        X.norm() * limit_kernel(X, regime, Y).norm() / least + X.norm() * X.norm() * Y.norm() / least
    )
    return 4 * relative * right


def descent_bound(X: Tensor, Y: Tensor, regime: Regime, eta: float, steps: int) -> float:
    """On two computed sums of `steps` powers of a contraction: roundings grow with the square of `steps`."""
    d, n = X.shape
    size = eta * float(X.norm() * limit_kernel(X, regime, Y).norm())
    return 8 * steps**2 * n * gamma(n + d + 8) * size


def naive_descent(X: Tensor, Y: Tensor, regime: Regime, eta: float, steps: int) -> Tensor:
    """Functional gradient descent, one step after the other, followed on X and on Y."""
    k = limit_kernel(X, regime)
    across = limit_kernel(X, regime, Y)
    on_X = torch.zeros_like(X)
    on_Y = torch.zeros_like(Y)
    for _ in range(steps):
        E = X - on_X
        on_X = on_X + eta * E @ k
        on_Y = on_Y + eta * E @ across
    return on_Y


@given(st.integers(2, 5), st.integers(1, 6), seeds, regimes)
def test_the_predictor_interpolates_its_data(d: int, n: int, seed: int, regime: Regime) -> None:
    X = data(d, n, seed)
    assert within(limit_predictor(X, X, regime), X, solve_bound(X, X, regime))


@given(st.integers(2, 5), st.integers(1, 6), seeds, regimes)
def test_the_predictor_is_that_of_a_dense_inverse(d: int, n: int, seed: int, regime: Regime) -> None:
    X = data(d, n, seed)
    Y = data(d, 3, seed + 1)
    expected = X @ torch.linalg.inv(limit_kernel(X, regime)) @ limit_kernel(X, regime, Y)
    assert within(limit_predictor(X, Y, regime), expected, n * solve_bound(X, Y, regime))


def test_one_sample_sends_every_input_to_a_multiple_of_itself() -> None:
    x = data(3, 1, 0)
    Y = data(3, 5, 1)
    multiples = limit_kernel(x, "joint", Y) / limit_kernel(x, "joint")
    bound = gamma(20) * float(x.norm() * multiples.abs().max())
    assert within(limit_predictor(x, Y, "joint"), x * multiples, bound)


def test_inputs_orthogonal_to_the_data_are_forgotten_by_the_weak_regime_only() -> None:
    X = torch.eye(4, dtype=torch.float64)[:, :2]
    y = torch.eye(4, dtype=torch.float64)[:, 3:]
    assert torch.equal(limit_predictor(X, y, "weak"), torch.zeros(4, 1, dtype=torch.float64))
    assert float(limit_predictor(X, y, "joint").norm()) > 0.1


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n", [3, 4])
def test_a_singular_kernel_is_refused(regime: Regime, n: int, seed: int) -> None:
    """A repeated sample, and more antipodal pairs than dimensions; Cholesky completes on a third of them."""
    X = data(2, 3, seed)
    X = X[:, [0, 1, 0]] if n == 3 else torch.cat([X, -X], dim=1)
    with pytest.raises(ValueError, match=r"singular to working precision.*assumption A3"):
        limit_predictor(X, X, regime)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("d", "n"), [(2, 3), (1, 90), (60, 3)])
def test_the_doubt_covers_the_errors_of_the_kernel_and_of_its_factor(d: int, n: int, dtype: str) -> None:
    """A repeated sample: the message says the bound, which is compared with the two counts it is made of."""
    X = data(d, n, 0).to(getattr(torch, dtype))
    X[:, -1] = X[:, 0]
    trace = float(limit_kernel(X.double(), "weak").trace())
    with pytest.raises(ValueError, match="below") as error:
        limit_predictor(X, X, "weak")
    doubt = float(str(error.value).partition("below ")[2].partition(")")[0])
    counted = (2 * gamma(5 * d + 16, dtype) + gamma(n + 1, dtype)) * trace
    assert counted <= doubt <= 4 * counted


@given(st.integers(1, 4), st.integers(1, 5), seeds, regimes, st.integers(0, 5))
def test_squaring_takes_the_steps_of_kernel_descent(
    d: int, n: int, seed: int, regime: Regime, doublings: int
) -> None:
    X = data(d, n, seed)
    Y = data(d, 3, seed + 1)
    eta = 1 / float(limit_kernel(X, regime).trace())
    steps = 2**doublings
    bound = descent_bound(X, Y, regime, eta, steps)
    assert within(
        kernel_descent(X, Y, regime, eta, doublings), naive_descent(X, Y, regime, eta, steps), bound
    )


@given(st.integers(2, 4), st.integers(1, 4), seeds, regimes)
def test_kernel_descent_tends_to_the_predictor_at_its_rate(d: int, n: int, seed: int, regime: Regime) -> None:
    X = data(d, n, seed)
    Y = data(d, 3, seed + 1)
    k = limit_kernel(X, regime)
    eta = 1 / float(k.trace())
    least = float(torch.linalg.eigvalsh(k)[0])
    steps = 2**6
    left = math.exp(-eta * least * steps) / least * float(X.norm() * limit_kernel(X, regime, Y).norm())
    bound = left + descent_bound(X, Y, regime, eta, steps) + solve_bound(X, Y, regime)
    assert within(kernel_descent(X, Y, regime, eta, 6), limit_predictor(X, Y, regime), bound)


def test_descent_on_a_singular_kernel_is_no_obstacle() -> None:
    X = data(2, 2, 0)[:, [0, 1, 0]]
    eta = 1 / float(limit_kernel(X, "weak").trace())
    bound = descent_bound(X, X, "weak", eta, 16)
    assert within(kernel_descent(X, X, "weak", eta, 4), naive_descent(X, X, "weak", eta, 16), bound)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_predictions_keep_dtype_and_device(device: str, dtype: torch.dtype) -> None:
    X = data(3, 4, 0).to(device, dtype)
    Y = data(3, 2, 1).to(device, dtype)
    for f in (limit_predictor(X, Y, "joint"), kernel_descent(X, Y, "joint", 0.1, 3)):
        assert (f.shape, f.dtype, f.device.type) == ((3, 2), dtype, device)


@pytest.mark.parametrize(
    ("step_size", "doublings", "message"),
    [
        (-1.0, 3, "step_size must be finite and not negative, got -1.0"),
        (math.inf, 3, "step_size must be finite"),
        (0.1, -1, "doublings must not be negative, got -1"),
    ],
)
def test_unusable_arguments_are_refused_by_name(step_size: float, doublings: int, message: str) -> None:
    X = data(3, 4, 0)
    with pytest.raises(ValueError, match=message):
        kernel_descent(X, X, "weak", step_size, doublings)
