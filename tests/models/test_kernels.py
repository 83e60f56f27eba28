import itertools
import math
from collections.abc import Callable
from typing import Any, cast

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import integrate
from torch import Tensor

from models import kernels
from models.autoencoder import Network, outputs
from models.descent import REGIMES, Regime
from models.initial import draw_network
from models.kernels import (
    angles,
    decoder_gram,
    decoder_kernel,
    encoder_gram,
    encoder_kernel,
    jacobian,
    limit_kernel,
    separation,
    tangent_kernel,
)
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.helpers import DEVICES, gaussian, integral, networks, seeds, tensor, within

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
        p, q = p / mpmath.norm(p), q / mpmath.norm(q)
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


@given(st.integers(1, 4), st.integers(2, 6), seeds, st.booleans())
def test_separation_is_the_least_over_all_pairs_and_signs(d: int, n: int, seed: int, whole: bool) -> None:
    X = data(d, n, seed).round() if whole else data(d, n, seed)
    found = separation(X)
    x = X.numpy().T
    distances = {
        (i, j, flipped): float(np.linalg.norm(x[i] + x[j] if flipped else x[i] - x[j]))
        for i, j in itertools.combinations(range(n), 2)
        for flipped in (False, True)
    }
    here = distances[found.first, found.second, found.antipodal]
    assert abs(found.delta - here) <= 2 * gamma(d + 4) * here
    assert found.delta <= min(distances.values()) * (1 + 2 * gamma(d + 4))


def test_separation_of_a_planted_antipodal_pair() -> None:
    X = torch.eye(3, dtype=torch.float64).repeat(1, 2)[:, :4]
    X[:, 3] = -X[:, 1]
    assert separation(X) == kernels.Separation(0.0, 1, 3, True)
    assert separation(X[:, :1]) == kernels.Separation(math.inf, 0, 0, False)


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
@example(10, 9, 2, 1, "joint")
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
    X, Y = data(3, 4, 0), data(3, 2, 1)
    assert torch.equal(limit_kernel(X, "weak", Y), encoder_kernel(X, Y))
    assert torch.equal(limit_kernel(X, "joint", Y), encoder_kernel(X, Y) + decoder_kernel(X, Y))
    assert limit_kernel(X, "joint", Y).shape == (4, 2)


# ---- Gram matrices


def gram_bounds(network: Network, X: Tensor) -> tuple[Tensor, Tensor]:
    """Entrywise, on the difference of two computed H_W and of two computed H_A."""
    d, n, count = network.d, X.shape[1], network.m * network.d
    rounding = 2 * gamma(network.m + 2 * d + 16)
    inner = X.abs().mT @ X.abs()
    pairs = network.A.abs().mT @ network.A.abs()
    encoder = torch.einsum("ij,bpq->bipjq", inner, pairs).reshape(network.batch, n * d, n * d) / count
    Phi = network.W.abs() @ X.abs()
    decoder = torch.kron(Phi.mT @ Phi, torch.eye(d, dtype=X.dtype)) / count
    return rounding * encoder, rounding * decoder


def naive_gram(network: Network, X: Tensor, keep: Tensor | None = None) -> Tensor:
    """The triple sum of the definition, by einsum."""
    Z = torch.einsum("brk,ki->bri", network.W, X)
    D = (Z > 0).to(X.dtype) if keep is None else (Z > 0) * keep[..., None].to(X.dtype)
    H = torch.einsum("ij,bri,brj,brp,brq->bipjq", X.T @ X, D, D, network.A, network.A)
    return H.reshape(network.batch, X.numel(), X.numel()) / (network.m * network.d)


def autograd_kernels(network: Network, X: Tensor) -> list[Tensor]:
    """Gram matrices of the sample-major Jacobians of outputs, for W and for A, one network at a time."""
    found = []
    for b in range(network.batch):
        W, A = network.W[b : b + 1], network.A[b : b + 1]
        J = torch.func.jacrev(lambda W, A: outputs(Network(W, A), X)[0].T.reshape(-1), argnums=(0, 1))(W, A)
        found.append([j.flatten(1) @ j.flatten(1).T for j in J])
    return [torch.stack(parts) for parts in zip(*found, strict=True)]


@given(networks())
def test_gram_matrices_are_those_of_autograd_jacobians(case: tuple[Network, Tensor]) -> None:
    network, X = case
    H_W, H_A = autograd_kernels(network, X)
    bound_W, bound_A = gram_bounds(network, X)
    assert within(encoder_gram(network, X), H_W, bound_W)
    assert within(decoder_gram(network, X), H_A, bound_A)
    assert torch.equal(tangent_kernel(network, X, "weak"), encoder_gram(network, X))
    assert within(tangent_kernel(network, X, "joint"), H_W + H_A, 2 * (bound_W + bound_A))


@given(networks())
def test_the_gram_matrix_is_that_of_the_dense_jacobian(case: tuple[Network, Tensor]) -> None:
    network, X = case
    J = jacobian(network, X)
    assert J.shape == (network.batch, network.m * network.d, X.numel())
    assert within(J.mT @ J, encoder_gram(network, X), gram_bounds(network, X)[0])


@given(networks(), seeds)
def test_the_jacobian_acts_as_its_formula_says_for_every_pattern(
    case: tuple[Network, Tensor], seed: int
) -> None:
    network, X = case
    (d, n), m = X.shape, network.m
    rng = np.random.default_rng(seed)
    pattern = tensor(rng.uniform(size=(network.batch, m, n)))
    V = tensor(rng.standard_normal((d, n)))
    Jv = jacobian(network, X, pattern) @ V.T.reshape(-1)
    expected = torch.einsum("bri,ki,brp,pi->brk", pattern, X, network.A, V) / network.scale
    size = torch.einsum("bri,ki,brp,pi->brk", pattern, X.abs(), network.A.abs(), V.abs()) / network.scale
    assert within(Jv.view(network.batch, m, d), expected, 2 * gamma(d * n + 8) * size)


@pytest.mark.parametrize(("d", "n"), [(2, 5), (8, 13), (10, 10), (12, 9)])
def test_both_forms_of_the_gram_matrix_agree_to_the_bit_for_sign_decoders(
    d: int, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = draw_network("rademacher", 300, d, [np.random.default_rng(s) for s in (1, 2)])
    X = data(d, n, 3)
    found = []
    for threshold in [(1, 1), (d + 1, 1)]:
        monkeypatch.setattr(kernels, "PAIRS_FROM", threshold)
        found.append(encoder_gram(network, X))
    assert torch.equal(*found)
    assert within(found[0], naive_gram(network, X), gram_bounds(network, X)[0])


@pytest.mark.parametrize(("d", "n"), [(3, 4), (10, 10)])
@pytest.mark.parametrize("make", [gaussian, integral])
def test_gram_matrices_are_exactly_symmetric(
    d: int, n: int, make: Callable[[tuple[int, int, int, int], int], tuple[Network, Tensor]]
) -> None:
    network, X = make((2, 50, d, n), 1)
    for H in (encoder_gram(network, X), decoder_gram(network, X)):
        assert torch.equal(H, H.mT)


@pytest.mark.parametrize(("d", "n"), [(3, 4), (10, 10)])
def test_only_kept_neurons_count(d: int, n: int) -> None:
    network, X = gaussian((2, 20, d, n), 1)
    keep = tensor(np.random.default_rng(0).uniform(size=(2, 20))) < 0.5
    bound_W, bound_A = gram_bounds(network, X)
    assert within(encoder_gram(network, X, keep), naive_gram(network, X, keep), bound_W)
    joint = tangent_kernel(network, X, "joint", keep) - tangent_kernel(network, X, "weak", keep)
    assert within(joint, decoder_gram(network, X), 2 * (bound_W + bound_A))
    assert torch.equal(encoder_gram(network, X, keep & ~keep), torch.zeros_like(bound_W))
    assert torch.equal(encoder_gram(network, X, keep | ~keep), encoder_gram(network, X))


@pytest.mark.parametrize(("d", "n"), [(3, 4), (10, 10)])
def test_chunks_of_neurons_add_up(d: int, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = draw_network("rademacher", 101, d, [np.random.default_rng(1)])
    X = data(d, n, 3)
    whole = encoder_gram(network, X)
    parts = [slice(0, 7), slice(7, 8), slice(8, 200)]
    monkeypatch.setattr(kernels, "_chunks", lambda network, columns: parts)
    assert torch.equal(encoder_gram(network, X), whole)


def test_wide_networks_are_summed_in_chunks_that_cover_every_neuron_once() -> None:
    network, _ = gaussian((2, 3000, 2, 1), 0)
    parts = kernels._chunks(network, 1000)
    assert len(parts) > 1
    assert [r for part in parts for r in range(3000)[part]] == list(range(3000))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kernels_keep_dtype_and_device(device: str, dtype: torch.dtype) -> None:
    network, X = gaussian((2, 30, 3, 4), 2)
    moved, data_there = Network(network.W.to(device, dtype), network.A.to(device, dtype)), X.to(device, dtype)
    low = Network(moved.W.cpu().double(), moved.A.cpu().double())
    widened = unit_roundoff(str(dtype).removeprefix("torch.")) / U
    bounds = gram_bounds(low, X.to(dtype).double())
    for function, bound in zip((encoder_gram, decoder_gram), bounds, strict=True):
        H = function(moved, data_there)
        assert (H.dtype, H.device.type) == (dtype, device)
        assert within(H.cpu().double(), function(low, X.to(dtype).double()), 2 * widened * bound)
    k = limit_kernel(data_there, "joint")
    assert (k.dtype, k.device.type) == (dtype, device)
    assert within(k.cpu().double(), limit_kernel(X, "joint"), 4 * widened * kernel_bound(X, X))


def test_unusable_arguments_are_refused_by_name() -> None:
    network, X = gaussian((2, 5, 3, 4), 2)
    with pytest.raises(
        ValueError, match=r"keep must be boolean of shape \(B, m\) = \(2, 5\).*got torch.bool \(5,\)"
    ):
        encoder_gram(network, X, torch.ones(5, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"keep must be boolean.*got torch.float64"):
        tangent_kernel(network, X, "weak", torch.ones(2, 5, dtype=torch.float64))
    with pytest.raises(ValueError, match="regime must be one of"):
        tangent_kernel(network, X, cast(Any, "both"))
    with pytest.raises(ValueError, match=r"pattern must have the shape of the preactivations \(2, 5, 4\)"):
        jacobian(network, X, torch.ones(2, 4, 5, dtype=torch.float64))
