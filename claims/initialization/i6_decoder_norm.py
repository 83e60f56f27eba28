"""I6. A Gaussian decoder is hardly ever longer than sqrt m + sqrt d.

Statement. For every m, d >= 1 and t >= 0,
    P[||A|| >= sqrt m + sqrt d + t] <= e^(-t^2/2).
Tested at t = sqrt(2 ln 10), where the right-hand side is 1/10.

Assumptions. The entries of A are independent, N(0, 1) (the Gaussian decoder; the encoder W has this law with
every decoder).

Symbols. A (d, m); ||.|| the spectral norm; m the width; d the dimension of the data; t the deviation.

Refuted by. A width and a dimension at which more than one draw in ten is longer.

A pass does not show. That the bound is sharp (in a square matrix the norm falls short of sqrt m + sqrt d by
about m^(-1/6)), nor that it holds for signs.

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
    return Trials(np.array([squared_norm(A) >= bound for A in array(network.A)]))


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


_POWERS = st.integers(0, 10).map(lambda k: 2**k)
# From a row to a square, and no more entries than a trial of medium cost can draw.
_TYPICAL = st.sampled_from([16, 2, 4, 8, 32, 64, 128])


def _of(widths: SearchStrategy[int], dimensions: SearchStrategy[int]) -> SearchStrategy[Instance]:
    return st.builds(Instance, m=widths, d=dimensions)


CLAIM = Claim(
    id="I6",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_of(_TYPICAL, _TYPICAL),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    cost=Cost.MEDIUM,
    lemmas=lemmas,
    constants={"10": 1 / FAILURE_PROBABILITY, "1/10": FAILURE_PROBABILITY},
    strata={
        "one neuron": _of(st.just(1), _POWERS),
        "d = 1": _of(_POWERS, st.just(1)),
        "square": _POWERS.filter(lambda m: m <= 128).map(lambda m: Instance(m=m, d=m)),
        "m d > 4096": st.sampled_from([(128, 128), (1024, 16), (16, 1024), (256, 32)]).map(
            lambda sizes: Instance(m=sizes[0], d=sizes[1])
        ),
    },
    classes={
        "one neuron": lambda instance: bool(instance.m == 1),
        "d = 1": lambda instance: bool(instance.d == 1),
        "square": lambda instance: bool(instance.m == instance.d),
        "m d > 4096": lambda instance: bool(instance.m * instance.d > 4096),
    },
    siblings=(
        Sibling(
            name="without-root-d",
            statement="P[||A|| >= sqrt m + t] <= e^(-t^2/2)",
            because="a single neuron has length sqrt d",
            falls="",
            changes={"centre": _width_only},
        ),
        Sibling(
            name="the-larger-root",
            statement="P[||A|| >= max(sqrt m, sqrt d) + t] <= e^(-t^2/2)",
            because="a square matrix has norm close to 2 sqrt m",
            falls="",
            changes={"centre": max},
        ),
    ),
)
