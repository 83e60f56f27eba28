"""The certificate against its definition, written out with dense Jacobians and loops over S."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch

from models import certificate as certificate_module
from models import contraction as contraction_module
from models.autoencoder import Network
from models.ball_sums import ball_sums, stuck_entries
from models.certificate import certify, certify_rate, contraction_rate, path_length
from models.descent import REGIMES, Regime, descend
from models.initial import draw_network
from models.journey import follow
from models.point import Points, ball_kernels, reach, survey
from models.run_rounding import residual_bound, rounding_floors
from refute.numerics.rounding import gamma, unit_roundoff

SHAPES = [(1, 1, 4), (2, 2, 8), (3, 2, 16), (2, 3, 12), (3, 4, 32)]
"""(n, d, m)"""


@dataclass(frozen=True)
class Reference:
    """nu from its definition, with what its rounding is measured by."""

    nu: float
    c: float
    size: float
    radius: np.ndarray
    stuck: np.ndarray


def reference(network: Network, X: torch.Tensor, eta: float, regime: Regime, C: float) -> Reference:
    W, A, x = network.W[0].numpy(), network.A[0].numpy(), X.numpy()
    (m, d), n = W.shape, x.shape[1]
    s, X_norm = math.sqrt(m * d), np.linalg.norm(x, 2)
    Z = W @ x
    Phi = np.maximum(Z, 0)
    q = X_norm * C / s
    a, w = np.linalg.norm(A, axis=1), np.linalg.norm(W, axis=1)
    radius, drift = q * a, np.float64(0)
    if regime == "joint":
        radius = q * (a + q * w) / (1 - q**2)
        rho_A = C / s * (np.linalg.norm(Phi, 2) + q * X_norm * np.linalg.norm(A, 2)) / (1 - q**2)
        rho_W = q * (np.linalg.norm(A, 2) + rho_A)
        drift = X_norm / s * np.sqrt(rho_A**2 + rho_W**2)
    stuck = np.abs(Z) <= radius[:, None]
    H, P, Q = (np.zeros((n * d, n * d)) for _ in range(3))
    for r in range(m):
        J = np.zeros((d, n * d))
        for i in range(n):
            if Z[r, i] > 0 and not stuck[r, i]:
                J[:, i * d : (i + 1) * d] = np.outer(x[:, i], A[r]) / s
            if stuck[r, i]:
                kappa = min(stuck[r].sum(), X_norm**2)
                Q[i * d : (i + 1) * d, i * d : (i + 1) * d] += kappa * np.outer(A[r], A[r]) / s**2
        (P if stuck[r].any() else H)[:] += J.T @ J
        if regime == "joint":
            H += np.kron(np.outer(Phi[r], Phi[r]), np.eye(d)) / s**2
    tiny = float(np.finfo(np.float64).tiny)
    t = math.sqrt(max(np.trace(Q), tiny) / max(np.trace(P), tiny))
    t = min(max(t, 2.0**-10), 2.0**10)
    Lam = math.sqrt(max(np.linalg.eigvalsh(H + (1 + t) * P + (1 + 1 / t) * Q)[-1], 0.0))
    speed = eta * (Lam + drift) ** 2
    c = 2 - speed
    nu = np.linalg.eigvalsh(c * H - Q / c)[0] - (2 + speed) * (2 * drift * Lam + drift**2)
    P_size = np.square(x).sum() * np.square(A).sum() / s**2  # what the rounding of P is relative to
    size = np.trace(H) + (1 + t) * P_size + (1 + 1 / t) * np.trace(Q) + (Lam + drift) ** 2
    return Reference(float(nu), c, float(size), radius, stuck)


def rounding_of(found: Reference, m: int, n: int, d: int) -> float:
    """How far the two nu may be apart.

    Each norm, kernel and eigenvalue of either route errs by less than 8 gamma(m d + n d + 64) of `size`, and
    nu's derivatives in them are at most 8 / min(c, 1)^2 (Q / c has the square); eta size <= n d enters c.
    """
    return 64 * gamma(m * d + n * d + 64) * found.size * (n * d + 1) / min(found.c, 1) ** 2


def problem(n: int, d: int, m: int, seed: int, kinks: int = 0) -> tuple[Network, torch.Tensor]:
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    W, A = rng.standard_normal((m, d)), rng.standard_normal((m, d))
    for r in range(kinks):
        x = X[:, r % n]
        W[r] -= (W[r] @ x) * x * (1 - 2.0**-10)
    return Network(torch.from_numpy(W)[None], torch.from_numpy(A)[None]), torch.from_numpy(X)


def step_for(network: Network, X: torch.Tensor, regime: Regime, share: float = 0.25) -> float:
    largest = 2 - reference(network, X, 1.0, regime, 0.0).c
    return float(share * 2 / largest)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
@pytest.mark.parametrize("kinks", [0, 3])
def test_the_rate_is_that_of_the_definition(n: int, d: int, m: int, kinks: int, regime: Regime) -> None:
    for seed in range(4):
        network, X = problem(n, d, m, seed, kinks)
        eta = step_for(network, X, regime)
        for C in (2.0**-20, 2.0**-6, 0.5):
            expected = reference(network, X, eta, regime, C)
            rate = contraction_rate(network, X, eta, regime, C)
            if expected.c <= 0:
                assert rate == -math.inf
                continue
            slack = rounding_of(expected, m, n, d)
            assert expected.nu - slack <= rate <= expected.nu + slack


def test_the_comparison_meets_stuck_entries() -> None:
    network, X = problem(3, 4, 32, 0, kinks=3)
    assert reference(network, X, 0.1, "weak", 0.5).stuck.sum() > 3
    assert not reference(*problem(3, 4, 32, 0), 0.1, "weak", 0.0).stuck.any()


def test_a_sign_is_trusted_only_beyond_its_rounding() -> None:
    network, X = problem(3, 4, 32, 0, kinks=3)
    point = survey(network, X, "weak")
    columns = [[Fraction(float(v)) for v in column] for column in X.T]
    for r, w in enumerate(network.W[0]):
        for i, x in enumerate(columns):
            exact = abs(sum((Fraction(float(v)) * u for v, u in zip(w, x, strict=True)), Fraction(0)))
            edge = float(exact / Fraction(point.data.longest))
            for radius in (0.0, edge * (1 - 2.0**-51), edge, edge * (1 + 2.0**-51)):
                stuck = decided_alone(point, r, i, radius)
                assert stuck[0] == stuck[1]
                assert stuck[0] or Fraction(radius) * Fraction(point.data.longest) < exact
            assert not any(decided_alone(point, r, i, edge - 4 * point.eps * float(point.w_norms[0, r])))


def decided_alone(point: Points, r: int, i: int, radius: float) -> list[bool]:
    """Whether one entry is stuck, to the sums that are taken and to their numpy route."""
    w, a, x = point.W[:, r : r + 1], point.A[:, r : r + 1], np.ascontiguousarray(point.data.X[:, i : i + 1])
    found = reach(replace(point, w_norms=point.w_norms[:, r : r + 1]), np.array([[radius]]))
    return [bool(ball_sums(w, a, x, found, 1.0, 1.0).stuck[0]), bool(stuck_entries(w, x, found)[0, 0, 0])]


def test_the_error_of_a_joint_kernel_covers_its_decoder_part() -> None:
    network, X = problem(3, 4, 32, 0)
    point = survey(Network(network.W, network.A * 2.0**-40), X, "joint")
    H = point.data.form.matrix(ball_kernels(point, np.full((1, 32), -math.inf)).H[0])
    assert point.H_error[0] > unit_roundoff() * np.linalg.norm(H, 2)  # a single rounding of every entry


@pytest.mark.parametrize("regime", REGIMES)
def test_a_rate_without_stuck_entries_is_bounded_from_below(regime: Regime) -> None:
    network, X = problem(2, 3, 64, 1)
    eta = step_for(network, X, regime)
    exact = reference(network, X, eta, regime, 0.0)
    assert contraction_rate(network, X, eta, regime, 0.0) < exact.nu + gamma(4) * exact.size


def certified_run(n: int, d: int, m: int, seed: int, regime: Regime) -> tuple[Network, torch.Tensor, float]:
    network, X = problem(n, d, m, seed)
    eta = step_for(network, X, regime, 0.5)
    journey = follow(network, X, eta, regime, max_steps=20_000)
    assert journey.certified_at[0] >= 0
    return journey.network, X, eta


RUNS = [(1, 2, 8, 0), (2, 2, 32, 2), (2, 3, 64, 2), (3, 2, 64, 4)]
SLIDING = [(2, 2, 8, 2), (2, 2, 8, 3), (3, 3, 48, 1)]
"""Runs that end with neurons at rest on a kink, which stay in S whatever the budget is."""


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("run", RUNS + SLIDING)
def test_a_certified_point_keeps_its_envelope_and_radii(
    run: tuple[int, int, int, int], regime: Regime
) -> None:
    point, X, eta = certified_run(*run, regime)
    proof = certify(point, X, eta, regime)
    assert proof.certified[0]
    assert proof.stuck[0] > 0 or run in RUNS
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
        e = mpmath.mpf(float(survey(point, X, regime).e[0]))
        share = mpmath.mpf(eta) * mpmath.mpf(float(proof.rate[0]))
        needed = eta * e / (1 - mpmath.sqrt(1 - share))
        assert needed <= mpmath.mpf(float(proof.budget[0]))
        # The budget is what a smaller one needed and a 64th more, and a larger budget never needs less.
        assert mpmath.mpf(float(proof.budget[0])) <= needed * (1 + 2.0**-6) * (1 + gamma(64) * point.m**2)
    assert proof.rate[0] == contraction_rate(point, X, eta, regime, float(proof.budget[0]))
    expected = reference(point, X, eta, regime, float(proof.budget[0]))
    assert proof.stuck[0] == expected.stuck.sum()
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
    left, right = certify(stored, data, eta, "joint"), certify(same, data.double(), eta, "joint")
    assert (left.rate == right.rate).all()
    assert (left.radius == right.radius).all()


def test_every_initialization_of_a_batch_is_judged_alone() -> None:
    points = [certified_run(2, 2, 32, seed, "weak") for seed in (2, 6)]
    X, eta = points[0][1], min(points[0][2], points[1][2])
    batch = Network(torch.cat([p[0].W for p in points]), torch.cat([p[0].A for p in points]))
    proof = certify(batch, X, eta, "weak")
    for b in range(2):
        assert proof.rate[b] == certify(batch.select(b), X, eta, "weak").rate[0]


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2, 40), (4, 5, 1100), (10, 10, 200)])
def test_no_number_of_a_point_depends_on_the_rest_of_its_batch(
    shape: tuple[int, int, int], regime: Regime
) -> None:
    cases = [problem(*shape, seed, kinks=2) for seed in range(5)]
    X = cases[0][1]
    batch = Network(*(torch.cat([getattr(case[0], name) for case in cases]) for name in ("W", "A")))
    points, budgets = survey(batch, X, regime), np.array([0.0, 1e-3, 0.03, 0.3, 2.0])
    balls = contraction_module._balls(points, budgets)
    squares = contraction_module._square(points, balls)
    for b in range(5):
        alone, part = survey(batch.select(b), X, regime), slice(b, b + 1)
        own = contraction_module._balls(alone, budgets[part])
        for whole, one in ((points, alone), (balls, own), (balls.sums, own.sums)):
            for name, values in vars(one).items():
                if isinstance(values, np.ndarray):
                    assert np.array_equal(getattr(whole, name)[part], values), name
        for together, apart in zip(squares, contraction_module._square(alone, own), strict=True):
            assert np.array_equal(together[part], apart)


@pytest.mark.parametrize("regime", REGIMES)
def test_a_rate_is_decided_for_each_of_a_batch_as_if_alone(
    regime: Regime, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, X, eta = certified_run(*RUNS[1], regime)
    others = [descend(point, X, eta, k, regime).network for k in (0, 8, 64)]
    start = Network(point.W + 0.5, point.A)
    batch = Network(*(torch.cat([getattr(p, name) for p in (*others, start)]) for name in ("W", "A")))
    rate = float(certify(point, X, eta, regime).rate[0]) * 0.75
    together = certify_rate(batch, X, eta, regime, rate)
    assert together.certified.any() and not together.certified.all()
    for held in (1, 2 * X.numel() ** 2, 2**18):
        monkeypatch.setattr(certificate_module, "_HELD", held)
        again = certify_rate(batch, X, eta, regime, rate)
        for name, values in vars(together).items():
            assert np.array_equal(getattr(again, name), values)
            apart = [certify_rate(batch.select(b), X, eta, regime, rate) for b in range(4)]
            assert np.array_equal(np.concatenate([getattr(one, name) for one in apart]), values)


def test_only_a_rate_of_at_least_the_wanted_one_counts() -> None:
    point, X, eta = certified_run(2, 2, 32, 2, "weak")
    rate = float(certify(point, X, eta, "weak").rate[0])
    assert certify(point, X, eta, "weak", wanted=rate).rate[0] == rate
    refused = certify(point, X, eta, "weak", wanted=rate * (1 + gamma(1)))
    assert not refused.certified[0]
    assert refused.rate[0] == refused.budget[0] == refused.stuck[0] == 0
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


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("run", RUNS + SLIDING)
def test_a_rate_decided_without_eigenvalues_is_what_the_verified_eigenvalues_say(
    run: tuple[int, int, int, int], regime: Regime
) -> None:
    point, X, eta = certified_run(*run, regime)
    point = descend(point, X, eta, 64, regime).network  # well within, not at the first point certified
    top = float(certify(point, X, eta, regime).rate[0])
    decided = 0
    for share in (2.0**-8, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 2.0, 16.0):
        rate = share * top
        proof = certify_rate(point, X, eta, regime, rate)
        budget = path_length(float(survey(point, X, regime).e[0]), eta, rate)
        verified = contraction_rate(point, X, eta, regime, budget)
        if not proof.certified[0]:
            continue
        decided += 1
        assert verified >= rate * (1 - gamma(64)) - gamma(64 * point.m) * np.linalg.norm(X) ** 2
        assert (proof.rate[0], proof.budget[0]) == (rate, budget)
        expected = reference(point, X, eta, regime, budget)
        assert proof.stuck[0] == expected.stuck.sum()
        assert (proof.radius[0] >= expected.radius * (1 - gamma(64))).all()
        assert share < 16
    assert decided >= 1


@pytest.mark.parametrize("regime", REGIMES)
def test_the_guess_and_the_budget_alone_certify_nothing(
    regime: Regime, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, X, eta = certified_run(*RUNS[1], regime)
    rate = float(certify(point, X, eta, regime).rate[0]) / 2
    assert certify_rate(point, X, eta, regime, rate).certified[0]
    monkeypatch.setattr(contraction_module, "GENEROUS", 0.5)  # a guess that is too small is refused
    assert certify_rate(point, X, eta, regime, rate).certified[0]
    monkeypatch.setattr(contraction_module, "exceeds", lambda matrix, floor, error, overwrite: floor <= 0)
    assert not certify_rate(point, X, eta, regime, rate).certified[0]


def test_a_diverged_point_in_a_batch_does_not_disturb_the_others() -> None:
    point, X, eta = certified_run(2, 2, 32, 2, "weak")
    rate = float(certify(point, X, eta, "weak").rate[0]) / 2
    bad = Network(torch.full_like(point.W, math.nan), point.A)
    batch = Network(torch.cat([bad.W, point.W]), torch.cat([bad.A, point.A]))
    assert certify_rate(batch, X, eta, "weak", rate).certified.tolist() == [False, True]
    assert certify(batch, X, eta, "weak").certified.tolist() == [False, True]


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
