from __future__ import annotations

import math

import numpy as np
import pytest

from claims.initialization.i6_decoder_norm import (
    CLAIM,
    DEVIATION,
    FAILURE_PROBABILITY,
    lemmas,
    squared_norm,
)
from refute import Compute, Instance, Trials


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 8), (64, 64)])
def test_the_verified_norm_is_just_above_the_computed_one(shape: tuple[int, int]) -> None:
    A = np.random.default_rng(2).standard_normal(shape)
    exact = float(np.linalg.norm(A, 2)) ** 2
    assert exact <= squared_norm(A) * (1 + 1e-15) and squared_norm(A) <= exact * (1 + 1e-10)


def test_the_deviation_has_the_stated_probability() -> None:
    assert math.exp(-(DEVIATION**2) / 2) == pytest.approx(FAILURE_PROBABILITY)


@pytest.mark.parametrize(("m", "d"), [(1, 1), (1, 64), (64, 64), (512, 2)])
def test_the_claim_hardly_fails_and_the_siblings_do_where_they_say(m: int, d: int) -> None:
    generators = [np.random.default_rng([4, i]) for i in range(40)]
    assert CLAIM.draw is not None
    trials = CLAIM.draw(Instance(m=m, d=d), generators, Compute())
    assert isinstance(trials, Trials) and trials.failed.sum() <= 4
    siblings = [CLAIM.as_sibling(sibling).draw for sibling in CLAIM.siblings]
    found = [draw(Instance(m=m, d=d), generators, Compute()) for draw in siblings if draw is not None]
    without_d, larger, _ = (trials.failed.mean() for trials in found if isinstance(trials, Trials))
    assert (without_d == 1.0) == (d == 64)
    assert (larger == 1.0) == (m == d == 64)


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []
