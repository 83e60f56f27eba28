"""I3. The decoder's initial kernel keeps its smallest eigenvalue, with a Gaussian tail.

Statement. For every X with A1, every m >= 1 and t >= 0,
    P[lambda_min((1/m) Phi^T Phi) <= gamma_0 - t] <= n exp(-m t^2 / (2 v)),
    v = sum over i, j of Q(theta_ij),
    Q(theta) = (3 sin theta cos theta + (pi - theta) (1 + 2 cos^2 theta)) / (2 pi).
So m >= 2 v ln(n/p) / t^2 makes it at most p. Tested at this width, where m <= 2^15 and m d <= 2^17, for
p = 1/10 and shares t = e gamma_0.

Assumptions. A1; w_r ~ N(0, I_d), independent. The decoder plays no part.

Symbols. X (d, n); Phi = relu(W^T X) (m, n); gamma_0 = lambda_min(G); Q(theta_ij) = E[phi_i^2 phi_j^2] for one
neuron; t what may be lost, e = t / gamma_0; m the width; p the probability of failure.

Refuted by. Data and a share e for which more than one initialization in ten, at the stated width, falls to
(1-e) gamma_0.

A pass does not show. That the width is necessary: it is far from it on crowded data, and the sibling that
falls has a thirty-second of it. (On one sample an eighth fails twice in ten times, which so few
trials do not tell from once.) Nor anything for widths beyond the caps, which is what a trial may cost.

Source. Ours, by the matrix Laplace transform of Tropp, Found. Comput. Math. 12 (2012), serving F1 of Nguyen,
Wong, Hegde, arXiv:1911.11983. Proof: let phi be the features of one neuron and Y = phi phi^T >= 0, so that
E Y = G. As e^(-x) <= 1 - x + x^2/2 for x >= 0, for s >= 0
    E e^(-s Y) <= I - s G + (s^2/2) E Y^2,
    lambda_max (log E e^(-s Y)) <= -s gamma_0 + (s^2/2) ||E Y^2||,
and ||E Y^2|| <= tr E Y^2 = E |phi|^4 = v. So the probability is at most
    n exp(m (s (gamma_0 - t) - s gamma_0 + s^2 v/2)),
at s = t/v the statement. Q: in polar coordinates of the plane, E r^4 = 8 times the mean of
cos^2(alpha) cos^2(alpha - theta) on the arc of K1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import sympy
import torch
from flint import arb
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_tails import fourth_moments
from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.thinning import thinned
from models.kernels.finite import decoder_gram
from models.kernels.limit import angles, decoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Step, Trials, Unmet
from refute.numerics import Enclosure, gamma, is_positive, smallest_eigenvalue, smallest_eigenvalue_from_below

FAILURE_PROBABILITY = 0.1
WIDEST = 2**15
"""Widths above this are not tried: a trial costs m n^2 operations."""
LARGEST = 2**17
"""The largest m d, the weights that a trial draws."""
REASON = "eigenvalue below the threshold"


def total_moment(X: np.ndarray) -> float:
    """v, not below it: the slope of Q is below 2, so it errs by at most twice what an entry of G does, and by
    its own roundings.
    """
    d, n = X.shape
    theta = array(angles(torch.from_numpy(X.copy())))
    return float(fourth_moments(theta).sum() + n * n * (2 * entry_rounding(d) + gamma(n * n + 16)))


def limit_eigenvalue(X: np.ndarray) -> Enclosure:
    """gamma_0, enclosed: G errs by at most n times the rounding of an entry."""
    return smallest_eigenvalue(_limit(X), X.shape[1] * entry_rounding(len(X)))


def lowest_limit(X: np.ndarray) -> float:
    """gamma_0 from below."""
    return smallest_eigenvalue_from_below(_limit(X), X.shape[1] * entry_rounding(len(X)))


def _limit(X: np.ndarray) -> np.ndarray:
    return array(decoder_kernel(torch.from_numpy(X.copy())))


def sufficient_width(X: np.ndarray, e: float, power: int = 2) -> float:
    """2 v ln(n/p) / t^power, not below it, for X (d, n) and t = e gamma_0; infinite unless gamma_0 > 0."""
    t = e * lowest_limit(X)
    if t <= 0:
        return math.inf
    return 2 * total_moment(X) * math.log(X.shape[1] / FAILURE_PROBABILITY) / t**power * (1 + gamma(16))


def affordable(X: np.ndarray, e: float, power: int = 2) -> bool:
    """Whether the width is within both caps, for X (d, n); not where gamma_0 > 0 is not verified."""
    return sufficient_width(X, e, power) <= min(WIDEST, LARGEST / len(X))


def lowest(network: Network, X: np.ndarray, compute: Compute) -> list[float]:
    """Verified lower bounds of lambda_min((1/m) Phi^T Phi), a network each: H_A over (1/d) I.

    ReLU magnifies no error, so an entry errs by gamma_{m+2d+8} times the same sum without it, on absolute
    values.
    """
    d = len(X)
    floats = tensor(X, compute)
    magnitudes = decoder_gram(Network(network.W.abs(), network.A), floats.abs())
    error = gamma(network.m + 2 * d + 8, compute.dtype)
    return [
        smallest_eigenvalue_from_below(d * H[::d, ::d], error * d * float(np.trace(size[::d, ::d])))
        for H, size in zip(array(decoder_gram(network, floats)), array(magnitudes), strict=True)
    ]


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    power: int = 2,
    loss: float = 1.0,
    share: float = 1.0,
) -> Trials | Unmet:
    """A trial fails unless the eigenvalue is verified to exceed gamma_0 - loss t, with gamma_0 from above.

    The width is this share of 2 v ln(n/p) / t^power.
    """
    X = instance.X
    d = len(X)
    if unit_norm(X) > unit_norm_rounding(d):
        return Unmet("A1 is not verified")
    if not affordable(X, instance.e, power):
        return Unmet("gamma_0 > 0 is not verified, or the stated width is beyond the caps")
    m = sufficient_width(X, instance.e, power)
    dtype = getattr(torch, compute.dtype)
    network = draw_network(
        "rademacher", math.ceil(share * m), d, generators, device=compute.device, dtype=dtype
    )
    threshold = limit_eigenvalue(X) - loss * instance.e * lowest_limit(X)
    values = lowest(network, X, compute)
    failed = np.array([not threshold.certainly_below(value) for value in values])
    why = tuple(REASON if f else "" for f in failed)
    return Trials(failed, why, measured=np.array(values))


def lemmas() -> Sequence[Step]:
    """Q by integration over the arc of K1, the exponential's parabola, and the best s."""
    r, alpha, s, t, v = sympy.symbols("r alpha s t v", positive=True)
    theta = sympy.symbols("theta", nonnegative=True)
    density = r * sympy.exp(-(r**2) / 2) / (2 * sympy.pi)
    radial = sympy.integrate(r**4 * density, (r, 0, sympy.oo))
    double = (1 + sympy.cos(2 * alpha)) * (1 + sympy.cos(2 * alpha - 2 * theta)) / 4
    arc = (alpha, theta - sympy.pi / 2, sympy.pi / 2)
    moment = radial * sympy.integrate(sympy.expand(double.rewrite(sympy.exp)), arc)
    cosine = sympy.cos(theta)
    Q = (3 * sympy.sin(theta) * cosine + (sympy.pi - theta) * (1 + 2 * cosine**2)) / (2 * sympy.pi)
    exponent = -s * t + s**2 * v / 2
    return (
        vanishes("E r^4 / (2 pi) = 8 / (2 pi)", radial - 4 / sympy.pi),
        vanishes(
            "cos^2(alpha) cos^2(alpha - theta) by double angles",
            double - sympy.cos(alpha) ** 2 * sympy.cos(alpha - theta) ** 2,
        ),
        vanishes("E phi_i^2 phi_j^2 = Q", (moment - Q).rewrite(sympy.exp).expand()),
        vanishes(
            "the exponent is least at s = t/v, there -t^2/(2v)", exponent.subs(s, t / v) + t**2 / (2 * v)
        ),
        on_boxes(
            "e^(-x) < 1 - x + x^2/2 for x in (0, 2]",
            is_positive(lambda x: 1 - x + x**2 / 2 - (-x).exp(), (0.0, 2.0), zeros={0.0: 3}),
        ),
        on_boxes(
            "and beyond 2, where the parabola is at least 1",
            is_positive(lambda x: x / 2 - 1 + arb(0), (2.0, 4.0), zeros={2.0: 1}),
        ),
    )


SHARES = (1.0, 0.75, 0.5, 0.25)


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """As many samples, and a share e as small, as are within the caps with the stated width."""
    X = thinned(draw(data), _all_may_be_lost)
    return Instance(X=X, e=draw(st.sampled_from([e for e in SHARES if affordable(X, e)])))


def _all_may_be_lost(X: np.ndarray) -> bool:
    return affordable(X, SHARES[0])


# Far enough apart for many samples to be within the caps, and nearer for those that are few.
DATA = Domain(min_separation=0.4)
_SMALL = Domain(max_n=6, max_d=8, min_separation=0.3)
_FEW = Domain(min_n=3, max_n=4, min_d=2, max_d=4, min_separation=0.5)
CLASS_DATA = {
    "obtuse pair": DATA,
    "orthogonal pair": DATA,
    "n > d": _FEW,
    "n = 1": DATA,
    "n = 2": DATA,
    "d = 1": DATA,
    "many samples": Domain(min_n=8, max_n=12, min_d=16, min_separation=0.5),
    "many dimensions": DATA,
    "equal correlations": _SMALL,
    "common mean": Domain(min_n=3, max_n=3, min_d=4, max_d=8, min_separation=0.4),
    "non-negative": _SMALL,
    "signs": _SMALL,
    "frame": _FEW,
    "low-dimensional": _SMALL,
}
"""The classes of data that belong to the claim, with data in which each is found within the caps."""

CLAIM = Claim(
    id="I3",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    lemmas=lemmas,
    classes={**Domain().classes(*CLASS_DATA), "e <= 1/2": lambda instance: bool(instance.e <= 0.5)},
    strata={name: _instances(data.of_class(name)) for name, data in CLASS_DATA.items()},
    constants={"1/10": FAILURE_PROBABILITY, "2^15": WIDEST, "2^17": LARGEST},
    uses=("K2",),
    restrict_to={"K2": pairs},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nothing-lost",
            statement="P[lambda_min((1/m) Phi^T Phi) <= gamma_0] <= 1/10 at the same width",
            because="lambda_min is concave, so its mean lies below that of the mean kernel",
            falls=REASON,
            changes={"loss": 0.0},
        ),
        Sibling(
            name="whatever-is-lost",
            statement="m >= 2 v ln(n/p), the same width for every t, makes the probability at most p",
            because="the deviation falls like m^(-1/2), so a small loss needs a large width",
            falls=REASON,
            changes={"power": 0},
            examples=(Instance(X=np.eye(3), e=0.25),),
        ),
        Sibling(
            name="a-thirty-second-of-the-width",
            statement="m >= v ln(n/p) / (16 t^2) makes the probability at most p",
            because="for one sample that may lose all it is one neuron, inactive half of the time",
            falls=REASON,
            changes={"share": 1 / 32},
            examples=(Instance(X=np.eye(1), e=1.0),),
        ),
    ),
)
