"""C4 and C5: does the certificate C1 hold at the initialization itself? No step is taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import law_width
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.explicit_width import STEP_DIVISOR, solve, spectrum
from claims.preliminaries.fixed_data import pair
from claims.preliminaries.thinning import thinned
from models.certificate.certificate import certify
from models.certificate.fixed_budget import certified_with_budget
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import NO_INSTANCE, Claim, Class, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet

FAILURE_PROBABILITY = 0.1
WIDEST = 2**18
"""No explicit width beyond this is drawn: those of most data are beyond any computer."""

LAW: dict[Regime, str] = {
    "weak": "m >= 32 d + 3 d / lambda_0^2 suffices, the law of C2",
    "joint": "m >= d (16 + 3 / kappa_0^2) suffices, the law of C3",
}

Width = Callable[[np.ndarray, float, Regime], float]
"""The width that is enough for X (d, n), from X, its explicit width and the regime."""


def explicit(_: np.ndarray, width: float, __: Regime) -> float:
    """The explicit width itself."""
    return width


def width_of_a_run(X: np.ndarray, _: float, regime: Regime) -> float:
    """The width from which runs keep their rate, by the law of C2 and C3."""
    return law_width(X, regime)


def a_sixteenth(_: np.ndarray, width: float, __: Regime) -> float:
    """A sixteenth of the explicit width."""
    return width / 16


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
) -> Trials | Unmet:
    """A trial fails if neither the theorem's budget nor one that is searched for certifies the start.

    faster: the step over the one that is covered.
    """
    X = instance.X
    numbers = spectrum(X)
    found = solve(numbers, FAILURE_PROBABILITY, regime)
    if found.width > WIDEST:
        return Unmet(f"the explicit width is above {WIDEST}")
    m = math.ceil(instance.excess * width(X, found.width, regime))
    data = tensor(X, Compute())
    eta = faster * instance.share * numbers.largest_step
    failed = []
    for generator in generators:
        network = draw_network("rademacher", m, len(X), [generator], dtype=getattr(torch, compute.dtype))
        holds = certified_with_budget(network, data, eta, regime, found.budget)[0]
        failed.append(not (holds or certify(network, data, eta, regime).certified[0]))
    return Trials(np.array(failed), tuple("not certified at the start" if f else "" for f in failed))


ONE = Domain(max_n=1, max_d=12)
"""One sample. Beyond 12 dimensions its explicit width comes close to WIDEST."""
ROTATIONS = 2**16


@st.composite
def spread(draw: DrawFn, least: int, most: int, largest: int) -> np.ndarray:
    """`least` to `most` samples, more dimensions up to `largest`: columns next to orthonormal ones, rotated.

    Next to, or equal to, with negated columns too. Only well separated samples have widths within WIDEST.
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
def within(draw: DrawFn, data: SearchStrategy[np.ndarray], regime: Regime) -> Instance:
    """Data thinned until their width can be drawn. excess: m over it; share: eta over the largest step."""
    X = thinned(draw(data), lambda Y: solve(spectrum(Y), FAILURE_PROBABILITY, regime).width <= WIDEST)
    excess = draw(st.sampled_from([1.0, 1.25]))
    return Instance(X=X, excess=excess, share=draw(st.sampled_from([1.0, 1.0, 2.0**-10])))


@st.composite
def _obtuse(draw: DrawFn) -> np.ndarray:
    return pair(draw(st.integers(1650, 1900)) / 1000)


STRATA: Mapping[str, SearchStrategy[np.ndarray]] = {
    "d = 1": ONE.of_class("d = 1"),
    "many dimensions": ONE.of_class("many dimensions"),
    "n = 2": spread(2, 2, 4),
    "orthogonal pair": st.integers(2, 4).map(lambda d: np.eye(d)[:, :2]),
    "obtuse pair": _obtuse(),
    "n = 3": st.just(np.eye(3)),
}
"""The classes of data that belong to the claims, with data of each; the first two are single samples. More
samples, or crowded ones, need wider networks than WIDEST."""


def classes() -> Mapping[str, Class]:
    """The classes of STRATA, and that of the largest step at the least width."""
    return {
        **Domain(max_n=3, max_d=12).classes(*(name for name in STRATA if name != "n = 3")),
        "n = 3": lambda instance: bool(instance.X.shape[1] == 3),
        "least width, largest step": lambda instance: bool(instance.excess == instance.share == 1.0),
    }


ORTHOGONAL = Instance(X=np.eye(2), excess=1.0, share=1.0)
FASTER = 128
"""How much too large a step is that is certified hardly anywhere."""


def siblings(regime: Regime) -> tuple[Sibling, ...]:
    """Three widths that are too small, and a step that is too large."""
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
            "a-sixteenth",
            f"m >= m_{regime} / 16 suffices",
            "what the bounds of the proof give away is less than that for two orthogonal samples",
            falls="not certified at the start",
            changes={"width": a_sixteenth},
            examples=(ORTHOGONAL,),
        ),
        Sibling(
            "large-steps",
            f"every eta <= {FASTER // STEP_DIVISOR} / (lambda_n + n) is covered",
            "c = 2 - eta Lt^2 is negative",
            falls="not certified at the start",
            changes={"faster": float(FASTER)},
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
        instances=within(spread(2, 3, 6), regime),
        draw=partial(draw, regime=regime),
        failure_probability=FAILURE_PROBABILITY,
        examples=(ORTHOGONAL,),
        uses=uses,
        restrict_to=dict.fromkeys(uses, NO_INSTANCE),
        cost=Cost.SLOW,
        minimum_reach=0.5,
        classes=classes(),
        strata={name: within(data, regime) for name, data in STRATA.items()},
        constants=constants,
        siblings=siblings(regime),
    )
