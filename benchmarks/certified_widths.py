"""Where the certificate C1 holds along runs as in W2.

    python benchmarks/certified_widths.py [--trials 16]

How many runs are certified within W2's steps, weak, joint, and weak but not joint. Streams are functions of
the table, the data's size, the width and the trial.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import sphere
from claims.width.w2_joint_needs_less import BUDGET, LEAST
from models.certificate.certified_run import run_until_certified
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute


def pair(theta: float) -> np.ndarray:
    """Two points of the plane at an angle."""
    return np.array([[1.0, math.cos(theta)], [0.0, math.sin(theta)]])


RUNS = {
    "orthogonal pair": np.eye(2),
    "pair at 0.5": pair(0.5),
    "pair at 2.8": pair(2.8),
    "sphere (3, 3)": sphere(3, 3, 0),
    "sphere (2, 8)": sphere(2, 8, 0),
    "sphere (5, 10)": sphere(5, 10, 0),
}


def certified_runs(X: np.ndarray, m: int, trials: int) -> dict[Regime, np.ndarray]:
    """(trials,) whether each run of width m is certified, from the same initializations for both regimes."""
    found = {}
    data = tensor(X, Compute())
    for regime in REGIMES:
        generators = [np.random.default_rng([1, *X.shape, m, b]) for b in range(trials)]
        network = draw_network("rademacher", m, len(X), generators)
        step_size = promise(X, "joint").step_size
        result = run_until_certified(network, data, step_size, regime, wanted=0.0, max_steps=BUDGET)
        found[regime] = result.certified_at >= 0
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=16)
    trials = parser.parse_args().trials
    torch.set_num_threads(1)
    out = sys.stdout
    out.write(f"certified within {BUDGET} steps, of {trials}\n")
    out.write(f"{'data':16}{'m':>8}{'weak':>8}{'joint':>8}{'weak, not joint':>18}\n")
    for name, X in RUNS.items():
        for m in (LEAST * len(X) * 2**k // 2 for k in range(4)):
            weak, joint = certified_runs(X, m, trials).values()
            out.write(f"{name:16}{m:8}{weak.sum():8}{joint.sum():8}{(weak & ~joint).sum():18}\n")


if __name__ == "__main__":
    main()
