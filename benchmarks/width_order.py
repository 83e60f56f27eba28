"""Is the width of joint training of order n d at a fixed separation? The tables behind W5.

What a start needs is that of W5: with `--seen` the least m of its grid at which the joint run is seen to keep
its envelope at step k, and otherwise the least at which C1 certifies that step, at any rate; or at a multiple
of k. A start that needs more than 4 n d counts as one that needs 8 n d; the table says how many there were.
The data are blocks of equally correlated columns in orthogonal subspaces. A ladder is a pair of sizes with so
many starts at each; its slope is that of the geometric mean of w on n d in log-log, so that order n d is
slope 1. For each family: the median and the 9/10 quantile of w by size, then the median of the slopes over
the ladders with its 95 % interval (order statistics), as n grows alone, as d does, and as both do; or from
one size n d to another n' d' (--ends). Every stream is a function of the size and the number of the ladder.

    python benchmarks/width_order.py [--ladders 12] [--starts 4] [--times 1] [--seen] [--family NAME ...]
        [--ends 6 24 24 24]
    python benchmarks/width_order.py --attack 60 [--first 0]

The attack draws families and sizes of the statement at random, n d growing by no more than the statement asks
for, where slopes scatter the most; 24 ladders each, and 200 fresh ones for the five families that came
nearest, which it prints: the share of ladders whose slope is above 1, the median of the slopes, the largest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.width.least_widths import Serves, certified_there, ladder_slopes, needed_widths, seen_there
from claims.width.separated_families import OPPOSED, SHAPES, Family
from claims.width.w5_order_n_d import GROWTH, LARGEST_PRODUCT, draw, why_not
from refute import Compute, Instance, Trials, median_interval

STREAM = 0x35
CERTAIN = 0.9
SMALL, WIDE, LARGE = (4, 4), (4, 12), (12, 12)
"""The sizes (n, d) at the ends of the ladders."""
LADDERS = {"n": (WIDE, LARGE), "d": (SMALL, WIDE), "both": (SMALL, LARGE)}

FAMILIES: Mapping[str, Family] = {
    "orthonormal": Family(0.0, 1),
    "pairs 1/2": Family(0.5, 2),
    "fours 1/2": Family(0.5, 4),
    "all 1/5": Family(0.2, 0),
    "all 1/2": Family(0.5, 0),
    "triangles": Family(0.5, 3, OPPOSED),
}
"""Of the statement, but for the last: copies of three points of the plane at 120 degrees."""


Ends = Mapping[str, tuple[tuple[int, int], tuple[int, int]]]
"""Pairs of sizes (n, d), by the direction in which they grow."""


def report(
    name: str, ladders: int, starts: int, times: float, serves: Serves, directions: Ends = LADDERS
) -> None:
    """Print the lines of one family."""
    needed = {}
    for size in dict.fromkeys(size for ends in directions.values() for size in ends):
        generators = [np.random.default_rng([STREAM, *size, b]) for b in range(ladders)]
        X = FAMILIES[name].data(*size)
        needed[size] = needed_widths(X, generators, starts, Compute(), serves=serves, times=times)
        half, most = np.quantile(needed[size], [0.5, CERTAIN], method="inverted_cdf")
        none = int(np.isinf(needed[size]).sum())
        n, d = size
        shares = f"{half / (n * d):10.2f}{most / (n * d):10.2f}"
        print(f"{name:12s}{n:4d}{d:4d}{half:8.0f}{most:8.0f}{shares}{none:6d}", flush=True)
    for direction, (low, high) in directions.items():
        found = ladder_slopes(low, high, (needed[low], needed[high]))
        least, greatest = median_interval(found)
        interval = f"[{least:.2f}, {greatest:.2f}]"
        print(f"{name:12s}  slope, {direction:5s}{np.median(found):8.2f}   {interval}", flush=True)


def attacked(number: int) -> Instance:
    """A family of the statement and two of its sizes, from a stream of the attack."""
    rng = np.random.default_rng([STREAM, 2, number])
    while True:
        n, d = int(rng.integers(2, 9)), int(rng.integers(4, 13))
        more = (GROWTH, 1) if number % 3 == 0 else (1, GROWTH) if number % 3 == 1 else (2, 2)
        block = int(rng.integers(0, 5))
        shape = str(rng.choice(SHAPES))
        c = LARGEST_PRODUCT * float(rng.choice([1.0, rng.uniform()]))
        at = Instance(
            c=c if block != 1 else 0.0,
            block=block,
            shape=shape,
            turn=int(rng.integers(0, 9999)),
            n=n,
            d=d,
            to_n=more[0] * n,
            to_d=more[1] * d,
        )
        if not why_not(at):
            return at


def ladders_of(at: Instance, stream: Sequence[int], count: int) -> Trials:
    """So many ladders of an instance, from a stream of their own."""
    found = draw(at, [np.random.default_rng([STREAM, *stream, b]) for b in range(count)], Compute())
    assert isinstance(found, Trials)
    return found


def attack(first: int, count: int) -> None:
    """Print how often, over all and for the worst five, a ladder's slope is above 1."""
    looked = {number: ladders_of(attacked(number), (3, number), 24) for number in range(first, first + count)}
    shares = {number: float(found.failed.mean()) for number, found in looked.items()}
    print(f"{count} families, 24 ladders each: slope above 1 in {np.mean(list(shares.values())):.4f} of all")
    print("number  block  shape      c      sizes               24     200   median  largest")
    for number in sorted(shares, key=lambda one: -shares[one])[:5]:
        at = attacked(number)
        again = ladders_of(at, (4, number), 200)
        assert again.measured is not None
        sizes = f"({at.n}, {at.d}) to ({at.to_n}, {at.to_d})"
        slope = f"{np.median(again.measured):8.2f} {again.measured.max():8.2f}"
        told = f"{number:6d} {at.block:6d}  {at.shape:8s} {at.c:6.3f}  {sizes:20s}"
        print(f"{told} {shares[number]:6.3f}  {again.failed.mean():6.3f} {slope}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ladders", type=int, default=12)
    parser.add_argument("--starts", type=int, default=4)
    parser.add_argument("--times", type=float, default=1.0)
    parser.add_argument("--seen", action="store_true")
    parser.add_argument("--family", nargs="+", default=list(FAMILIES)[:-1], choices=FAMILIES)
    parser.add_argument("--ends", nargs=4, type=int, metavar=("N", "D", "N'", "D'"))
    parser.add_argument("--attack", type=int, metavar="FAMILIES")
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.attack:
        attack(args.first, args.attack)
        return
    print("data           n   d    half    nine   half/nd   nine/nd  none")
    ends: Ends = {"ends": (tuple(args.ends[:2]), tuple(args.ends[2:]))} if args.ends else LADDERS
    for name in args.family:
        report(
            name, args.ladders, args.starts, args.times, seen_there if args.seen else certified_there, ends
        )


if __name__ == "__main__":
    main()
