"""Constants of the sequential test, and the sizes of the batches it asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

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
