from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.certificate.jacobian_norm import jacobian_norm
from models.certificate.points import points_of
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from tests.models.certificate.test_exact_run import problem


def kernel_norm(network: Network, X: torch.Tensor, regime: Regime) -> float:
    return float(torch.linalg.eigvalsh(tangent_kernel(network, X, regime))[0, -1])


@pytest.mark.parametrize("regime", REGIMES)
def test_at_the_point_it_is_the_root_of_the_largest_eigenvalue(regime: Regime) -> None:
    network, X = problem(60, 3, 5, seed=1)
    found = jacobian_norm(points_of(network, X, "joint"), regime, 0.0)
    true = math.sqrt(kernel_norm(network, X, regime))
    assert true <= found <= true * (1 + 1e-9)


@pytest.mark.parametrize("radius", [0.01, 0.1, 1.0])
def test_it_covers_every_pattern_that_neurons_may_have(radius: float) -> None:
    """Weak: the patterns of other encoders, with the same decoder. Joint: the decoder's part stays."""
    network, X = problem(12, 2, 4, seed=3)
    points = points_of(network, X, "joint")
    weak, joint = (jacobian_norm(points, regime, radius) for regime in REGIMES)
    decoder = tangent_kernel(network, X, "joint") - tangent_kernel(network, X, "weak")
    rng = np.random.default_rng(0)
    turned = False
    for _ in range(200):
        way = rng.standard_normal((1, 12, 2))
        way *= radius / np.linalg.norm(way, axis=2, keepdims=True)
        moved = Network(network.W + torch.from_numpy(way), network.A)
        turned |= bool(((moved.W @ X > 0) != (network.W @ X > 0)).any())
        kernel = tangent_kernel(moved, X, "weak")
        assert float(torch.linalg.eigvalsh(kernel)[0, -1]) <= weak**2
        assert float(torch.linalg.eigvalsh(kernel + decoder)[0, -1]) <= joint**2
    assert turned or radius < 0.1


def test_a_neuron_that_may_wake_is_counted() -> None:
    """Of two neurons one sleeps, a hundredth from its kink: only beyond that does it count."""
    W, A = torch.tensor([[[1.0], [-0.01]]]).double(), torch.ones(1, 2, 1).double()
    points = points_of(Network(W, A), torch.ones(1, 1).double(), "weak")
    asleep, awake = (jacobian_norm(points, "weak", radius) for radius in (0.009, 0.011))
    assert asleep == pytest.approx(math.sqrt(1 / 2)) and awake >= 1 - 1e-12
