"""One trial of C4 and C5: does the certificate C1 hold at the initialization itself? No step is taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.convergence.calibrated_law import law_width
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices
from claims.preliminaries.explicit_width import solve, spectrum
from models.certificate.certificate import certify
from models.certificate.fixed_budget import certified_with_budget
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Compute, Instance, Trials, Unmet

FAILURE_PROBABILITY = 0.1
REACHED = {name: CLASSES[name] for name in ("n = 1", "n = 2", "d = 1", "orthogonal pair")}
"""The kinds of data whose explicit width can be drawn."""
WIDEST = 2**17
"""Wider networks are not drawn: the explicit widths of most data are beyond any computer."""

Width = Callable[[np.ndarray, float, Regime], float]


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    regime: Regime,
    width: Width | None = None,
) -> Trials | Unmet:
    """A trial fails if neither the theorem's budget nor one that is searched for certifies the start.

    width: what a sibling says of (X, the explicit width, regime) is enough; default the explicit width.
    """
    X = instance.X
    numbers = spectrum(X)
    found = solve(numbers, FAILURE_PROBABILITY, regime)
    if not math.isfinite(found.width):
        return Unmet("the explicit width is beyond 2^100, or lambda_0 is not verified to be positive")
    enough = found.width if width is None else width(X, found.width, regime)
    m = math.ceil(instance.excess * enough)
    if m > WIDEST:
        return Unmet(f"the width is above {WIDEST}")
    data, eta = tensor(X, Compute()), instance.share * numbers.largest_step
    failed = []
    for generator in generators:
        network = draw_network("rademacher", m, len(X), [generator], dtype=getattr(torch, compute.dtype))
        holds = certified_with_budget(network, data, eta, regime, found.budget)[0]
        failed.append(not (holds or certify(network, data, eta, regime).certified[0]))
    return Trials(np.array(failed), tuple("not certified at the start" if f else "" for f in failed))


def width_of_a_run(X: np.ndarray, _: float, regime: Regime) -> float:
    """The width from which runs keep their rate, by the law of C2 and C3."""
    return law_width(X, regime)


def square_root(_: np.ndarray, width: float, __: Regime) -> float:
    """The explicit width with every exponent halved."""
    return math.sqrt(width)


@st.composite
def small_data(draw: DrawFn, least: int, most: int) -> Instance:
    """Data whose explicit width can be drawn. excess: m over it; share: eta over the largest step covered.

    One sample in up to eight dimensions, two points of the plane at an angle of `least` to `most`
    thousandths, or two orthogonal ones in space.
    """
    orthogonal = st.just(np.eye(3)[:, :2])
    X = draw(st.one_of(data_matrices(max_n=1, max_d=8), _pairs(least, most), orthogonal))
    excess, share = draw(st.sampled_from([1.0, 1.25])), draw(st.sampled_from([1.0, 2.0**-10]))
    return Instance(X=X, excess=excess, share=share)


@st.composite
def _pairs(draw: DrawFn, least: int, most: int) -> np.ndarray:
    theta = draw(st.integers(least, most)) / 1000
    return np.array([[1.0, math.cos(theta)], [0.0, math.sin(theta)]])
