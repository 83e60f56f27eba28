"""Finds the widths behind the conjectured law of C2 and C3, on streams that no audit uses.

For each data set and regime: the smallest width of a geometric grid at which at least 95 % of the
initializations keep the promised rate and are certified with it (the claim asks for 90 %), and m l^2, what b
would be in a law m >= b / lambda^2. With --check: the share kept at the law's own width, nan where that width
is beyond the grid. Data with lambda_0 < 0.02 are left out. With --attack: families of data chosen to break
the law, each at the law's own width and at several paces eta lambda_max(K + G) / d. With --structures:
structured data on many samples, at a share --excess of the law's width and the largest pace; with --attack as
well, other structures and another stream. With --pairs: close pairs at the largest pace, in the plane and in
space, at the law's own width and at that without its third power.

    python benchmarks/calibrate_widths.py [--sets 24] [--trials 100] [--seed 1] [--steps 20000] [--check]
    python benchmarks/calibrate_widths.py --attack [--sets 2] [--trials 100] [--paces 0.125 0.5 0.75 1]
    python benchmarks/calibrate_widths.py --structures [--attack] [--excess 0.8] [--trials 16] [--work 4e9]
    python benchmarks/calibrate_widths.py --pairs [--trials 100]
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.structured_sets import ATTACKING, ATTACKING_SIZES, CALIBRATING, CALIBRATING_SIZES
from claims.convergence.calibrated_law import CUBE, FASTEST, MAX_WIDTH, PACE, law_width, promise
from models.certificate.certified_run import run_until_certified
from models.kernels.limit import limit_kernel
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime

STREAM = 0xCA11B8
WORK = 4e9
"""Larger m n d times the promised steps are not run, unless --work says so: some seconds a run."""
WIDTHS = [2**k for k in range(3, 14)]


def data_sets(count: int, seed: int) -> list[np.ndarray]:
    """Random sets on the sphere, and crowded ones: a random set with one column moved towards another."""
    rng = np.random.default_rng([STREAM, seed])
    sets = []
    for index in range(count):
        d = int(2 ** rng.uniform(1, 5))
        n = int(rng.integers(2, 9))
        X = rng.standard_normal((d, n))
        X /= np.linalg.norm(X, axis=0)
        if index % 2:
            X[:, 0] = X[:, 1] + rng.uniform(0.3, 0.9) * X[:, 0]
        sets.append(X / np.linalg.norm(X, axis=0))
    return sets


def circle(n: int, d: int, spacing: float) -> np.ndarray:
    """n points of a circle in d dimensions."""
    X = np.zeros((d, n))
    turns = spacing * np.arange(n)
    X[0] = np.cos(turns)
    X[1] = np.sin(turns)
    return X


def attacking(name: str, rng: np.random.Generator) -> np.ndarray:
    """One data set of a family of ATTACKS."""
    if name == "pair":
        return circle(2, int(rng.integers(2, 9)), rng.uniform(0.15, 0.5))
    if name == "antipodal pair":
        return circle(2, int(rng.integers(2, 6)), math.pi - rng.uniform(0.01, 0.6))
    if name.endswith("arc"):
        X = circle(int(rng.integers(3, 6)), int(rng.integers(2, 5)), rng.uniform(0.3, 0.6))
        X[:, ::2] *= -1 if name == "antipodal arc" else 1
        return X
    if name == "lines":
        n = int(rng.integers(3, 10))
        return circle(n, int(rng.integers(2, 4)), math.pi / n)
    if name == "orthonormal":
        d = int(rng.integers(1, 17))
        return np.eye(d)[:, : int(rng.integers(1, d + 1))]
    d = int(rng.integers(3, 9))
    n = int(rng.integers(3, 7))
    spread = rng.uniform(0.5, 0.9)
    if name == "d >> n":
        d = int(rng.integers(32, 65))
        n = int(rng.integers(1, 5))
        spread = math.inf
    if name == "n >> d":
        d = int(rng.integers(2, 4))
        n = int(rng.integers(8, 17))
        spread = math.inf
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    if math.isfinite(spread):
        X = np.eye(d)[:, :1] + spread * X
    return X / np.linalg.norm(X, axis=0)


ATTACKS = (
    "pair",
    "antipodal pair",
    "arc",
    "antipodal arc",
    "lines",
    "crowd",
    "orthonormal",
    "d >> n",
    "n >> d",
)


def attack(name: str, regime: Regime, stream: list[int], paces: list[float], trials: int, steps: int) -> None:
    """Print the shares at the law's width for one data set; beyond the caps, what the set would need."""
    X = attacking(name, np.random.default_rng([STREAM, *stream]))
    m = math.ceil(law_width(X, regime))
    told = promise(X, regime)
    head = f"{name:15s} {regime:6s}{X.shape[1]:4d}{X.shape[0]:4d}{told.eigenvalue:10.4f}{m:8d}"
    for pace in paces:
        need = promise(X, regime, pace).steps
        if m > WIDTHS[-1] or need > steps:
            print(f"{head}  {pace:6.3f}   beyond the caps, {need:.0f} steps", flush=True)
            continue
        share = kept_share(torch.from_numpy(X), m, regime, trials, stream[0], steps, pace, 0.0)
        print(f"{head}  {pace:6.3f}  {share:6.2f}", flush=True)


def structured(attacking: bool, excess: float, trials: int, seed: int, steps: int, work: float) -> None:
    """Print the runs that are not certified, for every structure, size and regime within this work."""
    families = ATTACKING if attacking else CALIBRATING
    sizes = ATTACKING_SIZES if attacking else CALIBRATING_SIZES
    for (n, d), (index, name) in itertools.product(sizes, enumerate(families)):
        X = families[name](np.random.default_rng([STREAM, seed, attacking, index, n]), d, n)
        for regime in REGIMES:
            told = promise(X, regime, FASTEST[regime])
            wide = law_width(X, regime)
            m = math.ceil(min(excess * wide, 2**40))
            head = f"{name:15s}{n:4d}{d:4d} {regime:6s}{told.eigenvalue:8.3f}{m:8d}"
            if told.steps > steps or m * n * d * told.steps > work:
                print(f"{head}   not run", flush=True)
                continue
            share = kept_share(
                torch.from_numpy(X), m, regime, trials, seed, steps, FASTEST[regime], least=0.0
            )
            print(f"{head}   {round(trials * (1 - share)):d} of {trials}", flush=True)


def close_pairs(trials: int, seed: int, steps: int) -> None:
    """Print the runs of close pairs that are not certified, with and without the third power of the law."""
    for regime, d, hundredths in itertools.product(REGIMES, (2, 3), (15, 18, 21, 25, 30, 40)):
        X = circle(2, d, hundredths / 100)
        told = promise(X, regime, FASTEST[regime])
        wide = law_width(X, regime)
        found = []
        for m in (math.ceil(wide - d * float(CUBE) / told.eigenvalue**3), math.ceil(wide)):
            if m > MAX_WIDTH:
                found.append(f"{m:8d}       beyond the cap")
                continue
            share = kept_share(
                torch.from_numpy(X), m, regime, trials, seed, steps, FASTEST[regime], least=0.0
            )
            found.append(f"{m:8d}   {round(trials * (1 - share)):4d} of {trials}")
        print(
            f"{hundredths / 100:5.2f} {d:3d} {regime:6s}{told.eigenvalue:8.3f}{'   '.join(found)}", flush=True
        )


def kept_share(
    X: torch.Tensor,
    m: int,
    regime: Regime,
    trials: int,
    seed: int,
    max_steps: int,
    pace: float = PACE,
    least: float = 0.95,
) -> float:
    """The share of initializations that keep mu = lambda / (2 d) for all time, certified.

    A share that can no longer reach `least` is returned as soon as that is known, from the trials done.
    """
    promised = promise(X.numpy(), regime, pace)
    d = X.shape[0]
    kept = 0
    for first in range(0, trials, 25):
        done = min(first + 25, trials)
        generators = [np.random.default_rng([STREAM, seed, m, trial]) for trial in range(first, done)]
        network = draw_network("rademacher", m, d, generators)
        result = run_until_certified(
            network, X, promised.step_size, regime, promised=promised.rate, max_steps=max_steps
        )
        kept += int((result.certified_at >= 0).sum())
        if done - kept > trials - math.ceil(least * trials):
            return kept / done
    return kept / trials


def threshold(X: torch.Tensor, regime: Regime, trials: int, seed: int, max_steps: int) -> float:
    """The smallest width of the grid with a kept share of at least 0.95, infinity if there is none."""
    for m in WIDTHS:
        if kept_share(X, m, regime, trials, seed, max_steps) >= 0.95:
            return float(m)
    return math.inf


def row(columns: np.ndarray, check: bool, trials: int, stream: int, max_steps: int) -> str:
    """One line of the table."""
    X = torch.from_numpy(columns)
    low = [float(torch.linalg.eigvalsh(limit_kernel(X, regime))[0]) for regime in REGIMES]
    if check:
        widths = [math.ceil(law_width(columns, regime)) for regime in REGIMES]
        tried = zip(widths, REGIMES, strict=True)
        shares = [
            kept_share(X, m, r, trials, stream, max_steps) if m <= WIDTHS[-1] else math.nan for m, r in tried
        ]
        shown = "   ".join(f"{m:7d} {share:6.2f}" for m, share in zip(widths, shares, strict=True))
    else:
        found = [threshold(X, regime, trials, stream, max_steps) for regime in REGIMES]
        shown = "   ".join(f"{m:7.0f} {m * value**2:6.2f}" for m, value in zip(found, low, strict=True))
    return f"{X.shape[1]:4d}{X.shape[0]:4d}{low[0]:10.4f}{low[1]:10.4f}   {shown}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--structures", action="store_true")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--excess", type=float, default=1.0)
    parser.add_argument("--work", type=float, default=WORK)
    parser.add_argument("--paces", type=float, nargs="+", default=[0.125, 0.5, 0.75, 1.0])
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.structures:
        print("structure         n   d regime  lambda       m   not certified", flush=True)
        structured(args.attack, args.excess, args.trials, args.seed, args.steps, args.work)
        return
    if args.pairs:
        print("angle   d regime  lambda  without   not certified    with   not certified", flush=True)
        close_pairs(args.trials, args.seed, args.steps)
        return
    if args.attack:
        print("family          regime   n   d    lambda       m    pace   share", flush=True)
        for index, name in enumerate(ATTACKS):
            for k, regime in itertools.product(range(args.sets or 2), REGIMES):
                attack(name, regime, [args.seed, index, k], args.paces, args.trials, args.steps)
        return
    second = "share" if args.check else "m l^2"
    print(f"   n   d  lambda_0   kappa_0   m weak  {second}   m joint  {second}", flush=True)
    for index, columns in enumerate(data_sets(args.sets or 24, args.seed)):
        if float(torch.linalg.eigvalsh(limit_kernel(torch.from_numpy(columns), "weak"))[0]) >= 0.02:
            print(row(columns, args.check, args.trials, 1000 * args.seed + index, args.steps), flush=True)


if __name__ == "__main__":
    main()
