import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import integrate
from torch import Tensor

from models.kernels.limit import angles, decoder_kernel, encoder_kernel, limit_kernel, limit_kernels
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.helpers import DEVICES, name, seeds, tensor, within

U = unit_roundoff()


def angle_bound(d: int) -> float:
    """Of a computed angle: two directions, two distances, one arctangent, one doubling."""
    return gamma(7 * d + 40)


def kernel_bound(X: Tensor, Y: Tensor) -> Tensor:
    """Entrywise, of a computed limit kernel: the angle, the inner product and the closed form."""
    left, right = (torch.linalg.vector_norm(M, dim=0) for M in (X, Y))
    return gamma(8 * X.shape[0] + 60) * torch.outer(left, right)


def exact_angle(x: Tensor, y: Tensor) -> Any:
    """The angle of two vectors of floats, in 50 digits."""
    with mpmath.workdps(50):
        p, q = (mpmath.matrix([mpmath.mpf(v) for v in vector.tolist()]) for vector in (x, y))
        p = p / mpmath.norm(p)
        q = q / mpmath.norm(q)
        return 2 * mpmath.atan2(mpmath.norm(p - q), mpmath.norm(p + q))


def data(d: int, n: int, seed: int) -> Tensor:
    return tensor(np.random.default_rng(seed).standard_normal((d, n)))


# ---- angles and separation


@pytest.mark.parametrize("d", [2, 3, 10])
@pytest.mark.parametrize("tilt", [0.0, 1e-15, 1e-8, 1e-3, 1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_angles_are_accurate_near_zero_and_pi(d: int, tilt: float, sign: float) -> None:
    x = data(d, 1, d)[:, 0]
    y = sign * (x + tilt * data(d, 1, d + 1)[:, 0])
    computed = mpmath.mpf(angles(x[:, None], y[:, None]).item())
    assert abs(computed - exact_angle(x, y)) <= angle_bound(d)


@given(st.integers(1, 5), st.integers(1, 6), seeds)
@example(2, 5, 1)
def test_angles_are_symmetric_and_zero_on_the_diagonal(d: int, n: int, seed: int) -> None:
    X = data(d, n, seed)
    theta = angles(X)
    assert torch.equal(theta, theta.mT)
    assert torch.equal(theta.diagonal(), torch.zeros(n, dtype=torch.float64))
    assert within(theta + angles(X, -X), torch.full((n, n), math.pi, dtype=torch.float64), 3 * angle_bound(d))


def test_a_column_without_direction_is_refused() -> None:
    X = data(2, 3, 0)
    X[:, 1] = 0
    with pytest.raises(ValueError, match="column 1 of X has norm 0"):
        angles(X)
    with pytest.raises(ValueError, match="column 1 of Y has norm 0"):
        encoder_kernel(data(2, 3, 1), X)
    with pytest.raises(ValueError, match=r"Y must have columns of dimension 2.*got \(3, 3\)"):
        decoder_kernel(data(2, 3, 1), data(3, 3, 1))


@given(st.lists(st.integers(-1060, 1000), min_size=4, max_size=4), st.integers(2, 5), seeds)
def test_powers_of_two_leave_every_digit_of_an_angle(powers: list[int], d: int, seed: int) -> None:
    """Columns of few binary digits, which subnormal ones can hold."""
    X = tensor(np.random.default_rng(seed).integers(1, 9, (d, 4)).astype(float))
    scaled = tensor(np.ldexp(X.numpy(), np.array(powers)))
    assert torch.equal(angles(scaled), angles(X))


@pytest.mark.parametrize("size", [5e-324, 1e-320, 1e-200, 1e-157, 1e200, 1.7e308])
def test_the_angles_of_tiny_and_huge_columns_are_those_of_what_they_hold(size: float) -> None:
    X = data(3, 2, 0).clamp(-1, 1) * size
    X[0] = size
    assert abs(mpmath.mpf(angles(X)[0, 1].item()) - exact_angle(X[:, 0], X[:, 1])) <= angle_bound(3)


def test_both_kernels_from_the_same_angles_are_those_alone() -> None:
    X = data(3, 5, 4)
    K, G = limit_kernels(X)
    assert torch.equal(K, encoder_kernel(X))
    assert torch.equal(G, decoder_kernel(X))


# ---- limit kernels


def wedge(weight: Callable[[float], float], theta: float) -> tuple[float, float]:
    """(1/(2 pi)) times the integral of weight(t) over the directions t that both half-planes contain."""
    value, error = integrate.quad(weight, theta - math.pi / 2, math.pi / 2, epsabs=U, epsrel=100 * U)
    return value / (2 * math.pi), error / (2 * math.pi)


@pytest.mark.parametrize("theta", [0.0, 1e-4, 0.3, 1.0, math.pi / 2, 2.5, 3.1415, math.pi])
def test_limit_kernels_are_gaussian_expectations(theta: float) -> None:
    """In polar coordinates; the radius contributes E[r^2] = 2 to the decoder part."""
    x, y = (tensor(np.array([[math.cos(t)], [math.sin(t)]])) for t in (0.0, theta))
    bound = kernel_bound(x, y).item() + gamma(20)
    share, error = wedge(lambda t: 1.0, theta)
    assert abs(encoder_kernel(x, y).item() - math.cos(theta) * share) <= bound + error
    product, error = wedge(lambda t: 2 * math.cos(t) * math.cos(t - theta), theta)
    assert abs(decoder_kernel(x, y).item() - product) <= bound + error


@given(st.integers(1, 5), st.integers(1, 9), seeds, st.integers(-20, 20), st.sampled_from(REGIMES))
@example(2, 5, 1, 0, "joint")
@example(3, 17, 1, 0, "weak")
def test_limit_kernels_are_homogeneous_and_symmetric(
    d: int, n: int, seed: int, power: int, regime: Regime
) -> None:
    X = data(d, n, seed)
    k = limit_kernel(X, regime)
    assert torch.equal(k, k.mT)
    assert torch.equal(limit_kernel(2.0**power * X, regime), 4.0**power * k)
    assert within(limit_kernel(X, regime, 3 * X), 3 * k, 6 * kernel_bound(X, X))
    halves = X.square().sum(dim=0) * (0.5 if regime == "weak" else 1.0)
    assert within(k.diagonal(), halves, kernel_bound(X, X).diagonal())


def test_the_joint_kernel_is_the_sum_of_its_parts() -> None:
    X = data(3, 4, 0)
    Y = data(3, 2, 1)
    assert torch.equal(limit_kernel(X, "weak", Y), encoder_kernel(X, Y))
    assert torch.equal(limit_kernel(X, "joint", Y), encoder_kernel(X, Y) + decoder_kernel(X, Y))
    assert limit_kernel(X, "joint", Y).shape == (4, 2)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_limit_kernels_keep_dtype_and_device(device: str, dtype: torch.dtype) -> None:
    X = data(3, 4, 2)
    k = limit_kernel(X.to(device, dtype), "joint")
    assert (k.dtype, k.device.type) == (dtype, device)
    widened = unit_roundoff(name(dtype)) / U
    assert within(k.cpu().double(), limit_kernel(X, "joint"), 4 * widened * kernel_bound(X, X))
