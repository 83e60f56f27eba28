"""The width table of W3: at which widths training keeps its promise, beside the explicit widths of W1.

Arms "weak" and "joint" follow runs with the step and the rate of C2 and C3,
    eta = d / (2 lambda_max(K + G)),
    mu = lambda_0 / (2 d) or kappa_0 / (2 d).
A run keeps its rate for all time if C1 certifies it, at some
step, with a rate of at least mu; as far as seen, if the envelope was not seen to break within MAX_STEPS. So
the true threshold lies above the low end of the second bracket and below the high end of the first. Two pairs
of arms ask for a rate of at least mu before any step, with the small step of W1: those "at the start" of the
block certificate, that W1 is solved for; those "by the tube" of C9. Proofs and what the numbers say:
docs/theory/width.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from claims.appendix.data_assumptions import unit_columns
from claims.convergence.calibrated_law import promise, run_trials
from claims.preliminaries.arrays import tensor
from claims.preliminaries.explicit_width import Spectrum, solve, spectrum
from claims.preliminaries.fixed_data import circle, sphere
from models.certificate.block import certify_block
from models.certificate.tube import LARGEST_OUTPUTS, certify_start
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Cell, Compute, Sweep, Trial, choose_rows, load_dataset

FOR_ALL_TIME = "rate for all time"
AS_SEEN = "rate as far as seen"
AT_START = "certified at the start"
BY_TUBE = "certified at the start by the tube"
START = " at the start"
TUBE = " by the tube"
FAILURE = 0.1
"""The explicit widths hold with probability 1 - FAILURE, hence at every share up to that."""
LARGEST_RUN = 2**12
LARGEST_START = 2**17
"""The largest widths tried, with a run and at the start, by the cost of a trial."""
TUBE_NUMBERS = 2**17
"""Numbers m n d up to which tubes are tried, for few outputs n d: a trial takes a second or two there."""
TUBE_SLACK = 2**8
TUBE_REACH = 2**12
"""An explicit width at most TUBE_SLACK beyond the widest is worth a search, from 1/TUBE_REACH of it on: tubes
were seen to need 50 to 1000 times fewer neurons before this table."""
SLACK = 3
"""An explicit width at most this far beyond LARGEST_START is worth a search: thresholds lie below theirs."""
PIECE = 500
"""Multiplications of all pieces of a tube for each of its numbers, roughly."""
CLOSE = 0.5
"""The distance within a pair of the family "close pairs"."""

Place = tuple[int, int]


def data(cell: Cell) -> np.ndarray:
    """X (d, n) with unit columns, a function of the cell. Digits need scikit-learn (InputError)."""
    return _data(cell).copy()


@lru_cache(maxsize=256)
def _data(cell: Cell) -> np.ndarray:
    return FAMILIES[str(cell["data"])](cell)


def _sphere(cell: Cell) -> np.ndarray:
    return sphere(int(cell["n"]), int(cell["d"]), int(cell["draw"]))


def _close_pairs(cell: Cell) -> np.ndarray:
    """Random points, each with a partner at the distance CLOSE in a random direction."""
    n = int(cell["n"])
    d = int(cell["d"])
    x, y = np.split(sphere(n, d, int(cell["draw"])), 2, axis=1)
    y = y - x * (x * y).sum(0)
    theta = 2 * math.asin(CLOSE / 2)
    return np.hstack([x, math.cos(theta) * x + math.sin(theta) * y / np.linalg.norm(y, axis=0)])


def _arc(cell: Cell) -> np.ndarray:
    return circle(float(cell["spacing"]) * np.arange(int(cell["n"])), int(cell["d"]))


def _orthonormal(cell: Cell) -> np.ndarray:
    return np.eye(int(cell["d"]))[:, : int(cell["n"])]


def _digits(cell: Cell) -> np.ndarray:
    return unit_columns(choose_rows(load_dataset("digits"), None, int(cell["n"])))


FAMILIES: Mapping[str, Callable[[Cell], np.ndarray]] = {
    "random sphere": _sphere,
    "close pairs": _close_pairs,
    "arc": _arc,
    "orthonormal": _orthonormal,
    "digits": _digits,
}


def _cells(family: str, places: Sequence[Place], **more: int | float) -> list[Cell]:
    return [Cell({"data": family, "n": n, "d": d, **more}) for n, d in places]


def _arcs(spacings: Mapping[int, Sequence[float]]) -> list[Cell]:
    return [cell for n, each in spacings.items() for t in each for cell in _cells("arc", [(n, 2)], spacing=t)]


def cells(grid: str) -> Sequence[Cell]:
    """The cells of a grid of GRIDS; ValueError for another name."""
    if grid == "tiny":
        return (*_cells("orthonormal", [(1, 1), (1, 2), (2, 2)]), *_cells("random sphere", [(2, 4)], draw=0))
    if grid == "digits":
        return tuple(_cells("digits", [(2, 64), (3, 64), (4, 64)]))
    if grid == "default":
        return (
            *_cells("random sphere", list(itertools.product((2, 4, 8), (4, 8, 16))), draw=0),
            *_cells("close pairs", list(itertools.product((2, 4), (4, 8, 16))), draw=0),
            *_cells("orthonormal", [(1, 1), (1, 2), (1, 4), (2, 2), (2, 4), (2, 8), (4, 4), (4, 8), (8, 8)]),
            *_arcs({2: (0.35, 0.5, 0.7, 1.0), 3: (0.5, 0.7, 1.0)}),
        )
    if grid == "deep":
        sizes = list(itertools.product((2, 4, 8, 16), (4, 8, 16, 32)))
        return (
            *(cell for draw in range(3) for cell in _cells("random sphere", sizes, draw=draw)),
            *_cells("close pairs", list(itertools.product((2, 4, 8), (4, 8, 16, 32))), draw=0),
            *_cells(
                "orthonormal", [(n, d) for n in (1, 2, 4, 8, 16) for d in (1, 2, 4, 8, 16, 32) if n <= d]
            ),
            *_arcs({2: (0.15, 0.25, 0.35, 0.5, 0.7, 1.0), 3: (0.35, 0.5, 0.7, 1.0), 4: (0.5, 0.7)}),
        )
    raise ValueError(f"there is no grid {grid!r}; there are: {', '.join(GRIDS)}")


def levels(cell: Cell, arm: str) -> Sequence[int]:
    """Widths a factor sqrt(2) apart; none at the start where the explicit width is far beyond reach.

    By the tube a factor 2, as a trial is dear, up to the explicit width; none for too many outputs.
    """
    if arm.endswith(TUBE):
        size = int(cell["n"]) * int(cell["d"])
        bound = bounds(cell, arm)
        most = min(bound, TUBE_NUMBERS / size)
        if size > LARGEST_OUTPUTS or bound > TUBE_SLACK * most:
            return ()
        return tuple(2**k for k in range(4, 18) if bound / TUBE_REACH <= 2**k <= most)
    if not arm.endswith(START):
        return _grid(1, LARGEST_RUN)
    return _grid(2**4, LARGEST_START) if bounds(cell, arm) <= SLACK * LARGEST_START else ()


def _grid(least: int, most: int) -> tuple[int, ...]:
    steps = range(round(2 * math.log2(least)), round(2 * math.log2(most)) + 1)
    return tuple(sorted({round(2 ** (k / 2)) for k in steps}))


def regime(arm: str) -> Regime:
    """The regime of an arm."""
    return "weak" if arm.startswith("weak") else "joint"


@lru_cache(maxsize=256)
def _spectrum(cell: Cell) -> Spectrum:
    return spectrum(_data(cell))


@lru_cache(maxsize=512)
def bounds(cell: Cell, arm: str) -> float:
    """The explicit width of W1: the block certificate holds at the start with probability 1 - FAILURE."""
    return solve(_spectrum(cell), FAILURE, regime(arm)).width


def sizes(cell: Cell) -> Mapping[str, float]:
    """n, d, the spacing of an arc, and 1 / lambda_0."""
    named: dict[str, float] = {name: float(cell[name]) for name in ("n", "d", "spacing") if name in cell.key}
    return {**named, "1/lambda_0": 1 / promise(_data(cell), "weak").eigenvalue}


def cost(cell: Cell, arm: str, level: int) -> float:
    """Multiplications of one trial, roughly."""
    n = int(cell["n"])
    d = int(cell["d"])
    if arm.endswith(TUBE):
        return PIECE * (level + 1024) * n * d
    steps = n * d if arm.endswith(START) else promise(_data(cell), regime(arm)).steps
    return steps * (level + 64) * n * d


def run(
    cell: Cell, arm: str, level: int, generators: Sequence[np.random.Generator], compute: Compute
) -> Sequence[Trial]:
    """One trial per generator, of width `level`."""
    X = _data(cell)
    if arm.endswith((START, TUBE)):
        tube = arm.endswith(TUBE)
        found = [_start_certified(cell, arm, level, one, compute) for one in generators]
        return [Trial((False, False, one and not tube, one and tube)) for one in found]
    runs = run_trials(X, level, regime(arm), generators, compute)
    settled = zip(runs.certified_at, runs.broken_at, runs.steps, strict=True)
    return [
        Trial((bool(at >= 0), bool(broken < 0), False, False), int(steps)) for at, broken, steps in settled
    ]


def _start_certified(cell: Cell, arm: str, m: int, generator: np.random.Generator, compute: Compute) -> bool:
    """Whether a start is certified, with a rate of mu or more, by the certificate of its arm."""
    X = _data(cell)
    trained = regime(arm)
    samples = tensor(X, compute)
    wanted = promise(X, trained).rate
    network = draw_network("rademacher", m, len(X), [generator], device=compute.device, dtype=samples.dtype)
    certify = certify_start if arm.endswith(TUBE) else certify_block
    return bool(certify(network, samples, _spectrum(cell).largest_step, trained).rate[0] >= wanted)


GRIDS = ("default", "tiny", "deep", "digits")

SWEEP = Sweep(
    name="widths",
    statement=(
        "the width from which at least a stated share of initializations keeps the rate of C2 or C3 for all "
        "time, proved by C1 along the run; does so as far as it is seen; or is certified before any step, by "
        "the block certificate or by the tube"
    ),
    module="claims.appendix.width_table",
    criteria=(FOR_ALL_TIME, AS_SEEN, AT_START, BY_TUBE),
    arms=("weak", "joint", "weak" + START, "joint" + START, "weak" + TUBE, "joint" + TUBE),
    grids=GRIDS,
    cells=cells,
    levels=levels,
    run=run,
    bounds=bounds,
    sizes=sizes,
    cost=cost,
    asks={
        "weak": (FOR_ALL_TIME, AS_SEEN),
        "joint": (FOR_ALL_TIME, AS_SEEN),
        "weak" + START: (AT_START,),
        "joint" + START: (AT_START,),
        "weak" + TUBE: (BY_TUBE,),
        "joint" + TUBE: (BY_TUBE,),
    },
    shares=lambda grid: (0.5, 0.9) if grid == "deep" else (0.5,),
    promises={AT_START: 1 - FAILURE},
)
