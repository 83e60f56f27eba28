"""What is wrong with the trials of a coin, by another route than the one that judged them.

The coins are drawn again from their generators, and the evidence is computed by quadrature of its definition.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from refute.audit.judgement import Judgement
from refute.audit.result import Result
from refute.evidence.seeds import stream_key, trial_generators
from refute.evidence.sequential import FALSE_ALARM_LEVEL, KAPPA, MISS, Call
from refute.statement.instance import Instance

DELTA = 0.1
"""The failure probability that the controls with trials claim."""
_NODES = 400
"""Of the quadrature. The integrand is a trigonometric polynomial, of a degree of at most twice the trials."""
# Two computations of one number, by special functions and by quadrature, agree far better than that.
_NEAR = 1e-6
"""Evidence this near its threshold, as a share, is left to either side."""


def _judged(result: Result) -> Iterable[tuple[Instance, Judgement]]:
    return ((instance, judgement) for instance, judgement in result.judged if judgement.decision)


def wrong_trials(probability: float, result: Result, master: int) -> str:
    """What is wrong with the trials of a coin: streams that repeat, failures miscounted, a call too late."""
    seen: set[float] = set()
    for instance, judgement in _judged(result):
        decision = judgement.decision
        assert decision is not None
        key = stream_key(master, result.claim.id, instance)
        coins = [generator.random() for generator in trial_generators(key, 0, decision.trials)]
        if seen.intersection(coins) or len(set(coins)) < len(coins):
            return f"the trials of {instance!r} repeat numbers of others"
        seen.update(coins)
        failed = [coin < probability for coin in coins]
        if sum(failed) != decision.failures or tuple(coins) != judgement.measured:
            return f"{sum(failed)} of the trials of {instance!r} failed, and {decision.failures} were counted"
        if not _is_called_rightly(failed, decision.call):
            return f"{decision.call} after {decision.trials} trials is not what their evidence says"
    witness = result.counterexample
    if witness is not None and seen.intersection(witness.second.measured):
        return f"the second look at {witness.instance!r} repeats trials of the first"
    return ""


def _is_called_rightly(failed: Sequence[bool], call: Call) -> bool:
    """Whether the evidence first passed a threshold with the last trial, and that of the call."""
    highest = KAPPA * DELTA
    thresholds = (
        (Call.REFUTED, FALSE_ALARM_LEVEL * evidence(failed, DELTA, (DELTA, 1.0))),
        (Call.CERTIFIED, MISS * evidence(failed, highest, (0.0, highest))),
    )
    for name, share in thresholds:
        passed = share[-1] >= 1 - _NEAR if call is name else share[-1] <= 1 + _NEAR
        if not passed or (share[:-1] > 1 + _NEAR).any():
            return False
    return True


def evidence(failed: Sequence[bool], null: float, others: tuple[float, float]) -> np.ndarray:
    """(trials,) the mean likelihood ratio of q against `null`, after every trial, over the q in a range.

    q is drawn by Beta(1/2, 1/2) truncated to the range: q = sin^2 t with t uniform.
    """
    nodes, weights = _gauss_legendre()
    low, high = (math.asin(math.sqrt(q)) for q in others)
    q = np.square(np.sin(low + (high - low) * (nodes + 1) / 2))
    ones = np.cumsum(failed)[:, None]
    zeros = np.arange(1, len(failed) + 1)[:, None] - ones
    ratio = (q / null) ** ones * ((1 - q) / (1 - null)) ** zeros
    return np.asarray(ratio @ weights / 2)


@cache
def _gauss_legendre() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(_NODES)
