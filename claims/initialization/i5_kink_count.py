"""I5. The number of neurons near a kink is binomial.

Statement. For every unit x, width m and radius R >= 0, the number of neurons r with
    |w_r . x| <= R
has the binomial law with m trials and success probability erf(R/sqrt 2). Tested in this form: the count falls
into one of the tails of that law, of at most 1/20 each, with probability at most 1/10.

Assumptions. ||x|| = 1; w_r ~ N(0, I_d), independent (every law of the decoder whose neurons are not paired).

Symbols. W (d, m) the initial encoder; x in R^d; R a radius; erf the error function.

Refuted by. A point, a width and a radius for which the count leaves the central part of its binomial law more
often than one initialization in ten.

A pass does not show. The law beyond its two tails, nor independence between different points x. A success
probability that is wrong by one in a hundred shows among thousands of neurons only.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983: it counts the entries that C1 must give up
at initialization. Proof: w_r . x ~ N(0, 1) because ||x|| = 1, so each neuron is within R with probability
erf(R/sqrt 2), independently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import scipy
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain
from models.networks.autoencoder import preactivations
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials

FAILURE_PROBABILITY = 0.1
TAIL = 0.05
"""The most that a tail of the law may weigh; there are two."""
FEWER = "fewer neurons than by the law"
MORE = "more neurons than by the law"


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    divisor: float = math.sqrt(2),
) -> Trials:
    """A trial fails when the count lies in a tail of probability at most 1/20 on either side.

    The limits are exact quantiles: P(count < low) <= 1/20 and P(count > high) <= 1/20.
    """
    X = instance.X
    m = instance.m
    R = instance.R
    network = draw_network(instance.law, m, len(X), generators, device=compute.device)
    z = array(preactivations(network.W, tensor(X, Compute(compute.device))))[:, :, 0]
    count = (np.abs(z) <= R).sum(axis=1)
    law = scipy.stats.binom(m, math.erf(R / divisor))
    low = law.ppf(TAIL)
    high = law.isf(TAIL)
    why = np.where(count < low, FEWER, np.where(count > high, MORE, ""))
    return Trials(why != "", tuple(map(str, why)), measured=count / m)


WIDTHS = st.integers(4, 14).map(lambda k: 2**k)
FEW = st.integers(1, 8)
# Up to 3, in eighths: beyond, hardly a neuron is outside.
RADII = st.integers(1, 24).map(lambda k: k / 8)


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    widths: SearchStrategy[int] = WIDTHS,
    radii: SearchStrategy[float] = RADII,
) -> Instance:
    """One point, a width, a radius and a law of the decoder."""
    return Instance(
        X=draw(data),
        m=draw(widths),
        R=draw(radii),
        law=draw(st.sampled_from(["rademacher", "gaussian"])),
    )


DATA = Domain(max_n=1)
_MANY = st.just(2**14)

CLAIM = Claim(
    id="I5",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    cost=Cost.MEDIUM,
    classes={
        **DATA.classes("d = 1", "many dimensions"),
        "one neuron": lambda instance: bool(instance.m == 1),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "more than 4096 neurons": lambda instance: bool(instance.m > 4096),
        "R = 0": lambda instance: bool(instance.R == 0),
        "R > 2": lambda instance: bool(instance.R > 2),
    },
    strata={
        **DATA.strata(_instances, "d = 1", "many dimensions"),
        "one neuron": _instances(DATA.typical(), st.just(1)),
        "m <= 8": _instances(DATA.typical(), FEW),
        "more than 4096 neurons": _instances(DATA.typical(), _MANY),
        "R = 0": _instances(DATA.typical(), WIDTHS, st.just(0.0)),
        "R > 2": _instances(DATA.typical(), WIDTHS, st.integers(17, 24).map(lambda k: k / 8)),
    },
    constants={"1/10": FAILURE_PROBABILITY, "1/20": TAIL},
    siblings=(
        Sibling(
            name="without-root-two",
            statement="the success probability is erf(R)",
            because="erf(R) is the probability within sqrt(2) R",
            falls=FEWER,
            changes={"divisor": 1.0},
            instances=_instances(DATA.typical(), _MANY, st.just(1.0)),
        ),
        Sibling(
            name="two",
            statement="the success probability is erf(R/2)",
            because="erf(R/2) is the probability within R / sqrt(2)",
            falls=MORE,
            changes={"divisor": 2.0},
            instances=_instances(DATA.typical(), _MANY, st.just(1.0)),
        ),
        Sibling(
            name="near",
            statement="the success probability is erf(R/1.38)",
            because="the root of two is 1.41, which 16384 neurons tell apart",
            falls=FEWER,
            changes={"divisor": 1.38},
            instances=_instances(DATA.typical(), _MANY, st.just(1.0)),
        ),
    ),
)
