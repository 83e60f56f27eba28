"""How many starts are certified before their first step, at shares of the width of the law of C10?

One row for each data set and regime: its sizes, lambda_0 (weak) or kappa_0 (joint), lambda_n, the width m of
the law, and of so many starts at each share of m the number that the tube of C9 does not certify (rademacher
decoder, eta = 1 / (8 (lambda_n + n))). Rows whose law is above the cap of the claim are not run. Streams are
functions of the mode, the data set, the width and the trial.

    python benchmarks/start_law.py [--trials 10] [--shares 0.35 0.5 0.7]
    python benchmarks/start_law.py --attack [--trials 20] [--shares 1]
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.structured_sets import ATTACKING, CALIBRATING, Family, rotation, unit
from claims.convergence.start_law import width_of
from claims.preliminaries.arrays import tensor
from claims.preliminaries.data_spectrum import spectrum
from claims.preliminaries.fixed_data import circle, half_circle
from models.certificate.tube import certify_start
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute

STREAM = 0x57A7
WIDEST = 4096
CALIBRATION: Mapping[str, tuple[Family, tuple[tuple[int, int], ...]]] = {
    "orthonormal": (CALIBRATING["orthonormal"], ((2, 2), (2, 5), (3, 3), (4, 4), (6, 6))),
    "sphere": (CALIBRATING["sphere"], ((2, 2), (2, 5), (3, 3), (3, 2), (5, 3))),
    "equal 0.2": (CALIBRATING["equal 0.2"], ((3, 3), (4, 4))),
    "equal 0.4": (CALIBRATING["equal 0.4"], ((3, 3), (4, 4))),
    "common mean": (CALIBRATING["common mean"], ((3, 3),)),
    "non-negative": (CALIBRATING["non-negative"], ((3, 3),)),
}
"""Families of data and the sizes (n, d) at which each is tried."""


def near(rng: np.random.Generator, d: int, n: int) -> np.ndarray:
    """Columns next to orthonormal ones, rotated."""
    return unit(rotation(rng, d)[:, :n] + 0.25 * rng.standard_normal((d, n)) / math.sqrt(d))


def cross(rng: np.random.Generator, d: int, n: int, apart: float = 0.05) -> np.ndarray:
    """Axes, and columns nearly opposite to them."""
    axes = np.eye(d)[:, np.arange(n) // 2]
    return unit(np.where(np.arange(n) % 2, -1.0, 1.0) * axes + apart * rng.standard_normal((d, n)))


ATTACKS: Mapping[str, tuple[Family, tuple[tuple[int, int], ...]]] = {
    "cross": (cross, ((2, 2), (4, 2), (3, 3), (6, 3), (4, 4))),
    "axes": (lambda rng, d, n: np.eye(d)[:, :n], ((2, 2), (2, 8), (5, 5), (4, 8))),
    "near": (near, ((2, 3), (4, 6), (5, 5))),
    "equal 0.1": (ATTACKING["equal 0.1"], ((3, 3), (6, 6))),
    "equal 0.3": (ATTACKING["equal 0.3"], ((3, 3), (4, 5))),
    "half equal": (ATTACKING["half equal"], ((4, 4),)),
    "graded": (ATTACKING["graded"], ((4, 4),)),
    "flipped 0.5": (ATTACKING["flipped 0.5"], ((3, 3), (4, 4))),
    "simplex": (ATTACKING["simplex"], ((3, 3), (5, 5))),
    "pair": (lambda rng, d, n: circle(np.array([0.0, rng.uniform(0.6, 1.4)]), d), ((2, 2), (2, 5))),
    "opposed pair": (lambda rng, d, n: circle(np.array([0.0, rng.uniform(1.7, 2.5)]), d), ((2, 2), (2, 5))),
    "lines": (lambda rng, d, n: half_circle(n, d), ((3, 2), (3, 3))),
    "random": (lambda rng, d, n: unit(rng.standard_normal((d, n))), ((2, 3), (3, 3), (4, 3), (4, 6))),
    "opposite": (partial(cross, apart=1e-3), ((2, 2), (4, 2), (3, 3), (6, 3), (4, 4), (8, 4))),
}


def missed(X: np.ndarray, m: int, regime: Regime, trials: int, stream: list[int]) -> int:
    """How many of the starts of width m on X (d, n) are not certified."""
    data = tensor(X, Compute())
    eta = spectrum(X).largest_step
    generators = [np.random.default_rng([STREAM, *stream, m, trial]) for trial in range(trials)]
    starts = (draw_network("rademacher", m, len(X), [generator]) for generator in generators)
    return sum(not certify_start(start, data, eta, regime).certified[0] for start in starts)


def rows(attack: bool) -> list[tuple[str, np.ndarray, list[int]]]:
    """Name, data and stream of every row."""
    asked = ATTACKS if attack else CALIBRATION
    found = []
    for index, (name, (family, sizes)) in enumerate(asked.items()):
        for n, d in sizes:
            stream = [int(attack), index, n, d]
            found.append((name, family(np.random.default_rng([STREAM, *stream]), d, n), stream))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int)
    parser.add_argument("--shares", type=float, nargs="+")
    parser.add_argument("--attack", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    trials = args.trials or (20 if args.attack else 10)
    shares = args.shares or ([1.0] if args.attack else [0.35, 0.5, 0.7])
    head = "".join(f"{share:>7g}" for share in shares)
    print(f"data            n   d regime  lambda  lambda_n       m{head}   not certified of {trials}")
    for (name, X, stream), regime in itertools.product(rows(args.attack), REGIMES):
        d, n = X.shape
        numbers = spectrum(X)
        m = width_of(X, regime)
        known = f"{numbers.eigenvalue(regime):8.3f}{numbers.top:10.2f}{m:8.0f}"
        told = f"{name:14s}{n:4d}{d:4d} {regime:6s}{known}"
        if m > WIDEST:
            print(f"{told}   not run", flush=True)
            continue
        failed = [missed(X, math.ceil(share * m), regime, trials, stream) for share in shares]
        print(told + "".join(f"{count:7d}" for count in failed), flush=True)


if __name__ == "__main__":
    main()
