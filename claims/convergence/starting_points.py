"""Where the runs of the contraction certificate start: far from a minimum, or next to one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.fixed_data import circle
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance

FITTED = 2.0**-24
"""How far a fitted start is from a minimum."""


def initial_network(instance: Instance, compute: Compute) -> Network:
    """The network that the instance names: a draw of its own, the first `kinks` neurons moved onto a kink.

    The law "given" is a network that the instance holds, W and A (m, d).
    Onto the kink of a sample each, or to within 2^-30 of it. The law "fitted" is "rademacher", but with a
    decoder that reproduces the data up to about FITTED: next to a minimum, where small widths are certified
    at once. Neurons on a kink then have small decoders, so that large steps may be certified as well.
    """
    X = instance.X
    if instance.law == "given":
        return Network(tensor(instance.W[None], compute), tensor(instance.A[None], compute))
    m = instance.m
    fitted = instance.law == "fitted"
    generator = np.random.default_rng([instance.start])
    drawn = draw_network("rademacher" if fitted else instance.law, m, len(X), [generator])
    W = array(drawn.W)[0].copy()
    A = array(drawn.A)[0].copy()
    for r in range(min(instance.kinks, m)):
        x = X[:, r % X.shape[1]]
        W[r] += ((r % 3 - 1) * 2.0**-30 - W[r] @ x) * x
    if fitted:
        A[: instance.kinks] *= 2.0**-10
        A = fit(X, W, A) + FITTED * generator.standard_normal(A.shape)
    return Network(tensor(W[None], compute), tensor(A[None], compute))


def fit(X: np.ndarray, W: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The decoder (m, d) next to A of the least residual; that is 0 if the n features are independent."""
    features = np.maximum(W @ X, 0.0)
    scale = math.sqrt(W.size)
    E = X - A.T @ features / scale
    nearest: np.ndarray = A + scale * np.linalg.lstsq(features.T, E.T, rcond=None)[0]
    return nearest


MOST_SAMPLES = 16
MOST_DIMENSIONS = 24
SEPARATION = 2.0**-11
"""At 2^-11 about half of the fitted starts on nearly parallel pairs are certified in the steps allowed."""
CROWDED = Domain(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=SEPARATION)
WHOLE = Domain(max_n=MOST_SAMPLES, max_d=MOST_DIMENSIONS, min_separation=SEPARATION)
DATA = Domain(min_n=2, max_n=MOST_SAMPLES, min_d=2, max_d=MOST_DIMENSIONS, min_separation=2.0**-4)
"""Several samples in several dimensions."""
CLUSTERED = Domain(min_n=3, max_n=6, min_d=2, max_d=6, min_separation=2.0**-4)
"""Clusters of which most starts with 64 neurons are certified; of as many as DATA has, one in four."""
FEW = Domain(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=2.0**-2)
"""Data on which runs from far away come close enough to a minimum."""
NAMES = WHOLE.class_names()
_STARTS = st.integers(0, 2**16)


@st.composite
def far_starts(draw: DrawFn) -> Instance:
    """Widths 64 to 1024 on data that are not crowded, so that a run can come close enough to a minimum."""
    m = 2 ** draw(st.integers(6, 10))
    return Instance(
        X=draw(FEW.typical()),
        m=m,
        law=draw(st.sampled_from(["rademacher", "gaussian", "symmetric"])),
        start=draw(_STARTS),
        kinks=draw(st.sampled_from([0, 0, 1, m // 4])),
        share=draw(st.sampled_from([0.25, 0.5, 0.75])),
        regime=draw(st.sampled_from(REGIMES)),
    )


@st.composite
def near_starts(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 5,
    most: int = 7,
    kinks: tuple[int, ...] = (0, 1, 2),
    shares: tuple[float, ...] = (0.5, 0.95, 0.75),
    regimes: tuple[Regime, ...] = REGIMES,
) -> Instance:
    """Next to a minimum: small widths, crowded data, neurons that come to rest on a kink, and large steps."""
    X = draw(data)
    return Instance(
        X=X,
        m=2 ** draw(st.integers(least, most)),
        law="fitted",
        start=draw(_STARTS),
        kinks=draw(st.sampled_from(kinks)),
        share=draw(st.sampled_from(shares)),
        regime=draw(st.sampled_from(regimes)),
    )


def instances() -> SearchStrategy[Instance]:
    """Any start, far or near: the search may hunt, as the statement is for every start."""
    return st.one_of(far_starts(), near_starts(DATA.typical()), near_starts(DATA.typical()))


def strata() -> Mapping[str, SearchStrategy[Instance]]:
    """Starts next to a minimum on data of each class, and those of each kind of start."""
    named = {name: DATA if name in DATA.class_names() else WHOLE for name in NAMES}
    named |= dict.fromkeys(("nearly parallel", "nearly antipodal"), CROWDED)
    small = FEW.typical()
    return {
        **{name: near_starts(domain.of_class(name)) for name, domain in named.items()},
        "clusters": near_starts(CLUSTERED.of_class("clusters"), least=6),
        "far from a minimum": far_starts(),
        "joint": near_starts(small, regimes=("joint",)),
        "step beyond 1.8 / lambda_max": near_starts(small, shares=(0.95,)),
        "m <= 8": near_starts(small, 3, 3, kinks=(0, 1)),
        "samples at the border of A2": near_starts(
            st.sampled_from([2.0**-6, 2.0**-7]).map(lambda a: circle(np.array([0.0, a]))), kinks=(0, 1)
        ),
        "near a minimum, on a kink": near_starts(small, kinks=(1, 2)),
    }


def certified_near_starts() -> tuple[Instance, ...]:
    """Of each kind that the search reaches rarely, one: nearly parallel samples, of which three starts in
    four find no certificate, and others at which entries are unstable when they are certified.
    """
    close = circle(np.array([0.0, 2.0**-6]))
    closest = circle(np.array([0.0, 2.0**-10]))
    three = circle(np.array([0.0, 1.0, 2.0]))
    return (
        Instance(X=closest, law="fitted", m=32, start=0, kinks=0, share=0.5, regime="weak"),
        Instance(X=close, law="fitted", m=4, start=0, kinks=1, share=0.95, regime="weak"),
        Instance(X=close * [1, -1], law="fitted", m=8, start=1, kinks=2, share=0.95, regime="weak"),
        Instance(X=three, law="fitted", m=8, start=7, kinks=2, share=0.5, regime="joint"),
        Instance(X=np.eye(3), law="fitted", m=8, start=8, kinks=2, share=0.95, regime="weak"),
    )
