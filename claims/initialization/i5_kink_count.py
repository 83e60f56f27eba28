"""I5. The number of neurons near a kink is binomial.

Statement. For every unit x, width m and radius R >= 0, the number of neurons r with
    |w_r . x| <= R
has the binomial law with m trials and success probability erf(R/sqrt 2). Tested in this form: the count falls
into one of the tails of that law, of at most 1/20 each, with probability at most 1/10.

Assumptions. ||x|| = 1; w_r ~ N(0, I_d), independent (every law of the decoder whose neurons are not paired).

Symbols. W (d, m) the initial encoder; x in R^d; R a radius; erf the error function.

Refuted by. A point, a width and a radius for which the count leaves the central part of its binomial law more
often than one initialization in ten.

A pass does not show. The law beyond its two tails, nor independence between different points x.

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
TAIL = FAILURE_PROBABILITY / 2


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
    return Trials((count < low) | (count > high), measured=count / m)


@st.composite
def _instances(
    draw: DrawFn, points: SearchStrategy[np.ndarray], powers: tuple[int, int] = (4, 14)
) -> Instance:
    """Widths of powers of two; radii up to 3, in eighths: beyond, hardly a neuron is outside."""
    return Instance(
        X=draw(points),
        m=2 ** draw(st.integers(*powers)),
        R=draw(st.integers(0, 24)) / 8,
        law=draw(st.sampled_from(["rademacher", "gaussian"])),
    )


POINTS = Domain(max_n=1, min_d=2, max_d=32)
LINE = Domain(max_n=1, max_d=1)

CLAIM = Claim(
    id="I5",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(POINTS.of_class("n = 1")),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    cost=Cost.MEDIUM,
    classes={
        "one neuron": lambda instance: bool(instance.m == 1),
        "more than 4096 neurons": lambda instance: bool(instance.m > 4096),
        "d = 1": lambda instance: bool(len(instance.X) == 1),
        "Gaussian decoder": lambda instance: bool(instance.law == "gaussian"),
    },
    strata={
        "one neuron": _instances(POINTS.of_class("n = 1"), (0, 0)),
        "more than 4096 neurons": _instances(POINTS.of_class("n = 1"), (13, 14)),
        "d = 1": _instances(LINE.of_class("d = 1")),
        "Gaussian decoder": _instances(POINTS.of_class("n = 1")).map(lambda i: i.replace(law="gaussian")),
    },
    constants={"1/10": FAILURE_PROBABILITY, "1/20": TAIL},
    siblings=(
        Sibling(
            name="without-root-two",
            statement="the success probability is erf(R)",
            because="erf(R) is the probability within sqrt(2) R",
            falls="",
            changes={"divisor": 1.0},
        ),
    ),
)
