"""The boundaries of both tests at generous levels, where every term of the formula moves them."""

from __future__ import annotations

import mpmath
import pytest

from refute.evidence import sequential
from refute.evidence.sequential import exceedances
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
