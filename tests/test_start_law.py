"""The tables behind C10: their data, and starts that are counted."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.start_law import missed, rows
from claims.preliminaries.assumptions import separated, unit_norm, unit_norm_rounding
from models.networks.regime import REGIMES, Regime


@pytest.mark.parametrize("attack", [False, True])
def test_the_data_meet_the_assumptions_and_are_of_the_statement(attack: bool) -> None:
    found = rows(attack)
    assert len({tuple(stream) for _, _, stream in found}) == len(found) >= 16
    for name, X, stream in found:
        d, n = X.shape
        assert [n, d] == stream[-2:]
        assert 2 <= n <= 8 and 2 <= d <= 8, name
        assert unit_norm(X) <= unit_norm_rounding(d)
        assert float(separated(X)) > 0


def test_calibration_and_attack_draw_different_data() -> None:
    first, second = ({X.tobytes() for _, X, _ in rows(attack)} for attack in (False, True))
    axes = {np.eye(k).tobytes() for k in (2, 5)}
    assert not (first & second) - axes


@pytest.mark.parametrize("regime", REGIMES)
def test_few_neurons_are_certified_nowhere_and_many_everywhere(regime: Regime) -> None:
    assert missed(np.eye(2), 4, regime, 3, [9]) == 3
    assert missed(np.eye(2), 512, regime, 3, [9]) == 0
