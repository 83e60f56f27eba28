"""W1. The smallest eigenvalue of the initial kernel is at least half of its limit's.

Statement. For every X with A1 and A3, every m >= 7 (d lambda_n/lambda_0) ln(10 n d):
P[lambda_min(H_W(0)) < lambda_0/2] <= 1/10.

Assumptions. A1; A3; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. X (d, n); lambda_n = ||X||^2; lambda_0 = lambda_min(K); H_W(0) (n d, n d) the encoder's tangent
kernel at the start; m the width; excess the ratio of m to the stated width.

Refuted by. Data on which more than one initialization in ten falls below lambda_0/2.

A pass does not show. That the width is necessary.

Source. Deliberately wrong: a forgotten factor d. For one output, E H(0) = K and lambda_0/2 is the textbook
bound. An autoencoder has d outputs scaled by 1/sqrt(m d), so E H_W(0) = (1/d) K (x) I_d, and the bound is
lambda_0/(2 d). For d = 1 the two agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import data_matrices, limit_eigenvalue
from models.kernels.finite import encoder_gram
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet
from refute.numerics import gamma, largest_eigenvalue, smallest_eigenvalue

WIDEST = 2**12

Share = Callable[[int], float]
"""What lambda_min(H_W(0)) should keep of lambda_0, by the dimension d."""


def half(_: int) -> float:
    """As claimed."""
    return 0.5


def half_by_dimension(d: int) -> float:
    """As is true."""
    return 0.5 / d


def all_of_it(_: int) -> float:
    """As the sibling says."""
    return 1.0


def stated_width(X: np.ndarray, lowest: float) -> float:
    """7 (d lambda_n / lambda_0) ln(10 n d), with lambda_n from above and lambda_0 from below."""
    (d, n) = X.shape
    gram = X.T @ X
    top = largest_eigenvalue(gram, gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X)))).upper
    return float(7 * d * top / lowest * math.log(10 * n * d))


def draw(
    instance: Instance, generators: Sequence[np.random.Generator], compute: Compute, *, share: Share = half
) -> Trials | Unmet:
    """A trial fails when lambda_min(H_W(0)) is certainly below its share of lambda_0."""
    X = instance.X
    (d, n) = instance.X.shape
    lambda_0 = limit_eigenvalue(X)
    if lambda_0.lower <= 0:
        return Unmet("A3 is not verified")
    m = math.ceil(instance.excess * stated_width(X, lambda_0.lower))
    if m > WIDEST:
        return Unmet(f"the stated width is above {WIDEST}")
    network = draw_network(
        "rademacher", m, d, generators, device=compute.device, dtype=getattr(torch, compute.dtype)
    )
    kept = share(d)
    threshold = kept * lambda_0.lower * (1 - gamma(4))
    grams = array(encoder_gram(network, tensor(X, compute)))
    error = gamma(d + 6, compute.dtype) * n
    failed = np.array([smallest_eigenvalue(H, error).upper < threshold for H in grams])
    return Trials(failed, tuple(f"lambda_min(H_W(0)) < {kept:g} lambda_0" if f else "" for f in failed))


@st.composite
def _instances(draw: DrawFn) -> Instance:
    X = draw(data_matrices(max_n=2, max_d=4, min_separation=0.5))
    return Instance(X=X, excess=draw(st.sampled_from([1.0, 1.5, 2.0])))


CLAIM = Claim(
    id="W1",
    title="The smallest eigenvalue of the initial kernel is at least half of its limit's",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(),
    draw=draw,
    failure_probability=0.1,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nothing-lost",
            statement="P[lambda_min(H_W(0)) < lambda_0] <= 1/10",
            because="lambda_min is concave, so its mean lies below that of the mean kernel",
            falls="",
            changes={"share": all_of_it},
        ),
    ),
)

CORRECTED = replace(
    CLAIM,
    id="W1-corrected",
    title="P[lambda_min(H_W(0)) < lambda_0/(2 d)] <= 1/10",
    draw=partial(draw, share=half_by_dimension),
)
