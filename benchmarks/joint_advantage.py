"""How much less joint training needs: the tables behind W3.

First: the shares of starts that W3 speaks of, at its widths, on nearly orthonormal data of every shape; weak
at 1, 2 and 4 times the joint width (8 and 16 on orthonormal data), and its part on rates. Second: on other
data, the least width of a grid of ratio sqrt 2 at which nine joint starts in ten are proved, and the share of
weak starts proved at multiples of it. What counts as proved is as in the claim; streams are
functions of the table, the size, the width and the trial.

    python benchmarks/joint_advantage.py [--trials 100] [--table 1 2]
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.structured_sets import ATTACKING, CALIBRATING
from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import circle, equally_correlated, sphere
from claims.width.followed_runs import certified
from claims.width.near_orthonormal import SHAPES, correlations, with_correlations
from claims.width.w3_dramatically_less import OVERLAP, STEPS, draw, joint_width
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Compute, Instance, Unmet

STREAM = 0xF2
NEAR = ((2, 10), (4, 10))
MULTIPLES = (1, 2, 4, 8, 16)
GRID = tuple(round(2 ** (k / 2)) for k in range(4, 21))
CERTAIN = 0.9
SIZES = ((2, 8), (4, 8), (8, 8), (4, 16))


def structured(name: str) -> Callable[[int, int], np.ndarray]:
    """Data of a structure by which C2 and C3 are calibrated or attacked, for (n, d)."""
    family = {**CALIBRATING, **ATTACKING}[name]
    return lambda n, d: family(np.random.default_rng([STREAM, n, d]), d, n)


FAMILIES: Mapping[str, Callable[[int, int], np.ndarray]] = {
    "sphere": lambda n, d: sphere(n, d, 0),
    "equal 0.3": lambda n, d: equally_correlated(n, d, 0.3),
    "equal 0.5": lambda n, d: equally_correlated(n, d, 0.5),
    "equal 0.8": lambda n, d: equally_correlated(n, d, 0.8),
    "simplex": structured("simplex"),
    "clusters 0.5": structured("clusters 0.5"),
    "arc 0.7": lambda n, d: circle(0.7 * np.arange(n), d),
}


def proved(X: np.ndarray, m: int, regime: Regime, trials: int) -> float:
    """The share of starts of width m that are proved within the steps of W3."""
    d, n = X.shape
    generators = [np.random.default_rng([STREAM, n, d, m, b]) for b in range(trials)]
    network = draw_network("rademacher", m, d, generators)
    step_size = promise(X, "joint").step_size
    found, _ = certified(network, tensor(X, Compute()), step_size, regime, STEPS[regime])
    return float(found.mean())


def rate_failures(X: np.ndarray, trials: int) -> float:
    """The share of starts that contradict W3's part on rates."""
    generators = [np.random.default_rng([STREAM, 1, *X.shape, b]) for b in range(trials)]
    found = draw(Instance(X=X, part="rate", times=1), generators, Compute())
    assert not isinstance(found, Unmet)
    return float(found.failed.mean())


def nearly_orthonormal(trials: int) -> None:
    """Print the first table."""
    heads = "".join(f"  weak {k:2d} m" for k in MULTIPLES)
    print(f"data           n   d    m   joint{heads}   rate fails", flush=True)
    for (n, d), (number, shape) in itertools.product(NEAR, enumerate(SHAPES)):
        rng = np.random.default_rng([STREAM, n, d, number])
        X = with_correlations(OVERLAP * (1 - 2.0**-40) * correlations(n, shape, rng), d, rng)
        m = joint_width(X)
        shares = [proved(X, k * m, "weak", trials) for k in MULTIPLES if k <= 4 or shape == "orthonormal"]
        cells = "".join(f"{share:11.2f}" for share in shares).ljust(11 * len(MULTIPLES))
        joint = proved(X, m, "joint", trials)
        print(f"{shape:12s}{n:4d}{d:4d}{m:5d}{joint:8.2f}{cells}{rate_failures(X, trials):13.2f}", flush=True)


def other_data(trials: int) -> None:
    """Print the second table."""
    heads = "".join(f"  weak {k:2d} m" for k in MULTIPLES[:4])
    print(f"data           n   d    m   joint{heads}", flush=True)
    for (name, family), (n, d) in itertools.product(FAMILIES.items(), SIZES):
        if n == 2 and name in ("clusters 0.5", "simplex"):
            continue
        X = family(n, d)
        tried = ((m, proved(X, m, "joint", trials)) for m in GRID)
        m, share = next(((m, share) for m, share in tried if share >= CERTAIN), (0, 0.0))
        head = f"{name:12s}{n:4d}{d:4d}"
        if not m:
            print(f"{head}   no width up to {GRID[-1]}", flush=True)
            continue
        weak = "".join(f"{proved(X, k * m, 'weak', trials):11.2f}" for k in MULTIPLES[:4])
        print(f"{head}{m:5d}{share:8.2f}{weak}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--table", type=int, nargs="+", default=[1, 2], choices=(1, 2))
    args = parser.parse_args()
    torch.set_num_threads(1)
    tables = {1: nearly_orthonormal, 2: other_data}
    for number in args.table:
        tables[number](args.trials)


if __name__ == "__main__":
    main()
