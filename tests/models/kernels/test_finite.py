from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from torch import Tensor

from models.kernels import finite
from models.kernels.finite import decoder_gram, encoder_gram, jacobian, tangent_kernel
from models.networks.autoencoder import Network, outputs
from models.networks.initialization import draw_network
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.helpers import DEVICES, gaussian, integral, name, networks, seeds, tensor, within


def data(d: int, n: int, seed: int) -> Tensor:
    return tensor(np.random.default_rng(seed).standard_normal((d, n)))


def gram_bounds(network: Network, X: Tensor) -> tuple[Tensor, Tensor]:
    """Entrywise, on the difference of two computed H_W and of two computed H_A."""
    d = network.d
    n = X.shape[1]
    count = network.m * network.d
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
        W = network.W[b : b + 1]
        A = network.A[b : b + 1]
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
    d, n = X.shape
    m = network.m
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
        monkeypatch.setattr(finite, "PAIRS_FROM", threshold)
        found.append(finite._torch_gram(network, X, None))
    assert torch.equal(*found)
    assert within(found[0], naive_gram(network, X), gram_bounds(network, X)[0])


@pytest.mark.parametrize(("d", "n"), [(1, 5), (3, 4), (1, 7), (10, 10)])
@pytest.mark.parametrize("make", [gaussian, integral])
def test_gram_matrices_are_exactly_symmetric(
    d: int, n: int, make: Callable[[tuple[int, int, int, int], int], tuple[Network, Tensor]]
) -> None:
    network, X = make((2, 20, d, n), 1)
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
    whole = finite._torch_gram(network, X, None)
    parts = [slice(0, 7), slice(7, 8), slice(8, 200)]
    monkeypatch.setattr(finite, "_chunks", lambda network, columns: parts)
    assert torch.equal(finite._torch_gram(network, X, None), whole)


def test_wide_networks_are_summed_in_chunks_that_cover_every_neuron_once() -> None:
    network, _ = gaussian((2, 3000, 2, 1), 0)
    parts = finite._chunks(network, 1000)
    assert len(parts) > 1
    assert [r for part in parts for r in range(3000)[part]] == list(range(3000))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gram_matrices_keep_dtype_and_device(device: str, dtype: torch.dtype) -> None:
    network, X = gaussian((2, 30, 3, 4), 2)
    moved = Network(network.W.to(device, dtype), network.A.to(device, dtype))
    X_there = X.to(device, dtype)
    low = Network(moved.W.cpu().double(), moved.A.cpu().double())
    widened = unit_roundoff(name(dtype)) / unit_roundoff()
    bounds = gram_bounds(low, X.to(dtype).double())
    for function, bound in zip((encoder_gram, decoder_gram), bounds, strict=True):
        H = function(moved, X_there)
        assert (H.dtype, H.device.type) == (dtype, device)
        assert within(H.cpu().double(), function(low, X.to(dtype).double()), 2 * widened * bound)


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
