"""The law behind C2 and C3: the widths at which the promised rate is kept, and one trial of it.

The width laws
    m >= d (a_w + b_w / lambda_0^2 + h / lambda_0^3 + c_w n^2) (weak),
    m >= d (a_j + b_j / kappa_0^2 + h / kappa_0^3) (joint)
are ours, and so are the largest paces. Their constants were calibrated with benchmarks/calibrate_widths.py on
streams of its own and then fixed; docs/theory/convergence.md has the tables, why n enters, and the laws that
were tried and failed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import torch

from claims.preliminaries.arrays import tensor
from models.certificate.certified_run import CertifiedRun, run_until_certified
from models.certificate.whole_run import prove_from_start
from models.kernels.limit import limit_kernel
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import OUT_OF_DIGITS, Compute, Instance, Trials, Unmet

WEAK_A = 32
WEAK_B = 3
WEAK_C = Fraction(1, 32)
JOINT_A = 16
JOINT_B = 2
CUBE = Fraction(1, 12)
"""The constants of the laws, calibrated and then fixed (docs/theory/convergence.md)."""
FEWER = Fraction(1, 2)
"""The share of the law's width that is too few on many correlated samples."""
SHORT: dict[Regime, int] = {"weak": 16, "joint": 8}
"""Neurons per max(n, d) that suffice until the envelope is e^-3, and not for longer."""

PACE = 0.5
"""eta = pace d / lambda_max(K + G): the pace where nothing else is said."""
JOINT_PACE = Fraction(3, 4)
FASTEST: dict[Regime, float] = {"weak": 1.0, "joint": float(JOINT_PACE)}
"""The largest paces of C2 and of C3. At pace 1 the earlier joint law failed on antipodal pairs."""
DIVERGING: dict[Regime, float] = {"weak": 6.0, "joint": 2.5}
"""Paces at which eta exceeds 2 d / lambda_max of the regime's own kernel on nearly parallel pairs."""

MAX_SAMPLES = 24
MAX_DIMENSION = 64
MAX_STEPS = 20_000
MAX_WIDTH = 4096
"""The caps on a trial, set by its cost and not by the law. The Statements name them: what lies beyond is not
claimed."""
SHRINKAGE = 1e-6
"""A run fits the step cap if its envelope falls by this factor: certificates need small residuals."""

Width = Callable[[np.ndarray, Regime], float]
"""The width from which a law promises the rate for X (d, n)."""


@dataclass(frozen=True)
class Promise:
    """What C2 or C3 promises for one X: lambda = lambda_0 or kappa_0, eta, and mu = lambda / (2 d)."""

    eigenvalue: float
    step_size: float
    rate: float

    @property
    def steps(self) -> float:
        """Steps until the promised envelope has shrunk to SHRINKAGE; infinite for an eigenvalue of 0."""
        if not self.eigenvalue > 0:
            return math.inf
        return 2 * math.log(1 / SHRINKAGE) / (self.step_size * self.rate)


def promise(X: np.ndarray, regime: Regime, pace: float = PACE) -> Promise:
    """eta = pace d / lambda_max(K + G) and mu = lambda / (2 d) for X (d, n), in float64 on the CPU."""
    d = len(X)
    data = tensor(X, Compute())
    largest = float(torch.linalg.eigvalsh(limit_kernel(data, "joint"))[-1])
    eigenvalue = float(torch.linalg.eigvalsh(limit_kernel(data, regime))[0])
    return Promise(eigenvalue, pace * d / largest, eigenvalue / (2 * d))


def law_width(X: np.ndarray, regime: Regime) -> float:
    """The width from which the conjectured law promises the rate."""
    d, n = X.shape
    return law_from(d, n, promise(X, regime).eigenvalue, regime)


def law_from(d: int, n: int, eigenvalue: float, regime: Regime) -> float:
    """The law itself, d (a + b / l^2 + h / l^3 + c n^2), l = lambda_0 weak; c = 0 and l = kappa_0 joint.

    Infinite unless lambda > 0.
    """
    if not eigenvalue > 0:
        return math.inf
    crowded = float(CUBE) / eigenvalue**3
    if regime == "weak":
        return d * (WEAK_A + WEAK_B / eigenvalue**2 + crowded + float(WEAK_C) * n * n)
    return d * (JOINT_A + JOINT_B / eigenvalue**2 + crowded)


def fewer_neurons(X: np.ndarray, regime: Regime) -> float:
    """The false law that half of the neurons suffice."""
    return float(FEWER) * law_width(X, regime)


def short_width(X: np.ndarray, regime: Regime) -> float:
    """The false law that short runs suggest, 16 max(n, d) weak, 8 max(n, d) joint, whatever lambda_0 is."""
    return float(SHORT[regime] * max(X.shape))


def run_trials(
    X: np.ndarray,
    m: int,
    regime: Regime,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    pace: float = PACE,
) -> CertifiedRun:
    """Follow one initialization per generator, rademacher decoder, until certified or broken."""
    return _followed(starts(X, m, generators, compute), tensor(X, compute), promise(X, regime, pace), regime)


def starts(X: np.ndarray, m: int, generators: Sequence[np.random.Generator], compute: Compute) -> Network:
    """One initialization per generator, rademacher decoder."""
    dtype = getattr(torch, compute.dtype)
    return draw_network("rademacher", m, len(X), generators, device=compute.device, dtype=dtype)


def _followed(network: Network, X: torch.Tensor, promised: Promise, regime: Regime) -> CertifiedRun:
    return run_until_certified(
        network, X, promised.step_size, regime, promised=promised.rate, max_steps=MAX_STEPS
    )


def _kept_exactly(
    network: Network, X: torch.Tensor, promised: Promise, regime: Regime, runs: CertifiedRun
) -> np.ndarray:
    """(B,) whether the exact run of each start is proved to keep the rate from its first step on.

    In float64, and in double-double where that leaves an entry in doubt; not where no step was certified.
    """
    kept = np.zeros(network.batch, dtype=bool)
    for b in np.flatnonzero(runs.certified_at >= 0):
        start, step = network.select(int(b)), int(runs.certified_at[b])
        whole = prove_from_start(start, X, promised.step_size, regime, step, wanted=promised.rate)
        kept[b] = whole.keeps(promised.rate)
    return kept


def beyond_the_caps(instance: Instance, regime: Regime, width: Width = law_width) -> str:
    """Which cap the runs of an instance exceed at excess times the law's width, in words; "" if none."""
    X = instance.X
    d, n = X.shape
    if n > MAX_SAMPLES or d > MAX_DIMENSION:
        return "more samples or dimensions than the cap"
    if not promise(X, regime, instance.pace).steps <= MAX_STEPS:
        return "the promised envelope needs more steps than the cap"
    if not instance.excess * width(X, regime) <= MAX_WIDTH:
        return "the law asks for more neurons than the cap"
    return ""


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    regime: Regime,
    width: Width = law_width,
    watched: bool = False,
) -> Trials | Unmet:
    """One trial per generator: is the exact run proved to keep the rate for all time?

    watched: a run fails only if its rate is seen to break, so that a false law dies of its own falsity. In
    float32, which decides nothing, a certified run stands for its exact one.
    """
    beyond = beyond_the_caps(instance, regime, width)
    if beyond:
        return Unmet(beyond)
    m = math.ceil(instance.excess * width(instance.X, regime))
    network = starts(instance.X, m, generators, compute)
    data = tensor(instance.X, compute)
    promised = promise(instance.X, regime, instance.pace)
    runs = _followed(network, data, promised, regime)
    broken = runs.broken_at >= 0
    certified = runs.certified_at >= 0
    asked = data.dtype == torch.float64 and not watched
    kept = _kept_exactly(network, data, promised, regime, runs) if asked else certified
    return Trials(
        failed=broken if watched else ~kept,
        why=tuple(map(partial(_ending, asked), broken, certified, kept, runs.steps < MAX_STEPS)),
        steps=int(runs.steps.sum()),
        horizon=MAX_STEPS * len(generators),
    )


def _ending(asked: bool, broken: bool, certified: bool, kept: bool, early: bool) -> str:
    """What became of a run; one that ends early with neither has its residual inside its rounding.

    asked: whether the certified ones were followed back to their first step.
    """
    if broken:
        return "rate broken"
    if certified and not asked:
        return "certified for every later step"
    if certified:
        return "rate proved from the first step on" if kept else "not proved from the first step on"
    return f"{OUT_OF_DIGITS}: rate kept down to rounding" if early else "rate kept, not certified"
