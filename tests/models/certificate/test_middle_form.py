"""The middle form against 40 digits, and against every pattern that a ball allows, one by one."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import torch
from mpmath import mp

from models.certificate import certificate, middle_form
from models.certificate.certificate import certify
from models.certificate.contraction import EVERY_TERM, Contraction, Terms, balls, contraction
from models.certificate.middle_form import CROWD, middle, prove_rate
from models.certificate.points import Points, points_of
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute.numerics.rounding import gamma
from tests.models.certificate.certificate_reference import certified_run
from tests.models.certificate.certificate_reference import problem as plain
from tests.models.certificate.test_contraction import (
    DIGITS,
    LOOSE,
    SHAPES,
    Exact,
    exact,
    problem,
    size,
)

CROWDED = [(4, 2, 5), (6, 2, 4)]
"""(n, d, m) where more than sqrt(2) ||X||^2 entries of a neuron may be unstable."""


def ends(found: Exact) -> tuple[mp.mpf, mp.mpf]:
    """lambda_min(M - N) and lambda_max(M + N), by their definition."""
    M = found.H + (found.P + found.R) / 2
    N = found.P / 2 + found.Q
    return min(mp.eigsy(M - N, eigvals_only=True)), max(*mp.eigsy(M + N, eigvals_only=True), mp.mpf(0))


def nu(found: Exact, eta: float) -> mp.mpf:
    low, top = ends(found)
    loss = 2 * found.drift * mp.sqrt(top) + found.drift**2
    g = max(1 - eta * (low - loss), eta * (top + loss) - 1)
    return (1 - g**2) / eta if g < 1 else mp.ninf


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), SHAPES + CROWDED)
@pytest.mark.parametrize("kinks", [0, 1, 2])
def test_the_rate_is_a_close_bound_from_below(n: int, d: int, m: int, kinks: int, regime: Regime) -> None:
    """Above what a budget, a step and kernels that are off by LOOSE eps would give, and never above nu.

    Steps well below 1 / Lam^2, next to it and close to 2 / Lam^2, and no, some and all entries unstable.
    """
    network, X = problem(n, d, m, 0, kinks)
    point = points_of(network, X, regime)
    off = LOOSE * gamma(4 * (m + n + d + 16))
    for q in (0.0, 2.0**-30, 2.0**-9, 0.75, *((2.0,) if regime == "weak" else ())):
        C = q * network.scale / point.data.norm
        with mpmath.workdps(DIGITS):
            root = mp.sqrt(2)
            truth, worse = (exact(network, X, regime, C * (1 + extra), root) for extra in (0.0, off))
            high = ends(truth)[1] + 2 * truth.drift * mp.sqrt(ends(truth)[1]) + truth.drift**2
            for share in (2.0**-30, 0.5, 0.875):
                eta = float(2 * share / high)
                found = middle(point, eta, C)
                assert found.unstable == truth.unstable.sum() == worse.unstable.sum()
                assert (found.radius >= np.array(truth.radius)).all()
                best = nu(truth, eta)
                assert found.rate <= best
                least = nu(worse, eta * (1 + off * size(point) / high)) - 4 * off * size(point)
                # Where low is within its error of 0 the sign of low may be either.
                assert found.rate >= least or least <= 4 * off * size(point)


def test_the_crowded_shapes_meet_the_cap_on_kappa() -> None:
    for n, d, m in CROWDED:
        network, X = problem(n, d, m, 0)
        point = points_of(network, X, "weak")
        far = np.array([64.0 * network.scale / point.data.norm])
        found = balls(point, far, crowd=CROWD)
        assert found.sums.unstable[0] == n * m and CROWD * point.data.norm**2 < n
        assert CROWD**2 > 2.0 * (1 - 2.0**-52)
        short = balls(point, far)
        assert np.allclose(found.sums.Q, CROWD * short.sums.Q, rtol=2.0**-40)


def secants(
    network: Network, X: torch.Tensor, unstable: np.ndarray, regime: Regime
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Every J (rows, n d) of a pattern of zeros and ones that differs from D on S alone; with its pattern."""
    W, A, x = network.W[0].numpy(), network.A[0].numpy(), X.numpy()
    m, d = W.shape
    n = x.shape[1]
    s = math.sqrt(m * d)
    Phi = np.maximum(W @ x, 0)
    decoder = np.concatenate([np.kron(Phi[r], np.eye(d)) for r in range(m)]) / s
    rows = np.argwhere(unstable)
    found = []
    for signs in itertools.product((0.0, 1.0), repeat=len(rows)):
        D = (W @ x > 0) * 1.0
        D[tuple(rows.T)] = signs
        J = np.zeros((m * d, n * d))
        for r, i in np.ndindex(m, n):
            J[r * d : (r + 1) * d, i * d : (i + 1) * d] = D[r, i] * np.outer(x[:, i], A[r]) / s
        found.append((np.vstack([J, decoder]) if regime == "joint" else J, D))
    return found


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("seed", range(12))
def test_no_pattern_of_the_ball_has_a_step_that_contracts_less(seed: int, regime: Regime) -> None:
    """For all sigma and D of the ball, A and Phi frozen: ||I - eta K||^2 <= 1 - eta nu, and close to it."""
    n, d, m = ((2, 2, 6), (3, 2, 4), (3, 3, 4))[seed % 3]
    network, X = plain(n, d, m, seed, kinks=3)
    point = points_of(network, X, regime)
    reached = np.abs(network.W[0].numpy() @ X.numpy()) / np.linalg.norm(network.A[0].numpy(), axis=1)[:, None]
    q = float(np.sort(reached.ravel())[2]) * 1.01  # three entries, in the joint regime a few more
    C = network.scale / point.data.norm * q
    found = middle(point, 1.0, C)
    unstable = np.abs(network.W[0].numpy() @ X.numpy()) <= found.radius[:, None]
    assert 0 < unstable.sum() == found.unstable <= 7
    every = [J for J, _ in secants(network, X, unstable, regime)]
    top = max(float(np.linalg.norm(J, 2)) ** 2 for J in every)
    low_of = balls(point, np.array([C]), crowd=CROWD)
    lower, upper, _ = middle_form.kernel_ends(point, low_of.sums)
    low, high = (np.linalg.eigvalsh(point.data.form.matrix(M[0]))[k] for M, k in ((lower, 0), (upper, -1)))
    slack = 2.0**-40 * size(point)
    assert top <= high + slack
    for share in (0.1, 0.5, 0.9):
        eta = 2 * share / high
        bound = max(1 - eta * low, eta * high - 1)
        worst = max(
            float(np.linalg.norm(np.eye(n * d) - eta * right.T @ left, 2))
            for left, right in itertools.product(every, repeat=2)
        )
        assert worst <= bound + eta * slack
        width = np.linalg.norm(point.data.form.matrix(upper[0] - lower[0]), 2)
        assert worst >= bound - eta * (width + slack)


@pytest.mark.parametrize("regime", REGIMES)
def test_without_unstable_entries_the_slow_directions_do_not_pay_for_the_fast_ones(regime: Regime) -> None:
    network, X = problem(2, 2, 16, 0)
    network = Network(network.W * 4, network.A)
    point = points_of(network, X, regime)
    eigenvalues = np.linalg.eigvalsh(point.data.form.matrix(balls(point, np.zeros(1)).sums.H[0]))
    for share in (0.1, 0.5, 0.9):
        eta = 2 * share / eigenvalues[-1]
        g = np.abs(1 - eta * eigenvalues).max()
        assert middle(point, eta, 0.0).rate == pytest.approx((1 - g**2) / eta, rel=1e-9)
        assert middle(point, eta, 0.0).rate >= contraction(point, eta, 0.0).rate


def test_a_term_that_is_left_out_moves_its_bound_only() -> None:
    network, X = problem(4, 2, 6, 1, kinks=3)
    point = points_of(network, X, "weak")
    ball = balls(point, np.array([2.0**-8 * network.scale / point.data.norm]), crowd=CROWD)
    form = point.data.form
    Q = np.zeros_like(ball.sums.P)
    Q[:, form.samples] = ball.sums.Q
    H, P, R = ball.sums.H, ball.sums.P, ball.sums.R
    assert P.any() and Q.any() and (R != P).any()
    M = H + (P + R) / 2
    for terms, N in ((EVERY_TERM, P / 2 + Q), (Terms(P=False), Q)):
        lower, upper, _ = middle_form.kernel_ends(point, ball.sums, terms)
        assert np.allclose(lower, M - N, rtol=0, atol=2.0**-40) and np.allclose(
            upper, M + N, rtol=0, atol=2.0**-40
        )
    bare = balls(point, np.array([2.0**-8 * network.scale / point.data.norm]), Terms(Q=False), CROWD)
    assert not bare.sums.Q.any()


def test_the_error_of_both_ends_counts_every_part() -> None:
    network, X = problem(4, 2, 6, 1, kinks=3)
    point = points_of(network, X, "joint")
    ball = balls(point, np.array([2.0**-8 * network.scale / point.data.norm]), crowd=CROWD)
    form = point.data.form
    (found,) = middle_form.kernel_ends(point, ball.sums)[2]
    parts = (form.trace(ball.sums.P), 0.5 * form.trace(ball.sums.R), form.block_trace(ball.sums.Q))
    assert found == pytest.approx(float(point.H_error[0] + point.eps * sum(part[0] for part in parts)))


@pytest.mark.parametrize("rate", [2.0**-40, 0.3, 0.9, 1 - 2.0**-52, 1.0])
@pytest.mark.parametrize("eta", [0.1, 1.0, 3.0])
def test_every_kernel_within_the_interval_of_a_rate_has_that_rate(rate: float, eta: float) -> None:
    rate = rate / eta
    low, high = middle_form._interval(rate, eta)
    with mpmath.workdps(50):
        exactly = (1 - mp.sqrt(max(1 - mp.mpf(eta) * mp.mpf(rate), mp.mpf(0)))) / mp.mpf(eta)
        assert exactly <= low <= exactly * (1 + mp.mpf(2) ** -20)
        assert 2 / mp.mpf(eta) - exactly >= high
        assert high >= (2 / mp.mpf(eta) - exactly) * (1 - mp.mpf(2) ** -20)
        assert middle_form._rate(low, max(high, low), eta) >= rate * (1 - gamma(64)) - 2.0**-40


@pytest.mark.parametrize("low", [2.0**-30, 0.4, 1.0, 1.9])
@pytest.mark.parametrize("high", [0.5, 1.0, 1.99, 2 - 2.0**-47, 2.0, 3.0])
def test_the_rate_of_an_interval_is_from_below(low: float, high: float) -> None:
    if low > high:
        return
    found = middle_form._rate(low, high, 1.0)
    exactly = min(mp.mpf(y) * (2 - mp.mpf(y)) for y in (low, high))
    assert found <= exactly or found == -math.inf
    assert (found == -math.inf) == (high >= 2.0)
    assert found == -math.inf or found >= float(exactly) - 2.0**-46
    assert middle_form._rate(-low, high, 1.0) == middle_form._rate(0.0, high, 1.0) == -math.inf
    assert middle_form._rate(math.nan, high, 1.0) == middle_form._rate(low, math.nan, 1.0) == -math.inf


@pytest.mark.parametrize("regime", REGIMES)
def test_either_form_may_certify_alone(regime: Regime) -> None:
    point, X, eta = certified_run(2, 2, 64, 2, regime)
    both, first, second = (
        certify(point, X, eta, regime, terms=replace(EVERY_TERM, middle=middle, squared=squared))
        for middle, squared in ((True, True), (True, False), (False, True))
    )
    assert both.certified[0] and first.rate[0] == both.rate[0]
    if second.certified[0]:
        assert second.rate[0] <= both.rate[0]


def refusing(point: Points, step_size: float, budget: float, _: Terms) -> Contraction:
    """The middle form, proving nothing."""
    return replace(middle(point, step_size, budget), rate=-math.inf)


def test_a_point_at_which_only_the_squared_form_holds_is_certified_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point, X, eta = certified_run(2, 2, 64, 2, "weak")
    later = descend(point, X, eta, 512, "weak").network
    own = certify(later, X, eta, "weak", terms=Terms(middle=False))
    monkeypatch.setattr(certificate, "middle", refusing)
    found = certify(later, X, eta, "weak")
    assert found.certified[0] and found.rate[0] == own.rate[0]


def test_a_rate_beyond_every_step_is_refused() -> None:
    network, X = problem(2, 2, 16, 0)
    point = points_of(network, X, "weak")
    assert middle(point, 1e3, 0.0).rate == -math.inf
    assert prove_rate(point, 1e3, np.zeros(1), 1e-6) == [None]
