"""Promises that are broken, and runs that leave the finite numbers: at which step, and by how much."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.certificate.attempts import SEGMENT
from models.certificate.certified_run import run_until_certified
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import rounding_floor
from tests.models.certificate.test_certified_run import problem


@pytest.mark.parametrize("regime", REGIMES)
def test_an_absurd_promise_is_broken_at_the_first_step_beyond_its_floor(regime: Regime) -> None:
    network, X, eta = problem(3, 3, 64, 1, batch=3)
    mu = 0.9 / eta
    result = run_until_certified(network, X, eta, regime, promised=mu)
    floor = rounding_floor(network, X, eta, mu)
    for b in range(3):
        record = result.residual[b]
        envelope = [record[0] * math.sqrt(1 - eta * mu) ** k for k in range(len(record))]
        first = next(k for k, value in enumerate(record) if value > envelope[k] + floor[b])
        assert result.broken_at[b] == first
        assert result.certified_at[b] == -1
        assert result.rate[b] == 0


def test_a_promise_broken_late_is_dated_late() -> None:
    """The fast directions keep an envelope for a while that the slowest one cannot keep."""
    network, X, eta = problem(3, 3, 64, 1)
    eta /= 8
    run = descend(network, X, eta, 1500, "weak")
    record = run.residual[:, 0].numpy()
    mu = 1.5 * (1 - (record[500] / record[499]) ** 2) / eta
    envelope = record[0] * np.sqrt(1 - eta * mu) ** np.arange(1501)
    first = int(np.argmax(record > envelope + rounding_floor(network, X, eta, mu)[0]))
    assert first > 2 * SEGMENT
    assert run_until_certified(network, X, eta, "weak", promised=mu).broken_at[0] == first


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_run_that_leaves_the_finite_numbers_is_broken(regime: Regime, dtype: torch.dtype) -> None:
    network, X, _ = problem(2, 3, 16, 0, batch=2, dtype=dtype)
    result = run_until_certified(network, X, 1e80 if dtype == torch.float64 else 1e20, regime)
    for b in range(2):
        k = int(result.broken_at[b])
        assert np.isfinite(result.residual[b][:k]).all()
        assert not np.isfinite(result.residual[b][k]) if k >= 0 else regime == "weak"
        assert result.certified_at[b] == -1
