"""How many trials fail where conjectured claims come nearest to failing: the corners of what they declare.

One row for each instance: claim, corner, and of so many trials the number that fails. The instances are made
by hand and judged by the claim's own `draw`; a corner outside of a statement has its reason in place of the
number. Streams are functions of the claim, the corner and the trial.

    python benchmarks/corner_tables.py [--trials 200] [--claims W2 W3 C6 M4 T5 T8]
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.convergence import c6_movement
from claims.memorization import m4_finite_width
from claims.preliminaries.fixed_data import circle, half_circle, pair
from claims.tied import t5_frozen, t8_rescaling
from claims.width import w2_joint_needs_less, w3_dramatically_less
from models.networks.regime import REGIMES
from refute import Compute, Instance, Trials, Unmet

STREAM = 0xC0E
OPPOSITE = math.pi - 1e-8
Corners = Iterator[tuple[str, Instance]]
"""Names and instances."""


def arcs() -> Corners:
    """W2: arcs and even lines of the plane, and close pairs, with many neurons."""
    for n, spacing in ((3, 0.5), (3, 0.55), (3, 0.6), (4, 0.55), (4, 0.65), (5, 0.6)):
        yield f"{n} points {spacing} apart, 64 d", Instance(X=circle(spacing * np.arange(n)), m=128)
    yield "4 points 0.6 apart, d = 3, 64 d", Instance(X=circle(0.6 * np.arange(4), 3), m=192)
    yield "5 lines, d = 3, 32 d", Instance(X=half_circle(5, 3), m=96)
    yield "pair at 0.26, 64 d", Instance(X=pair(0.26), m=128)


def axes() -> Corners:
    """W3: a few of nine (outside of the statement) or ten axes."""
    for d, n in ((9, 2), (10, 2), (10, 3), (10, 5)):
        yield f"{n} of {d} axes, joint", Instance(X=np.eye(d)[:, :n].copy(), part="joint", times=1)


def opposite_movement() -> Corners:
    """C6: pairs nearly opposite or exactly so."""
    for regime in REGIMES:
        for d, theta in ((3, OPPOSITE), (3, math.pi - 0.2), (4, math.pi - 0.25), (8, math.pi - 0.5)):
            yield f"pair at {theta:.4g}, d = {d}, {regime}", Instance(X=pair(theta, d), regime=regime)


def closest_pairs() -> Corners:
    """M4: the closest pairs, the plane (outside of the statement), opposite points."""
    for regime in REGIMES:
        closest = m4_finite_width.CLOSE[regime]
        for d, theta in ((2, closest), (3, closest), (4, closest), (3, OPPOSITE)):
            yield f"pair at {theta:.4g}, d = {d}, {regime}", Instance(X=pair(theta, d), regime=regime)
    X = np.kron(np.eye(2), pair(m4_finite_width.CLOSE["weak"]))
    yield "two closest pairs, weak", Instance(X=X, regime="weak")


def parallel() -> Corners:
    """T5: samples that are equal or opposite, few of them, all axes, the smallest steps."""
    for d in (2, 3, 16):
        for share in (1.0, 1e-4):
            yield f"2 equal, d = {d}, {share:g} of the step", Instance(X=np.eye(d)[:, [0, 0]], share=share)
            both = np.eye(d)[:, [0, 0]] * [1.0, -1.0]
            yield f"2 opposite, d = {d}, {share:g} of the step", Instance(X=both, share=share)
    yield "all axes, d = 2", Instance(X=np.hstack([np.eye(2), -np.eye(2)]), share=1.0)


def scales() -> Corners:
    """T8: the smallest and the largest scales and steps."""
    for c, share in ((1e-6, 1.0), (1e-6, 1e-3), (2.0, 1e-3), (1e3, 1.0)):
        for d in (2, 12):
            yield f"c = {c:g}, d = {d}, {share:g} of the step", Instance(Y=np.eye(d), c=c, share=share)


CORNERS: Mapping[str, tuple[Callable[..., Trials | Unmet], Callable[[], Corners]]] = {
    "W2": (w2_joint_needs_less.draw, arcs),
    "W3": (w3_dramatically_less.draw, axes),
    "C6": (c6_movement.draw, opposite_movement),
    "M4": (m4_finite_width.draw, closest_pairs),
    "T5": (t5_frozen.draw, parallel),
    "T8": (t8_rescaling.draw, scales),
}


def told(claim: str, index: int, instance: Instance, trials: int) -> str:
    """How many of the trials fail, or why the instance is outside of the statement."""
    generators = [np.random.default_rng([STREAM, *claim.encode(), index, trial]) for trial in range(trials)]
    found = CORNERS[claim][0](instance, generators, Compute())
    return f"outside: {found.reason}" if isinstance(found, Unmet) else f"{int(found.failed.sum()):6d}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--claims", nargs="+", choices=list(CORNERS), default=list(CORNERS))
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"claim corner                                  fail of {args.trials}")
    for claim in args.claims:
        for index, (name, instance) in enumerate(CORNERS[claim][1]()):
            print(f"{claim:6s}{name:40s}{told(claim, index, instance, args.trials)}", flush=True)


if __name__ == "__main__":
    main()
