"""The law behind C2 and C3: the widths at which the promised rate is kept, and one trial of it.

The width laws m >= a_w d + b_w d / lambda_0^2 (weak) and m >= a_j d + b_j d / kappa_0^2 (joint) are ours, and
so are the largest paces. Their constants were calibrated with benchmarks/calibrate_widths.py on streams of
its own and then fixed; docs/theory/convergence.md has the tables and the laws that were tried and failed.
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

from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import data_matrices, pair_angles
from claims.preliminaries.fixed_data import arcs, pairs
from models.certificate.certified_run import CertifiedRun, run_until_certified
from models.kernels.finite import tangent_kernel
from models.kernels.limit import limit_kernel
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Compute, Instance, Trials, Unmet
from refute.statement.claim import OUT_OF_DIGITS, Class

WEAK_A, WEAK_B = 32.0, 3.0
JOINT_A, JOINT_B = 16.0, 3.0

PACE = 0.5
"""eta = pace d / lambda_max(K + G): the pace where nothing else is said."""
FASTEST: dict[Regime, float] = {"weak": 1.0, "joint": 0.75}
"""The largest paces of C2 and of C3. At pace 1 the joint law fails on antipodal pairs."""
DIVERGING: dict[Regime, float] = {"weak": 6.0, "joint": 2.5}
"""Paces at which eta exceeds 2 d / lambda_max of the regime's own kernel on nearly parallel pairs."""

MAX_STEPS = 20_000
MAX_WIDTH = 4096
SHRINKAGE = 1e-6
"""A run fits the step cap if its envelope falls by this factor: certificates need small residuals."""
LENT = 2

Law = Literal["conjectured", "short horizon", "any step"]


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
    d, data = len(X), tensor(X, Compute())
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
    return float((16 if regime == "weak" else 8) * max(X.shape))


def run_trials(
    X: np.ndarray,
    m: int,
    regime: Regime,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    pace: float = PACE,
) -> CertifiedRun:
    """Follow one initialization per generator, rademacher decoder, until its fate is settled."""
    promised, data = promise(X, regime, pace), tensor(X, compute)
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
    law: Law = "conjectured",
) -> Trials | Unmet:
    """One trial per generator: does the run keep the rate for all time, certified?

    Under the conjectured law a trial fails if the rate is broken or no certificate is found. Against the
    false laws only a rate that was seen to break counts, so that the sibling dies of its own falsity and not
    of our certificate's weakness.
    """
    width = short_width if law == "short horizon" else law_width
    m = math.ceil(instance.excess * width(instance.X, regime))
    promised = promise(instance.X, regime, instance.pace)
    if promised.steps > MAX_STEPS:
        return Unmet("the promised envelope needs more steps than the cap")
    if m > MAX_WIDTH:
        return Unmet("the law asks for more neurons than the cap")
    journey = run_trials(instance.X, m, regime, generators, compute, instance.pace)
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
    step_size, data, runs = promise(X, regime, instance.pace).step_size, tensor(X, Compute()), []
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
def reachable_data(draw: DrawFn, fastest: float) -> Instance:
    """Data mostly within the caps on width and steps, at paces up to `fastest`. excess: m over the law's.

    Generic data, more dimensions than points, crowded and antipodal pairs, crowded arcs, lines in the plane,
    orthonormal points. Beyond the caps are, by their spectrum: nearly parallel points, longer arcs, and more
    than about 5 points in the plane.
    """
    X = draw(
        st.one_of(
            data_matrices(min_n=2, max_n=4, min_d=2, max_d=6, min_separation=0.125),
            data_matrices(min_n=1, max_n=4, min_d=8, max_d=24, min_separation=0.125),
            pairs(least=300, most=500),
            pairs(least=2600, most=3141),
            arcs(),
            st.tuples(st.integers(2, 8), st.integers(1, 8)).map(lambda s: np.eye(s[0])[:, : min(s)]),
        )
    )
    pace = draw(st.sampled_from([PACE, fastest, PACE / 4]))
    return Instance(X=X, excess=draw(st.sampled_from([1.0, 1.5])), pace=pace)


def crowded_pairs() -> SearchStrategy[Instance]:
    """Two points at an angle of 0.07 to 0.09: data on which a short run looks better than it is."""
    return pairs(least=70, most=90, least_d=4).map(lambda X: Instance(X=X, excess=1.0, pace=PACE))


def overshot_pairs(regime: Regime) -> SearchStrategy[Instance]:
    """Two points at an angle of 0.3 to 0.5 and a step size beyond 2 / lambda_max of the tangent kernel."""
    return pairs(least=300, most=500).map(lambda X: Instance(X=X, excess=1.0, pace=DIVERGING[regime]))


def classes(regime: Regime) -> dict[str, Class]:
    """Kinds of instances whose reach C2 and C3 report, beside those of the data."""
    name = "lambda_0" if regime == "weak" else "kappa_0"
    return {
        f"{name} < 0.1": lambda instance: promise(instance.X, regime).eigenvalue < 0.1,
        "d >= 4 n": lambda instance: len(instance.X) >= 4 * instance.X.shape[1],
        "antipodal-like": lambda instance: bool((pair_angles(instance.X) > 2.5).any()),
        "largest pace": lambda instance: bool(instance.pace == FASTEST[regime]),
        "small pace": lambda instance: bool(instance.pace < PACE),
    }
