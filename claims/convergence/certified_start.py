"""C4 and C5: does the certificate C1 hold at the initialization itself? No step is taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.convergence.calibrated_law import law_width
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices
from claims.preliminaries.explicit_width import solve, spectrum
from claims.preliminaries.fixed_data import pair
from models.certificate.certificate import certify
from models.certificate.fixed_budget import certified_with_budget
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import NO_INSTANCE, Claim, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet

FAILURE_PROBABILITY = 0.1
REACHED = {name: CLASSES[name] for name in ("n = 1", "n = 2", "d = 1", "orthogonal pair")}
"""The kinds of data whose explicit width can be drawn."""
WIDEST = 2**17
"""Wider networks are not drawn: the explicit widths of most data are beyond any computer."""

LEAST: dict[Regime, int] = {"weak": 1350, "joint": 1600}
MOST: dict[Regime, int] = {"weak": 1950, "joint": 2400}
"""Angles of a pair of the plane, in thousandths, between which its explicit width is below WIDEST."""
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
) -> Trials | Unmet:
    """A trial fails if neither the theorem's budget nor one that is searched for certifies the start."""
    X = instance.X
    numbers = spectrum(X)
    found = solve(numbers, FAILURE_PROBABILITY, regime)
    if not math.isfinite(found.width):
        return Unmet("the explicit width is beyond 2^100, or lambda_0 is not verified to be positive")
    m = math.ceil(instance.excess * width(X, found.width, regime))
    if m > WIDEST:
        return Unmet(f"the width is above {WIDEST}")
    data = tensor(X, Compute())
    eta = instance.share * numbers.largest_step
    failed = []
    for generator in generators:
        network = draw_network("rademacher", m, len(X), [generator], dtype=getattr(torch, compute.dtype))
        holds = certified_with_budget(network, data, eta, regime, found.budget)[0]
        failed.append(not (holds or certify(network, data, eta, regime).certified[0]))
    return Trials(np.array(failed), tuple("not certified at the start" if f else "" for f in failed))


@st.composite
def small_data(draw: DrawFn, least: int, most: int) -> Instance:
    """Data whose explicit width can be drawn. excess: m over it; share: eta over the largest step covered.

    One sample in up to eight dimensions, two points of the plane at an angle of `least` to `most`
    thousandths, or two orthogonal ones in space.
    """
    orthogonal = st.just(np.eye(3)[:, :2])
    X = draw(st.one_of(data_matrices(max_n=1, max_d=8), _pairs(least, most), orthogonal))
    excess = draw(st.sampled_from([1.0, 1.25]))
    return Instance(X=X, excess=excess, share=draw(st.sampled_from([1.0, 2.0**-10])))


@st.composite
def _pairs(draw: DrawFn, least: int, most: int) -> np.ndarray:
    return pair(draw(st.integers(least, most)) / 1000)


def siblings(regime: Regime) -> tuple[Sibling, ...]:
    """Two widths that are too small: the one that a run needs, and the square root of the explicit one."""
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
    )


def start_claim(id: str, regime: Regime, uses: tuple[str, ...]) -> Claim:
    """The theorem of a regime as a claim, under the label `id`. uses: what its proof rests on."""
    return Claim(
        id=id,
        kind=Kind.WITH_PROBABILITY,
        finding="F1",
        instances=small_data(LEAST[regime], MOST[regime]),
        draw=partial(draw, regime=regime),
        failure_probability=FAILURE_PROBABILITY,
        examples=(Instance(X=np.eye(2), excess=1.0, share=1.0),),
        uses=uses,
        restrict_to=dict.fromkeys(uses, NO_INSTANCE),
        cost=Cost.SLOW,
        minimum_reach=0.5,
        classes=REACHED,
        siblings=siblings(regime),
    )
