"""Single steps of gradient descent, as computed by hand."""

import pytest
import torch
from hypothesis import given

from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend, tied_descend
from refute.numerics.rounding import gamma
from tests.models.helpers import (
    gaussian,
    seeds,
    shapes,
    within,
)


@given(shapes, seeds)
def test_with_a_zero_decoder_the_encoder_stays_and_the_decoder_moves_by_the_data(
    shape: tuple[int, int, int, int], seed: int
) -> None:
    network, X = gaussian(shape, seed)
    zero = Network(network.W, torch.zeros_like(network.A))
    weak, joint = (descend(zero, X, 0.5, 1, regime) for regime in REGIMES)
    assert torch.equal(weak.network.W, network.W)
    assert torch.equal(joint.network.W, network.W)
    assert torch.equal(weak.residual[0], weak.residual[1])
    Phi = torch.relu(network.W @ X)
    size = 0.5 / network.scale * (network.W.abs() @ X.abs()) @ X.abs().mT
    bound = 2 * gamma(shape[2] + shape[3] + 6) * size
    assert within(joint.network.A, 0.5 / network.scale * Phi @ X.mT, bound)


@pytest.mark.parametrize("regime", REGIMES)
def test_one_neuron_in_one_dimension_moves_as_computed_by_hand(regime: Regime) -> None:
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    run = descend(Network(2 * one, one), one[0], 0.5, 1, regime)
    # u = 2, E = -1, so w+ = 2 - 1/2 and a+ = 1 - 1/2 * 2.
    assert run.residual[0].item() == 1.0
    assert run.network.W.item() == 1.5
    assert run.network.A.item() == (0.0 if regime == "joint" else 1.0)
    assert run.movement[:, 0].tolist() == [0.0, 0.5]


def test_one_tied_neuron_in_one_dimension_moves_as_computed_by_hand() -> None:
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    run = tied_descend(one, one[0] * 2, 1.0, 0.25, 1)
    assert run.residual[0].item() == 0.0
    # w = 2, x = 1, c = 1: u = 4, E = -3, dL/dw = 3 * (2 + 2).
    run = tied_descend(2 * one, one[0], 1.0, 0.25, 1)
    assert run.W.item() == -1.0
    assert run.movement[:, 0].tolist() == [0.0, 3.0]
