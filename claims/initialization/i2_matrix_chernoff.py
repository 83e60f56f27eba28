"""I2. From a stated width on, the smallest eigenvalue of the initial kernel is close to its limit's.

Statement. For every X with A1 and A3, 0 < e < 1 and
    m >= (d lambda_n/lambda_0) ln(n d/p) / (e + (1-e) ln(1-e)),
the kernel loses more than the share e with probability at most p:
    P[lambda_min(H_W(0)) <= (1-e) lambda_0/d] <= p.
Here p = 1/10, m <= 2^14 and m (n d)^2 <= 2^24.

Assumptions. A1; A3; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. X (d, n); lambda_n = ||X||^2; lambda_0 = lambda_min(K); H_W(0) (n d, n d) the encoder's tangent
kernel at the start; e the share that may be lost; m the width; p the probability of failure.

Refuted by. Data and a share e for which more than one initialization in ten, at the stated width, falls below
(1-e) lambda_0/d.

A pass does not show. That the width is necessary: a quarter of it does not suffice, and a half may (on one
sample it failed once in seven times at most, which so few trials do not tell from once in ten). Crowded data
are out of reach, as their widths are beyond the caps, which are what a trial may cost.

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
from claims.preliminaries.assumptions import Domain, limit_eigenvalue, unit_norm, unit_norm_rounding
from claims.preliminaries.restrictions import several_samples
from claims.preliminaries.thinning import thinned
from models.kernels.finite import encoder_gram
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet
from refute.numerics import (
    Enclosure,
    gamma,
    largest_eigenvalue_from_above,
    smallest_eigenvalue_from_below,
)

FAILURE_PROBABILITY = 0.1
WIDEST = 2**14
"""The widths of the statement end here."""
LARGEST = 2**24
"""The largest m (n d)^2, which is what a trial costs."""
REASON = "eigenvalue below the threshold"


def sufficient_width(X: np.ndarray, e: float, lambda_0: Enclosure) -> float:
    """The statement's width, not below it, for X (d, n), 0 < e < 1 and a positive lambda_0.

    lambda_n is taken from above, and the roundings of the formula are added.
    """
    d, n = X.shape
    error = gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X)))
    lambda_n = largest_eigenvalue_from_above(X.T @ X, error)
    exponent = e + (1 - e) * math.log1p(-e)
    ratio = lambda_n / lambda_0
    width = d * (ratio.middle + ratio.radius) * math.log(n * d / FAILURE_PROBABILITY) / exponent
    return float(width * (1 + gamma(16) / exponent))


def affordable(X: np.ndarray, e: float) -> bool:
    """Whether the stated width for X (d, n) and the share e is within both caps, and A3 is verified."""
    lambda_0 = limit_eigenvalue(X)
    if not lambda_0.certainly_above(0.0):
        return False
    m = sufficient_width(X, e, lambda_0)
    return m <= WIDEST and math.ceil(m) * X.size**2 <= LARGEST


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    loss: float = 1.0,
    share: float = 1.0,
) -> Trials | Unmet:
    """A trial fails unless lambda_min(H_W(0)) > (1 - loss e) lambda_0/d is verified, at this share of the
    stated width.

    It is verified from below, so that rounding can only speak against the claim. The sums of signs in H_W are
    exact; X^T X and the scaling round d + 4 times.
    """
    X = instance.X
    e = instance.e
    d, n = X.shape
    if unit_norm(X) > unit_norm_rounding(d) or not affordable(X, e):
        return Unmet("A1 or A3 is not verified, or the stated width is beyond the caps")
    lambda_0 = limit_eigenvalue(X)
    m = math.ceil(share * sufficient_width(X, e, lambda_0))
    dtype = getattr(torch, compute.dtype)
    network = draw_network("rademacher", m, d, generators, device=compute.device, dtype=dtype)
    threshold = (1 - loss * e) * (1 + gamma(4)) * lambda_0 / d
    error = gamma(d + 6, compute.dtype) * n
    kernels = array(encoder_gram(network, tensor(X, compute)))
    lowest = [smallest_eigenvalue_from_below(H, error) for H in kernels]
    failed = np.array([not threshold.certainly_below(value) for value in lowest])
    why = tuple(REASON if f else "" for f in failed)
    return Trials(failed, why, measured=np.array(lowest))


SHARES = (0.99, 0.9, 0.7, 0.5, 0.3)


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """As many samples, and a share e as small, as are within the caps with the stated width."""
    X = thinned(draw(data), _most_may_be_lost)
    return Instance(X=X, e=draw(st.sampled_from([e for e in SHARES if affordable(X, e)])))


def _most_may_be_lost(X: np.ndarray) -> bool:
    return affordable(X, SHARES[0])


# Far enough apart for several samples to be within the caps, and few enough dimensions for H_W to be small.
DATA = Domain(max_n=16, max_d=16, min_separation=0.4)
_SMALL = Domain(max_n=6, max_d=6, min_separation=0.3)
CLASS_DATA = {
    "obtuse pair": DATA,
    "orthogonal pair": DATA,
    "n > d": _SMALL,
    "n = 1": DATA,
    "n = 2": DATA,
    "d = 1": DATA,
    "many samples": Domain(min_n=8, max_n=12, min_d=8, max_d=12, min_separation=0.5),
    "many dimensions": DATA,
    "equal correlations": _SMALL,
    "common mean": _SMALL,
    "non-negative": _SMALL,
    "signs": _SMALL,
    "frame": _SMALL,
    "low-dimensional": _SMALL,
}
"""The classes of data that belong to the claim, with data in which each is found within the caps."""

CLAIM = Claim(
    id="I2",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    classes={**Domain().classes(*CLASS_DATA), "e <= 1/2": lambda instance: bool(instance.e <= 0.5)},
    strata={name: _instances(data.of_class(name)) for name, data in CLASS_DATA.items()},
    constants={"1/10": FAILURE_PROBABILITY, "2^14": WIDEST, "2^24": LARGEST},
    uses=("K6",),
    restrict_to={"K6": several_samples},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nothing-lost",
            statement="P[lambda_min(H_W(0)) <= lambda_0/d] <= 1/10 at the same width",
            because="lambda_min is concave, so its mean lies below that of the mean kernel",
            falls=REASON,
            changes={"loss": 0.0},
        ),
        Sibling(
            name="a-quarter-of-the-width",
            statement="a quarter of the width suffices",
            because="one sample in eight dimensions then has an eigenvalue of about (1 - sqrt(2d/m))^2",
            falls=REASON,
            changes={"share": 1 / 4},
            examples=(Instance(X=np.eye(8)[:, :1].copy(), e=0.5),),
        ),
    ),
)
