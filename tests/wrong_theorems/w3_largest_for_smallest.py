"""W3. The residual shrinks at the rate of the kernel's largest eigenvalue.

Statement. For every X with A1, A2 and every m >= 64: with probability at least 0.9 over the initialization,
joint training with step eta = d / (2 lambda_max(K + G)) keeps ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2
for k = 0..32, with mu = lambda_max(K + G) / (2 d).

Assumptions. A1; A2; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. X (d, n); W, A (d, m), both trained; E = X - U (d, n); K, G (n, n) the limit kernels of encoder and
decoder; excess the ratio of m to 64.

Refuted by. Data on which more than a tenth of the runs certainly leave the envelope within 32 steps.

A pass does not show. Anything after step 32.

Source. Deliberately wrong: lambda_max in place of lambda_min. The step size is set by the largest eigenvalue,
the rate by the smallest: the slowest direction is what is left in the end. With one sample the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import data_matrices
from models.certificate.certified_run import run_until_certified
from models.kernels.limit import limit_kernel
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials

WIDTH = 64
STEPS = 32

Rate = Callable[[Tensor], float]
"""2 d mu, of the eigenvalues (n,) of K + G in ascending order."""


def largest(spectrum: Tensor) -> float:
    """As claimed."""
    return float(spectrum[-1])


def smallest(spectrum: Tensor) -> float:
    """As is true."""
    return max(float(spectrum[0]), 0.0)


def twice_the_largest(spectrum: Tensor) -> float:
    """As the sibling says."""
    return 2 * float(spectrum[-1])


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    rate: Rate = largest,
) -> Trials:
    """A trial fails when the run leaves the envelope by more than the rounding of a run."""
    X = tensor(instance.X, compute)
    d = len(instance.X)
    spectrum = torch.linalg.eigvalsh(limit_kernel(tensor(instance.X, Compute()), "joint"))
    mu = rate(spectrum) / (2 * d)
    network = draw_network(
        "rademacher", instance.excess * WIDTH, d, generators, device=compute.device, dtype=X.dtype
    )
    run = run_until_certified(
        network, X, d / (2 * float(spectrum[-1])), "joint", promised=mu, max_steps=STEPS
    )
    failed = run.broken_at >= 0
    why = tuple(f"envelope left at step {k}" if k >= 0 else "" for k in run.broken_at)
    return Trials(failed, why, int(run.steps.sum()), STEPS * len(failed))


@st.composite
def _instances(draw: DrawFn) -> Instance:
    several = data_matrices(min_n=2, max_n=3, max_d=3, min_separation=0.125)
    X = draw(st.one_of(several, several, data_matrices(max_n=1, max_d=3)))
    return Instance(X=X, excess=draw(st.integers(1, 2)))


CLAIM = Claim(
    id="W3",
    title="The residual shrinks at the rate of the kernel's largest eigenvalue",
    kind=Kind.RATE,
    finding="F1",
    instances=_instances(),
    draw=draw,
    failure_probability=0.1,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="twice",
            statement="the same with mu = lambda_max(K + G) / d",
            because="a faster rate than a false one",
            falls="envelope left",
            changes={"rate": twice_the_largest},
        ),
    ),
)

CORRECTED = replace(
    CLAIM,
    id="W3-corrected",
    title="The residual shrinks at the rate of the kernel's smallest eigenvalue",
    draw=partial(draw, rate=smallest),
)
