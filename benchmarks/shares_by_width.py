"""The share of runs that keep the promised rate, and the share certified, from the necessary width upwards.

Every trial draws its own data, n points uniform on the sphere, and its own start (rademacher decoder), on a
stream that no audit uses; so the trials are independent and the Clopper-Pearson intervals (95 %) exact. Step
size and rate mu are those of C2 and C3. `kept`: the rate mu was not seen to break within the steps allowed.
`with mu`: certified with at least mu, so that the rate is kept for all time. `certified`: certified with any
rate, so that the run converges linearly from some step on. Widths double from the necessary one (P6): max(n,
d) weak, n d / (2 d - 1) joint.

    python benchmarks/shares_by_width.py [--trials 20] [--widest 1024] [--steps 20000] [--seed 1] [--full]

The default takes a few minutes on one core; --full goes to 2^16 with 100 trials (a quarter of an hour).
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from models.certificate.certified_run import run_until_certified
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute

STREAM = 0x5A4E5
SIZES = ((5, 10), (10, 10))


def necessary_width(n: int, d: int, regime: Regime) -> int:
    """The least width at which the tangent kernel can be non-singular (P6)."""
    return max(n, d) if regime == "weak" else math.ceil(n * d / (2 * d - 1))


def widths(n: int, d: int, regime: Regime, widest: int) -> list[int]:
    """The necessary width and the powers of two above it."""
    least = necessary_width(n, d, regime)
    return [least] + [2**k for k in range(least.bit_length(), widest.bit_length()) if 2**k > least]


def trial(n: int, d: int, m: int, regime: Regime, seed: int, index: int, steps: int) -> tuple[bool, ...]:
    """Whether one run on fresh data kept mu, was certified with mu, and with any rate."""
    rng = np.random.default_rng([STREAM, seed, n, d, m, index])
    columns = rng.standard_normal((d, n))
    columns /= np.linalg.norm(columns, axis=0)
    promised = promise(columns, regime)
    X = tensor(columns, Compute())
    start = draw_network("rademacher", m, d, [rng])
    eta = promised.step_size
    result = run_until_certified(start, X, eta, regime, promised=promised.rate, max_steps=steps)
    kept = bool(result.broken_at[0] < 0)
    certified = bool(result.certified_at[0] >= 0)
    if certified:
        return kept, True, True
    free = run_until_certified(start, X, eta, regime, wanted=0.0, max_steps=steps)
    return kept, False, bool(free.certified_at[0] >= 0)


def shown(successes: int, trials: int) -> str:
    """A share with its Clopper-Pearson interval."""
    interval = binomtest(successes, trials).proportion_ci(0.95, method="exact")
    return f"{successes / trials:5.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int)
    parser.add_argument("--widest", type=int)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    trials = args.trials or (100 if args.full else 20)
    widest = args.widest or (2**16 if args.full else 2**10)
    torch.set_num_threads(1)
    print("   n   d  regime      m   kept                with mu             certified", flush=True)
    for n, d in SIZES:
        for regime in REGIMES:
            for m in widths(n, d, regime, widest):
                rows = [trial(n, d, m, regime, args.seed, index, args.steps) for index in range(trials)]
                cells = "   ".join(shown(int(sum(column)), trials) for column in zip(*rows, strict=True))
                print(f"{n:4d}{d:4d}  {regime:6s}{m:7d}  {cells}", flush=True)


if __name__ == "__main__":
    main()
