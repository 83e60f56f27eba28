import math

import numpy as np
import pytest
import torch

from claims.preliminaries import explicit_width as widths
from claims.preliminaries.fixed_data import pair, sphere
from models.certificate.block import certify_block
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime


def spectrum(n: int, d: int) -> widths.Spectrum:
    return widths.spectrum(sphere(n, d, 0))


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("X", [np.ones((1, 1)), np.eye(2), np.eye(3)], ids=["one", "two", "three"])
def test_a_start_keeps_what_the_tails_promise(X: np.ndarray, regime: Regime) -> None:
    data = widths.spectrum(X)
    p = 0.5
    trials = 6
    found = widths.solve(data, p, regime)
    promised = widths.bounds(data, found.width, p, regime)
    assert promised is not None
    assert (promised.budget, promised.radius, promised.rate) == (found.budget, found.radius, found.rate)
    eta = data.largest_step
    kept = 0
    for b in range(trials):
        network = draw_network("rademacher", int(found.width), len(X), [np.random.default_rng([b])])
        samples = torch.from_numpy(X)
        block = certify_block(network, samples, eta, regime, budget=found.budget, radius=found.radius)
        kept += bool(block.certified[0] and block.rate[0] >= found.rate * (2 - eta * found.rate))
    assert kept == trials  # the bounds are not sharp


@pytest.mark.parametrize("regime", REGIMES)
def test_a_smaller_failure_probability_needs_more_neurons(regime: Regime) -> None:
    X = sphere(2, 3, 0)
    found = [widths.sufficient_width(X, p, regime) for p in (0.5, 0.1, 0.01)]
    assert found == sorted(found)
    assert len(set(found)) == 3


@pytest.mark.parametrize("regime", REGIMES)
def test_the_width_is_where_the_inequalities_turn_and_its_budget_serves_larger_ones(regime: Regime) -> None:
    data = spectrum(2, 3)
    p = 0.1
    found = widths.solve(data, p, regime)
    assert widths.suffices(data, found.width, p, regime)
    assert not widths.suffices(data, found.width * (1 - 2 * widths.BRACKET), p, regime)
    assert not any(widths.suffices(data, found.width * 2.0**-k, p, regime) for k in range(1, 12))
    rate = found.rate
    for k in range(1, 20):
        wider = widths.bounds(data, found.width * 2.0**k, p, regime, found.budget)
        assert wider is not None
        assert wider.needed <= found.budget and wider.radius < found.radius and wider.rate > rate
        rate = wider.rate


def test_no_other_budget_would_give_a_much_smaller_width() -> None:
    """At nine tenths of the width no budget serves, so C = 2 P is nearly the best choice."""
    for regime in REGIMES:
        data = spectrum(5, 10)
        found = widths.solve(data, 0.1, regime)
        for share in np.geomspace(0.25, 4, 33):
            less = widths.bounds(data, 0.9 * found.width, 0.1, regime, float(share) * found.budget)
            assert less is None or less.needed > less.budget


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d"), [(2, 3), (6, 4), (1, 48), (8, 24)])
def test_the_closed_form_is_never_below_the_solved_width(n: int, d: int, regime: Regime) -> None:
    data = spectrum(n, d)
    for p in (0.9, 0.1, 1e-12, 1e-100):
        assert widths.solve(data, p, regime).width <= widths.closed_width(data, p, regime)


def test_widths_that_one_can_draw() -> None:
    """The aims of the block lemma at p = 0.1: 4e6 at (5, 10), 3e8 at (10, 10), 1.5e5 at (8, 8), weak."""
    for X, most in ((sphere(5, 10, 0), 1.2e6), (sphere(10, 10, 0), 5e7), (np.eye(8), 8e4)):
        assert widths.sufficient_width(X, 0.1, "weak") <= most


def test_crowded_data_need_more_and_degenerate_data_have_no_width() -> None:
    for regime in REGIMES:
        close, apart = (widths.sufficient_width(pair(theta), 0.1, regime) for theta in (0.1, 1.5))
        assert close > apart
        half = sphere(3, 2, 0)
        both = np.hstack([half, -half])
        assert widths.sufficient_width(both, 0.1, regime) == math.inf
        assert widths.solve(widths.spectrum(both), 0.1, regime).rate == 0
        assert widths.closed_width(widths.spectrum(both), 0.1, regime) >= 2.0**100


def test_crowding_enters_with_the_third_power_of_the_eigenvalue() -> None:
    """The samples of a close pair have a bounded weight, though lambda_0 vanishes."""
    for regime in REGIMES:
        near, nearer = (widths.spectrum(pair(2.0**-k)) for k in (8, 10))
        ratio = widths.solve(nearer, 0.1, regime).width / widths.solve(near, 0.1, regime).width
        eigenvalues = near.eigenvalue(regime) / nearer.eigenvalue(regime)
        assert ratio == pytest.approx(eigenvalues**3, rel=0.05)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_a_failure_probability_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match="p must lie strictly between 0 and 1"):
        widths.sufficient_width(np.ones((1, 1)), p, "weak")
