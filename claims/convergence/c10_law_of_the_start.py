"""C10. From a width given by a law on, nine starts in ten are enclosed before the first step.

Statement. For every X with A1, A2, 2 <= n <= 8, 2 <= d <= 8, the step
    eta = 1 / (8 (lambda_n + n)),
and every width with m <= 4096 and
    weak: m >= a d^2 lambda_n / lambda_0^2,
    joint: m >= b n d lambda_n / kappa_0^2,
with probability at least 9/10 over the initialization the tube of C9 encloses the run before its first step
and ends in contraction, so that the linear rate holds for every k >= 0. Our law, calibrated, not proved;
a = 10, b = 24.

Assumptions. A1, A2; rademacher decoder. The cap on m leaves out crowded data: two samples in two dimensions
that are closer than 0.5 (weak) or 0.53 (joint).

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d; lambda_n = ||X||^2; K, G the limit
kernels; lambda_0 = lambda_min(K), kappa_0 = lambda_min(K + G); excess the ratio of m to the law's width.

Refuted by. Data for which, at level 1e-6, more than a tenth of the starts are not certified.

A pass does not show. The law in more dimensions or for more samples, where single widths were measured
(docs/theory/start.md), nor its powers one by one; that so many neurons are needed: on most data half of them
suffice, in six dimensions a third; that runs from fewer do not converge, as they are proved from a later step
on (C1, C2, C3). The widths of W1, which are proved, are 12 to 160 times as large. One sample is excluded: its
kappa_0 is 1, and it needs more than the joint law would say.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words. The tube is claim C9; how the law
was found and attacked, and why these powers may be expected, is in docs/theory/start.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.certified_start import ROTATIONS, spread
from claims.convergence.start_law import (
    JOINT,
    WEAK,
    StartWidth,
    a_third,
    start_width,
    without_eigenvalue,
    without_samples,
)
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_spectrum import STEP_DIVISOR, spectrum
from claims.preliminaries.fixed_data import circle, half_circle, pair, sphere
from claims.preliminaries.thinning import thinned
from models.certificate.certificate import Certificate, certify
from models.certificate.tube import certify_start
from models.kernels.finite import tangent_kernel
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet

FAILURE_PROBABILITY = 0.1
LEAST = 2
MOST_SAMPLES = 8
MOST_DIMENSIONS = 8
WIDEST = 4096
NOT_ENCLOSED: dict[Regime, str] = {
    "weak": "weak start not certified",
    "joint": "joint start not certified",
}

Form = Callable[..., Certificate]
"""A certificate at the start, from the network, X, the step and the regime."""


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    width: StartWidth = start_width,
    form: Form = certify_start,
    faster: float = 1.0,
) -> Trials | Unmet:
    """A trial draws one start of `excess` times the law's width and asks for its certificate.

    faster: the step over that of the statement.
    """
    X = instance.X
    regime: Regime = instance.regime
    d, n = X.shape
    if not (LEAST <= n <= MOST_SAMPLES and LEAST <= d <= MOST_DIMENSIONS):
        return Unmet("n or d is not in the range of the statement")
    numbers = spectrum(X)
    if not instance.excess * start_width(numbers, regime) <= WIDEST:
        return Unmet("the law asks for more neurons than the cap")
    m = math.ceil(instance.excess * width(numbers, regime))
    data = tensor(X, compute)
    step_size = faster * numbers.largest_step
    failed = []
    for generator in generators:
        start = draw_network("rademacher", m, d, [generator], device=compute.device, dtype=data.dtype)
        failed.append(not form(start, data, step_size, regime).certified[0])
    return Trials(np.array(failed), tuple(NOT_ENCLOSED[regime] if bad else "" for bad in failed))


def first_start(instance: Instance) -> tuple[Instance, ...]:
    """A start of this width, as an instance of C9."""
    X, regime = instance.X, instance.regime
    numbers = spectrum(X)
    m = math.ceil(instance.excess * start_width(numbers, regime))
    network = draw_network("rademacher", m, len(X), [np.random.default_rng([0])])
    largest = float(torch.linalg.eigvalsh(tangent_kernel(network, tensor(X, Compute()), regime))[0, -1])
    share = numbers.largest_step * largest / 2
    how = {"law": "rademacher", "start": 0, "kinks": 0, "pieces": 20}
    return (Instance(X=X, m=m, share=share, regime=regime, **how),)


TYPICAL = 500
"""No wider law is drawn where a class does not ask for it, by the cost of a certificate."""
MORE = 2000
"""The widest law of a class."""
LOW = 1 / 4
"""A lambda_0 below this one is low."""


@st.composite
def _within(
    draw: DrawFn, data: SearchStrategy[np.ndarray], regime: Regime = "weak", widest: int = TYPICAL
) -> Instance:
    """Data thinned until the law is within `widest`. excess: m over the law's width."""
    X = thinned(draw(data), lambda Y: start_width(spectrum(Y), regime) <= widest)
    return Instance(X=X, regime=regime, excess=draw(st.sampled_from([1.0, 1.0, 1.25])))


@st.composite
def _chosen(draw: DrawFn, least_d: int = 2, most_d: int = 3) -> np.ndarray:
    """Eight random points of the sphere, of which `_within` takes those that fit."""
    return sphere(8, draw(st.integers(least_d, most_d)), draw(st.integers(0, ROTATIONS)))


def cross(angle: float) -> np.ndarray:
    """The two axes of the plane and two points opposite to them up to this angle: (2, 4)."""
    return circle(np.array([0.0, math.pi / 2, math.pi + angle, 1.5 * math.pi + angle]))


@st.composite
def _lines(draw: DrawFn) -> np.ndarray:
    """Three even lines of the plane, columns negated or not, or two axes and points opposite to them.

    Nearly: the closer to opposite they are, the more starts are not certified.
    """
    generator = np.random.default_rng([draw(st.integers(0, ROTATIONS))])
    if draw(st.booleans()):
        return np.ascontiguousarray(half_circle(3) * generator.choice([-1.0, 1.0], 3))
    return cross(float(10 ** generator.uniform(-4, -1)))


@st.composite
def _pairs(draw: DrawFn, least: int, most: int) -> np.ndarray:
    """Two points of the plane at an angle of `least` to `most` hundredths."""
    return pair(draw(st.integers(least, most)) / 100)


def _low(instance: Instance) -> bool:
    return spectrum(instance.X).eigenvalue(instance.regime) < LOW


FASTER = 256
"""How much too large a step is that is certified hardly anywhere: on orthogonal pairs 192 is 2 / ||H||."""
ORTHOGONAL = Instance(X=np.eye(2), regime="weak", excess=1.0)
LOW_PAIR = Instance(X=pair(0.52), regime="weak", excess=1.0)
OPPOSED = Instance(X=cross(0.05), regime="weak", excess=1.0)
FOUR = Instance(X=np.eye(4), regime="joint", excess=1.0)
_NAMED = Domain(min_n=2, max_n=8, min_d=2, max_d=8).classes("n > d", "obtuse pair", "orthogonal pair")


def _sibling(name: str, statement: str, because: str, at: Instance, changes: dict[str, object]) -> Sibling:
    return Sibling(
        name,
        statement,
        because,
        falls=NOT_ENCLOSED[at.regime],
        changes=changes,
        instances=st.just(at),
        examples=(at,),
    )


CLAIM = Claim(
    id="C10",
    kind=Kind.WITH_PROBABILITY,
    status=Status.CONJECTURE,
    finding="F1",
    instances=_within(st.one_of(_chosen(), spread(2, 3, 3))),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    constants={
        "2 <= n <= 8": (LEAST, MOST_SAMPLES),
        "2 <= d <= 8": (LEAST, MOST_DIMENSIONS),
        "8 (lambda_n + n)": STEP_DIVISOR,
        "4096": WIDEST,
        "9/10": 1 - FAILURE_PROBABILITY,
        "a = 10": WEAK,
        "b = 24": JOINT,
    },
    examples=(ORTHOGONAL,),
    uses=("C9",),
    restrict_to={"C9": first_start},
    cost=Cost.SLOW,
    minimum_reach=0.5,
    classes={
        **_NAMED,
        "joint": lambda instance: bool(instance.regime == "joint"),
        "joint, n >= 3": lambda instance: bool(instance.regime == "joint" and instance.X.shape[1] >= 3),
        "d >= 6": lambda instance: bool(len(instance.X) >= 6),
        "lambda_0 < 1/4": _low,
        "least width": lambda instance: bool(instance.excess == 1.0),
    },
    strata={
        "n > d": _within(_lines(), widest=MORE),
        "joint": _within(_chosen(2, 3), "joint"),
        "joint, n >= 3": _within(spread(3, 3, 4), "joint", 2 * TYPICAL),
        "d >= 6": _within(_chosen(6, 6), widest=MORE),
        "lambda_0 < 1/4": _within(_pairs(60, 75), widest=MORE),
    },
    siblings=(
        _sibling(
            "a-third",
            "a third of the neurons suffices for weak training",
            "two axes of the plane and two points nearly opposite to them need more than half",
            OPPOSED,
            {"width": a_third},
        ),
        _sibling(
            "without-n",
            "m >= b d lambda_n / kappa_0^2 suffices for joint training",
            "the drift of the second layer is bounded for all samples together",
            FOUR,
            {"width": without_samples},
        ),
        _sibling(
            "without-lambda_0",
            "m >= 4 a d^2 lambda_n, the same on orthonormal samples, suffices for weak training",
            "the smaller lambda_0 is, the longer is the path, and the smaller the loss that it may have",
            LOW_PAIR,
            {"width": without_eigenvalue},
        ),
        _sibling(
            "large-steps",
            f"the same for eta = {FASTER // STEP_DIVISOR} / (lambda_n + n)",
            "eta ||H|| exceeds 2",
            ORTHOGONAL,
            {"faster": float(FASTER)},
        ),
        _sibling(
            "without-the-tube",
            "C1 certifies such starts as well",
            "a budget for the whole path asks for some hundred times as many neurons",
            OPPOSED,
            {"form": certify},
        ),
    ),
)
