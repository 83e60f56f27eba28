import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from models.networks.autoencoder import Network, losses, tied_outputs
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend, gradients, tied_descend, tied_gradient
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.helpers import (
    gaussian,
    gradient_bounds,
    networks,
    seeds,
    shapes,
    step_bounds,
    within,
)

regimes = st.sampled_from(REGIMES)
U = unit_roundoff()


class Autoencoder(nn.Module):
    """One network as a user of torch would write it: the reference for every step below."""

    def __init__(self, W: Tensor, A: Tensor, regime: Regime) -> None:
        super().__init__()
        self.W = nn.Parameter(W.clone())
        self.A = nn.Parameter(A.clone(), requires_grad=regime == "joint")

    def forward(self, x: Tensor) -> Tensor:
        m, d = self.W.shape
        U: Tensor = torch.relu(x @ self.W.T) @ self.A / math.sqrt(m * d)
        return U


def naive_step(network: Network, X: Tensor, eta: float, regime: Regime) -> Network:
    """One step of torch.optim.SGD on each network by itself."""
    moved = []
    for W, A in zip(network.W, network.A, strict=True):
        model = Autoencoder(W, A, regime)
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=eta)
        loss = (X.T - model(X.T)).square().sum() / 2
        loss.backward()
        optimizer.step()
        moved.append((model.W.detach(), model.A.detach()))
    return Network(*(torch.stack(weights) for weights in zip(*moved, strict=True)))


@given(networks(), regimes)
def test_closed_gradients_are_those_of_autograd(case: tuple[Network, Tensor], regime: Regime) -> None:
    network, X = case
    W, A = (weights.clone().requires_grad_() for weights in (network.W, network.A))
    reference_W, reference_A = torch.autograd.grad(losses(Network(W, A), X).sum(), (W, A))
    dW, dA = gradients(network, X, regime)
    bound_W, bound_A = gradient_bounds(network, X)
    assert within(dW, reference_W, bound_W)
    if regime == "weak":
        assert dA is None
    else:
        assert dA is not None
        assert within(dA, reference_A, bound_A)


@given(networks(), st.floats(0.25, 4.0))
def test_the_tied_gradient_is_that_of_autograd(case: tuple[Network, Tensor], c: float) -> None:
    network, X = case
    W = network.W.clone().requires_grad_()
    (reference,) = torch.autograd.grad((X - tied_outputs(W, X, c)).square().sum() / 2, W)
    factor = c * network.scale / network.m
    size = X.abs() + factor * network.W.abs().mT @ (network.W.abs() @ X.abs()) / network.scale
    first = (network.W.abs() @ X.abs()) @ size.mT
    second = (network.W.abs() @ size) @ X.abs().mT
    k = 2 * (network.m + 2 * network.d + X.shape[1]) + 16
    assert within(tied_gradient(network.W, X, c), reference, 2 * gamma(k) * c / network.m * (first + second))


@given(shapes, seeds, regimes, st.floats(1e-3, 2.0))
def test_every_step_is_a_step_of_sgd_on_a_module(
    shape: tuple[int, int, int, int], seed: int, regime: Regime, eta: float
) -> None:
    network, X = gaussian(shape, seed)
    for _ in range(3):
        bound_W, bound_A = step_bounds(network, X, eta)
        naive = naive_step(network, X, eta, regime)
        network = descend(network, X, eta, 1, regime).network
        assert within(network.W, naive.W, bound_W)
        assert within(network.A, naive.A, bound_A)


@given(shapes, seeds, st.floats(1e-3, 1.0))
def test_every_tied_step_follows_the_tied_gradient(
    shape: tuple[int, int, int, int], seed: int, eta: float
) -> None:
    network, X = gaussian(shape, seed)
    W = network.W
    c = 2.0
    size = X.abs() + c / network.m * W.abs().mT @ (W.abs() @ X.abs())
    terms = (W.abs() @ X.abs()) @ size.mT + (W.abs() @ size) @ X.abs().mT
    step = eta * c / network.m * terms
    k = 2 * (network.m + 2 * network.d + X.shape[1]) + 24
    after = tied_descend(W, X, c, eta, 1).W
    assert within(after, W - eta * tied_gradient(W, X, c), 2 * gamma(k) * step + gamma(6) * W.abs())
