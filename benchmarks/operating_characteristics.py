"""Prints the exact operating characteristics of the sequential test as a Markdown table.

For a true failure probability q the number of failures is a Markov chain that stops at the test's two
boundaries, so P(refuted), P(undecided) and the mean number of trials are finite sums. They are computed here
from the integer boundaries alone. docs/statistics.md shows the table.

    python benchmarks/operating_characteristics.py
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from refute.evidence.sequential import CONFIRM_KAPPA, CONFIRM_LEVEL, FALSE_ALARM_LEVEL, KAPPA, Design, design

DELTAS = (0.1, 0.05, 0.01)
"""Claimed failure probabilities."""
TRUTHS = {"0": 0.0, "delta / 2": 0.5, "delta": 1.0, "2 delta": 2.0, "4 delta": 4.0}
"""True failure probabilities, as multiples of the claimed one."""


@dataclass(frozen=True)
class Characteristics:
    """What the test does at one true failure probability: two probabilities and the mean number of trials."""

    refuted: float
    undecided: float
    trials: float


def characteristics(plan: Design, q: float) -> Characteristics:
    """Follow the law of the number of failures through a test whose trials fail with probability q."""
    law = np.zeros(plan.cap + 2)
    law[0] = 1.0
    failures = np.arange(plan.cap + 2)
    refuted = 0.0
    trials = 0.0
    for n in range(1, plan.cap + 1):
        trials += float(law.sum())
        law = law * (1 - q) + np.concatenate([[0.0], law[:-1]]) * q
        up = failures >= plan.refute_at[n]
        down = failures <= plan.certify_at[n]
        refuted += float(law[up].sum())
        law[up | down] = 0.0
    return Characteristics(refuted, float(law.sum()), trials)


def row(delta: float, level: float, kappa: float) -> str:
    """One line: the design, then P(refuted), P(undecided) and mean trials at every true probability."""
    plan = design(delta, level, kappa)
    fastest = next(n for n in range(1, plan.cap + 1) if plan.refute_at[n] <= n)
    cells = [
        f"{delta:g}",
        f"{level:.0e}",
        f"{plan.alternative:g}",
        *map(str, (plan.cap, plan.shortest, fastest)),
    ]
    for multiple in TRUTHS.values():
        found = characteristics(plan, multiple * delta)
        cells.append(f"{found.refuted:.2g}, {found.undecided:.1g}, {found.trials:.0f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table: the test that decides, then that of the second look."""
    heads = ["delta", "level", "q1", "cap", "certify", "refute", *(f"q = {truth}" for truth in TRUTHS)]
    print(f"| {' | '.join(heads)} |")
    print(f"|{' --- |' * len(heads)}")
    for level, kappa in ((FALSE_ALARM_LEVEL, KAPPA), (CONFIRM_LEVEL, CONFIRM_KAPPA)):
        for delta in DELTAS:
            print(row(delta, level, kappa))


if __name__ == "__main__":
    main()
