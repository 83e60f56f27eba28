"""Rates decided without eigenvalues, and batches: each initialization is judged as if alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.certificate import certificate, contraction, middle_form
from models.certificate.certificate import certify, certify_rate, contraction_rate, path_length
from models.certificate.points import points_of
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute.numerics.rounding import gamma
from tests.models.certificate.certificate_reference import RUNS, SLIDING, certified_run, problem, reference


def test_every_initialization_of_a_batch_is_judged_alone() -> None:
    points = [certified_run(2, 2, 32, seed, "weak") for seed in (2, 6)]
    X = points[0][1]
    eta = min(points[0][2], points[1][2])
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
    points = points_of(batch, X, regime)
    budgets = np.array([0.0, 1e-3, 0.03, 0.3, 2.0])
    balls = contraction.balls(points, budgets)
    bounds = *contraction._square(points, balls), *middle_form.kernel_ends(points, balls.sums)
    for b in range(5):
        alone = points_of(batch.select(b), X, regime)
        part = slice(b, b + 1)
        own = contraction.balls(alone, budgets[part])
        for whole, one in ((points, alone), (balls, own), (balls.sums, own.sums)):
            for name, values in vars(one).items():
                if isinstance(values, np.ndarray):
                    assert np.array_equal(getattr(whole, name)[part], values), name
        of_it = *contraction._square(alone, own), *middle_form.kernel_ends(alone, own.sums)
        for together, apart in zip(bounds, of_it, strict=True):
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
        monkeypatch.setattr(certificate, "_KERNEL_ENTRIES", held)
        again = certify_rate(batch, X, eta, regime, rate)
        for name, values in vars(together).items():
            assert np.array_equal(getattr(again, name), values)
            apart = [certify_rate(batch.select(b), X, eta, regime, rate) for b in range(4)]
            assert np.array_equal(np.concatenate([getattr(one, name) for one in apart]), values)


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
        budget = path_length(float(points_of(point, X, regime).e[0]), eta, rate)
        verified = contraction_rate(point, X, eta, regime, budget)
        if not proof.certified[0]:
            continue
        decided += 1
        assert verified >= rate * (1 - gamma(64)) - gamma(64 * point.m) * np.linalg.norm(X) ** 2
        assert (proof.rate[0], proof.budget[0]) == (rate, budget)
        expected = reference(point, X, eta, regime, budget)
        assert proof.unstable[0] == expected.unstable.sum()
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
    monkeypatch.setattr(middle_form, "GUESS_MARGIN", 0.5)  # a guess that is too small is refused
    assert certify_rate(point, X, eta, regime, rate).certified[0]
    monkeypatch.setattr(middle_form, "exceeds", lambda matrix, floor, error, overwrite: floor <= 0)
    assert not certify_rate(point, X, eta, regime, rate).certified[0]


def test_a_diverged_point_in_a_batch_does_not_disturb_the_others() -> None:
    point, X, eta = certified_run(2, 2, 32, 2, "weak")
    rate = float(certify(point, X, eta, "weak").rate[0]) / 2
    bad = Network(torch.full_like(point.W, math.nan), point.A)
    batch = Network(torch.cat([bad.W, point.W]), torch.cat([bad.A, point.A]))
    assert certify_rate(batch, X, eta, "weak", rate).certified.tolist() == [False, True]
    assert certify(batch, X, eta, "weak").certified.tolist() == [False, True]


@pytest.mark.parametrize(
    ("middle", "squared", "wanted", "expected"),
    [
        (0.2, 0.3, 0.0, 0.3),
        (0.4, 0.3, 0.0, 0.4),
        (0.2, 0.3, 0.1, 0.2),
        (0.2, 0.3, 0.25, 0.3),
        (-math.inf, 0.3, 0.1, 0.3),
        (-math.inf, -math.inf, 0.0, -math.inf),
    ],
)
def test_the_first_form_that_proves_what_is_wanted_counts_and_else_the_one_that_proves_more(
    middle: float, squared: float, wanted: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, X, eta = certified_run(*RUNS[1], "weak")
    point = points_of(network, X, "weak")
    for name, rate in (("middle", middle), ("contraction", squared)):
        found = contraction.Contraction(rate, 0.0, np.zeros(1), 0)
        monkeypatch.setattr(certificate, name, lambda *_, found=found: found)
    assert certificate._best(point, eta, 0.0, wanted, contraction.EVERY_TERM).rate == expected
