"""C4 and C5: is a start of W1's width proved for all time? No step is taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import law_width
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_spectrum import STEP_DIVISOR, spectrum
from claims.preliminaries.explicit_width import solve
from claims.preliminaries.fixed_data import pair, sphere
from claims.preliminaries.thinning import thinned
from models.certificate.block import certify_block
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import NO_INSTANCE, Claim, Class, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet
from refute.numerics import gamma

FAILURE_PROBABILITY = 0.1
WIDEST = 2**18
"""No explicit width beyond this is drawn, by the cost of a trial."""
TYPICAL = 2**16
"""No explicit width beyond this is drawn where a class does not ask for it."""

LAW: dict[Regime, str] = {
    "weak": "m >= d (32 + 3 / lambda_0^2 + n^2 / 8) suffices, the law of C2",
    "joint": "m >= d (24 + 3 / kappa_0^2 + n^2 / 16) suffices, the law of C3",
}

Width = Callable[[np.ndarray, float, Regime], float]
"""The width that is enough for X (d, n), from X, its explicit width and the regime."""


def explicit(_: np.ndarray, width: float, __: Regime) -> float:
    """The explicit width itself."""
    return width


def width_of_a_run(X: np.ndarray, _: float, regime: Regime) -> float:
    """The width from which runs keep their rate, by the law of C2 and C3."""
    return law_width(X, regime)


def a_quarter(_: np.ndarray, width: float, __: Regime) -> float:
    """A quarter of the explicit width."""
    return width / 4


def square_root(_: np.ndarray, width: float, __: Regime) -> float:
    """The explicit width with every exponent halved."""
    return math.sqrt(width)


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    regime: Regime,
    width: Width = explicit,
    faster: float = 1.0,
    sooner: float = 1.0,
) -> Trials | Unmet:
    """A trial fails if neither W1's budget and radius nor a budget that is searched for prove W1's rate.

    faster: the step over the one that is covered. sooner: the rate over that of W1.
    """
    X = instance.X
    numbers = spectrum(X)
    found = solve(numbers, FAILURE_PROBABILITY, regime)
    if found.width > WIDEST:
        return Unmet(f"the explicit width is above {WIDEST}")
    m = math.ceil(instance.excess * width(X, found.width, regime))
    data = tensor(X, compute)
    eta = faster * instance.share * numbers.largest_step
    rate = sooner * found.rate
    wanted = rate * (2 - eta * rate) * (1 - gamma(256))

    def holds(network: Network, budget: float = 0.0, radius: float = 0.0) -> bool:
        block = certify_block(network, data, eta, regime, budget=budget, radius=radius)
        return bool(block.certified[0] and block.rate[0] >= wanted)

    failed = []
    for generator in generators:
        network = draw_network("rademacher", m, len(X), [generator], device=compute.device, dtype=data.dtype)
        failed.append(not (holds(network, found.budget, found.radius) or holds(network)))
    return Trials(np.array(failed), tuple("not certified at the start" if f else "" for f in failed))


ONE = Domain(max_n=1, max_d=16)
"""One sample. Beyond 16 dimensions its explicit width exceeds TYPICAL, beyond 40 it comes close to WIDEST."""
ROTATIONS = 2**16


@st.composite
def spread(draw: DrawFn, least: int, most: int, largest: int) -> np.ndarray:
    """`least` to `most` samples, more dimensions up to `largest`: columns next to orthonormal ones, rotated.

    Next to, or equal to, with negated columns too.
    """
    n = draw(st.integers(least, most))
    d = draw(st.integers(n, largest))
    generator = np.random.default_rng([draw(st.integers(0, ROTATIONS))])
    crowded = draw(st.sampled_from([1 / 8, 1 / 16, 0.0]))
    X = np.eye(d)[:, :n] + crowded * generator.standard_normal((d, n))
    if draw(st.booleans()):
        X = np.linalg.qr(generator.standard_normal((d, d)))[0] @ X
    X *= generator.choice([-1.0, 1.0], n)
    return np.ascontiguousarray(X / np.linalg.norm(X, axis=0))


@st.composite
def random_points(draw: DrawFn, least: int, most: int, d: int) -> np.ndarray:
    """`least` to `most` points, uniform on the sphere of d dimensions."""
    return sphere(draw(st.integers(least, most)), d, draw(st.integers(0, ROTATIONS)))


@st.composite
def within(draw: DrawFn, data: SearchStrategy[np.ndarray], regime: Regime, widest: int = TYPICAL) -> Instance:
    """Data thinned until their width can be drawn. excess: m over it; share: eta over the largest step."""
    X = thinned(draw(data), lambda Y: solve(spectrum(Y), FAILURE_PROBABILITY, regime).width <= widest)
    excess = draw(st.sampled_from([1.0, 1.25]))
    return Instance(X=X, excess=excess, share=draw(st.sampled_from([1.0, 1.0, 2.0**-10])))


@st.composite
def _obtuse(draw: DrawFn) -> np.ndarray:
    return pair(draw(st.integers(1650, 3000)) / 1000)


STRATA: Mapping[str, SearchStrategy[np.ndarray]] = {
    "d = 1": ONE.of_class("d = 1"),
    "many dimensions": ONE.of_class("many dimensions"),
    "n = 2": spread(2, 2, 8),
    "orthogonal pair": st.integers(2, 8).map(lambda d: np.eye(d)[:, :2]),
    "obtuse pair": _obtuse(),
    "n = 3": spread(3, 3, 6),
    "random points": random_points(2, 3, 8),
    "n = 4": st.just(np.eye(4)),
    "n = 8": st.just(np.eye(8)),
}
"""The classes of data that belong to the claims, with data of each; the first two are single samples. Crowded
samples need wider networks than WIDEST."""
WIDE = {"random points": 2**17, "n = 8": WIDEST}
"""The largest explicit widths of these classes."""
COUNTS = {"n = 3": 3, "n = 4": 4, "n = 8": 8}
"""The classes that this module defines by their number of samples."""


def is_random(X: np.ndarray) -> bool:
    """Whether no two of two or more samples are orthogonal."""
    return bool(X.shape[1] > 1 and (np.abs(X.T @ X) > 2.0**-10).all())


def classes() -> Mapping[str, Class]:
    """The classes of STRATA, and that of the largest step at the least width."""
    named = Domain(max_n=8, max_d=16)
    counts: Mapping[str, Class] = {
        name: partial(lambda instance, n: bool(instance.X.shape[1] == n), n=n) for name, n in COUNTS.items()
    }
    return {
        **named.classes(*(name for name in STRATA if name not in {*COUNTS, "random points"})),
        **counts,
        "random points": lambda instance: is_random(instance.X),
        "least width, largest step": lambda instance: bool(instance.excess == instance.share == 1.0),
    }


ORTHOGONAL = Instance(X=np.eye(2), excess=1.0, share=1.0)
FOUR = Instance(X=np.eye(4), excess=1.0, share=1.0)
FASTER: dict[Regime, int] = {"weak": 128, "joint": 64}
"""How much too large a step is that is hardly ever certified; on orthogonal pairs 96 and 41 may be."""


def siblings(regime: Regime) -> tuple[Sibling, ...]:
    """Three widths that are too small, a step that is too large, and a rate that is not kept."""
    return (
        Sibling(
            "width-of-a-run",
            LAW[regime],
            "a run may use some steps first; at the start the residual, and with it the budget, is large",
            falls="not certified at the start",
            changes={"width": width_of_a_run},
        ),
        Sibling(
            "square-root",
            f"m >= sqrt(m_{regime}) suffices, every exponent halved",
            "the radius of a neuron is C / sqrt(m) and may not exceed a fixed share of its size",
            falls="not certified at the start",
            changes={"width": square_root},
        ),
        Sibling(
            "a-quarter",
            f"m >= m_{regime} / 4 suffices",
            "what the bounds of the proof give away is less than that for four orthogonal samples",
            falls="not certified at the start",
            changes={"width": a_quarter},
            examples=(FOUR,),
        ),
        Sibling(
            "large-steps",
            f"every eta <= {FASTER[regime] // STEP_DIVISOR} / (lambda_n + n) is covered",
            "eta ||H|| exceeds 1",
            falls="not certified at the start",
            changes={"faster": float(FASTER[regime])},
            examples=(ORTHOGONAL,),
        ),
        Sibling(
            "three-times-the-rate",
            "the rate is three times that of W1",
            "what the kernel of a start has is little more than twice the rate that is promised",
            falls="not certified at the start",
            changes={"sooner": 3.0},
            examples=(ORTHOGONAL,),
        ),
    )


def start_claim(id: str, regime: Regime, uses: tuple[str, ...], constants: Mapping[str, Any]) -> Claim:
    """The theorem of a regime as a claim, under the label `id`.

    uses: what its proof rests on. constants: the numbers of its Statement.
    """
    return Claim(
        id=id,
        kind=Kind.WITH_PROBABILITY,
        finding="F1",
        instances=within(spread(2, 4, 8), regime),
        draw=partial(draw, regime=regime),
        failure_probability=FAILURE_PROBABILITY,
        examples=(ORTHOGONAL,),
        uses=uses,
        restrict_to=dict.fromkeys(uses, NO_INSTANCE),
        cost=Cost.SLOW,
        minimum_reach=0.5,
        classes=classes(),
        strata={name: within(data, regime, WIDE.get(name, TYPICAL)) for name, data in STRATA.items()},
        constants=constants,
        siblings=siblings(regime),
    )
