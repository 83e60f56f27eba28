"""W2. Joint training is certified where weak training is.

Statement. For every X with A1, A2, n <= 16 and d <= 24, and every width 8 d <= m <= 64 d: the probability
over the initialization that the weak run is certified by C1 within 400 steps, and the joint run from the same
initialization is not within 800, is at most 1/10. Hence a width that certifies a share s of weak starts in
400 steps certifies at least s - 1/10 of joint ones in 800. Both have any certified rate and the step
    eta = d / (2 lambda_max(K + G)).
Our law, observed, not proved.

Assumptions. A1, A2; rademacher decoder. Data on which neither run is certified, as the most crowded ones, say
nothing against it; the remarks count such trials.

Symbols. X (d, n); m the width; W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d; K, G the limit kernels.

Refuted by. A data matrix and a width at which, for more than a tenth of the initializations at level 1e-6,
weak training is certified and joint training is not.

A pass does not show. How much less joint training needs; that it needs no more steps, which is false on arcs
of the plane (a sibling); the order at widths below 8 d, where it may fail (docs/theory/width.md); the order
of the proved widths of W1, which is the other one on some data.

Source. F2 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; this form of it is ours (docs/theory/width.md),
the certificate is claim C1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.fixed_data import circle, pairs, sphere
from claims.width.followed_runs import certified
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import NO_INSTANCE, Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials

FAILURE_PROBABILITY = 0.1
BUDGET = 400
"""Steps within which the weak run is certified; part of the statement, and what most trials may cost."""
LONGER = 2
"""How many times as many the joint run may take."""
LEAST = 8
"""Widths begin at this many neurons a dimension."""
MOST = 64
"""Widths end there."""
DOUBLINGS = int(math.log2(MOST // LEAST))
MAX_SAMPLES = 16
MAX_DIMENSION = 24
"""The caps on the data, by the cost of a trial."""


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    given: Regime = "weak",
    then: Regime = "joint",
    divisor: int = 1,
    longer: int = LONGER,
) -> Trials:
    """A trial fails if the run of `given` is certified and that of `then`, with m / divisor neurons, is not.

    With divisor 1 both start from the same network. The second run decides first; the other one is followed
    only where it matters, and the second one to `longer` times the steps only where that decides.
    """
    X = instance.X
    step_size = promise(X, "joint").step_size
    data = tensor(X, compute)
    network = draw_network(
        "rademacher", instance.m, len(X), generators, device=compute.device, dtype=data.dtype
    )
    narrow = network.first_neurons(math.ceil(instance.m / divisor))
    concluded, steps = certified(narrow, data, step_size, then, BUDGET)
    failed = np.zeros(len(generators), bool)
    left = np.flatnonzero(~concluded)
    if left.size:
        premise, more = certified(network.select(left.tolist()), data, step_size, given, BUDGET)
        failed[left] = premise
        steps += more
    late = np.flatnonzero(failed)
    if late.size and longer > 1:
        again = narrow.select(late.tolist())
        concluded[late], more = certified(again, data, step_size, then, longer * BUDGET)
        failed[late] = ~concluded[late]
        steps += more
    why = tuple(
        f"{given} certified, {then} not" if bad else "" if good else "neither certified"
        for bad, good in zip(failed, concluded, strict=True)
    )
    horizon = BUDGET * (len(generators) + left.size + longer * late.size)
    return Trials(failed, why, steps=steps, horizon=horizon)


CROWDED = 0.1
"""Data whose lambda_0 is smaller are crowded."""
DATA = Domain(min_n=3, max_n=MAX_SAMPLES, min_d=3, max_d=MAX_DIMENSION, min_separation=0.4)
"""Several samples in several dimensions, so far apart that weak training is certified at some widths."""
MIDDLE = Domain(min_n=3, max_n=8, min_d=3, max_d=12, min_separation=0.4)
"""Of typical cost: the largest data are drawn by the classes of many samples and of many dimensions."""
SMALL = Domain(min_n=1, max_n=4, min_d=1, max_d=8, min_separation=2.0**-11)
CLASS_DATA = {
    "nearly antipodal": SMALL,
    "obtuse pair": MIDDLE,
    "orthogonal pair": MIDDLE,
    "n > d": SMALL,
    "n = 1": SMALL,
    "n = 2": SMALL,
    "many samples": DATA,
    "many dimensions": DATA,
    "equal correlations": MIDDLE,
    "signs": MIDDLE,
    "frame": DATA,
    "low-dimensional": SMALL,
}
"""The classes of data that belong to the claim, with data in which each is found and can be certified."""


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data at 8 d to 64 d neurons."""
    X = draw(data)
    return Instance(X=X, m=LEAST * len(X) * 2 ** draw(st.integers(0, DOUBLINGS)))


@st.composite
def _arcs(draw: DrawFn, most_d: int = 4, most_n: int = 5) -> np.ndarray:
    """Three points of a circle or more, 0.5 to 0.6 apart."""
    spacing = draw(st.integers(50, 60)) / 100
    return circle(np.arange(draw(st.integers(3, most_n))) * spacing, draw(st.integers(2, most_d)))


def _at_most_width(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    """Data at 64 d neurons."""
    return data.map(lambda X: Instance(X=X, m=MOST * len(X)))


@st.composite
def _orthonormal(draw: DrawFn, neurons: int) -> Instance:
    """Two to four orthonormal points, at that many neurons a dimension."""
    d = draw(st.integers(2, 4))
    return Instance(X=np.eye(d), m=neurons * d)


CLAIM = Claim(
    id="W2",
    kind=Kind.WITH_PROBABILITY,
    status=Status.CONJECTURE,
    finding="F2",
    instances=_instances(st.one_of(DATA.typical(), DATA.typical(), pairs(least=400, most=900))),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    constants={
        "16": MAX_SAMPLES,
        "24": MAX_DIMENSION,
        "8": LEAST,
        "64": MOST,
        "400": BUDGET,
        "800": LONGER * BUDGET,
        "1/10": FAILURE_PROBABILITY,
    },
    examples=(Instance(X=sphere(5, 10, 0), m=80),),
    uses=("C1",),
    restrict_to={"C1": NO_INSTANCE},
    cost=Cost.SLOW,
    classes={
        **Domain(min_separation=2.0**-11).classes(*CLASS_DATA),
        "crowded": lambda instance: promise(instance.X, "weak").eigenvalue < CROWDED,
    },
    strata={
        **{name: _instances(data.of_class(name)) for name, data in CLASS_DATA.items()},
        "crowded": _at_most_width(_arcs()),
    },
    siblings=(
        Sibling(
            "as-many-steps",
            "joint training is certified within 400 steps as well",
            "on arcs of the plane it is certified with as many neurons, but after more steps",
            falls="weak certified, joint not",
            where="crowded",
            changes={"longer": 1},
            instances=_at_most_width(_arcs(2, 3)),
        ),
        Sibling(
            "reverse",
            "weak training is certified where joint training is, from m = 4 d on",
            "on orthonormal data 4 d neurons suffice for joint training and not for weak",
            falls="joint certified, weak not",
            changes={"given": "joint", "then": "weak"},
            instances=_orthonormal(4),
        ),
        Sibling(
            "a-thirty-second",
            "joint training with m / 32 neurons is certified where weak training with m is",
            "joint training needs less, but not that much less: one neuron a dimension does not suffice",
            falls="weak certified, joint not",
            changes={"divisor": 32},
            instances=_orthonormal(32),
        ),
    ),
)
