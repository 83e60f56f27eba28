"""I2. From a stated width on, the smallest eigenvalue of the initial kernel is close to its limit's.

Statement. For every X with A1, A3 and delta >= 1/2, 0 < e < 1 and
    2^14 >= m >= (d lambda_n/lambda_0) ln(n d/p) / (e + (1-e) ln(1-e)),
the kernel loses more than the share e with probability at most p:
    P[lambda_min(H_W(0)) <= (1-e) lambda_0/d] <= p.
Here p = 1/10.

Assumptions. A1; A3; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. X (d, n); lambda_n = ||X||^2; lambda_0 = lambda_min(K); H_W(0) (n d, n d) the encoder's tangent
kernel at the start; e the share that may be lost; m the width; p the probability of failure.

Refuted by. Data and a share e for which more than one initialization in ten, at the stated width, falls below
(1-e) lambda_0/d.

A pass does not show. That the width is necessary: it is far from it.

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
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import (
    Domain,
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
SEPARATION = 0.5
"""Closer samples ask for widths beyond the next number."""
WIDEST = 2**14
"""Widths above this are not tried: a trial costs m (n d)^2 operations."""


def sufficient_width(X: np.ndarray, e: float, lambda_0: Enclosure) -> float:
    """The statement's width, not below it: from enclosed eigenvalues, the formula's roundings added."""
    d, n = X.shape
    gram = X.T @ X
    lambda_n = largest_eigenvalue(gram, gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X))))
    exponent = e + (1 - e) * math.log1p(-e)
    width = lambda_n / lambda_0 * (d * math.log(n * d / FAILURE_PROBABILITY) / exponent)
    return float((width.middle + width.radius) * (1 + gamma(16) / exponent))


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    loss: float = 1.0,
) -> Trials | Unmet:
    """A trial fails unless lambda_min(H_W(0)) > (1 - loss e) lambda_0/d is verified.

    Certainly above, so that rounding can only speak against the claim. The sums of signs in H_W
    are exact; X^T X and the scaling round d + 4 times.
    """
    X = instance.X
    e = instance.e
    d, n = X.shape
    lambda_0 = limit_eigenvalue(X)
    if unit_norm(X) > unit_norm_rounding(d) or not lambda_0.certainly_above(0.0):
        return Unmet("A1 or A3 is not verified")
    width = sufficient_width(X, e, lambda_0)
    if width > WIDEST:
        return Unmet(f"the stated width is above {WIDEST}")
    dtype = getattr(torch, compute.dtype)
    network = draw_network("rademacher", math.ceil(width), d, generators, device=compute.device, dtype=dtype)
    threshold = lambda_0.scaled((1 - loss * e) / d)
    error = gamma(d + 6, compute.dtype) * n
    lowest = [smallest_eigenvalue(H, error) for H in array(encoder_gram(network, tensor(X, compute)))]
    failed = np.array([not eigenvalue.certainly_above(threshold) for eigenvalue in lowest])
    why = tuple("eigenvalue below the threshold" if f else "" for f in failed)
    return Trials(failed, why, measured=np.array([d * e.middle / lambda_0.middle for e in lowest]))


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data so far apart, and shares so large, that the stated width is mostly below WIDEST."""
    return Instance(X=draw(data), e=draw(st.sampled_from([0.9, 0.7, 0.5])))


DATA = Domain(max_n=8, max_d=8, min_separation=SEPARATION)
NAMES = (
    "obtuse pair",
    "n > d",
    "n = 1",
    "n = 2",
    "d = 1",
    "orthogonal pair",
    "many samples",
    "many dimensions",
    "equal correlations",
    "non-negative",
    "signs",
)


CLAIM = Claim(
    id="I2",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    classes=DATA.classes(*NAMES),
    strata=DATA.strata(_instances, *NAMES),
    constants={"1/10": FAILURE_PROBABILITY, "1/2": SEPARATION, "2^14": WIDEST},
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
