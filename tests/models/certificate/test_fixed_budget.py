import numpy as np
import pytest
import torch

from models.certificate.certificate import certify
from models.certificate.fixed_budget import certified_with_budget
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime

X = torch.eye(2, dtype=torch.float64)


def networks(m: int, count: int) -> Network:
    return draw_network("rademacher", m, 2, [np.random.default_rng([m, b]) for b in range(count)])


@pytest.mark.parametrize("regime", REGIMES)
def test_the_budget_that_a_search_found_certifies_and_half_of_it_does_not(regime: Regime) -> None:
    found = certify(networks(2**17, 2), X, 0.01, regime)
    assert found.certified.all()
    for b, budget in enumerate(found.budget):
        network = networks(2**17, 2).select(b)
        # 2 e / nu exceeds the path length by at most a factor 2 / (1 + sqrt(1 - eta nu))
        assert certified_with_budget(network, X, 0.01, regime, 1.02 * budget)[0]
        assert not certified_with_budget(network, X, 0.01, regime, budget / 2)[0]


@pytest.mark.parametrize("regime", REGIMES)
def test_an_excessive_budget_certifies_nothing(regime: Regime) -> None:
    assert not certified_with_budget(networks(64, 3), X, 0.01, regime, 1e6).any()
    assert not certified_with_budget(networks(64, 3), X, 0.01, regime, float("inf")).any()


def test_a_budget_below_one_is_a_budget() -> None:
    assert not certified_with_budget(networks(4, 1), X, 2.0**-10, "weak", 2.0**-10)[0]


@pytest.mark.parametrize(("step_size", "budget"), [(0.0, 1.0), (float("inf"), 1.0), (0.1, 0.0), (0.1, -1.0)])
def test_step_and_budget_are_positive(step_size: float, budget: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        certified_with_budget(networks(4, 1), X, step_size, "weak", budget)
