"""K7. On a crowded arc lambda_0 falls like the spacing and gamma_0 like its cube.

Statement. For 2 <= n <= 24 unit vectors on an arc at angles 0, t, ..., (n-1) t with t >= 2^-64 and
(n-1) t <= pi/2,
    (a) t / (4 pi cos^2(pi/(2n+2))) <= lambda_0 <= t/(2 pi) + t^2 / 4;
    (b) for n = 2, t^2 / 8 <= gamma_0 <= t^2 / 4;
    (c) for n >= 3, t^3/(24 pi) <= gamma_0 <= t^3/(3 pi).
So the exponent of t is 1 for lambda_0; for gamma_0 it is 2 if n = 2 and 3 if n >= 3.

Assumptions. A1, and the arc of the statement.

Symbols. t the spacing; n samples; K, G (n, n) the limit kernels of encoder and decoder, functions of |i-j| t;
lambda_0 = lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. A spacing and a number of samples for which a verified eigenvalue leaves its bounds.

A pass does not show. Anything about crowds that are not evenly spaced or lie in no plane.

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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from flint import arb
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.kernels.arc_proof import KINK_DIVISOR, lemmas
from claims.kernels.pairs_of_samples import HALF, NEAR
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
MOST = 24
"""Samples, by the cost of an eigenvalue in balls."""
HALVINGS = 64
SHORTEST = 2.0**-64
"""The least spacing: its cube is well within what 512 bits resolve."""
SAMPLES_K = "lambda_0 of the samples"
SAMPLES_G = "gamma_0 of the samples"
_ACCURACY = 2.0**-30
"""Share of itself to which an eigenvalue is enclosed: what falls inside is escalated, and half of the digits
of a float are left for the eigenvalues of the samples."""


@dataclass(frozen=True)
class Constants:
    """The numbers of the statement: divisors of its bounds, and powers of t.

    encoder_power, decoder_power: of t in the leading term above lambda_0, and below gamma_0 for n > 2.
    """

    encoder_low: int = 4
    encoder_high: int = 2
    pair_low: int = 8
    pair_high: int = 4
    crowd_low: int = KINK_DIVISOR
    crowd_high: int = 3
    encoder_power: int = 1
    decoder_power: int = 3


STATED = Constants()


def bounds(n: int, t: arb, stated: Constants = STATED) -> dict[str, arb]:
    """The bounds of the statement that apply to n samples, by label."""
    pi = arb.pi()
    encoder = {
        ENCODER_LOW: t / (stated.encoder_low * pi * (pi / (2 * n + 2)).cos() ** 2),
        ENCODER_HIGH: t**stated.encoder_power / (stated.encoder_high * pi) + t**2 / 4,
    }
    if n == 2:
        return encoder | {PAIR_LOW: t**2 / stated.pair_low, PAIR_HIGH: t**2 / stated.pair_high}
    low = t**stated.decoder_power / (stated.crowd_low * pi)
    return encoder | {CROWD_LOW: low, CROWD_HIGH: t**3 / (stated.crowd_high * pi)}


def toeplitz(n: int, t: float, profile: Callable[[Any], Any]) -> list[list[arb]]:
    """The kernel of the arc in balls: entry (i, j) is the profile at the angle |i - j| t."""
    entries = [profile(k * arb(t)) for k in range(n)]
    return [[entries[abs(i - j)] for j in range(n)] for i in range(n)]


def arc(n: int, t: float) -> np.ndarray:
    """The samples themselves, X (2, n)."""
    return circle(np.arange(n) * t)


def check(
    instance: Instance, compute: Compute, *, stated: Constants = STATED, near: float = 1.0
) -> Comparisons:
    """Eigenvalues in balls against their bounds, and against those of the samples in floating point.

    near: what the eigenvalues in balls are multiplied by, before they are compared with those of the samples.

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
        balls = bounds(n, arb(t), stated)
        limits = {label: enclosure_of(ball) for label, ball in balls.items()}
    return (
        *(
            (at_least if ">=" in label else at_most)(label, minima[profile_of(label)], limit)
            for label, limit in limits.items()
        ),
        equal(
            SAMPLES_K,
            smallest_eigenvalue(array(encoder_kernel(floats)), error),
            minima[encoder_profile].scaled(near),
            size=HALF,
        ),
        equal(
            SAMPLES_G,
            smallest_eigenvalue(array(decoder_kernel(floats)), error),
            minima[decoder_profile].scaled(near),
            size=HALF,
        ),
    )


def profile_of(label: str) -> Callable[[Any], Any]:
    """The kernel that a label is about."""
    return encoder_profile if label in (ENCODER_LOW, ENCODER_HIGH) else decoder_profile


def escalate(
    instance: Instance, comparison: Comparison, *, stated: Constants = STATED, near: float = 1.0
) -> Comparison:
    """The eigenvalue against the bound itself, in balls; `near` is of what is compared in floats."""
    n = instance.n
    t = instance.t
    if comparison.label not in bounds(n, arb(t), stated):
        return comparison

    def decide() -> Order:
        bound = bounds(n, arb(t), stated)[comparison.label]
        return order_of_smallest_eigenvalue(toeplitz(n, t, profile_of(comparison.label)), bound)

    return settled(comparison, decide)


@st.composite
def _instances(
    draw: DrawFn, sizes: Sequence[int] = (3, 4, 5, 6, 8), halvings: tuple[int, int] = (0, HALVINGS)
) -> Instance:
    """Arcs from 0.94 to 1.5 long, halved: down to where float64 sees nothing of gamma_0, and far beyond."""
    n = draw(st.sampled_from(sizes))
    length = 1.5 * draw(st.integers(5, 8)) / 8
    return Instance(n=n, t=max(length / (n - 1) / 2 ** draw(st.integers(*halvings)), SHORTEST))


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
        "many samples": lambda instance: bool(instance.n >= 12),
        "spacing above 1/8": lambda instance: bool(instance.t > 1 / 8),
        "spacing below 2^-20": lambda instance: bool(instance.t < 2.0**-20),
        "spacing below 2^-56": lambda instance: bool(instance.t < 2.0**-56),
    },
    strata={
        "n = 2": _instances((2,)),
        "n > 2": _instances(),
        "many samples": _instances((12, 16, MOST)),
        "spacing above 1/8": _instances((2, 3, 4, 5), (0, 0)),
        "spacing below 2^-20": _instances(halvings=(20, 40)),
        "spacing below 2^-56": _instances(halvings=(56, HALVINGS)),
    },
    constants={
        "24": MOST,
        "2^-64": SHORTEST,
        "4 pi": STATED.encoder_low,
        "2 pi": STATED.encoder_high,
        "8": STATED.pair_low,
        "4": STATED.pair_high,
        "24 pi": STATED.crowd_low,
        "3 pi": STATED.crowd_high,
    },
    uses=("K5",),
    restrict_to={"K5": lambda instance: (Instance(X=arc(instance.n, instance.t)),)},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="twice-as-large",
            statement="t / (2 pi cos^2(pi/(2n+2))) <= lambda_0",
            because="for n = 2 that is 2t / (3 pi), and lambda_0 is close to t / (2 pi)",
            falls=ENCODER_LOW,
            where="n = 2",
            changes={"stated": Constants(encoder_low=2)},
        ),
        Sibling(
            name="pair-sixth",
            statement="for n = 2, t^2/6 <= gamma_0",
            because="at t = 3/2 gamma_0 is less than t^2/6",
            falls=PAIR_LOW,
            where="n = 2",
            changes={"stated": Constants(pair_low=6)},
            examples=(Instance(n=2, t=1.5),),
        ),
        Sibling(
            name="pair-fifth",
            statement="for n = 2, gamma_0 <= t^2/5",
            because="gamma_0 is close to t^2/4",
            falls=PAIR_HIGH,
            where="n = 2",
            changes={"stated": Constants(pair_high=5)},
        ),
        Sibling(
            name="crowd-fifth",
            statement="for n >= 3, gamma_0 <= t^3/(5 pi)",
            because="for n = 3 it is close to 2 t^3 / (9 pi)",
            falls=CROWD_HIGH,
            where="n > 2",
            changes={"stated": Constants(crowd_high=5)},
            examples=(Instance(n=3, t=2.0**-8),),
        ),
        Sibling(
            name="crowd-twelfth",
            statement="for n >= 3, t^3/(12 pi) <= gamma_0",
            because="24 pi is approached as n grows and t falls",
            falls=CROWD_LOW,
            where="n > 2",
            changes={"stated": Constants(crowd_low=12)},
            examples=(Instance(n=24, t=2.0**-8),),
        ),
        Sibling(
            name="nearly-K",
            statement="lambda_0 of the samples is larger than that of the arc by a share of 1e-5",
            because="both are the same number",
            falls=SAMPLES_K,
            where="spacing above 1/8",
            changes={"near": NEAR},
        ),
        Sibling(
            name="nearly-G",
            statement="gamma_0 of the samples is larger than that of the arc by a share of 1e-5",
            because="both are the same number",
            falls=SAMPLES_G,
            where="spacing above 1/8",
            changes={"near": NEAR},
        ),
        Sibling(
            name="decoder-square",
            statement="t^2/(24 pi) <= gamma_0 for every n",
            because="three neighbours cancel to second order, so that gamma_0 falls like t^3",
            falls=CROWD_LOW,
            where="n > 2",
            changes={"stated": Constants(decoder_power=2)},
        ),
        Sibling(
            name="encoder-square",
            statement="lambda_0 <= t^2/(2 pi) + t^2/4",
            because="the encoder's kernel has a kink at equal samples, so that lambda_0 falls like t",
            falls=ENCODER_HIGH,
            changes={"stated": Constants(encoder_power=2)},
        ),
    ),
)
