"""The boundaries of both tests at generous levels, where every term of the formula moves them."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from refute.evidence import sequential
from refute.evidence.boundaries import exceedances
from refute.evidence.sequential import FALSE_ALARM_LEVEL, design
from tests.refute.evidence.test_sequential import DIGITS, certifying, refuting


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("level", [0.6, 0.3, 0.01])
def test_exceedances_are_the_first_counts_whose_evidence_is_enough(share: float, level: float) -> None:
    found = exceedances(share, level, 24)
    assert len(found) == 25
    with mpmath.workdps(DIGITS):
        for n, fewest in enumerate(found):
            enough = [s for s in range(n + 1) if refuting(n, s, share) >= 1 / mpmath.mpf(level)]
            assert fewest == min(enough, default=n + 1), n


@pytest.mark.parametrize("alternative", [0.2, 0.5])
@pytest.mark.parametrize("miss", [0.6, 0.2])
def test_certificates_are_the_largest_counts_whose_evidence_is_enough(
    monkeypatch: pytest.MonkeyPatch, alternative: float, miss: float
) -> None:
    monkeypatch.setattr(sequential, "MISS", miss)
    found = sequential._boundaries(0.1, 0.01, alternative, 24)
    assert (found.delta, found.level, found.alternative, found.cap) == (0.1, 0.01, alternative, 24)
    assert found.refute_at == exceedances(0.1, 0.01, 24)
    with mpmath.workdps(DIGITS):
        for n, most in enumerate(found.certify_at):
            enough = [s for s in range(n + 1) if certifying(n, s, alternative) >= 1 / mpmath.mpf(miss)]
            assert most == max(enough, default=-1), n


@pytest.mark.parametrize("delta", [0.4, 0.05, 0.01])
def test_the_boundaries_are_the_least_counts_by_their_definition(delta: float) -> None:
    """They are found from every 64th one; here each is found alone, by what is just above and below it."""
    plan = design(delta)
    for n in (1, 63, 64, 65, plan.cap // 2, plan.cap):
        s = plan.refute_at[n]
        if s <= n:
            assert exceedances(delta, FALSE_ALARM_LEVEL, n)[n] == s
            assert log_evidence(n, s, delta) >= -np.log(FALSE_ALARM_LEVEL)
        if s > 0:
            assert log_evidence(n, min(s - 1, n), delta) < -np.log(FALSE_ALARM_LEVEL)
    assert list(plan.refute_at) == sorted(plan.refute_at)
    assert list(plan.certify_at) == sorted(plan.certify_at)


def log_evidence(n: int, s: int, delta: float) -> float:
    """log E_n by quadrature of the average over q' > delta that it is."""
    q = 1 - (1 - delta) * np.linspace(0, 1, 400_001)[1:-1] ** 2
    weight = 2 * np.sqrt((1 - q) / (1 - delta)) / np.sqrt(q * (1 - q))
    ratios = s * np.log(q / delta) + (n - s) * np.log((1 - q) / (1 - delta))
    top = ratios.max()
    return float(top + np.log((np.exp(ratios - top) * weight).sum() / weight.sum()))
