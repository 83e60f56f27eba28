"""An anytime-valid two-sided test of P(failure) <= delta from independent trials.

Refute with the mixture e-process E_n of the likelihood ratio against delta, mixed over a Beta(1/2, 1/2) prior
truncated to q > delta; with a = b = 1/2, n trials and s failures,
    log E_n = ln B(a+s, b+n-s) - ln B(a, b) + ln SF_{Beta(a+s, b+n-s)}(delta) - ln SF_{Beta(a, b)}(delta)
              - s ln delta - (n-s) ln(1-delta).
For every q <= delta it is a nonnegative supermartingale, so by Ville P(exists n: E_n >= 1/level) <= level,
whatever the stopping rule. Certify (stop, nothing found) with the mirrored process F_n of "q >= q1", q1 =
kappa delta, truncated to q < q1: P(certified) <= beta when q >= q1. E_n rises and F_n falls with the number
of failures, so a design is two integer tables. Power is exact, by dynamic programming over that number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from refute.evidence.boundaries import absences, exceedances

# Over the thousand instances with trials of a large audit the levels still add up to one in a thousand.
FALSE_ALARM_LEVEL = 1e-6
"""Probability of a false alarm per instance."""
# One second look a claim, at data that a first look chose: it need not carry the budget of a whole search.
CONFIRM_LEVEL = 1e-3
"""Level at which a shrunk witness is confirmed on a fresh stream."""
CONFIRM_KAPPA = 2.0
"""Confirmation aims at 2 delta, so that it hardly ever loses what 4 delta refutes."""
# The usual size of a second kind of error; it costs power and never a false alarm.
MISS = 0.05
"""The probability at which a failure probability of kappa delta or more may be certified."""
# A factor of four apart, the cap is 97 trials for delta = 0.1 and 1381 for 0.01.
KAPPA = 4.0
"""The alternative that a test has its power against, as a multiple of delta."""
POWER = 0.95
"""The least probability of refuting at the alternative."""
_LONGEST = 20_000
"""Trials beyond which a claim counts as untestable: no claim is cheap enough for more."""


class Call(StrEnum):
    """What the trials of one instance say."""

    REFUTED = "refuted"
    CERTIFIED = "certified"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Design:
    """A test: refute after n trials when failures >= refute_at[n], certify when failures <= certify_at[n].

    delta: the claimed failure probability; alternative: q1 = kappa delta, against which the power is stated.
    cap: the largest number of trials.
    """

    delta: float
    level: float
    alternative: float
    cap: int
    refute_at: tuple[int, ...]
    certify_at: tuple[int, ...]

    def probabilities(self, q: float) -> dict[Call, float]:
        """Exact probabilities of the three calls when a trial fails with probability q."""
        steps = list(_steps(self, q))
        refuted = sum(up for up, _ in steps)
        certified = sum(down for _, down in steps)
        undecided = max(0.0, 1.0 - refuted - certified)
        return {Call.REFUTED: refuted, Call.CERTIFIED: certified, Call.UNDECIDED: undecided}

    @property
    def power(self) -> float:
        """P(refuted) when the failure probability is the alternative q1."""
        return self.probabilities(self.alternative)[Call.REFUTED]

    @property
    def shortest(self) -> int:
        """The fewest trials, all successful, that certify; the natural first batch."""
        return next((n for n in range(1, self.cap + 1) if self.certify_at[n] >= 0), self.cap)

    @property
    def quickest(self) -> int:
        """The fewest trials, all failing, that refute; the first batch where failures are expected."""
        return next((n for n in range(1, self.cap + 1) if self.refute_at[n] <= n), self.cap)


@dataclass(frozen=True)
class Decision:
    """The result of one sequential test: the call, and the trials and failures it took."""

    call: Call
    trials: int
    failures: int

    @property
    def share(self) -> float:
        """The observed share of failures."""
        return self.failures / self.trials if self.trials else 0.0


@lru_cache(maxsize=256)
def design(
    delta: float, level: float = FALSE_ALARM_LEVEL, kappa: float = KAPPA, power: float = POWER
) -> Design:
    """The test of P(failure) <= delta with the smallest cap that has the power at min(kappa delta, 1/2).

    Raises ValueError for delta outside (0, 1/2) or when no cap up to 20000 trials reaches the power: the
    claim cannot be tested.
    """
    if not 0 < delta < 0.5:
        raise ValueError(
            f"a failure probability of {delta} cannot be tested; it must lie strictly between 0 and 1/2"
        )
    alternative = min(kappa * delta, 0.5)
    fewest = _least_cap(delta, level, alternative, power)
    # Three times what any test needs is what this one mostly needs, so that one table is enough.
    longest = max(128, 3 * fewest)
    while fewest <= _LONGEST:
        longest = min(longest, _LONGEST)
        table = _boundaries(delta, level, alternative, longest)
        cap = _smallest_cap(table, power)
        if cap is not None:
            refute_at = table.refute_at[: cap + 1]
            certify_at = table.certify_at[: cap + 1]
            return replace(table, cap=cap, refute_at=refute_at, certify_at=certify_at)
        if longest == _LONGEST:
            break
        longest *= 2
    raise ValueError(
        f"no test of at most {_LONGEST} trials has power {power} against {alternative} at level {level}"
    )


@lru_cache(maxsize=256)
def confirming_design(delta: float) -> Design:
    """The test of a shrunk witness: power against 2 delta, or as much as the longest test has of it.

    Raises ValueError for delta outside (0, 1/2).
    """
    try:
        return design(delta, CONFIRM_LEVEL, CONFIRM_KAPPA)
    except ValueError:
        if not 0 < delta < 0.5:
            raise
        return _boundaries(delta, CONFIRM_LEVEL, CONFIRM_KAPPA * delta, _LONGEST)


def sequential_test(draw: Callable[[int, int], np.ndarray], plan: Design, begin: int = 0) -> Decision:
    """Run the test: `draw(first, count)` says which of trials first, ..., first + count - 1 failed.

    begin: the size of the first batch, by default the shortest of the plan. What it returns is (count,) bool.
    Trials are asked for in growing batches and read in order, so the call does not depend on the batches.
    """
    failures = 0
    done = 0
    batch = begin or plan.shortest
    while done < plan.cap:
        count = min(batch, plan.cap - done)
        for offset, failed in enumerate(draw(done, count)):
            n = done + offset + 1
            failures += bool(failed)
            if failures >= plan.refute_at[n]:
                return Decision(Call.REFUTED, n, failures)
            if failures <= plan.certify_at[n]:
                return Decision(Call.CERTIFIED, n, failures)
        done += count
        batch = max(4, done // 2)
    return Decision(Call.UNDECIDED, done, failures)


def _boundaries(delta: float, level: float, alternative: float, longest: int) -> Design:
    refute_at = exceedances(delta, level, longest)
    return Design(delta, level, alternative, longest, refute_at, absences(alternative, MISS, longest))


def _least_cap(delta: float, level: float, alternative: float, power: float) -> int:
    """A number of trials below which no test of that level, sequential or not, has the power.

    The divergence between the two laws of its trials is at most cap times that of one trial, and at least
    that between its two chances of refuting (data processing).
    """

    def divergence(p: float, q: float) -> float:
        return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))

    return int(divergence(power, level) / divergence(alternative, delta)) if level < power < 1 else 1


def _smallest_cap(table: Design, power: float) -> int | None:
    refuted = 0.0
    possible = 1.0
    for n, (up, down) in enumerate(_steps(table, table.alternative), start=1):
        refuted += up
        possible -= down
        if refuted >= power:
            return n
        if possible < power:
            return None
    return None


def _steps(plan: Design, q: float) -> Iterator[tuple[float, float]]:
    """The probabilities of refuting and of certifying at exactly n trials, for n = 1, ..., cap."""
    refute_at = np.minimum(plan.refute_at, np.arange(plan.cap + 1) + 1)
    failures = np.arange(int(refute_at.max()) + 2)
    alive = np.zeros(len(failures))
    alive[0] = 1.0
    for n in range(1, plan.cap + 1):
        stepped = alive * (1 - q)
        stepped[1:] += alive[:-1] * q
        up = failures >= refute_at[n]
        down = failures <= plan.certify_at[n]
        yield float(stepped[up].sum()), float(stepped[down].sum())
        alive = np.where(up | down, 0.0, stepped)
