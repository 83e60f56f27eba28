"""The explicit widths of W1 at p = 0.1, beside those of before, and how many starts are proved there.

    python benchmarks/explicit_widths.py [--starts 12]

First table: for each data set and regime the width that C1 was solved for (m earlier), the solved width of
W1 (m), its radius R, its rate over the limit's, and the closed form. Second table, with --starts: how many
starts the block certificate proves at that width with W1's budget and radius, and at fractions of it with a
budget of their own, where 2^18 neurons suffice. Streams are functions of the data's size, the width and the
trial.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.appendix.width_table import data
from claims.preliminaries.arrays import tensor
from claims.preliminaries.earlier_width import earlier_width
from claims.preliminaries.explicit_width import Solution, closed_width, solve, spectrum
from claims.preliminaries.fixed_data import sphere
from models.certificate.block import certify_block
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Cell, Compute

FAILURE = 0.1
WIDEST = 2**18
SETS = {
    "one (1, 1)": np.ones((1, 1)),
    "one (1, 4)": np.eye(4, 1),
    "orthonormal (2, 2)": np.eye(2),
    "orthonormal (4, 4)": np.eye(4),
    "orthonormal (8, 8)": np.eye(8),
    "sphere (2, 8)": sphere(2, 8, 0),
    "sphere (3, 8)": sphere(3, 8, 0),
    "sphere (5, 10)": sphere(5, 10, 0),
    "sphere (10, 10)": sphere(10, 10, 0),
    "digits (2, 64)": data(Cell({"data": "digits", "n": 2, "d": 64})),
    "digits (4, 64)": data(Cell({"data": "digits", "n": 4, "d": 64})),
}
FRACTIONS = (1, 2, 4, 8, 16)


def proved(X: np.ndarray, regime: Regime, found: Solution, fraction: int, starts: int) -> int:
    """How many starts of width m / fraction are proved; at the whole width with the budget of W1."""
    m = math.ceil(found.width / fraction)
    eta = spectrum(X).largest_step
    count = 0
    for b in range(starts):
        network = draw_network("rademacher", m, len(X), [np.random.default_rng([3, *X.shape, m, b])])
        given = {"budget": found.budget, "radius": found.radius} if fraction == 1 else {}
        count += int(certify_block(network, tensor(X, Compute()), eta, regime, **given).certified[0])
    return count


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=0)
    starts = parser.parse_args().starts
    torch.set_num_threads(1)
    print(f"{'data':20}{'regime':7}{'m earlier':>11}{'m':>10}{'R':>8}{'rate':>6}{'closed form':>13}")
    small: list[tuple[str, Regime, Solution]] = []
    for name, X in SETS.items():
        numbers = spectrum(X)
        for regime in REGIMES:
            found = solve(numbers, FAILURE, regime)
            before = earlier_width(numbers, FAILURE, regime)
            share = found.rate * numbers.d / numbers.eigenvalue(regime)
            closed = closed_width(numbers, FAILURE, regime)
            widths = f"{before:11.2g}{found.width:10.2g}{found.radius:8.3f}{share:6.2f}{closed:13.2g}"
            print(f"{name:20}{regime:7}{widths}", flush=True)
            if found.width <= WIDEST:
                small.append((name, regime, found))
    if starts:
        heads = "".join(f"{'m' if k == 1 else f'm / {k}':>8}" for k in FRACTIONS)
        print(f"\nproved by the block certificate, of {starts}\n{'data':20}{'regime':7}{'m':>8}{heads}")
        for name, regime, found in small:
            counts = [proved(SETS[name], regime, found, k, starts) for k in FRACTIONS]
            cells = "".join(f"{count:8}" for count in counts)
            print(f"{name:20}{regime:7}{found.width:8.0f}{cells}", flush=True)


if __name__ == "__main__":
    main()
