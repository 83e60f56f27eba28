"""Constants of the sequential test, and the sizes of the batches it asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refute.evidence import sequential
from refute.evidence.sequential import (
    CONFIRM_KAPPA,
    CONFIRM_LEVEL,
    FALSE_ALARM_LEVEL,
    KAPPA,
    MISS,
    POWER,
    Call,
    Decision,
    Design,
    confirming_design,
    design,
    sequential_test,
)


def test_trials_are_asked_for_in_order_and_in_batches_that_grow_by_half() -> None:
    plan = replace(design(0.1), refute_at=(98,) * 98, certify_at=(-1,) * 8 + (0,) + (-1,) * 89)
    asked = []

    def draw(first: int, count: int) -> np.ndarray:
        asked.append((first, count))
        return np.ones(count, dtype=bool)

    assert sequential_test(draw, plan) == Decision(Call.UNDECIDED, 97, 97)
    assert asked == [(0, 8), (8, 4), (12, 6), (18, 9), (27, 13), (40, 20), (60, 30), (90, 7)]


def test_the_first_batch_is_the_shortest_that_could_certify() -> None:
    for first in range(1, 5):
        certify_at = tuple(0 if n >= first else -1 for n in range(5))
        assert Design(0.1, FALSE_ALARM_LEVEL, 0.4, 4, (9,) * 5, certify_at).shortest == first
    assert Design(0.1, FALSE_ALARM_LEVEL, 0.4, 4, (9,) * 5, (-1,) * 5).shortest == 4


def test_where_failures_are_expected_no_more_trials_are_asked_for_than_can_refute() -> None:
    plan = design(0.1, level=CONFIRM_LEVEL, kappa=CONFIRM_KAPPA)
    quickest = plan.quickest
    assert plan.refute_at[quickest] <= quickest < plan.shortest
    assert plan.refute_at[quickest - 1] > quickest - 1
    asked = []

    def draw(first: int, count: int) -> np.ndarray:
        asked.append((first, count))
        return np.ones(count, dtype=bool)

    assert sequential_test(draw, plan, quickest) == Decision(Call.REFUTED, quickest, quickest)
    assert asked == [(0, quickest)]
    assert sequential_test(draw, plan) == Decision(Call.REFUTED, quickest, quickest)
    assert replace(plan, refute_at=(plan.cap + 1,) * (plan.cap + 1)).quickest == plan.cap


def test_the_levels_are_those_that_statistics_md_promises() -> None:
    assert (FALSE_ALARM_LEVEL, CONFIRM_LEVEL, MISS, POWER, KAPPA, CONFIRM_KAPPA) == (
        1e-6,
        1e-3,
        0.05,
        0.95,
        4,
        2,
    )


def test_the_power_is_stated_against_a_multiple_of_the_claim_but_never_beyond_one_half() -> None:
    assert design(0.1, kappa=3.0, level=1e-3).alternative == 3.0 * 0.1
    assert design(0.2, level=1e-3).alternative == 0.5


@pytest.mark.parametrize("delta", [0.49999, 1e-4, 1e-9])
def test_what_no_test_can_reach_is_said_before_a_table_is_made(
    delta: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequential, "_boundaries", None)
    with pytest.raises(ValueError, match="no test of at most 20000 trials"):
        design(delta)


def test_the_second_look_has_as_much_of_its_power_as_the_longest_test() -> None:
    assert confirming_design(0.1) == design(0.1, CONFIRM_LEVEL, CONFIRM_KAPPA)
    longest = confirming_design(0.002)
    assert (longest.cap, longest.alternative, longest.level) == (20_000, 0.004, CONFIRM_LEVEL)
    assert longest.probabilities(0.002)[Call.REFUTED] <= CONFIRM_LEVEL
    assert longest.probabilities(0.008)[Call.REFUTED] > 0.99
    with pytest.raises(ValueError, match="must lie strictly between 0 and 1/2"):
        confirming_design(0.5)
