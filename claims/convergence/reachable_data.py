"""The data on which the laws of C2 and C3 are tried: within the caps, of every structure and class."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import FASTEST, PACE, beyond_the_caps, law_width, promise
from claims.preliminaries.assumptions import Domain, pair_angles
from claims.preliminaries.fixed_data import equally_correlated, pair
from claims.preliminaries.thinning import thinned
from models.networks.regime import Regime
from refute import Class, Instance

EIGENVALUE: dict[Regime, str] = {"weak": "lambda_0", "joint": "kappa_0"}
DATA = Domain(min_n=3, max_n=12, min_d=3, max_d=24, min_separation=0.25)
"""Several samples in several dimensions."""
LARGE = Domain(min_n=12, max_n=24, min_d=12, max_d=32, min_separation=0.5)
"""As many samples as the caps allow: where n decides about the width."""
SMALL = Domain(min_n=3, max_n=5, min_d=3, max_d=4, min_separation=0.25)
"""Where clusters and other crowded data are within the caps."""
CLOSE = 0.3
"""An angle below this is close: the width cap leaves out angles below 0.18 (joint) and 0.23 (weak)."""
WORK = 1.5e8
"""The most that m n d times the promised steps may be, a fifth of a second for the trials of an instance."""
MUCH_WORK = 5e8
"""The same where many samples are to be drawn."""
STRUCTURES = (
    "nearly antipodal",
    "obtuse pair",
    "orthogonal pair",
    "n > d",
    "many dimensions",
    "equal correlations",
    "common mean",
    "non-negative",
    "signs",
    "low-dimensional",
    "real rows",
)
"""The classes of data that belong to the laws, whatever the regime. Nearly parallel samples do not: the width
cap leaves them out."""

Build = Callable[[SearchStrategy[np.ndarray]], SearchStrategy[Instance]]


def within_reach(instance: Instance, regime: Regime, work: float) -> bool:
    """Whether an instance is within the caps, and its runs within this much work."""
    if beyond_the_caps(instance, regime):
        return False
    d, n = instance.X.shape
    m = instance.excess * law_width(instance.X, regime)
    return bool(m * n * d * promise(instance.X, regime, instance.pace).steps <= work)


@st.composite
def within_the_caps(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    regime: Regime,
    work: float = WORK,
    paces: tuple[float, ...] = (),
    excesses: tuple[float, ...] = (1.0,),
) -> Instance:
    """Data thinned to what is within reach, at the largest pace or PACE. excess: m over the law's width."""
    X = draw(data)
    pace = draw(st.sampled_from(paces or (FASTEST[regime], PACE)))
    excess = draw(st.sampled_from(excesses))
    instance = Instance(X=X, excess=excess, pace=pace)
    return instance.replace(X=thinned(X, lambda Y: within_reach(instance.replace(X=Y), regime, work)))


def typical(regime: Regime) -> SearchStrategy[Instance]:
    """Several samples in several dimensions, of every structure, and some that are as many as possible."""
    usual = within_the_caps(
        DATA.typical(), regime, paces=(FASTEST[regime], PACE, PACE / 4), excesses=(1.0, 1.0, 1.5)
    )
    return st.one_of(usual, usual, within_the_caps(LARGE.typical(), regime, MUCH_WORK))


def classes(regime: Regime) -> Mapping[str, Class]:
    """The kinds of instances that the search of C2 or C3 must reach."""
    return {
        **Domain(max_d=64, min_separation=2.0**-11).classes(*STRUCTURES, "n = 1", "clusters"),
        "n >= 12": lambda instance: bool(instance.X.shape[1] >= 12),
        f"{EIGENVALUE[regime]} < 0.1": lambda instance: promise(instance.X, regime).eigenvalue < 0.1,
        "d >= 4 n": lambda instance: len(instance.X) >= 4 * instance.X.shape[1],
        "close pair": lambda instance: bool((pair_angles(instance.X) < CLOSE).any()),
        "largest pace": lambda instance: bool(instance.pace == FASTEST[regime]),
        "small pace": lambda instance: bool(instance.pace < PACE),
    }


def strata(regime: Regime) -> Mapping[str, SearchStrategy[Instance]]:
    """For each class a strategy that constructs its instances within the caps."""
    lone = Domain(max_n=1, max_d=64)
    dimensions = Domain(min_n=2, max_n=4, min_d=16, max_d=64, min_separation=0.5)
    opposite = Domain(min_n=2, max_n=4, min_d=2, max_d=8, min_separation=2.0**-11)
    build = _build(regime)
    named = {name: SMALL if name in SMALL.class_names() else DATA for name in STRUCTURES}
    named |= {"nearly antipodal": opposite, "many dimensions": DATA, "equal correlations": LARGE}
    named |= {"n > d": Domain(min_n=3, max_n=6, min_d=2, max_d=4, min_separation=0.4), "signs": DATA}
    named["real rows"] = Domain(min_n=2, max_n=4, min_d=4, max_d=64, min_separation=0.4)
    named["common mean"] = Domain(min_n=3, max_n=12, min_d=3, max_d=24, min_separation=0.4)
    return {
        **{name: build(domain.of_class(name)) for name, domain in named.items()},
        "n = 1": build(lone.of_class("n = 1")),
        "clusters": within_the_caps(_clusters(), regime, MUCH_WORK),
        "n >= 12": within_the_caps(_many(), regime, MUCH_WORK, paces=(FASTEST[regime],)),
        f"{EIGENVALUE[regime]} < 0.1": build(_pairs(regime, 3).map(_three)),
        "d >= 4 n": build(dimensions.typical()),
        "close pair": build(_pairs(regime, 2)),
        "largest pace": within_the_caps(DATA.typical(), regime, paces=(FASTEST[regime],)),
        "small pace": within_the_caps(DATA.typical(), regime, paces=(PACE / 4, PACE / 8)),
    }


def _build(regime: Regime) -> Build:
    return lambda data: within_the_caps(data, regime)


@st.composite
def _many(draw: DrawFn) -> np.ndarray:
    """12 to 24 columns, orthonormal or equally correlated, the signs of all or of none changed."""
    n = draw(st.integers(12, 24))
    tenths = draw(st.integers(0, 5))
    X = equally_correlated(n, n, tenths / 10) if tenths else np.eye(n)
    return X * draw(st.sampled_from([1.0, -1.0]))


@st.composite
def _clusters(draw: DrawFn) -> np.ndarray:
    """Two or three clusters of two samples each at an angle of 0.38 to 0.45, in orthogonal planes."""
    count = draw(st.integers(2, 3))
    angle = draw(st.integers(38, 45)) / 100
    return np.kron(np.eye(count), pair(angle))


def _pairs(regime: Regime, d: int) -> SearchStrategy[np.ndarray]:
    """Pairs in the plane, from the closest that the width cap allows in d dimensions on."""
    closest = math.ceil(1000 * smallest_angle(regime, d)) + 1
    return st.integers(closest, 290).map(lambda thousandth: pair(thousandth / 1000))


def _three(X: np.ndarray) -> np.ndarray:
    """A pair (2, 2) and a third sample, orthogonal to both: (3, 3)."""
    found = np.eye(3)
    found[:2, :2] = X
    return found


def many_correlated(regime: Regime) -> Instance:
    """24 samples in 24 dimensions with all inner products 1/2: where half of the width is too little."""
    return Instance(X=equally_correlated(24, 24, 0.5), excess=1.0, pace=FASTEST[regime])


@cache
def smallest_angle(regime: Regime, d: int = 2) -> float:
    """The angle below which the law of a pair in R^d is beyond the width cap; by bisection."""
    low = 0.0
    high = math.pi / 2
    for _ in range(30):
        middle = (low + high) / 2
        inside = within_reach(Instance(X=pair(middle, d), excess=1.0, pace=PACE), regime, math.inf)
        low, high = (low, middle) if inside else (middle, high)
    return high
