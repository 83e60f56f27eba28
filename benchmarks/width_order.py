"""Is the width of joint training of order n d at a fixed separation? The table behind the question W5.

A start is a network of 4 n d neurons, its first m neurons a start of width m. The width w that it needs is
the least m of 2, 3, 4, 6, 8, 11, ... (round(2 sqrt(2)^k)) at which C1 certifies, at any rate, the point of
the joint run after k steps of eta = d / (2 lambda_max(K + G)). Here k is the step at which the envelope of
C3,

    ||E(k)||^2 <= (1 - eta mu)^k ||E(0)||^2,    mu = kappa_0 / (2 d),

has shrunk to a millionth, or a multiple of it. With `--seen` w is the least m at which the envelope is kept
there, which proves nothing. A start that needs more than 4 n d counts as one that needs 8 n d; the table says
how many there were. The data are blocks of equally correlated columns in orthogonal subspaces. A ladder is a
pair of sizes with so many starts at each; its slope is that of the geometric mean of w on n d in log-log, so
that order n d is slope 1. For each family: the median and the 9/10 quantile of w by size, then the median of
the slopes over the ladders with its 95 % interval (order statistics), as n grows alone, as d does, and as
both do. Every stream is a function of the size and the number of the ladder.

    python benchmarks/width_order.py [--ladders 12] [--starts 4] [--times 1] [--seen] [--family NAME ...]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.convergence.calibrated_law import Promise, promise
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import equally_correlated
from models.certificate.certificate import certify
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.training.descent import descend
from refute import Compute, median_interval, slopes

STREAM = 0x35
RATIO = math.sqrt(2)
WIDEST = 4
"""The widest start, in units of n d."""
CERTAIN = 0.9
SMALL, WIDE, LARGE = (4, 4), (4, 12), (12, 12)
"""The sizes (n, d) at the ends of the ladders."""
LADDERS = {"n": (WIDE, LARGE), "d": (SMALL, WIDE), "both": (SMALL, LARGE)}

Size = tuple[int, int]
Criterion = Callable[[Network, torch.Tensor, Promise, int], np.ndarray]
"""Which starts (B,) of a batch serve, given data, promise and steps."""


@dataclass(frozen=True)
class Family:
    """Blocks of `block` columns (all n of them if None), of which any two have the inner product c."""

    c: float
    block: int | None

    def data(self, n: int, d: int) -> np.ndarray:
        """X (d, n) for n <= d, n a multiple of the block."""
        k = self.block or n
        X = np.zeros((d, n))
        for first in range(0, n, k):
            part = slice(first, first + k)
            X[part, part] = equally_correlated(k, k, self.c)
        return X


FAMILIES: Mapping[str, Family] = {
    "orthonormal": Family(0.0, 1),
    "pairs 1/2": Family(0.5, 2),
    "fours 1/2": Family(0.5, 4),
    "all 1/5": Family(0.2, None),
    "all 1/2": Family(0.5, None),
}


def grid(widest: int) -> list[int]:
    """The widths that are tried, up to `widest` >= 2."""
    found = [2]
    while round(2 * RATIO ** len(found)) <= widest:
        found.append(round(2 * RATIO ** len(found)))
    return found


def certified(start: Network, data: torch.Tensor, promised: Promise, steps: int) -> np.ndarray:
    """(B,) whether C1 certifies the point after so many steps."""
    end = descend(start, data, promised.step_size, steps, "joint").network
    found: np.ndarray = certify(end, data, promised.step_size, "joint").certified
    return found


def seen(start: Network, data: torch.Tensor, promised: Promise, steps: int) -> np.ndarray:
    """(B,) whether the point after so many steps keeps the envelope of C3."""
    residual = array(descend(start, data, promised.step_size, steps, "joint").residual)
    shrunk = (1 - promised.step_size * promised.rate) ** (steps / 2)
    found: np.ndarray = residual[-1] <= shrunk * residual[0]
    return found


def needed_widths(
    X: np.ndarray,
    generators: Sequence[np.random.Generator],
    starts: int,
    times: float = 1.0,
    serves: Criterion = certified,
) -> np.ndarray:
    """(B, starts) float64: the widths that so many starts from each generator need on X (d, n).

    times: how many times the steps are taken at which the envelope of C3 has shrunk to a millionth. Infinity
    where no width serves.
    """
    data = tensor(X, Compute())
    d, n = X.shape
    widest = WIDEST * n * d
    drawn = draw_network("rademacher", starts * widest, d, generators)
    network = Network(drawn.W.view(-1, widest, d), drawn.A.view(-1, widest, d))
    promised = promise(X, "joint")
    steps = math.ceil(times * promised.steps)
    needed = np.full(network.batch, math.inf)
    for m in grid(widest):
        live = np.flatnonzero(np.isinf(needed))
        if not live.size:
            break
        start = network.select(live.tolist()).first_neurons(m)
        needed[live[serves(start, data, promised, steps)]] = m
    return needed.reshape(len(generators), starts)


def ladder_slopes(low: Size, high: Size, needed: Mapping[Size, np.ndarray]) -> np.ndarray:
    """(B,) the slopes on n d of the geometric means over the starts, from the needed widths by size."""
    sizes = np.array([math.prod(low), math.prod(high)])
    ends = [np.minimum(needed[end], 2 * WIDEST * math.prod(end)) for end in (low, high)]
    return slopes(sizes, np.stack([np.exp(np.log(end).mean(axis=1)) for end in ends], axis=1))


def report(name: str, ladders: int, starts: int, times: float, serves: Criterion) -> None:
    """Print the lines of one family."""
    needed = {}
    for size in (SMALL, WIDE, LARGE):
        generators = [np.random.default_rng([STREAM, *size, b]) for b in range(ladders)]
        needed[size] = needed_widths(FAMILIES[name].data(*size), generators, starts, times, serves)
        half, most = np.quantile(needed[size], [0.5, CERTAIN], method="inverted_cdf")
        none = int(np.isinf(needed[size]).sum())
        n, d = size
        shares = f"{half / (n * d):10.2f}{most / (n * d):10.2f}"
        print(f"{name:12s}{n:4d}{d:4d}{half:8.0f}{most:8.0f}{shares}{none:6d}", flush=True)
    for direction, (low, high) in LADDERS.items():
        found = ladder_slopes(low, high, needed)
        least, greatest = median_interval(found)
        interval = f"[{least:.2f}, {greatest:.2f}]"
        print(f"{name:12s}  slope, {direction:5s}{np.median(found):8.2f}   {interval}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ladders", type=int, default=12)
    parser.add_argument("--starts", type=int, default=4)
    parser.add_argument("--times", type=float, default=1.0)
    parser.add_argument("--seen", action="store_true")
    parser.add_argument("--family", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("data           n   d    half    nine   half/nd   nine/nd  none")
    for name in args.family:
        report(name, args.ladders, args.starts, args.times, seen if args.seen else certified)


if __name__ == "__main__":
    main()
