"""I3. The decoder's initial kernel keeps its smallest eigenvalue, with a Gaussian tail.

Statement. For every X with A1 and delta >= 1/2, every m >= 1 and t >= 0,
    P[lambda_min((1/m) Phi^T Phi) <= gamma_0 - t] <= n exp(-m t^2 / (2 v)),
    v = sum over i, j of Q(theta_ij),
    Q(theta) = (3 sin theta cos theta + (pi - theta) (1 + 2 cos^2 theta)) / (2 pi).
So m >= 2 v ln(n/p) / t^2 makes it at most p. Tested at this width, up to 2^17, for p = 1/10 and
shares t = e gamma_0.

Assumptions. A1; w_r ~ N(0, I_d), independent. The decoder plays no part.

Symbols. X (d, n); Phi = relu(W^T X) (m, n); gamma_0 = lambda_min(G); Q(theta_ij) = E[phi_i^2 phi_j^2] for one
neuron; t what may be lost, e = t / gamma_0; m the width; p the probability of failure.

Refuted by. Data and a share e for which more than one initialization in ten, at the stated width, falls to
(1-e) gamma_0.

A pass does not show. That the width is necessary: it is far from it on crowded data.

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
from models.kernels.finite import decoder_gram
from models.kernels.limit import angles, decoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Step, Trials, Unmet
from refute.numerics import Enclosure, gamma, is_positive, smallest_eigenvalue, smallest_eigenvalue_from_below

FAILURE_PROBABILITY = 0.1
SEPARATION = 0.5
"""Closer samples ask for widths beyond the next number."""
WIDEST = 2**17
"""Widths above this are not tried: a trial costs m n^2 operations."""


def total_moment(X: np.ndarray) -> float:
    """v, not below it: the slope of Q is below 2, so it errs by at most twice what an entry of G does, and by
    its own roundings.
    """
    d, n = X.shape
    theta = array(angles(torch.from_numpy(X.copy())))
    return float(fourth_moments(theta).sum() + n * n * (2 * entry_rounding(d) + gamma(n * n + 16)))


def limit_eigenvalue(X: np.ndarray) -> Enclosure:
    """gamma_0, enclosed: G errs by at most n times the rounding of an entry."""
    G = array(decoder_kernel(torch.from_numpy(X.copy())))
    return smallest_eigenvalue(G, X.shape[1] * entry_rounding(len(X)))


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
) -> Trials | Unmet:
    """A trial fails unless the eigenvalue is verified to exceed gamma_0 - loss t, with gamma_0 from above.

    The width is 2 v ln(n/p) / t^power.
    """
    X = instance.X
    d, n = X.shape
    gamma_0 = limit_eigenvalue(X)
    if unit_norm(X) > unit_norm_rounding(d) or not gamma_0.certainly_above(0.0):
        return Unmet("A1 or gamma_0 > 0 is not verified")
    t = instance.e * (gamma_0.middle - gamma_0.radius)
    m = 2 * total_moment(X) * math.log(n / FAILURE_PROBABILITY) / t**power * (1 + gamma(16))
    if m > WIDEST:
        return Unmet(f"the stated width is above {WIDEST}")
    dtype = getattr(torch, compute.dtype)
    network = draw_network("rademacher", math.ceil(m), d, generators, device=compute.device, dtype=dtype)
    threshold = gamma_0 - loss * t
    found = lowest(network, X, compute)
    failed = np.array([not threshold.certainly_below(eigenvalue) for eigenvalue in found])
    why = tuple("eigenvalue below the threshold" if f else "" for f in failed)
    return Trials(failed, why, measured=np.array(found) / gamma_0.middle)


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


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data so far apart, and shares so large, that the stated width is mostly below WIDEST."""
    return Instance(X=draw(data), e=draw(st.sampled_from([1.0, 0.75, 0.5])))


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
    id="I3",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    lemmas=lemmas,
    classes=DATA.classes(*NAMES),
    strata=DATA.strata(_instances, *NAMES),
    constants={"1/10": FAILURE_PROBABILITY, "1/2": SEPARATION, "2^17": WIDEST},
    uses=("K2",),
    restrict_to={"K2": pairs},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nothing-lost",
            statement="P[lambda_min((1/m) Phi^T Phi) <= gamma_0] <= 1/10 at the same width",
            because="lambda_min is concave, so its mean lies below that of the mean kernel",
            falls="eigenvalue below the threshold",
            changes={"loss": 0.0},
        ),
        Sibling(
            name="whatever-is-lost",
            statement="m >= 2 v ln(n/p), the same width for every t, makes the probability at most p",
            because="the deviation falls like m^(-1/2), so a small loss needs a large width",
            falls="eigenvalue below the threshold",
            changes={"power": 0},
            examples=(Instance(X=np.eye(4), e=1 / 8),),
        ),
    ),
)
