"""The certificate against its definition, written out with dense Jacobians and loops over S."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch

from models.certificate.ball_sums import ball_sums, unstable_entries
from models.certificate.certificate import certify, certify_rate, contraction_rate
from models.certificate.contraction import contraction
from models.certificate.points import Points, ball_kernels, points_of, reach
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import residual_bound, rounding_floors
from refute.numerics.rounding import gamma, unit_roundoff
from tests.models.certificate.certificate_reference import (
    RUNS,
    SLIDING,
    Reference,
    certified_run,
    problem,
    reference,
    step_for,
)

SHAPES = [(1, 1, 4), (2, 2, 8), (3, 2, 16), (2, 3, 12), (3, 4, 32)]
"""(n, d, m)"""


def rounding_of(found: Reference, m: int, n: int, d: int) -> float:
    """How far the two nu may be apart.

    Each norm, kernel and eigenvalue of either route errs by less than 8 gamma(m d + n d + 64) of `size`, and
    nu's derivatives in them are at most 8 / min(c, 1)^2 (Q / c has the square); eta size <= n d enters c.
    """
    return 64 * gamma(m * d + n * d + 64) * found.size * (n * d + 1) / min(found.c, 1) ** 2


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
@pytest.mark.parametrize("kinks", [0, 3])
def test_the_rate_is_that_of_the_definition(n: int, d: int, m: int, kinks: int, regime: Regime) -> None:
    for seed in range(4):
        network, X = problem(n, d, m, seed, kinks)
        eta = step_for(network, X, regime)
        for C in (2.0**-20, 2.0**-6, 0.5):
            expected = reference(network, X, eta, regime, C)
            rate = contraction(points_of(network, X, regime), eta, C).rate
            if expected.c <= 0:
                assert rate == -math.inf
                continue
            slack = rounding_of(expected, m, n, d)
            assert expected.nu - slack <= rate <= expected.nu + slack


def test_the_comparison_meets_unstable_entries() -> None:
    network, X = problem(3, 4, 32, 0, kinks=3)
    assert reference(network, X, 0.1, "weak", 0.5).unstable.sum() > 3
    assert not reference(*problem(3, 4, 32, 0), 0.1, "weak", 0.0).unstable.any()


def test_a_sign_is_trusted_only_beyond_its_rounding() -> None:
    network, X = problem(3, 4, 32, 0, kinks=3)
    point = points_of(network, X, "weak")
    columns = [[Fraction(float(v)) for v in column] for column in X.T]
    for r, w in enumerate(network.W[0]):
        for i, x in enumerate(columns):
            exact = abs(sum((Fraction(float(v)) * u for v, u in zip(w, x, strict=True)), Fraction(0)))
            edge = float(exact / Fraction(point.data.longest))
            for radius in (0.0, edge * (1 - 2.0**-51), edge, edge * (1 + 2.0**-51)):
                unstable = decided_alone(point, r, i, radius)
                assert unstable[0] == unstable[1]
                assert unstable[0] or Fraction(radius) * Fraction(point.data.longest) < exact
            assert not any(decided_alone(point, r, i, edge - 4 * point.eps * float(point.w_norms[0, r])))


def decided_alone(point: Points, r: int, i: int, radius: float) -> list[bool]:
    """Whether one entry is unstable, to the sums that are taken and to their numpy route."""
    w = point.W[:, r : r + 1]
    a = point.A[:, r : r + 1]
    x = np.ascontiguousarray(point.data.X[:, i : i + 1])
    found = reach(replace(point, w_norms=point.w_norms[:, r : r + 1]), np.array([[radius]]))
    counted = ball_sums(w, a, x, found, 1.0, 1.0).unstable[0]
    return [bool(counted), bool(unstable_entries(w, x, found)[0, 0, 0])]


def test_the_error_of_a_joint_kernel_covers_its_decoder_part() -> None:
    network, X = problem(3, 4, 32, 0)
    point = points_of(Network(network.W, network.A * 2.0**-40), X, "joint")
    H = point.data.form.matrix(ball_kernels(point, np.full((1, 32), -math.inf)).H[0])
    assert point.H_error[0] > unit_roundoff() * np.linalg.norm(H, 2)  # a single rounding of every entry


@pytest.mark.parametrize("regime", REGIMES)
def test_a_rate_without_unstable_entries_is_bounded_from_below(regime: Regime) -> None:
    network, X = problem(2, 3, 64, 1)
    eta = step_for(network, X, regime)
    exact = reference(network, X, eta, regime, 0.0)
    rate = contraction(points_of(network, X, regime), eta, 0.0).rate
    assert rate < exact.nu + gamma(4) * exact.size


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("run", RUNS + SLIDING)
def test_a_certified_point_keeps_its_envelope_and_radii(
    run: tuple[int, int, int, int], regime: Regime
) -> None:
    point, X, eta = certified_run(*run, regime)
    proof = certify(point, X, eta, regime)
    assert proof.certified[0]
    assert proof.unstable[0] > 0 or run in RUNS
    later = descend(point, X, eta, 2000, regime)
    k = np.arange(2001)
    envelope = residual_bound(point, X)[0] * np.exp(0.5 * k * math.log1p(-eta * proof.rate[0]))
    assert (later.residual[:, 0].numpy() <= envelope + rounding_floors(point, X, eta, k)[0]).all()
    stored = 2000 * 4 * unit_roundoff() * float(point.W.norm())
    assert ((later.network.W - point.W).norm(dim=2)[0].numpy() <= proof.radius[0] + stored).all()


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("run", RUNS)
def test_the_budget_covers_the_path_that_the_rate_allows(
    run: tuple[int, int, int, int], regime: Regime
) -> None:
    point, X, eta = certified_run(*run, regime)
    proof = certify(point, X, eta, regime)
    with mpmath.workdps(50):
        e = mpmath.mpf(float(points_of(point, X, regime).e[0]))
        share = mpmath.mpf(eta) * mpmath.mpf(float(proof.rate[0]))
        needed = eta * e / (1 - mpmath.sqrt(1 - share))
        assert needed <= mpmath.mpf(float(proof.budget[0]))
        # The budget is what a smaller one needed and a 64th more, and a larger budget never needs less.
        assert mpmath.mpf(float(proof.budget[0])) <= needed * (1 + 2.0**-6) * (1 + gamma(64) * point.m**2)
    assert proof.rate[0] == contraction_rate(point, X, eta, regime, float(proof.budget[0]))
    expected = reference(point, X, eta, regime, float(proof.budget[0]))
    assert proof.unstable[0] == expected.unstable.sum()
    assert (proof.radius[0] >= expected.radius * (1 - gamma(64))).all()


def test_a_point_that_contracts_now_is_not_certified_without_its_budget() -> None:
    network, X = problem(3, 3, 32, 0)
    eta = step_for(network, X, "weak")
    assert contraction_rate(network, X, eta, "weak", 0.0) > 0
    assert not certify(network, X, eta, "weak").certified[0]


def dying_neuron(z: float) -> tuple[Network, torch.Tensor]:
    """One neuron that is active, and that the first step switches off for ever."""
    W, A, X = (torch.tensor(v, dtype=torch.float64) for v in ([[[z]]], [[[-1.0]]], [[1.0]]))
    return Network(W, A), X


def test_a_neuron_about_to_die_is_dropped_from_the_rate() -> None:
    network, X = dying_neuron(2.0**-4)
    eta = 0.5
    kept = reference(network, X, eta, "weak", 0.0)  # radius 0: S empty, Q = 0, the naive claim
    run = descend(network, X, eta, 8, "weak")
    envelope = float(run.residual[0, 0]) * (1 - eta * kept.nu) ** 4
    assert float(run.residual[-1, 0]) > envelope + rounding_floors(network, X, eta, np.array([8]))[0, 0]
    assert contraction_rate(network, X, eta, "weak", 2.0**-4) < 0 < kept.nu
    assert not certify(network, X, eta, "weak").certified[0]


def test_a_joint_budget_that_could_double_the_weights_is_refused() -> None:
    network, X = problem(2, 2, 8, 0)
    q_is_one = math.sqrt(16) / float(torch.linalg.matrix_norm(X, 2))
    assert contraction_rate(network, X, 0.01, "joint", q_is_one * (1 + gamma(64))) == -math.inf
    assert contraction_rate(network, X, 0.01, "joint", math.inf) == -math.inf
    assert math.isfinite(contraction_rate(network, X, 0.01, "joint", 2.0**-4))


def test_a_step_beyond_two_over_the_norm_is_refused() -> None:
    network, X = problem(2, 2, 8, 0)
    assert contraction_rate(network, X, 1e3, "weak", 0.0) == -math.inf
    assert not certify(network, X, 1e3, "weak").certified[0]


def test_float32_weights_are_judged_as_the_numbers_they_store() -> None:
    point, X, eta = certified_run(2, 3, 64, 2, "joint")
    stored = Network(point.W.float(), point.A.float())
    same = Network(stored.W.double(), stored.A.double())
    data = X.float()
    left = certify(stored, data, eta, "joint")
    right = certify(same, data.double(), eta, "joint")
    assert (left.rate == right.rate).all()
    assert (left.radius == right.radius).all()


def test_only_a_rate_of_at_least_the_wanted_one_counts() -> None:
    point, X, eta = certified_run(2, 2, 32, 2, "weak")
    rate = float(certify(point, X, eta, "weak").rate[0])
    assert certify(point, X, eta, "weak", wanted=rate).rate[0] == rate
    refused = certify(point, X, eta, "weak", wanted=rate * (1 + gamma(1)))
    assert not refused.certified[0]
    assert refused.rate[0] == refused.budget[0] == refused.unstable[0] == 0
    assert not refused.radius.any()


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e150])
@pytest.mark.parametrize("regime", REGIMES)
def test_a_diverged_point_is_not_certified_and_warns_of_nothing(value: float, regime: Regime) -> None:
    network, X = problem(2, 2, 8, 0)
    W = network.W.clone()
    W[0, 3, 1] = value
    assert not certify(Network(W, network.A), X, 0.1, regime).certified[0]


def test_a_network_that_never_moves_is_certified_only_if_its_kernel_is_positive() -> None:
    draws = draw_network("rademacher", 4, 2, [np.random.default_rng(0)])
    dead = Network(-draws.W.abs(), draws.A)
    X = torch.eye(2, dtype=torch.float64)
    assert not certify(dead, X, 0.1, "weak").certified[0]


def test_errors_name_what_is_wrong() -> None:
    network, X = problem(2, 2, 8, 0)
    with pytest.raises(ValueError, match="step_size must be positive and finite, got 0"):
        certify(network, X, 0.0, "weak")
    with pytest.raises(ValueError, match=r"rate must be positive, got 0\.0"):
        certify_rate(network, X, 0.1, "weak", 0.0)
    with pytest.raises(ValueError, match="step_size must be positive and finite, got nan"):
        certify(network, X, math.nan, "weak")
    with pytest.raises(ValueError, match="regime must be one of weak, joint"):
        certify(network, X, 0.1, "strong")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"X must have shape \(d, n\) with d = 2"):
        certify(network, torch.ones(3, 2, dtype=torch.float64), 0.1, "weak")
