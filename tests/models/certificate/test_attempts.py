"""When a certificate is tried: first chance, after a failure, at the end, and how long to wait."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from models.certificate import attempts
from models.certificate.attempts import (
    FIRST_LIMIT,
    LEAST_WAIT,
    LIMIT_AFTER_FAILURE,
    MOST_WAIT,
    SEGMENT,
    CertificateSchedule,
    members,
)
from models.certificate.certificate import path_length
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import Run
from tests.models.certificate.test_contraction import problem

NETWORK, X = problem(2, 2, 8, 0)
BATCH = Network(NETWORK.W.repeat(3, 1, 1), NETWORK.A.repeat(3, 1, 1))
RUNNING = np.arange(3)
YES = np.ones(3, dtype=bool)
NO = np.zeros(3, dtype=bool)


GRID = 1000


class Fixed(CertificateSchedule):
    """Shares and attempts are given: neuron j of GRID can change sign from q = j + 1/2 on."""

    share: np.ndarray = np.zeros(3)
    found: np.ndarray = np.zeros(3)

    def _sign_changes(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        return GRID * self.share, np.tile(np.arange(GRID) + 0.5, (3, 1))

    def _attempt(self, network: Network, quick: bool) -> np.ndarray:
        self.attempts: list[tuple[int, bool]] = [*getattr(self, "attempts", []), (network.batch, quick)]
        return np.full(network.batch, self.found[0])


def ratios(share: list[float], limits: list[float]) -> Any:
    """How far q is from where more than the allowed share can change sign."""
    pairs = zip(share, limits, strict=True)
    return pytest.approx([GRID * part / (math.floor(GRID * limit) + 0.5) for part, limit in pairs])


def schedule_for(share: list[float], rate: float = 0.0, wanted: float = 0.5) -> Fixed:
    made = Fixed(X, 0.1, "weak", wanted, 0.0)
    made.share = np.array(share)
    made.found = np.full(3, rate)
    return made


def run_of(residual: torch.Tensor) -> Run:
    blank: dict[str, Any] = dict.fromkeys(Run.__dataclass_fields__)
    return Run(**{**blank, "network": BATCH, "residual": residual, "steps": len(residual) - 1})


RUN = run_of(torch.ones(1, 3))


@pytest.mark.parametrize(
    ("wanted", "promised", "expected"), [(0.5, 0.2, 0.5), (0.0, 0.2, 0.2), (0.0, 0.0, 0.0)]
)
def test_the_expected_rate_is_what_is_wanted_or_what_is_promised(
    wanted: float, promised: float, expected: float
) -> None:
    made = CertificateSchedule(X, 0.1, "weak", wanted, promised)
    assert made.expected == expected and made.wanted == wanted
    assert made.X_norm == pytest.approx(float(np.linalg.norm(X.numpy(), 2)))


def test_members_are_chosen_by_rows_and_all_of_them_are_themselves() -> None:
    assert members(BATCH, np.arange(3)) is BATCH and members(BATCH, np.array([], dtype=int)) is BATCH
    batch = Network(BATCH.W * torch.arange(3.0)[:, None, None], BATCH.A)
    chosen = members(batch, np.array([2]))
    assert chosen.batch == 1 and torch.equal(chosen.W[0], batch.W[2])


def test_a_share_at_the_limit_is_tried_and_one_above_is_not() -> None:
    limit = FIRST_LIMIT
    made = schedule_for([limit, limit + 1 / GRID, 0.0], rate=0.25)
    assert made.rates(RUN, RUNNING, NO, YES).tolist() == [0.25, 0.0, 0.25]
    assert made.attempts == [(2, True)]
    assert made.rates(RUN, RUNNING, NO, np.array([False, True, False])).tolist() == [0, 0, 0]


def test_a_failure_lowers_the_limit_of_its_own_member() -> None:
    made = schedule_for([0.2, 0.25, 0.45])
    made.rates(RUN, RUNNING, NO, YES)
    limits = [LIMIT_AFTER_FAILURE * 0.2, LIMIT_AFTER_FAILURE * 0.25, FIRST_LIMIT]
    assert [made.limits[k] for k in range(3)] == pytest.approx(limits)
    assert made.ratio == ratios([0.2, 0.25, 0.45], [0.16, 0.2, FIRST_LIMIT])
    made.share = np.array([0.17, 0.2, 0.4])
    made.rates(RUN, RUNNING, NO, YES)
    assert made.attempts == [(2, True), (2, True)]
    assert made.limits[0] == pytest.approx(0.16) and made.limits[1] == pytest.approx(0.16)
    assert made.ratio == ratios([0.17, 0.2, 0.4], [0.16, 0.16, 0.32])


def test_a_success_changes_no_limit() -> None:
    made = schedule_for([0.2, 0.2, 0.2], rate=1.0)
    made.rates(RUN, RUNNING, NO, YES)
    assert set(made.limits.values()) == {FIRST_LIMIT}
    assert made.ratio == ratios([0.2] * 3, [FIRST_LIMIT] * 3)


def test_the_last_check_tries_everyone_and_searches() -> None:
    made = schedule_for([0.9, 0.1, 0.1], rate=0.5)
    assert made.rates(RUN, RUNNING, np.array([True, False, False]), YES).tolist() == [0.5] * 3
    assert sorted(made.attempts) == [(1, False), (2, True)]
    any_rate = schedule_for([0.1, 0.1, 0.1], wanted=0.0)
    any_rate.expected = 0.3
    any_rate.rates(RUN, RUNNING, NO, YES)
    assert any_rate.attempts == [(3, False)]


def test_without_an_expected_rate_the_share_is_not_asked() -> None:
    made = schedule_for([0.9, 0.9, 0.9], rate=0.5, wanted=0.0)
    assert made.rates(RUN, RUNNING, NO, YES).tolist() == [0.5] * 3


@pytest.mark.parametrize("regime", REGIMES)
def test_a_neuron_may_change_sign_from_where_its_radius_reaches_it(regime: Regime) -> None:
    made = CertificateSchedule(X, 0.1, regime, 1e-3, 0.0)
    e = torch.tensor([[1e-6, 1e-5, 1e-4]], dtype=torch.float64)
    q, thresholds = made._sign_changes(run_of(e))
    budget = np.array([path_length(v, 0.1, 1e-3) for v in e[0].tolist()])
    assert q == pytest.approx(budget * made.X_norm / BATCH.scale)
    a, w = (np.linalg.norm(part[0].numpy(), axis=1) for part in (NETWORK.A, NETWORK.W))
    Z = np.abs(NETWORK.W[0].numpy() @ X.numpy()).min(1)
    assert thresholds.shape == (3, 8) and (np.diff(thresholds) >= 0).all() and (thresholds > 0).all()
    for off in (1 - 2.0**-30, 1 + 2.0**-30):
        for k, reached in enumerate(thresholds[0] * off):
            radius = reached * a
            if regime == "joint":
                assert reached < 1
                radius = reached * (a + reached * w) / (1 - reached**2)
            assert (radius >= Z).sum() == k + (off > 1)


def test_a_sample_of_the_neurons_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = CertificateSchedule(X, 0.1, "weak", 1e-3, 0.0)._sign_changes(RUN)[1][0].tolist()
    for most, seen in ((8, 8), (4, 4), (3, 3), (1, 1)):
        monkeypatch.setattr(attempts, "SAMPLED_NEURONS", most)
        found = CertificateSchedule(X, 0.1, "weak", 1e-3, 0.0)._sign_changes(RUN)[1]
        assert found.shape == (3, seen) and set(found[0].tolist()) <= set(whole)


def waiting(residual: list[list[float]], ratio: list[float], wanted: float = 0.5) -> int:
    made = CertificateSchedule(X, 0.1, "weak", wanted, 0.0)
    made.ratio = np.array(ratio)
    return made.wait(run_of(torch.tensor(residual, dtype=torch.float64)), YES)


def decaying(rate: float, steps: int) -> list[list[float]]:
    return [[math.exp(-rate * k)] * 3 for k in range(steps + 1)]


@pytest.mark.parametrize(("ratio", "steps"), [(1.0, 16), (math.e, 32), (math.exp(1.5), 48), (1e9, MOST_WAIT)])
def test_the_wait_is_until_the_residual_has_fallen_by_the_ratio(ratio: float, steps: int) -> None:
    assert waiting(decaying(1 / 25, 100), [ratio, 1e12, 1e12]) == steps


def test_the_wait_is_a_segment_where_nothing_is_known_and_never_shorter_than_a_check_costs() -> None:
    assert waiting(decaying(0.1, 100), [1.0] * 3, wanted=0.0) == SEGMENT
    assert waiting(decaying(0.1, 0), [1.0] * 3) == SEGMENT
    assert waiting(decaying(0.0, 100), [2.0] * 3) == MOST_WAIT
    assert waiting(decaying(5.0, 3), [2.0] * 3) == LEAST_WAIT
    nobody = CertificateSchedule(X, 0.1, "weak", 0.5, 0.0)
    nobody.ratio = np.ones(3)
    assert nobody.wait(replace(RUN, residual=torch.ones(9, 3)), NO) == SEGMENT
