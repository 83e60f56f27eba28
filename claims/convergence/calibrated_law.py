"""The law behind C2 and C3: the widths at which the promised rate is kept, and one trial of it.

The width laws
    m >= a_w d + b_w d / lambda_0^2 (weak),
    m >= a_j d + b_j d / kappa_0^2 (joint)
are ours, and so are the largest paces. Their constants were calibrated with benchmarks/calibrate_widths.py on
streams of its own and then fixed; docs/theory/convergence.md has the tables and the laws that were tried and
failed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from claims.preliminaries.arrays import tensor
from models.certificate.certified_run import CertifiedRun, run_until_certified
from models.kernels.limit import limit_kernel
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import OUT_OF_DIGITS, Compute, Instance, Trials, Unmet

WEAK_A = 32.0
WEAK_B = 3.0
JOINT_A = 16.0
JOINT_B = 3.0
"""The constants of the laws, calibrated and then fixed (docs/theory/convergence.md)."""
SHORT: dict[Regime, int] = {"weak": 16, "joint": 8}
"""Neurons per max(n, d) that suffice until the envelope is e^-3, and not for longer."""

PACE = 0.5
"""eta = pace d / lambda_max(K + G): the pace where nothing else is said."""
FASTEST: dict[Regime, float] = {"weak": 1.0, "joint": 0.75}
"""The largest paces of C2 and of C3. At pace 1 the joint law fails on antipodal pairs."""
DIVERGING: dict[Regime, float] = {"weak": 6.0, "joint": 2.5}
"""Paces at which eta exceeds 2 d / lambda_max of the regime's own kernel on nearly parallel pairs."""

MAX_STEPS = 20_000
MAX_WIDTH = 4096
"""The caps on a trial, set by its cost and not by the law; what lies beyond them is counted as unmet."""
SHRINKAGE = 1e-6
"""A run fits the step cap if its envelope falls by this factor: certificates need small residuals."""

Width = Callable[[np.ndarray, Regime], float]
"""The width from which a law promises the rate for X (d, n)."""
Fails = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Which runs (B,) fail, from which broke the rate and which were certified."""


@dataclass(frozen=True)
class Promise:
    """What C2 or C3 promises for one X: lambda = lambda_0 or kappa_0, eta, and mu = lambda / (2 d)."""

    eigenvalue: float
    step_size: float
    rate: float

    @property
    def steps(self) -> float:
        """Steps until the promised envelope has shrunk to SHRINKAGE."""
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
    return law_from(len(X), promise(X, regime).eigenvalue, regime)


def law_from(d: int, eigenvalue: float, regime: Regime) -> float:
    """The law itself: (a_w + b_w / lambda_0^2) d (weak) or (a_j + b_j / kappa_0^2) d (joint)."""
    least, slope = (WEAK_A, WEAK_B) if regime == "weak" else (JOINT_A, JOINT_B)
    return float(d * (least + slope / eigenvalue**2))


def short_width(X: np.ndarray, regime: Regime) -> float:
    """The false law that short runs suggest, 16 max(n, d) weak, 8 max(n, d) joint, whatever lambda_0 is."""
    return float(SHORT[regime] * max(X.shape))


def not_certified(_: np.ndarray, certified: np.ndarray) -> np.ndarray:
    """A run fails unless it is certified: whether its rate was broken or no certificate was found."""
    return ~certified


def seen_to_break(broken: np.ndarray, _: np.ndarray) -> np.ndarray:
    """A run fails if its rate was seen to break, not if its certificate is weak.

    So a false law dies of its own falsity.
    """
    return broken


def run_trials(
    X: np.ndarray,
    m: int,
    regime: Regime,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    pace: float = PACE,
) -> CertifiedRun:
    """Follow one initialization per generator, rademacher decoder, until certified or broken."""
    promised = promise(X, regime, pace)
    data = tensor(X, compute)
    network = draw_network("rademacher", m, len(X), generators, device=compute.device, dtype=data.dtype)
    return run_until_certified(
        network, data, promised.step_size, regime, promised=promised.rate, max_steps=MAX_STEPS
    )


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    regime: Regime,
    width: Width = law_width,
    fails: Fails = not_certified,
) -> Trials | Unmet:
    """One trial per generator: does the run keep the rate for all time, certified?"""
    m = math.ceil(instance.excess * width(instance.X, regime))
    promised = promise(instance.X, regime, instance.pace)
    if promised.steps > MAX_STEPS:
        return Unmet("the promised envelope needs more steps than the cap")
    if m > MAX_WIDTH:
        return Unmet("the law asks for more neurons than the cap")
    runs = run_trials(instance.X, m, regime, generators, compute, instance.pace)
    broken = runs.broken_at >= 0
    certified = runs.certified_at >= 0
    return Trials(
        failed=fails(broken, certified),
        why=tuple(map(_ending, broken, certified, runs.steps < MAX_STEPS)),
        steps=int(runs.steps.sum()),
        horizon=MAX_STEPS * len(generators),
    )


def _ending(broken: bool, certified: bool, early: bool) -> str:
    """What became of a run; one that ends early with neither has its residual inside its rounding."""
    if broken:
        return "rate broken"
    if certified:
        return "certified for every later step"
    return f"{OUT_OF_DIGITS}: rate kept down to rounding" if early else "rate kept, not certified"
