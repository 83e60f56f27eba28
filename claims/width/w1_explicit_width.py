"""W1. Explicit sufficient widths have closed forms above them.

Statement. For every X with A1, A2 and every 0 < p < 1 for which the right-hand sides are at most 2^100 the
inequalities of `claims/preliminaries/explicit_width.py` have a solution: a width m_weak and a width m_joint,
with a budget each that serves every larger width too, and with k = K or K + G, h_k = tr(k^-1 (rho + 4 G)),
g = || |rho| ||, t = ln(6 n^2 d / p) and u = ln(11 n^2 d / p)
    m_weak  <= 34 d^2 lambda_n g^2 h_K t / lambda_0^3,
    m_joint <= 220 d lambda_n (d g^2 + n lambda_n) h_{K+G} u^2 / kappa_0^3.
From the solved widths on the block certificate holds at initialization with probability at least 1 - p, for
every step
    eta <= 1 / (8 (lambda_n + n));
that half is tested by C4 and C5. At the closed forms it promises half of the limit's rate: for every k >= 0
    ||E(k)||_F <= (1 - eta lambda_0 / (2 d))^k ||E(0)||_F    (weak; joint with kappa_0).

Assumptions. A1, A2 (used through lambda_0 > 0); rademacher decoder.

Symbols. X (d, n); rho = X^T X, |rho| its absolute values; lambda_n = ||X||^2; K, G the limit kernels;
lambda_0 = lambda_min(K); kappa_0 = lambda_min(K + G); m_weak, m_joint the solved widths, up to a factor
1 + 2^-10; p the probability of failure.

Refuted by. Data and a p whose solved width exceeds its closed form, for which the path that is needed at a
larger width exceeds the solved budget, or for which the rate at the closed form is smaller.

A pass does not show. That so many neurons are needed: runs need far fewer (C2, C3), and so do starts that a
tube encloses (C9); on some data the explicit joint width is the larger one. The closed forms are loose: by
2 to 7 for one sample in one dimension, by hundreds and thousands in many dimensions, where the solved widths
do without the logarithms. That h_K <= 8 n + 4 d and h_{K+G} <= 8 n is proved and not searched.

Source. Ours, serving F2 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; the widths that its full text
gives were not read. Proof: docs/theory/width.md. The block lemma makes the loss linear in the share of
neurons that may flip, without a factor n; weighing E(0) by the kernel leaves the third power of 1 / lambda_0.
At a fixed budget C every radius is C times a function that falls in m, and so does every deviation.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.assumptions import Domain, separated
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.data_spectrum import STEP_DIVISOR
from claims.preliminaries.explicit_width import (
    BRACKET,
    JOINT_CLOSED,
    LARGEST,
    SHARES,
    WEAK_CLOSED,
    Solution,
    Spectrum,
    bounds,
    closed_width,
    solve,
    spectrum,
)
from claims.preliminaries.fixed_data import cap, pair
from claims.preliminaries.thinning import thinned
from models.networks.regime import REGIMES, Regime
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Sibling,
    Unmet,
    at_least,
    at_most,
)
from refute.numerics import gamma

LARGER = (2.0, 2.0**10, 2.0**30)
"""How many times the solved width the solved budget is tried at."""

RATE_DIVISOR = 2
"""The limit's rate, lambda_0 / d or kappa_0 / d, over what is promised at the closed forms."""

Closed = Callable[[Spectrum, float, Regime], float]
"""A closed form above the solved width, from the spectrum of the data, p and the regime."""


def check(
    instance: Instance,
    compute: Compute,
    *,
    closed: Closed = closed_width,
    larger: tuple[float, ...] = LARGER,
    divisor: float = RATE_DIVISOR,
) -> Comparisons | Unmet:
    """Solve for both regimes; the bracket of the bisection is the uncertainty of a width.

    larger: at how many times the solved width the solved budget must serve. divisor: the limit's rate over
    what is promised at the closed form. A width without a solution where there must be one exceeds every
    closed form.
    """
    data = spectrum(instance.X)
    p = instance.p
    if max(closed_width(data, p, regime) for regime in REGIMES) > LARGEST:
        return Unmet("a closed form is beyond 2^100, or lambda_0 is not verified to be positive")
    comparisons: list[Comparison] = []
    for regime in REGIMES:
        found = solve(data, p, regime)
        width = min(found.width, 2.0 * LARGEST)
        bound = closed(data, p, regime)
        comparisons.append(at_most(f"{regime}: closed form", width, bound, 2 * BRACKET * width))
        if width <= LARGEST:
            comparisons.append(_larger_widths(data, p, regime, found, larger))
        comparisons.append(_rate(data, p, regime, divisor))
    return tuple(comparisons)


def _larger_widths(
    data: Spectrum, p: float, regime: Regime, found: Solution, larger: tuple[float, ...]
) -> Comparison:
    """The longest path that is needed at larger widths against the solved budget."""
    wider = [bounds(data, found.width * factor, p, regime, found.budget) for factor in larger]
    worst = max(wider, key=lambda more: more.needed if more else math.inf)
    if worst is None or worst.rate <= 0:
        return at_most(f"{regime}: budget at larger widths", 2 * found.budget, found.budget)
    label = f"{regime}: budget at larger widths"
    return at_most(label, worst.needed, found.budget, gamma(256) * worst.size)


def _rate(data: Spectrum, p: float, regime: Regime, divisor: float) -> Comparison:
    """The rate that is promised at the closed form; f and delta err by gamma(256) relative to them."""
    found = bounds(data, closed_width(data, p, regime), p, regime)
    wanted = data.eigenvalue(regime) / (divisor * data.d)
    if found is None:
        return at_least(f"{regime}: rate at the closed form", 0.0, wanted)
    rounding = gamma(256) * (found.floor + found.loss)
    return at_least(f"{regime}: rate at the closed form", found.rate, wanted, rounding)


def with_eigenvalue_squared(data: Spectrum, p: float, regime: Regime) -> float:
    """Sixteen times the closed forms, with the second power of lambda_0 or kappa_0."""
    return 16 * closed_width(data, p, regime) * data.eigenvalue(regime)


def with_one_dimension(data: Spectrum, p: float, regime: Regime) -> float:
    """The closed forms with d in place of d^2 (weak), or without d (joint)."""
    closed = closed_width(data, p, regime)
    g = data.spread**2
    without = (g + data.n * data.top) / (data.d * (data.d * g + data.n * data.top))
    return closed / data.d if regime == "weak" else closed * without


def with_small_constants(data: Spectrum, p: float, regime: Regime) -> float:
    """The closed forms with 3.4 in place of 34 and 55 in place of 220."""
    return closed_width(data, p, regime) / (10 if regime == "weak" else 4)


CHANCES = st.sampled_from([0.1, 0.5, 0.999, 0.01, 1e-6])


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], chances: SearchStrategy[float] = CHANCES
) -> Instance:
    """Data with as many samples as have a closed form within 2^100."""
    p = draw(chances)
    X = draw(data)
    return Instance(X=X if _is_solved(X, p) else thinned(X, lambda part: _is_solved(part, p)), p=p)


def _is_solved(X: np.ndarray, p: float) -> bool:
    data = spectrum(X)
    return max(closed_width(data, p, regime) for regime in REGIMES) <= LARGEST


def _axis(least: int, most: int) -> SearchStrategy[Instance]:
    """One sample, an axis of 2^least to 2^most dimensions."""
    return st.integers(least, most).map(lambda k: Instance(X=np.eye(2**k, 1), p=0.1))


@st.composite
def _crowded(draw: DrawFn, least: int, most: int) -> Instance:
    """Two points in the plane at an angle of 2^-most to 2^-least."""
    return Instance(X=pair(2.0 ** -draw(st.integers(least, most))), p=0.1)


@st.composite
def _several_crowded(draw: DrawFn) -> np.ndarray:
    """Three to eight points of a small cap: on an arc if there are as many as dimensions."""
    n = draw(st.integers(3, 8))
    return cap(n, draw(st.sampled_from([2, 4, 16, 32])), n * 2.0 ** -draw(st.integers(8, 10)))


DATA = Domain(max_n=24, max_d=128, min_separation=2.0**-12)
NAMES = tuple(PREDICATES)
_LEAST = Instance(X=np.ones((1, 1)), p=0.999)

CLAIM = Claim(
    id="W1",
    kind=Kind.UPPER_BOUND,
    finding="F2",
    instances=_instances(DATA.typical()),
    check=check,
    examples=(_LEAST,),
    cost=Cost.MEDIUM,
    classes={
        **DATA.classes(*NAMES),
        "crowded": lambda instance: bool(separated(instance.X) <= 2.0**-6),
        "several crowded": lambda instance: bool(
            instance.X.shape[1] > 2 and separated(instance.X) <= 2.0**-6
        ),
        "d >= 64": lambda instance: len(instance.X) >= 64,
        "p < 1 / 1000": lambda instance: bool(instance.p < 0.001),
        "p > 1 / 2": lambda instance: bool(instance.p > 0.5),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "crowded": _crowded(6, 11),
        "several crowded": _instances(_several_crowded()),
        "d >= 64": _instances(Domain(min_d=64, max_d=128).typical()),
        "p < 1 / 1000": _instances(DATA.typical(), st.just(1e-6)),
        "p > 1 / 2": _instances(DATA.typical(), st.just(0.999)),
    },
    constants={
        "34": WEAK_CLOSED,
        "220": JOINT_CLOSED,
        "6 n^2": SHARES["weak"],
        "11 n^2": SHARES["joint"],
        "8 (lambda_n + n)": STEP_DIVISOR,
        "2 d": RATE_DIVISOR,
        "2^100": LARGEST,
    },
    siblings=(
        Sibling(
            "eigenvalue-squared",
            "m_weak <= 544 d^2 lambda_n g^2 h_K t / lambda_0^2",
            "the path is as long as 1 / sqrt(lambda_0), and the share of neurons that it may move is "
            "lambda_0; both are squared, and crowded data show it",
            falls="weak: closed form",
            changes={"closed": with_eigenvalue_squared},
            instances=_crowded(8, 11),
        ),
        Sibling(
            "eigenvalue-squared-joint",
            "m_joint <= 3520 d lambda_n (d g^2 + n lambda_n) h_{K+G} u^2 / kappa_0^2",
            "the path and the share of neurons that it may move count twice each, as above",
            falls="joint: closed form",
            changes={"closed": with_eigenvalue_squared},
            instances=_crowded(9, 11),
        ),
        Sibling(
            "one-dimension",
            "the same with d in place of d^2",
            "a path of length d / sqrt(lambda_0) enters squared",
            falls="weak: closed form",
            changes={"closed": with_one_dimension},
            instances=_axis(10, 12),
        ),
        Sibling(
            "no-dimension-joint",
            "m_joint <= 220 lambda_n (g^2 + n lambda_n) h_{K+G} u^2 / kappa_0^3",
            "a path of length d / sqrt(kappa_0) enters squared",
            falls="joint: closed form",
            changes={"closed": with_one_dimension},
            instances=_axis(8, 10),
        ),
        Sibling(
            "a-tenth-of-34",
            "the same with 3.4 in place of 34",
            "one sample in one dimension leaves less than a factor 6",
            falls="weak: closed form",
            changes={"closed": with_small_constants},
            examples=(_LEAST,),
        ),
        Sibling(
            "a-quarter-of-220",
            "the same with 55 in place of 220",
            "one sample in one dimension leaves less than a factor 3",
            falls="joint: closed form",
            changes={"closed": with_small_constants},
            examples=(_LEAST,),
        ),
        Sibling(
            "all-of-the-rate",
            "at the closed form the rate is lambda_0 / d",
            "what may flip costs a fixed share of the rate",
            falls="weak: rate",
            changes={"divisor": 1.0},
        ),
        Sibling(
            "all-of-the-rate-joint",
            "at the closed form the rate is kappa_0 / d",
            "what may flip, and the drift, cost a fixed share of the rate",
            falls="joint: rate",
            changes={"divisor": 1.0},
        ),
        Sibling(
            "smaller-widths-weak",
            "the solved weak budget serves a width smaller by one in a hundred as well",
            "at a fixed budget every deviation falls in m",
            falls="weak: budget",
            changes={"larger": (0.99,)},
        ),
        Sibling(
            "smaller-widths-joint",
            "the solved joint budget serves a width smaller by one in a hundred as well",
            "at a fixed budget every deviation falls in m",
            falls="joint: budget",
            changes={"larger": (0.99,)},
        ),
    ),
)
