"""W1. Explicit sufficient widths have closed forms above them.

Statement. For every X with A1, A2 and every 0 < p < 1 the inequalities of
`claims/preliminaries/explicit_width.py` have a solution: a width m_weak and a width m_joint, with a budget
each that serves every larger width too, and with t = ln(6 n d / p)
    m_weak  <= 44 n^3 d^2 lambda_n^3 t / lambda_0^4,
    m_joint <= 1600 n^3 d^2 lambda_n^3 t^2 / kappa_0^4.
From these widths on C1 holds at initialization with probability at least 1 - p, for every step
    eta <= 1 / (8 (lambda_n + n));
that half is tested by C4 and C5.

Assumptions. A1, A2 (used through lambda_0 > 0); rademacher decoder. Widths beyond 2^100 are not solved for.

Symbols. X (d, n); lambda_n = ||X||^2; lambda_0 = lambda_min(K); kappa_0 = lambda_min(K + G); m_weak, m_joint
the solved widths, up to a factor 1 + 2^-10; p the probability of failure.

Refuted by. Data and a p whose solved width exceeds its closed form, or for which the solved budget serves a
larger width less well.

A pass does not show. That so many neurons are needed: runs need far fewer (C2, C3), and on some data the
explicit joint width is the larger one. Nor that C1 could not be solved better.

Source. Ours, serving F2 of Nguyen, Wong, Hegde, arXiv:1911.11983; not checked against the full text.
Proof: docs/theory/width.md. At the closed form the relative loss of every tail falls in n, d and t, so that
n = d = 1 is the worst case; there nu exceeds f by 0.03 lambda_0 / d (weak) and by 0.03 kappa_0 / d (joint).
At a fixed budget C every radius is C times a function that falls in m, and so does every deviation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.assumptions import Domain, separated
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.explicit_width import (
    BRACKET,
    JOINT_CLOSED,
    WEAK_CLOSED,
    Solution,
    Spectrum,
    bounds,
    closed_width,
    solve,
    spectrum,
)
from claims.preliminaries.fixed_data import pair
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

Closed = Callable[[Spectrum, float, Regime], float]
"""A closed form above the solved width, from the spectrum of the data, p and the regime."""


def check(
    instance: Instance, compute: Compute, *, closed: Closed = closed_width, gain: float = 1.0
) -> Comparisons | Unmet:
    """Solve for both regimes; the bracket of the bisection is the uncertainty of a width.

    gain: of the rate at larger widths over that at the solved one.
    """
    data = spectrum(instance.X)
    p = instance.p
    solutions = [(regime, solve(data, p, regime)) for regime in REGIMES]
    if any(np.isinf(found.width) for _, found in solutions):
        return Unmet("a width is beyond 2^100, or lambda_0 is not verified to be positive")
    comparisons: list[Comparison] = []
    for regime, found in solutions:
        bound = closed(data, p, regime)
        comparisons.append(at_most(f"{regime}: closed form", found.width, bound, 2 * BRACKET * found.width))
        comparisons.append(_larger_widths(data, p, regime, found, gain))
    return tuple(comparisons)


def _larger_widths(data: Spectrum, p: float, regime: Regime, found: Solution, gain: float) -> Comparison:
    """The rate that the solved budget proves, at larger widths against the solved one."""
    here, *wider = (bounds(data, found.width * factor, p, regime, found.budget) for factor in (1.0, *LARGER))
    assert here is not None
    least = min(more.rate if more is not None else 0.0 for more in wider)
    rounding = 2 * gamma(256) * here.size
    return at_least(f"{regime}: budget at larger widths", least, gain * here.rate, rounding)


def with_eigenvalue_cubed(data: Spectrum, p: float, regime: Regime) -> float:
    """Sixteen times the closed forms, with the third power of lambda_0 or kappa_0."""
    return 16 * closed_width(data, p, regime) * (data.lambda_0 if regime == "weak" else data.kappa_0)


def with_one_dimension(data: Spectrum, p: float, regime: Regime) -> float:
    """The closed forms with d in place of d^2."""
    return closed_width(data, p, regime) / data.d


def with_half_the_constant(data: Spectrum, p: float, regime: Regime) -> float:
    """The closed forms with 22 in place of 44 and 800 in place of 1600."""
    return closed_width(data, p, regime) / 2


SHARES = (0.1, 0.5, 0.999, 0.01, 1e-6)


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], shares: tuple[float, ...] = SHARES
) -> Instance:
    return Instance(X=draw(data), p=draw(st.sampled_from(shares)))


def _orthonormal() -> SearchStrategy[np.ndarray]:
    """One to three columns of the identity in 16 to 128 dimensions."""
    return st.tuples(st.sampled_from([16, 32, 64, 128]), st.integers(1, 3)).map(
        lambda sizes: np.eye(sizes[0])[:, : sizes[1]]
    )


DATA = Domain(max_n=16, max_d=16, min_separation=2.0**-12)
NAMES = tuple(name for name in PREDICATES if name not in ("real rows",))


@st.composite
def _crowded(draw: DrawFn) -> Instance:
    """Two points in the plane at an angle of at most 2^-6."""
    return Instance(X=pair(2.0 ** -draw(st.integers(6, 11))), p=0.1)


CLAIM = Claim(
    id="W1",
    kind=Kind.UPPER_BOUND,
    finding="F2",
    instances=_instances(DATA.typical()),
    check=check,
    examples=(Instance(X=np.ones((1, 1)), p=0.999),),
    cost=Cost.MEDIUM,
    classes={
        **DATA.classes(*NAMES),
        "crowded": lambda instance: bool(separated(instance.X) <= 2.0**-6),
        "d >= 16": lambda instance: len(instance.X) >= 16,
        "p < 1 / 1000": lambda instance: bool(instance.p < 0.001),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "crowded": _crowded(),
        "d >= 16": _instances(_orthonormal()),
        "p < 1 / 1000": _instances(DATA.typical(), (1e-6,)),
    },
    constants={"44": WEAK_CLOSED, "1600": JOINT_CLOSED},
    siblings=(
        Sibling(
            "eigenvalue-cubed",
            "m_weak <= 704 n^3 d^2 lambda_n^3 t / lambda_0^3, and m_joint <= 25600 (...) t^2 / kappa_0^3",
            "the path is as long as 1 / lambda_0, and the share of neurons that it may move is lambda_0; "
            "both are squared, and crowded data show it",
            falls="weak: closed form",
            where="crowded",
            changes={"closed": with_eigenvalue_cubed},
            instances=_crowded(),
        ),
        Sibling(
            "one-dimension",
            "the same with d in place of d^2",
            "a path of length e d / lambda_0 enters squared",
            falls="weak: closed form",
            where="d >= 16",
            changes={"closed": with_one_dimension},
            examples=(Instance(X=np.eye(128)[:, :1], p=0.5),),
        ),
        Sibling(
            "half-the-constant",
            "the same with 22 in place of 44 and 800 in place of 1600",
            "one sample in one dimension leaves less than a factor 2",
            falls="weak: closed form",
            where="n = 1",
            changes={"closed": with_half_the_constant},
            examples=(Instance(X=np.ones((1, 1)), p=0.999),),
        ),
        *(
            Sibling(
                f"half-the-constant-{regime}",
                "the same with 22 in place of 44 and 800 in place of 1600",
                "one sample in one dimension leaves less than a factor 2",
                falls=f"{regime}: closed form",
                changes={"closed": with_half_the_constant},
                examples=(Instance(X=np.ones((1, 1)), p=0.999),),
            )
            for regime in ("joint",)
        ),
        *(
            Sibling(
                f"ten-times-the-rate-{regime}",
                "at larger widths the budget proves ten times the rate",
                "it proves nearly the limit's rate at the solved width already",
                falls=f"{regime}: budget at larger widths",
                changes={"gain": 10.0},
                examples=(Instance(X=np.ones((1, 1)), p=0.1),),
            )
            for regime in REGIMES
        ),
    ),
)
