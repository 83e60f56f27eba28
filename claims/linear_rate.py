"""The law behind C2 and C3: the widths at which the promised rate is kept, and one trial of it.

The width laws m >= a_w d + b_w d / lambda_0^2 (weak) and m >= a_j d + b_j / kappa_0^2 (joint) are ours. Their
four constants were calibrated with benchmarks/calibrate_widths.py on streams of its own and then fixed;
docs/theory/convergence.md has the table and the laws that were tried before and failed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.arrays import tensor
from claims.assumptions import data_matrices
from models.descent import Regime
from models.initial import draw_network
from models.journey import Journey, follow
from models.kernels import limit_kernel, tangent_kernel
from refute import Compute, Instance, Trials, Unmet
from refute.claim import OUT_OF_DIGITS

WEAK_A, WEAK_B = 32.0, 3.0
JOINT_A, JOINT_B = 16.0, 16.0

MAX_STEPS = 20_000
MAX_WIDTH = 4096
SHRINKAGE = 1e-6
"""A run fits the step cap if its envelope falls by this factor: certificates need small residuals."""
LENT = 2


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


def promise(X: np.ndarray, regime: Regime) -> Promise:
    """eta = d / (2 lambda_max(K + G)) and mu = lambda / (2 d) for X (d, n), in float64 on the CPU."""
    d, data = len(X), tensor(X, Compute())
    largest = float(torch.linalg.eigvalsh(limit_kernel(data, "joint"))[-1])
    eigenvalue = float(torch.linalg.eigvalsh(limit_kernel(data, regime))[0])
    return Promise(eigenvalue, d / (2 * largest), eigenvalue / (2 * d))


def law_width(X: np.ndarray, regime: Regime) -> float:
    """The width from which the conjectured law promises the rate."""
    return law_from(len(X), promise(X, regime).eigenvalue, regime)


def law_from(d: int, eigenvalue: float, regime: Regime) -> float:
    """The law itself: (a_w + b_w / lambda_0^2) d (weak) or a_j d + b_j / kappa_0^2 (joint)."""
    if regime == "weak":
        return float(d * (WEAK_A + WEAK_B / eigenvalue**2))
    return float(d * JOINT_A + JOINT_B / eigenvalue**2)


def short_width(X: np.ndarray, regime: Regime) -> float:
    """The false law that short runs suggest, 16 max(n, d) weak, 8 max(n, d) joint, whatever lambda_0 is."""
    return float((16 if regime == "weak" else 8) * max(X.shape))


def run_trials(
    X: np.ndarray, m: int, regime: Regime, generators: Sequence[np.random.Generator], compute: Compute
) -> Journey:
    """Follow one initialization per generator, rademacher decoder, until its fate is settled."""
    promised, data = promise(X, regime), tensor(X, compute)
    network = draw_network("rademacher", m, len(X), generators, device=compute.device, dtype=data.dtype)
    return follow(network, data, promised.step_size, regime, promised=promised.rate, max_steps=MAX_STEPS)


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    regime: Regime,
    law: Literal["conjectured", "short horizon"] = "conjectured",
) -> Trials | Unmet:
    """One trial per generator: does the run keep the rate for all time, certified?

    Under the conjectured law a trial fails if the rate is broken or no certificate is found. Against the
    short-horizon law only a rate that was seen to break counts, so that the sibling dies of its own falsity
    and not of our certificate's weakness.
    """
    width = law_width if law == "conjectured" else short_width
    m = math.ceil(instance.excess * width(instance.X, regime))
    promised = promise(instance.X, regime)
    if promised.steps > MAX_STEPS:
        return Unmet("the promised envelope needs more steps than the cap")
    if m > MAX_WIDTH:
        return Unmet("the law asks for more neurons than the cap")
    journey = run_trials(instance.X, m, regime, generators, compute)
    broken, certified = journey.broken_at >= 0, journey.certified_at >= 0
    return Trials(
        failed=~certified if law == "conjectured" else broken,
        why=tuple(map(_fate, broken, certified, journey.steps < MAX_STEPS)),
        steps=int(journey.steps.sum()),
        horizon=MAX_STEPS * len(generators),
    )


def first_runs(instance: Instance, regime: Regime) -> tuple[Instance, ...]:
    """The runs of this instance from LENT starts of C1's own, as instances of C1."""
    X, m = instance.X, math.ceil(instance.excess * law_width(instance.X, regime))
    step_size, data, runs = promise(X, regime).step_size, tensor(X, Compute()), []
    for start in range(LENT):
        network = draw_network("rademacher", m, len(X), [np.random.default_rng([start])])
        largest = float(torch.linalg.eigvalsh(tangent_kernel(network, data, regime))[0, -1])
        share = step_size * largest / 2
        told = {"law": "rademacher", "start": start, "kinks": 0, "share": share, "regime": regime}
        runs.append(Instance(X=X, m=m, **told))
    return tuple(runs)


def _fate(broken: bool, certified: bool, early: bool) -> str:
    """What became of a run; one that ends early with neither has its residual inside its rounding."""
    if broken:
        return "rate broken"
    if certified:
        return "certified for every later step"
    return f"{OUT_OF_DIGITS}: rate kept down to rounding" if early else "rate kept, not certified"


@st.composite
def reachable_data(draw: DrawFn) -> Instance:
    """Data mostly within the caps on width and steps, crowded pairs included. excess: m over the law's."""
    X = draw(
        st.one_of(
            data_matrices(min_n=2, max_n=4, min_d=2, max_d=6, min_separation=0.125),
            data_matrices(min_n=2, max_n=4, min_d=8, max_d=24, min_separation=0.125),
            pairs(least=300, most=500),
        )
    )
    return Instance(X=X, excess=draw(st.sampled_from([1.0, 1.5])))


@st.composite
def pairs(draw: DrawFn, least: int, most: int) -> np.ndarray:
    """Two points in up to five dimensions at an angle of `least` to `most` thousandths."""
    d, theta = draw(st.integers(2, 5)), draw(st.integers(least, most)) / 1000
    X = np.zeros((d, 2))
    X[0], X[1, 1] = (1.0, math.cos(theta)), math.sin(theta)
    return X


def crowded_pairs() -> SearchStrategy[Instance]:
    """Two points at an angle of 0.09 to 0.12: data on which a short run looks better than it is."""
    return pairs(least=90, most=120).map(lambda X: Instance(X=X, excess=1.0))


def sphere(n: int, d: int, seed: int) -> np.ndarray:
    """n points (d, n) uniform on the sphere, from a stream that is a function of (n, d, seed)."""
    X: np.ndarray = np.random.default_rng([n, d, seed]).standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    return X
