"""I6. A Gaussian decoder is hardly ever longer than sqrt m + sqrt d.

Statement. For every m, d >= 1 and t >= 0,
    P[||A|| >= sqrt m + sqrt d + t] <= e^(-t^2/2).
Tested at t = sqrt(2 ln(1/p)) for p = 1/10, where the right-hand side is p, and for m d <= 2^14.

Assumptions. The entries of A are independent, N(0, 1) (the Gaussian decoder; the encoder W has this law with
every decoder).

Symbols. A (d, m); ||.|| the spectral norm; m the width; d the dimension of the data; t the deviation.

Refuted by. A width and a dimension at which more than one draw in ten is longer.

A pass does not show. That the bound is sharp (in a square matrix the norm falls short of sqrt m + sqrt d by
about m^(-1/6)), nor that it holds for signs. With 0.9 (sqrt m + sqrt d) or less it falls;
the deviation t cannot be seen at p = 1/10, as the norm hardly ever exceeds sqrt m + sqrt d alone.

Source. Davidson and Szarek, Handbook of the Geometry of Banach Spaces 1 (2001), theorem II.13, serving F1 of
Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: ||A|| is a supremum of <u, A v> over unit vectors u and v.
These Gaussian variables are compared with <g, u> + <h, v>, for independent standard Gaussian g and h, whose
increments are not smaller, as (1 - <u,u'>)(1 - <v,v'>) >= 0:
    2 - 2<u,u'><v,v'> <= (2 - 2<u,u'>) + (2 - 2<v,v'>).
So by Slepian and Fernique
    E ||A|| <= E |g| + E |h| <= sqrt d + sqrt m.
The norm moves by at most ||A - A'||_F, so it exceeds its mean by t with probability at most e^(-t^2/2)
(Gaussian concentration).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import sympy
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.preliminaries.arrays import array
from claims.preliminaries.proof_steps import vanishes
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Step, Trials
from refute.numerics import gamma, largest_eigenvalue_from_above

FAILURE_PROBABILITY = 0.1
LARGEST = 2**14
"""The most entries of A: what a trial of medium cost can draw."""
LONGER = "longer than the bound"
DEVIATION = math.sqrt(2 * math.log(1 / FAILURE_PROBABILITY))

Centre = Callable[[float, float], float]
"""What the norm is said to exceed by DEVIATION only, as a function of sqrt m and sqrt d."""


def squared_norm(A: np.ndarray) -> float:
    """A verified upper bound of ||A||^2, for A (m, d), through the smaller Gram matrix."""
    A = A if A.shape[0] >= A.shape[1] else A.T
    return largest_eigenvalue_from_above(A.T @ A, gamma(len(A)) * float(np.square(A).sum()))


def _sum(width: float, dimension: float) -> float:
    return width + dimension


def draw(
    instance: Instance, generators: Sequence[np.random.Generator], compute: Compute, *, centre: Centre = _sum
) -> Trials:
    """A trial fails unless the norm is verified to stay below; the bound is lowered by its own rounding."""
    m = instance.m
    d = instance.d
    network = draw_network("gaussian", m, d, generators, device=compute.device)
    bound = (centre(math.sqrt(m), math.sqrt(d)) + DEVIATION) ** 2 * (1 - gamma(16))
    squares = np.array([squared_norm(A) for A in array(network.A)])
    failed = squares >= bound
    return Trials(failed, tuple(LONGER if long else "" for long in failed), measured=np.sqrt(squares))


def lemmas() -> Sequence[Step]:
    """The comparison of increments, and that the stated deviation has the stated probability."""
    u, v, p = sympy.symbols("u v p", positive=True)
    increments = (2 - 2 * u) + (2 - 2 * v) - (2 - 2 * u * v)
    t = sympy.sqrt(2 * sympy.log(1 / p))
    return (
        vanishes("the increments differ by 2 (1 - <u,u'>)(1 - <v,v'>)", increments - 2 * (1 - u) * (1 - v)),
        vanishes("e^(-t^2/2) = p at t = sqrt(2 ln(1/p))", sympy.exp(-(t**2) / 2) - p),
    )


def _width_only(width: float, _: float) -> float:
    return width


def _share(width: float, dimension: float) -> float:
    return 0.85 * (width + dimension)


_WIDTHS = (16, 24, 32, 48, 64, 96, 128, 256, 512, 1024)
_DIMENSIONS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 1024)


def _sizes(widths: tuple[int, ...], dimensions: tuple[int, ...]) -> SearchStrategy[Instance]:
    """Every width with every dimension, as far as A is not too large."""
    pairs = [(m, d) for m in widths for d in dimensions if m * d <= LARGEST]
    return st.sampled_from(pairs).map(lambda sizes: Instance(m=sizes[0], d=sizes[1]))


_SQUARE = Instance(m=128, d=128)

CLAIM = Claim(
    id="I6",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_sizes(_WIDTHS, _DIMENSIONS[1:]),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    cost=Cost.MEDIUM,
    lemmas=lemmas,
    classes={
        "one neuron": lambda instance: bool(instance.m == 1),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "d = 1": lambda instance: bool(instance.d == 1),
        "m < d": lambda instance: bool(instance.m < instance.d),
        "square": lambda instance: bool(instance.m == instance.d),
        "m d > 4096": lambda instance: bool(instance.m * instance.d > 4096),
    },
    strata={
        "one neuron": _sizes((1,), _DIMENSIONS),
        "m <= 8": _sizes((1, 2, 3, 5, 8), _DIMENSIONS),
        "d = 1": _sizes(_WIDTHS, (1,)),
        "m < d": _sizes((16, 24, 32), _DIMENSIONS[-4:]),
        "square": st.sampled_from((1, 2, 16, 64, 128)).map(lambda m: Instance(m=m, d=m)),
        "m d > 4096": _sizes((64, 96, 128), (96, 128)),
    },
    constants={"1/10": FAILURE_PROBABILITY, "2^14": LARGEST},
    siblings=(
        Sibling(
            name="without-root-d",
            statement="P[||A|| >= sqrt m + t] <= e^(-t^2/2)",
            because="a single neuron has length sqrt d",
            falls=LONGER,
            changes={"centre": _width_only},
            instances=_sizes((16, 24, 32), (64, 96, 128)),
        ),
        Sibling(
            name="the-larger-root",
            statement="P[||A|| >= max(sqrt m, sqrt d) + t] <= e^(-t^2/2)",
            because="a square matrix has norm close to 2 sqrt m",
            falls=LONGER,
            changes={"centre": max},
            examples=(_SQUARE,),
        ),
        Sibling(
            name="a-share-of-the-sum",
            statement="P[||A|| >= 0.85 (sqrt m + sqrt d) + t] <= e^(-t^2/2)",
            because="a square matrix of 128 rows has norm 22, and 0.85 (2 sqrt m) + t is 21.4",
            falls=LONGER,
            changes={"centre": _share},
            examples=(_SQUARE,),
        ),
    ),
)
