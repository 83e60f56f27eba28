"""Starts and steps at which the tube of C9 is attacked, and those at which it is false without a part."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.tight_points import ONE, given_point
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.fixed_data import circle
from models.networks.regime import REGIMES, Regime
from refute import Instance

MOST_SAMPLES = 8
MOST_DIMENSIONS = 8
SEPARATION = 2.0**-11
LARGEST_SHARE = 0.999
"""The largest step, as a share of 2 / lambda_max at the start."""
WHOLE = Domain(max_n=MOST_SAMPLES, max_d=MOST_DIMENSIONS, min_separation=SEPARATION)
CROWDED = Domain(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=SEPARATION)
FEW = Domain(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=2.0**-2)
NAMES = WHOLE.class_names()
SHARES = (0.25, LARGEST_SHARE, 0.02, 0.5, 0.9)
_STARTS = st.integers(0, 2**16)
_PIECES = st.sampled_from([20, 0, 8, 40])


@st.composite
def random_starts(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 3,
    most: int = 9,
    shares: tuple[float, ...] = SHARES,
    regimes: tuple[Regime, ...] = REGIMES,
) -> Instance:
    """A network as it is drawn, with neurons on kinks or without."""
    m = 2 ** draw(st.integers(least, most))
    return Instance(
        X=draw(data),
        m=m,
        law=draw(st.sampled_from(["rademacher", "gaussian", "symmetric"])),
        start=draw(_STARTS),
        kinks=draw(st.sampled_from([0, 0, 1, m // 4])),
        share=draw(st.sampled_from(shares)),
        regime=draw(st.sampled_from(regimes)),
        pieces=draw(_PIECES),
    )


@st.composite
def fitted_starts(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    shares: tuple[float, ...] = SHARES,
    regimes: tuple[Regime, ...] = REGIMES,
) -> Instance:
    """Next to a minimum, where small widths and large steps are certified, with neurons on kinks."""
    return Instance(
        X=draw(data),
        m=2 ** draw(st.integers(3, 7)),
        law="fitted",
        start=draw(_STARTS),
        kinks=draw(st.sampled_from([0, 1, 2])),
        share=draw(st.sampled_from(shares)),
        regime=draw(st.sampled_from(regimes)),
        pieces=draw(_PIECES),
    )


def instances() -> SearchStrategy[Instance]:
    """Any start: the statement is for every one, so the search may hunt."""
    typical = FEW.typical()
    return st.one_of(random_starts(typical), random_starts(typical, 8, 10), fitted_starts(WHOLE.typical()))


def strata() -> Mapping[str, SearchStrategy[Instance]]:
    """Starts on data of each class, and those of each kind of start."""
    named = dict.fromkeys(NAMES, WHOLE) | dict.fromkeys(("nearly parallel", "nearly antipodal"), CROWDED)
    few = FEW.typical()
    return {
        **{
            name: st.one_of(random_starts(domain.of_class(name)), fitted_starts(domain.of_class(name)))
            for name, domain in named.items()
        },
        "step beyond 1.8 / lambda_max": st.one_of(
            random_starts(few, shares=(LARGEST_SHARE,)), fitted_starts(few, shares=(LARGEST_SHARE,))
        ),
        "drawn, m >= 256": random_starts(few, 8, 10, (0.25, 0.5)),
        "joint": random_starts(few, 6, 10, (0.25, 0.5), ("joint",)),
        "m <= 16": random_starts(few, 2, 4),
        "neurons on a kink": fitted_starts(few),
    }


def _given(W: np.ndarray, A: np.ndarray, share: float, pieces: int, regime: Regime = "weak") -> Instance:
    """A network of one sample in one dimension."""
    return given_point(ONE, W, A, share, regime, pieces=pieces)


def uncertain_companion() -> Instance:
    """Two neurons of one sample, the second on its kink: active, but by less than its tube is wide.

    The residual changes its sign at every step, and the step is nearly the largest. What the second neuron
    adds to the half that the centre takes it for pushes the run away from the centre at each step, and the
    bound of F is attained.
    """
    A = np.array([[1.0], [0.15]])
    E = 2.0**-10
    z = 2.0**-60
    W = np.array([[math.sqrt(2) * (1 - E) - 0.15 * z], [z]])
    return _given(W, A, 0.995, 60)


def crossing_neuron() -> Instance:
    """A neuron crosses its kink within a piece, and stays where it is from the step after that on."""
    return _given(np.array([[0.05]]), np.array([[-1.0]]), 0.0005, 40)


def dying_neuron() -> Instance:
    """The one neuron of a single sample dies, and with it the kernel."""
    return _given(np.array([[0.001]]), np.array([[-1.0]]), 0.25, 0)


def tight_starts() -> tuple[Instance, ...]:
    """Single neurons at which the tube is false without a half of what the drift costs the encoder, without
    the drift of the decoder in what moves z, or at the rate of another piece than the slowest. At the second
    the block certificate is, without the drift.
    """

    def alone(w: float, a: float, share: float, pieces: int) -> Instance:
        return _given(np.array([[w]]), np.array([[a]]), share, pieces, "joint")

    return (
        alone(0.9536923255240269, 1.008623933459851, 0.5, 0),
        alone(1.6170995407971702, 0.7527782809221999, 0.02, 20),
        alone(0.8383535273042839, 1.1435326473537561, 0.25, 5),
    )


def drawn_starts() -> tuple[Instance, ...]:
    """Starts as they are drawn, certified with hundreds of uncertain entries, and one that is not."""
    three = circle(np.array([0.0, 1.0, 2.0]))
    close = circle(np.array([0.0, 2.0**-6]))
    common = {"law": "rademacher", "kinks": 0, "share": 0.25}
    return (
        Instance(X=np.eye(2), m=256, start=0, pieces=20, regime="weak", **common),
        Instance(X=np.eye(4), m=512, start=1, pieces=0, regime="joint", **{**common, "share": 0.02}),
        Instance(X=three, m=1024, start=2, pieces=20, regime="weak", **common),
        Instance(X=close, m=64, start=0, pieces=40, regime="weak", **common),
    )
