"""Which sequential test an instance of a claim with trials gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Real

import numpy as np

from refute.evidence.sequential import FALSE_ALARM_LEVEL, Design, confirming_design, design
from refute.statement.claim import Claim
from refute.statement.claim_code import Unmet
from refute.statement.instance import Instance


def plan_of(claim: Claim, level: float = FALSE_ALARM_LEVEL) -> Design | None:
    """The sequential test of a claim with one failure probability, None for the others.

    Raises ValueError where it cannot be tested.
    """
    probability = claim.failure_probability
    if probability is None or callable(probability):
        return None
    try:
        return design(probability, level)
    except ValueError as error:
        raise ValueError(f"{claim.id}: its failure_probability cannot be tested: {error}") from None


def first_look(claim: Claim, instance: Instance, level: float) -> Design | Unmet:
    """The test that the search gives an instance, Unmet where its failure probability leaves nothing to test.

    Raises ValueError where a claim states that nothing ever fails, or no number.
    """
    return _plan(claim, instance, partial(design, level=level))


def second_look(claim: Claim, instance: Instance) -> Design | Unmet:
    """The test of a shrunk witness. Arguments and errors as for the first look."""
    return _plan(claim, instance, confirming_design)


def _plan(claim: Claim, instance: Instance, test: Callable[[float], Design]) -> Design | Unmet:
    probability = claim.failure_probability
    assert probability is not None
    if not callable(probability):
        return test(probability)
    stated = probability(instance)
    if not isinstance(stated, (Real, np.floating)):
        raise TypeError(f"{claim.id}: a failure_probability gives a number, not {stated!r:.60}")
    delta = float(stated)
    if not delta > 0:
        raise ValueError(f"{claim.id}: its failure probability is {delta:g} here, and is to be above 0")
    if delta >= 1:
        return Unmet("nothing is claimed: the stated failure probability is 1 or more")
    try:
        return test(delta)
    except ValueError:
        size = "small (below about 0.001)" if delta < 1 / 4 else "large (from about 1/2 on)"
        return Unmet(f"the stated failure probability is too {size} for 20000 trials")
