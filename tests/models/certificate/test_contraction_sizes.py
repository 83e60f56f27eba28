"""The certificate where samples are not of norm 1, and at the edge of where its statement applies."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch

from models.certificate.contraction import contraction
from models.certificate.middle_form import middle, prove_rate
from models.certificate.points import ball_kernels, points_of
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma
from tests.models.certificate.test_contraction import DIGITS, LOOSE, exact, problem, size


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("sizes", [(4.0, 4.0), (0.25, 0.25), (0.5, 2.0)])
@pytest.mark.parametrize("kinks", [0, 1, 2])
def test_samples_of_other_norms_are_bounded_as_closely(
    sizes: tuple[float, float], kinks: int, regime: Regime
) -> None:
    n = 2
    d = 2
    m = 4
    network, X = problem(n, d, m, 0, kinks)
    X = X * torch.tensor(sizes, dtype=X.dtype)
    point = points_of(network, X, regime)
    off = LOOSE * gamma(4 * (m + n + d + 16))
    for q in (2.0**-9, 0.75):
        C = q * network.scale / point.data.norm
        with mpmath.workdps(DIGITS):
            truth, worse = (exact(network, X, regime, C * (1 + extra)) for extra in (0.0, off))
            reach = (truth.Lam + truth.drift) ** 2
            eta = float(1 / reach)
            nu, c = truth.nu(eta)
            found = contraction(point, eta, C)
            slack = off * size(point) * (c + 1 / c)
            assert found.unstable == truth.unstable.sum()
            assert worse.nu(eta * (1 + off * size(point) / reach))[0] - slack <= found.rate <= nu
            assert (found.radius >= np.array(truth.radius)).all()


def test_at_q_equal_to_one_the_joint_statement_does_not_apply() -> None:
    network, X = problem(2, 2, 4, 0)
    point = points_of(network, X, "joint")
    up = 1 + points_of(network, X, "joint").eps
    budget = network.scale / (point.data.norm * up)
    assert point.data.norm * budget / network.scale * up == 1.0
    assert contraction(point, 0.1, budget).rate == middle(point, 0.1, budget).rate == -math.inf
    assert prove_rate(point, 0.1, np.array([budget]), 1e-9) == [None]
    below = contraction(point, 0.1, budget * (1 - 2.0**-20))
    assert np.isfinite(below.radius).all() and below.unstable == 8
    assert contraction(points_of(network, X, "weak"), 0.1, budget).unstable <= 8


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("share", [0.25, 0.875])
def test_a_rate_that_is_granted_is_below_the_rate_that_is_found(regime: Regime, share: float) -> None:
    """share: of 2 / Lt^2, small and large enough that a guess of Lam^2 serves or does not."""
    network, X = problem(2, 2, 16, 0)
    network = type(network)(network.W * 4, network.A)
    point = points_of(network, X, regime)
    C = 2.0**-12 * network.scale / point.data.norm
    with mpmath.workdps(DIGITS):
        truth = exact(network, X, regime, C)
        eta = float(2 * share / (truth.Lam + truth.drift) ** 2)
    best = middle(point, eta, C)
    assert best.rate > 0
    (granted,) = prove_rate(point, eta, np.array([C]), best.rate / 2)
    assert granted is not None and granted.rate == best.rate / 2
    assert (granted.unstable, granted.budget) == (best.unstable, best.budget)
    assert (granted.radius == best.radius).all()
    assert prove_rate(point, eta, np.array([C]), best.rate * (1 + 2.0**-10)) == [None]


@pytest.mark.parametrize("regime", REGIMES)
def test_either_bound_on_the_largest_eigenvalue_is_enough_and_one_is_needed(
    regime: Regime, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, X = problem(2, 2, 16, 0)
    point = points_of(type(network)(network.W * 4, network.A), X, regime)
    C = 2.0**-12 * point.scale / point.data.norm
    eta = 0.5 / point.data.form.trace(ball_kernels(point, np.full((1, 16), -math.inf)).H)[0]
    rate = middle(point, eta, C).rate / 2
    assert rate > 0
    useless = {"largest_from_rows": np.array([math.inf]), "_top": math.inf}
    for refused in (("largest_from_rows",), ("_top",), tuple(useless)):
        with monkeypatch.context() as patch:
            for name in refused:
                patch.setattr(f"models.certificate.middle_form.{name}", lambda *_, name=name: useless[name])
            assert (prove_rate(point, eta, np.array([C]), rate) == [None]) == (len(refused) == 2)
