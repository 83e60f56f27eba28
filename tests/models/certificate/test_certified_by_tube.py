"""Runs that end before their first step, because the tube of the start certifies it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.certificate import attempts
from models.certificate.certified_run import run_until_certified
from models.certificate.tube import certify_start
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime


def orthogonal(m: int, batch: int, dtype: torch.dtype = torch.float64) -> tuple[Network, torch.Tensor, float]:
    """Starts on two orthogonal samples, and a small step: C1 needs thousands of neurons at once."""
    rng = np.random.default_rng([m, batch])
    return draw_network("rademacher", m, 2, rng.spawn(batch), dtype=dtype), torch.eye(2, dtype=dtype), 1 / 24


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_start_that_its_tube_certifies_ends_its_run_where_that_is_asked_for(
    regime: Regime, dtype: torch.dtype
) -> None:
    network, X, eta = orthogonal(512, 3, dtype)
    network.W[1] = network.A[1] = 0  # it never moves
    without = run_until_certified(network, X, eta, regime, max_steps=200)
    assert not without.by_tube.any() and (without.certified_at != 0).all()
    result = run_until_certified(network, X, eta, regime, max_steps=200, most_tube=512 * 4)
    tubes = certify_start(network, X, eta, regime)
    assert result.by_tube.tolist() == tubes.certified.tolist() == [True, False, True]
    assert result.certified_at.tolist()[::2] == [0, 0] and result.steps.tolist() == [0, 200, 0]
    assert (result.rate == tubes.rate).all() and result.certified_at[1] == -1
    assert torch.equal(result.network.W[0], network.W[0]) and result.network.W.dtype == dtype
    dear = run_until_certified(network, X, eta, regime, max_steps=200, most_tube=512 * 4 - 1)
    assert not dear.by_tube.any() and (dear.steps == without.steps).all()


def test_a_tube_with_less_than_the_wanted_rate_does_not_end_a_run() -> None:
    network, X, eta = orthogonal(512, 2)
    rate = certify_start(network, X, eta, "weak").rate
    between = float(rate.mean())
    result = run_until_certified(network, X, eta, "weak", wanted=between, most_tube=2**20, max_steps=64)
    assert rate.min() < between < rate.max()
    assert result.by_tube.tolist() == (rate >= between).tolist()
    assert (result.rate[result.by_tube] == rate[result.by_tube]).all()
    assert (result.steps > 0).tolist() == (~result.by_tube).tolist()


def test_where_c1_holds_at_the_start_no_tube_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start next to its minimum, where C1's budget is small."""
    network, X, eta = orthogonal(512, 1)
    near = run_until_certified(network, X, eta, "weak").network
    monkeypatch.setattr(attempts, "certify_start", lambda *_, **__: pytest.fail("a tube was asked for"))
    result = run_until_certified(near, X, eta, "weak", most_tube=2**20)
    assert result.certified_at[0] == 0 and not result.by_tube[0]
    A = network.A.clone()
    A[0] = 1e308  # a residual that is not finite
    broken = run_until_certified(Network(network.W, A), X, eta, "weak", most_tube=2**20)
    assert broken.broken_at[0] == 0 and not broken.by_tube[0]
