import numpy as np
import pytest
import torch
from hypothesis import given
from torch import Tensor

from models.networks.autoencoder import Network, losses, outputs, preactivations, residuals, tied_outputs
from refute.numerics.rounding import gamma
from tests.models.helpers import DEVICES, gaussian, integral, networks, output_bound, output_size, within


def naive_output(W: Tensor, A: Tensor, x: Tensor) -> Tensor:
    """One network, one sample, plain Python sums."""
    m, d = W.shape
    u = [0.0] * d
    for w, a in zip(W.tolist(), A.tolist(), strict=True):
        z = sum(p * q for p, q in zip(w, x.tolist(), strict=True))
        u = [total + p * max(z, 0.0) for total, p in zip(u, a, strict=True)]
    return torch.tensor(u, dtype=torch.float64) / float(np.sqrt(m * d))


@given(networks())
def test_outputs_are_those_of_naive_loops(case: tuple[Network, Tensor]) -> None:
    network, X = case
    naive = torch.stack(
        [
            torch.stack([naive_output(W, A, x) for x in X.mT], dim=1)
            for W, A in zip(network.W, network.A, strict=True)
        ]
    )
    assert within(outputs(network, X), naive, output_bound(network, X))


@given(networks())
def test_residuals_and_losses_follow_from_outputs(case: tuple[Network, Tensor]) -> None:
    network, X = case
    E = residuals(network, X)
    assert torch.equal(E, X - outputs(network, X))
    expected = torch.stack([torch.trace(e @ e.mT) / 2 for e in E])
    assert within(losses(network, X), expected, 2 * gamma(X.numel() + 2) * expected)


@given(networks())
def test_tied_outputs_are_untied_ones_with_a_equal_to_w_rescaled(case: tuple[Network, Tensor]) -> None:
    network, X = case
    c = 1.75
    tied = tied_outputs(network.W, X, c)
    untied = Network(network.W, network.W)
    factor = c * network.scale / network.m
    bound = factor * 2 * gamma(network.m + network.d + 8) * output_size(untied, X)
    assert within(tied, outputs(untied, X) * factor, bound)


@given(networks())
def test_outputs_are_positively_homogeneous(case: tuple[Network, Tensor]) -> None:
    network, X = case
    assert torch.equal(outputs(network, 4 * X), 4 * outputs(network, X))
    assert torch.equal(outputs(Network(4 * network.W, network.A / 4), X), outputs(network, X))


@given(networks())
def test_a_network_computes_the_same_bits_alone_and_in_a_batch(case: tuple[Network, Tensor]) -> None:
    network, X = case
    for b in range(network.batch):
        alone = network.select(b)
        assert torch.equal(preactivations(alone.W, X)[0], preactivations(network.W, X)[b])


def test_preactivations_of_integers_are_exact() -> None:
    network, X = integral((3, 8, 5, 6), 0)
    expected = np.einsum("bmd,dn->bmn", network.W.numpy(), X.numpy())
    assert np.array_equal(preactivations(network.W, X).numpy(), expected)


def test_select_keeps_a_batch_axis() -> None:
    network, _ = gaussian((3, 4, 2, 5), 1)
    assert torch.equal(network.select(-1).W, network.W[2:])
    assert torch.equal(network.select([2, 0]).A, network.A[[2, 0]])
    assert network.select(slice(1, 3)).batch == 2
    assert torch.equal(network.select(torch.tensor([True, False, True])).W, network.W[[0, 2]])
    with pytest.raises(IndexError):
        network.select(3)


@pytest.mark.parametrize("m", [0, 7])
def test_the_first_neurons_are_a_network_of_their_own(m: int) -> None:
    network = Network(torch.arange(36.0).view(2, 6, 3), torch.ones(2, 6, 3))
    first = network.first_neurons(4)
    assert (first.batch, first.m, first.d) == (2, 4, 3)
    assert torch.equal(first.W, network.W[:, :4]) and first.W.is_contiguous()
    first.W.zero_()
    assert network.W[0, 0, 1] == 1.0
    with pytest.raises(ValueError, match=f"of 6 neurons one can take 1 to 6, not {m}"):
        network.first_neurons(m)


def test_a_network_knows_its_sizes() -> None:
    network, _ = gaussian((3, 8, 2, 5), 1)
    assert (network.batch, network.m, network.d, network.scale) == (3, 8, 2, 4.0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_results_keep_dtype_and_device(device: str, dtype: torch.dtype) -> None:
    network, X = gaussian((2, 7, 3, 4), 2)
    moved = Network(network.W.to(device, dtype), network.A.to(device, dtype))
    U = outputs(moved, X.to(device, dtype))
    assert (U.dtype, U.device.type) == (dtype, device)
    single = Network(moved.W.cpu(), moved.A.cpu())
    data = X.to(dtype)
    exact = outputs(Network(single.W.double(), single.A.double()), data.double())
    assert within(U.cpu().double(), exact, output_bound(single, data).double())


@pytest.mark.parametrize(
    ("W", "A", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 3), r"W must have shape \(B, m, d\).*\(2, 3\)"),
        (
            torch.zeros(1, 2, 3),
            torch.zeros(1, 3, 2),
            r"A must have the shape of W \(1, 2, 3\), got \(1, 3, 2\)",
        ),
        (torch.zeros(1, 2, 3), torch.zeros(1, 2, 3).double(), "A is torch.float64 but W is torch.float32"),
        (torch.zeros(1, 0, 3), torch.zeros(1, 0, 3), "no empty axis"),
        (torch.zeros(1, 2, 3).int(), torch.zeros(1, 2, 3).int(), "W must be float32 or float64"),
        (np.zeros((1, 2, 3)), np.zeros((1, 2, 3)), "W must be a torch tensor"),
    ],
)
def test_a_malformed_network_is_refused_by_name(W: Tensor, A: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(W, A)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (torch.zeros(4, 5).double(), r"X must have shape \(d, n\) with d = 3.*got \(4, 5\)"),
        (torch.zeros(3, 5), "X is torch.float32 but W is torch.float64"),
        (torch.zeros(3).double(), r"X must have shape \(d, n\)"),
    ],
)
def test_data_that_do_not_fit_are_refused_by_name(X: Tensor, message: str) -> None:
    network, _ = gaussian((1, 2, 3, 1), 0)
    with pytest.raises(ValueError, match=message):
        outputs(network, X)


def test_malformed_weights_have_no_preactivations() -> None:
    with pytest.raises(ValueError, match=r"W must have shape \(B, m, d\).*\(2, 3\)"):
        preactivations(torch.zeros(2, 3), torch.zeros(3, 1))


def test_tensors_on_two_devices_are_refused() -> None:
    with pytest.raises(ValueError, match="A is on meta but W is on cpu; move one of them"):
        Network(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3, device="meta"))
