"""Steps saved by stopping a run as soon as its fate is certified: the runs of claims C2 and C3."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from rich.console import Console

from claims.convergence.calibrated_law import MAX_STEPS, law_width, promise, run_trials
from claims.preliminaries.fixed_data import sphere
from models.networks.regime import REGIMES, Regime
from refute import Compute

NETWORKS = 8


@dataclass(frozen=True)
class Early:
    """Runs of one size. m: the width of the law; steps: that each run took; allowed: the cap of C2 and C3.

    horizon: the steps after which the promised envelope has shrunk to a millionth, which is how long one
    would watch without a certificate. share: of the steps allowed, those that were run; certified: of the
    runs, those proved for every later step.
    """

    data: str
    n: int
    d: int
    m: int
    regime: Regime
    steps: tuple[int, ...]
    horizon: float
    allowed: int
    share: float
    certified: float


def samples() -> dict[str, np.ndarray]:
    """Data (d, n) by name: random points, and two that are close to each other."""
    found = {f"sphere {n} of {d}": sphere(n, d, 0) for n, d in ((3, 10), (4, 6), (5, 10))}
    for theta in (0.5, 0.3):
        found[f"pair at angle {theta}"] = np.array([[1.0, math.cos(theta)], [0.0, math.sin(theta)]])
    return found


def early(console: Console) -> list[dict[str, object]]:
    """For each data matrix and regime the steps run, with the step size and rate that C2 and C3 promise."""
    found = []
    for data, X in samples().items():
        for regime in REGIMES:
            row = followed(data, X, regime)
            found.append(asdict(row))
            console.print(
                f"{row.data}, {row.regime}, m={row.m}: {min(row.steps)} to {max(row.steps)} steps of "
                f"{row.allowed}, {row.share:.2%}; {row.certified:.0%} certified for all time"
            )
    return found


def followed(data: str, X: np.ndarray, regime: Regime, networks: int = NETWORKS) -> Early:
    """Follow the first starts at the width of the law."""
    d, n = X.shape
    m = math.ceil(law_width(X, regime))
    generators = [np.random.default_rng([n, d, start]) for start in range(networks)]
    result = run_trials(X, m, regime, generators, Compute())
    steps = tuple(int(count) for count in result.steps)
    certified = float((result.certified_at >= 0).mean())
    share = sum(steps) / (networks * MAX_STEPS)
    horizon = promise(X, regime).steps
    return Early(data, n, d, m, regime, steps, horizon, MAX_STEPS, share, certified)
