"""Runs short enough for balls: where they start, how far from the stored start, and how long they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.starting_points import (
    CLUSTERED,
    CROWDED,
    DATA,
    FEW,
    NAMES,
    WHOLE,
    far_starts,
    initial_network,
    near_starts,
)
from claims.convergence.tight_points import ONE
from claims.preliminaries.arrays import array, single
from claims.preliminaries.assumptions import Domain
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES
from refute import Compute, Instance

LONGEST = 96
"""Steps after which a run that is not certified says nothing: balls cost some milliseconds a step."""
MOST_NEURONS = 128
FEWER = Domain(min_n=2, max_n=5, min_d=2, max_d=6, min_separation=2.0**-4)
"""Where data of one sign are certified within LONGEST steps three times in four."""
LENGTHS = (2, 8, 16)
OFFS = (0.0, 0.0, 2.0**-40)
SPREADS = (0.0, 2.0**-14, 2.0**-8)
SHIFTED = 2.0**-24


def start_of(instance: Instance) -> Network:
    """The stored start: that of `initial_network`, its decoder moved by `spread` times a normal draw."""
    network = initial_network(instance, Compute())
    if instance.spread == 0:
        return network
    noise = np.random.default_rng([instance.start, 1]).standard_normal(network.A.shape[1:])
    return single(array(network.W)[0], array(network.A)[0] + instance.spread * noise, Compute())


def shift_of(instance: Instance) -> tuple[np.ndarray, np.ndarray]:
    """What the exact start is away from the stored one, (m, d) each, of norm nearly `off`; weak: W alone."""
    network = start_of(instance)
    shape = network.W.shape[1:]
    way = np.random.default_rng([instance.way]).standard_normal((2, *shape))
    if instance.regime == "weak":
        way[1] = 0.0
    way *= (1 - 2.0**-20) * instance.off / np.linalg.norm(way)
    return way[0], way[1]


@st.composite
def short(
    draw: DrawFn,
    starts: SearchStrategy[Instance],
    offs: tuple[float, ...] = OFFS,
    kinds: tuple[str, ...] = ("float64", "float64", "double-double"),
    spreads: tuple[float, ...] = (0.0,),
    steps: tuple[int, ...] = LENGTHS,
) -> Instance:
    """A start with the numbers of a short run: steps at least, off, the way there, the arithmetic, spread."""
    return draw(starts).replace(
        steps=draw(st.sampled_from(steps)),
        off=draw(st.sampled_from(offs)),
        way=draw(st.integers(0, 2**16)),
        kind=draw(st.sampled_from(kinds)),
        spread=draw(st.sampled_from(spreads)),
    )


def _near(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return short(near_starts(data, 5, 6, kinks=(0,)), spreads=(0.0, 0.0, *SPREADS[1:]))


def _far() -> SearchStrategy[Instance]:
    """At most MOST_NEURONS of them, and one on a kink at most."""
    starts = far_starts()
    return short(starts.map(lambda at: at.replace(m=min(at.m, MOST_NEURONS), kinks=min(at.kinks, 1))))


def instances() -> SearchStrategy[Instance]:
    """Far starts, and starts next to a minimum on data of every structure."""
    return st.one_of(_far(), _near(DATA.typical()), _near(DATA.typical()))


def strata() -> Mapping[str, SearchStrategy[Instance]]:
    """Starts on data of each class, and those of each kind of run."""
    named = {name: DATA if name in DATA.class_names() else WHOLE for name in NAMES}
    named |= {"nearly antipodal": CROWDED, "non-negative": FEWER}
    # Joint runs on samples as close take more than LONGEST steps to their certificate.
    closest = near_starts(
        CROWDED.of_class("nearly parallel"), 5, 6, kinks=(0,), shares=(0.5, 0.75), regimes=("weak",)
    )
    small = near_starts(FEW.typical(), 3, 5, kinks=(0,))
    large = near_starts(FEW.typical(), 3, 5, kinks=(0,), shares=(0.95,))
    weak, joint = (near_starts(FEW.typical(), 3, 5, kinks=(0,), regimes=(name,)) for name in REGIMES)
    kinks = near_starts(FEW.typical(), 4, 5, kinks=(1, 2))
    return {
        **{name: _near(domain.of_class(name)) for name, domain in named.items()},
        "nearly parallel": short(closest),
        "clusters": short(near_starts(CLUSTERED.of_class("clusters"), 6, 7, kinks=(0,))),
        "far from a minimum": _far(),
        "joint": short(joint, spreads=SPREADS),
        "joint, shifted": short(joint, offs=(SHIFTED, 2.0**-20), spreads=SPREADS[1:]),
        "weak, shifted": short(weak, offs=(SHIFTED,)),
        "double-double": short(small, kinds=("double-double",), spreads=SPREADS),
        "step beyond 1.8 / lambda_max": short(large),
        "next to a kink": short(kinks, offs=(0.0,), spreads=SPREADS[1:]),
    }


def _given(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, share: float, regime: str, **numbers: float
) -> Instance:
    plain = {"law": "given", "start": 0, "kinks": 0, "kind": "float64", "spread": 0.0, "off": 0.0, "way": 0}
    return Instance(X=X, W=W, A=A, m=len(W), share=share, regime=regime, **{**plain, **numbers})


def lost_sign() -> Instance:
    """Neurons whose z is exactly 2^-54, a sum of 1, 2^-54 and -1, which most orders of summation lose.

    Four others, one for each output, reproduce the sample but for 2^-6.
    """
    x = np.full((4, 1), 0.5)
    W = np.ones((8, 4))
    A = np.vstack([np.eye(4) / 4, np.eye(4) * (0.5 - 2.0**-6) * np.sqrt(32) / 2])
    for r, places in enumerate(((0, 1, 2), (2, 0, 1), (1, 0, 2), (0, 2, 1))):
        W[r] = 0.0
        W[r, list(places)] = 2.0, 2.0**-53, -2.0
    return _given(W, A, x, 0.25, "weak", steps=2)


def saddle() -> Instance:
    """A network next to 0, where what the two layers are off by grows by a quarter in a step."""
    tiny = np.full((1, 1), 2.0**-10)
    return _given(tiny, tiny, ONE, 2.0**-22, "joint", steps=2, off=2.0**-20, way=ALONG)


ALONG = 104
"""A draw whose two numbers are nearly equal: along the direction that grows."""


def tight_runs() -> tuple[Instance, ...]:
    """One sample in one dimension, where a part of what a step is held to is all that there is.

    A kink between the stored and the exact start; a slope that is the feature's; a run that is off by what
    the products of a step lose; one that is off by what its sum with the weights loses; the same of the
    decoder; a step beyond 2 / ||J||^2, which leaves a minimum for a flatter one.
    """

    def alone(w: list[float], a: list[float], share: float, regime: str, **numbers: float) -> Instance:
        return _given(np.array([w]).T, np.array([a]).T, ONE, share, regime, **{"steps": 2, **numbers})

    beyond = alone([1000.0, 1e-3, 1e-3, 1e-6], [0.00196875, 1e-3, 1e-3, 1e-3], 0.25, "weak", steps=16)
    root = 1.4142134780793982
    return (
        beyond.replace(off=2.0**-8, way=159),
        alone([1e6], [9.999999403953551e-07], 0.95, "joint", steps=16, off=2.0**-8, way=6),
        alone([1.0, 0.01], [root, 0.0], 0.75, "weak"),
        alone([1.0], [0.984375], 2.0**-22, "weak"),
        alone([1.0, 1e-6, 1e-6, 0.01], [1.99951171875, 0.0, 0.0, 0.0], 2.0**-10, "joint", steps=16),
        alone([11 / 32], [3.0], 1.1, "joint", off=2.0**-40, way=315),
    )


def far_from_the_stored_point() -> Instance:
    """Two orthogonal samples, reproduced up to 2^-20, and an exact start that is much further away than that.

    Two of the neurons have no decoder, so they stay where they are.
    """
    scale = np.sqrt(10 * 2)
    W = np.full((10, 2), -1.0)
    A = np.zeros((10, 2))
    for i in range(2):
        for p in range(2):
            r = 4 * i + 2 * p
            A[r : r + 2, p] = 1.0, -1.0
            W[r : r + 2, i] = 1 + scale * (float(i == p) - 2.0**-20), 1.0
    return _given(W, A, np.eye(2), 0.25, "weak", steps=2, off=2.0**-8)
