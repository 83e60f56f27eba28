"""At which width is at least half of the starts certified before the first step? By the tube, and by C1.

    python benchmarks/start_widths.py [--trials 12] [--only NAME] [--c1] [--strays SHARE]
    python benchmarks/start_widths.py --only digits --widths 1048000 --regimes weak --trials 3

One row for each data set and regime: the smallest width of a grid of ratio sqrt(2) at which at least half of
the starts are certified at k = 0 (rademacher decoder, eta = 1/(8 (lambda_n + n))), how many of them were at
that width and at the one below, and the seconds of a certificate at that width. --only: the data sets with
this in their name; without it all but the rows of the digits, which take long. --c1: with the same of C1, in
widths up to 2^17. Streams are functions of the data's size, the width and the trial.

--widths: these widths alone, a line for each start, with its rate. The digits at 1048000 take ten minutes and
11 GiB a start.

--strays: NOT a certificate, but what a sharper one could reach at best. How far a preactivation strays from
the centre's is bounded by ||a_r|| times the path of F; this share of that counts. 1 / sqrt(d) takes every
<a_r, F_j> for as small as it typically is.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from claims.preliminaries.arrays import tensor
from claims.preliminaries.explicit_width import spectrum
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.real_rows import real_rows
from models.certificate import tube_piece
from models.certificate.certificate import Certificate, certify
from models.certificate.tube import certify_start
from models.certificate.tube_flow import Flow
from models.certificate.tube_moves import Moves, moves_of
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute

SETS = {
    "orthonormal (4, 4)": np.eye(4),
    "orthonormal (8, 8)": np.eye(8),
    "sphere (2, 8)": sphere(2, 8, 0),
    "sphere (5, 10)": sphere(5, 10, 0),
    "sphere (10, 10)": sphere(10, 10, 0),
    "digits (4, 64)": np.ascontiguousarray(real_rows(64)[:, :4]),
}
SLOW = ("digits (4, 64)",)
SINGLE = 0xD161
"""The stream of starts of a single width."""
LEAST = 64
WIDEST = {"tube": 2**16, "C1": 2**17}
"""Largest width tried, of each certificate."""
FORMS: dict[str, Callable[..., Certificate]] = {"tube": certify_start, "C1": certify}


def starts(X: np.ndarray, m: int, regime: Regime, form: str, trials: int) -> tuple[int, float]:
    """How many of `trials` starts of width m are certified at k = 0, and the seconds of one."""
    eta = spectrum(X).largest_step
    data = tensor(X, Compute())
    count = 0
    began = time.perf_counter()
    for b in range(trials):
        network = draw_network("rademacher", m, len(X), [np.random.default_rng([2, *X.shape, m, b])])
        count += int(FORMS[form](network, data, eta, regime).certified[0])
    return count, (time.perf_counter() - began) / trials


def one_by_one(name: str, m: int, regime: Regime, trials: int) -> None:
    """Print whether each start of width m is certified by its tube, with which rate."""
    X = SETS[name]
    eta = spectrum(X).largest_step
    for b in range(trials):
        network = draw_network("rademacher", m, len(X), [np.random.default_rng([SINGLE, m, b])])
        began = time.perf_counter()
        found = certify_start(network, tensor(X, Compute()), eta, regime)
        seconds = time.perf_counter() - began
        print(f"{name:<20} {regime:<7} {m:>8} {b:>3}  rate {found.rate[0]:.6f} {seconds:>8.1f} s", flush=True)


def threshold(X: np.ndarray, regime: Regime, form: str, trials: int) -> tuple[str, ...]:
    """The columns of a row: width, certified there and one width below, seconds.

    The width is found by doubling and then, as the share grows with the width, within the last doubling.
    """
    found: dict[int, tuple[int, float]] = {}

    def enough(power: int) -> bool:
        """Whether half of the starts of width LEAST 2^(power / 2) are certified."""
        found[power] = starts(X, width(power), regime, form, trials)
        return 2 * found[power][0] >= trials

    power = 0
    while not enough(power):
        power += 2
        if width(power) > WIDEST[form]:
            return (
                f"> {width(power - 2)}",
                f"{found[power - 2][0]}/{trials}",
                "",
                f"{found[power - 2][1]:.2f}",
            )
    if power and enough(power - 1):
        power -= 1
    below = found.get(power - 1) or found.get(power - 2) or (0, 0.0)
    count, seconds = found[power]
    return str(width(power)), f"{count}/{trials}", f"{below[0]}/{trials}" if power else "", f"{seconds:.2f}"


def width(power: int) -> int:
    """A width of the grid."""
    return round(LEAST * math.sqrt(2) ** power)


def fewer_strays(*known: Any, share: float) -> Moves:
    """The moves of a piece if the run strayed from its centre by this share of what is proved."""
    *others, within = known
    assert isinstance(within, Flow)
    return moves_of(*others, replace(within, path=share * within.path, length=share * within.length))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--only", default="")
    parser.add_argument("--c1", action="store_true")
    parser.add_argument("--strays", type=float, default=1.0)
    parser.add_argument("--widths", type=int, nargs="+", default=[])
    parser.add_argument("--regimes", nargs="+", choices=REGIMES, default=REGIMES)
    arguments = parser.parse_args()
    with mock.patch.object(tube_piece, "moves_of", partial(fewer_strays, share=arguments.strays)):
        show(arguments)


def show(arguments: argparse.Namespace) -> None:
    """Print the rows that are asked for."""
    asked = [name for name in SETS if arguments.only in name and (arguments.only or name not in SLOW)]
    if arguments.widths:
        for name, m, regime in product(asked, arguments.widths, arguments.regimes):
            one_by_one(name, m, regime, arguments.trials)
        return
    print(f"{'data':<20} {'regime':<7} {'proof':<6} {'width':>8} {'certified':>10} {'below':>7} {'s':>7}")
    for name in asked:
        for regime in arguments.regimes:
            for form in ("tube", "C1") if arguments.c1 else ("tube",):
                row = threshold(SETS[name], regime, form, arguments.trials)
                cells = f"{row[0]:>8} {row[1]:>10} {row[2]:>7} {row[3]:>7}"
                print(f"{name:<20} {regime:<7} {form:<6} {cells}", flush=True)


if __name__ == "__main__":
    main()
