"""I2. From a stated width on, the smallest eigenvalue of the initial kernel is close to its limit's.

Statement. For every X with A1 and A3, 0 < e < 1 and
    m >= (d lambda_n/lambda_0) ln(n d/p) / (e + (1-e) ln(1-e)),
the kernel loses more than the share e with probability at most p:
    P[lambda_min(H_W(0)) <= (1-e) lambda_0/d] <= p.
Here p = 1/10.

Assumptions. A1; A3; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. X (d, n); lambda_n = ||X||^2; lambda_0 = lambda_min(K); H_W(0) (n d, n d) the encoder's tangent
kernel at the start; e the share that may be lost; m the width; p the probability of failure.

Refuted by. Data and a share e for which more than one initialization in ten, at the stated width, falls below
(1-e) lambda_0/d.

A pass does not show. That the width is necessary (it is far from it), nor anything for widths beyond the cap
of a trial.

Source. Tropp, Found. Comput. Math. 12 (2012), theorem 1.1, applied by us, serving F1 of Nguyen, Wong, Hegde,
arXiv:1911.11983. Proof: H_W = sum_r Z_r with independent
    Z_r = (1/(m d)) (diag(D_r) X^T X diag(D_r)) (x) a_r a_r^T >= 0.
The norm of a Kronecker product is the product of the norms, of which the first is at most lambda_n, and
||a_r||^2 = d, so ||Z_r|| <= lambda_n/m = R. The mean is (1/d) K (x) I, whose smallest eigenvalue is
mu = lambda_0/d. Chernoff for n d dimensions:
    P[lambda_min <= (1-e) mu] <= n d exp(-(e + (1-e) ln(1-e)) mu/R),
and mu/R = m lambda_0/(d lambda_n); the stated width makes the right-hand side p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import (
    CLASSES,
    data_matrices,
    limit_eigenvalue,
    unit_norm,
    unit_norm_rounding,
)
from claims.preliminaries.restrictions import several_samples
from models.kernels.finite import encoder_gram
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet
from refute.numerics import Enclosure, gamma, largest_eigenvalue, smallest_eigenvalue

FAILURE_PROBABILITY = 0.1
WIDEST = 2**14
"""Widths above this are not tried: a trial costs m (n d)^2 operations."""


def sufficient_width(X: np.ndarray, e: float, lambda_0: Enclosure) -> float:
    """The statement's width, not below it: lambda_0 from below, lambda_n from above, and the roundings of the
    formula added.
    """
    d, n = X.shape
    gram = X.T @ X
    lambda_n = largest_eigenvalue(gram, gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X)))).upper
    exponent = e + (1 - e) * math.log1p(-e)
    width = d * lambda_n / lambda_0.lower * math.log(n * d / FAILURE_PROBABILITY) / exponent
    return float(width * (1 + gamma(16) / exponent))


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    loss: float = 1.0,
) -> Trials | Unmet:
    """A trial fails unless lambda_min(H_W(0)) > (1 - loss e) lambda_0/d is verified.

    Lower end against upper end, so that rounding can only speak against the claim. The sums of signs in H_W
    are exact; X^T X and the scaling round d + 4 times.
    """
    X = instance.X
    e = instance.e
    d, n = X.shape
    lambda_0 = limit_eigenvalue(X)
    if unit_norm(X) > unit_norm_rounding(d) or lambda_0.lower <= 0:
        return Unmet("A1 or A3 is not verified")
    width = sufficient_width(X, e, lambda_0)
    if width > WIDEST:
        return Unmet(f"the stated width is above {WIDEST}")
    dtype = getattr(torch, compute.dtype)
    network = draw_network("rademacher", math.ceil(width), d, generators, device=compute.device, dtype=dtype)
    threshold = (1 - loss * e) * lambda_0.upper / d * (1 + gamma(4))
    error = gamma(d + 6, compute.dtype) * n
    lowest = [smallest_eigenvalue(H, error).lower for H in array(encoder_gram(network, tensor(X, compute)))]
    failed = np.array(lowest) <= threshold
    return Trials(failed, tuple("eigenvalue below the threshold" if f else "" for f in failed))


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Data so far apart, and shares so large, that the stated width is often enough below WIDEST."""
    X = draw(data_matrices(max_n=4, max_d=4, min_separation=0.25))
    return Instance(X=X, e=draw(st.sampled_from([0.7, 0.5, 0.3])))


CLAIM = Claim(
    id="I2",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    classes=CLASSES,
    uses=("K6",),
    restrict_to={"K6": several_samples},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nothing-lost",
            statement="P[lambda_min(H_W(0)) <= lambda_0/d] <= 1/10 at the same width",
            because="lambda_min is concave, so its mean lies below that of the mean kernel",
            falls="eigenvalue below the threshold",
            changes={"loss": 0.0},
        ),
    ),
)
