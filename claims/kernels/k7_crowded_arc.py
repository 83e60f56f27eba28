"""K7. On a crowded arc lambda_0 falls like the spacing and gamma_0 like its cube.

Statement. For n >= 2 unit vectors on an arc at angles 0, t, ..., (n-1) t with 0 < (n-1) t <= pi/2,
    (a) t / (4 pi cos^2(pi/(2n+2))) <= lambda_0 <= t/(2 pi) + t^2/4;
    (b) for n = 2, t^2/8 <= gamma_0 <= t^2/4;
    (c) for n >= 3, t^3/(24 pi) <= gamma_0 <= t^3/(3 pi).
So the exponents of t are 1 for lambda_0, and for gamma_0 2 if n = 2 and 3 if n >= 3.

Assumptions. A1, and the arc of the statement.

Symbols. t the spacing; n samples; K, G (n, n) the limit kernels of encoder and decoder, functions of |i-j| t;
lambda_0 = lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. A spacing and a number of samples for which a verified eigenvalue leaves its bounds.

A pass does not show. Anything about crowds that are not evenly spaced or lie in no plane. More than 6 samples
and spacings below 2^-31 are not visited.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof of (a): sort the neurons by the
samples they see, a first part 1..k, the rest, or all. With P_k = v_1 x_1 + ... + v_k x_k, 2 pi v^T K v is
    (pi - (n-1) t) |P_n|^2 + t sum over k < n of (|P_k|^2 + |P_n - P_k|^2).
With q_k = P_k - P_n/2, so q_0 = -q_n, it is
    2 t sum over 0 < k < n of |q_k|^2 + (2 pi - (n-1) t) (|q_0|^2 + |q_n|^2),
at least 2 t sum of all |q_k|^2, and by the Laplacian of a path
    |v|^2 = sum |q_k - q_(k-1)|^2 <= 4 cos^2(pi/(2n+2)) sum |q_k|^2.
Above: K5. Of (b): the eigenvalue is 1/2 - G. Of (c), above: (1, -2 cos t, 1) cancels three samples and has
the form (2 t - sin 2t) / pi. Below: v^T G v = (1/pi) integral of h^2, where
    h(a) = sum v_i max(cos(a - i t), 0),
and h'' + h is v_i at the two kinks a = i t -+ pi/2. Within t of a kink
    h = v_i sin|s|/2 + alpha cos s + beta sin s,
whose square has an integral of at least v_i^2 t^3/24; these windows cover no point more than twice. As t -> 0
and n grows, the lower constants of (a) and (c) are the best ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from flint import arb
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.kernels.arc_proof import lemmas
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import circle
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import decoder_profile, encoder_profile, entry_rounding
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Sibling,
    at_least,
    at_most,
    equal,
    settled,
)
from refute.numerics import (
    PRECISIONS,
    Enclosure,
    Order,
    enclosure_of,
    gamma,
    order_of_smallest_eigenvalue,
    precision,
    smallest_eigenvalue,
    smallest_eigenvalue_in_balls,
)

ENCODER_LOW = "(a) lambda_0 >= its bound"
ENCODER_HIGH = "(a) lambda_0 <= its bound"
PAIR_LOW = "(b) n = 2: gamma_0 >= its bound"
PAIR_HIGH = "(b) n = 2: gamma_0 <= its bound"
CROWD_LOW = "(c) n > 2: gamma_0 >= its bound"
CROWD_HIGH = "(c) n > 2: gamma_0 <= its bound"
_ACCURACY = 2.0**-6
"""A bound is met within a factor; what falls inside this share of the eigenvalue is escalated."""


def bounds(n: int, t: arb, encoder_power: int = 1, decoder_power: int = 3) -> dict[str, arb]:
    """The bounds of the statement that apply to n samples, by label.

    encoder_power, decoder_power: of t in the leading term above lambda_0, and below gamma_0 for n > 2.
    """
    pi = arb.pi()
    encoder = {
        ENCODER_LOW: t / (4 * pi * (pi / (2 * n + 2)).cos() ** 2),
        ENCODER_HIGH: t**encoder_power / (2 * pi) + t**2 / 4,
    }
    if n == 2:
        return encoder | {PAIR_LOW: t**2 / 8, PAIR_HIGH: t**2 / 4}
    return encoder | {CROWD_LOW: t**decoder_power / (24 * pi), CROWD_HIGH: t**3 / (3 * pi)}


def toeplitz(n: int, t: float, profile: Callable[[Any], Any]) -> list[list[arb]]:
    """The kernel of the arc in balls: entry (i, j) is the profile at the angle |i - j| t."""
    entries = [profile(k * arb(t)) for k in range(n)]
    return [[entries[abs(i - j)] for j in range(n)] for i in range(n)]


def arc(n: int, t: float) -> np.ndarray:
    """The samples themselves, X (2, n)."""
    return circle(np.arange(n) * t)


def check(
    instance: Instance, compute: Compute, *, encoder_power: int = 1, decoder_power: int = 3
) -> Comparisons:
    """Eigenvalues in balls against their bounds, and against those of the samples in floating point.

    A computed sample is less than 4 roundoffs from its place, so an angle is less than 8 from its own.
    """
    n = instance.n
    t = instance.t
    floats = tensor(arc(n, t), compute)
    error = n * (entry_rounding(2, compute.dtype) + gamma(8))
    anywhere = Enclosure(-float(n), 0.5)
    minima: dict[Callable[[Any], Any], Enclosure] = {
        profile: smallest_eigenvalue_in_balls(partial(toeplitz, n, t, profile), anywhere, _ACCURACY)
        for profile in (encoder_profile, decoder_profile)
    }
    with precision(PRECISIONS[0]):
        balls = bounds(n, arb(t), encoder_power, decoder_power)
        limits = {label: enclosure_of(ball) for label, ball in balls.items()}
    return (
        *(
            (at_least if ">=" in label else at_most)(label, minima[profile_of(label)], limit)
            for label, limit in limits.items()
        ),
        equal(
            "lambda_0 of the samples",
            smallest_eigenvalue(array(encoder_kernel(floats)), error),
            minima[encoder_profile],
        ),
        equal(
            "gamma_0 of the samples",
            smallest_eigenvalue(array(decoder_kernel(floats)), error),
            minima[decoder_profile],
        ),
    )


def profile_of(label: str) -> Callable[[Any], Any]:
    """The kernel that a label is about."""
    return encoder_profile if label in (ENCODER_LOW, ENCODER_HIGH) else decoder_profile


def escalate(
    instance: Instance, comparison: Comparison, *, encoder_power: int = 1, decoder_power: int = 3
) -> Comparison:
    """The eigenvalue against the bound itself, in balls."""
    n = instance.n
    t = instance.t

    def decide() -> Order:
        bound = bounds(n, arb(t), encoder_power, decoder_power)[comparison.label]
        return order_of_smallest_eigenvalue(toeplitz(n, t, profile_of(comparison.label)), bound)

    return settled(comparison, decide)


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Arcs from 0.94 to 1.5 long, halved up to 28 times: down to where float64 sees nothing of gamma_0."""
    n = draw(st.integers(2, 6))
    length = 1.5 * draw(st.integers(5, 8)) / 8
    return Instance(n=n, t=length / (n - 1) / 2 ** draw(st.integers(0, 28)))


CLAIM = Claim(
    id="K7",
    kind=Kind.EXPONENT,
    finding="F1",
    instances=_instances(),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes={
        "n = 2": lambda instance: bool(instance.n == 2),
        "n > 2": lambda instance: bool(instance.n > 2),
        "spacing above 1/8": lambda instance: bool(instance.t > 1 / 8),
        "spacing below 2^-20": lambda instance: bool(instance.t < 2.0**-20),
    },
    uses=("K5",),
    restrict_to={"K5": lambda instance: (Instance(X=arc(instance.n, instance.t)),)},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="decoder-square",
            statement="t^2/(24 pi) <= gamma_0 for every n",
            because="three neighbours cancel to second order, so that gamma_0 falls like t^3",
            falls=CROWD_LOW,
            where="n > 2",
            changes={"decoder_power": 2},
        ),
        Sibling(
            name="encoder-square",
            statement="lambda_0 <= t^2/(2 pi) + t^2/4",
            because="the encoder's kernel has a kink at equal samples, so that lambda_0 falls like t",
            falls=ENCODER_HIGH,
            changes={"encoder_power": 2},
        ),
    ),
)
