"""W4. Crowding reverses the order of the two explicit widths, where the dimension is large.

Statement. Let X be k <= 4 pairs of points in k orthogonal planes of 64 <= d <= 96 dimensions, the two points
of a pair at the angle t, and let m_weak, m_joint be the explicit widths of W1 with 1e-6 <= p <= 1/2. Then
    spread: m_joint < m_weak where 1/2 <= t <= 1,
    crowded: m_weak < m_joint where 1/1000 <= t <= 1/100,
so the order reverses at an angle between 1/100 and 1/2. On arcs it does not: for 2 <= n <= 8 points of the
plane, evenly spaced over an angle of pi/2 at most, the first two of them at an angle of at least 1/20,
    arc: m_weak < m_joint.

Assumptions. A1, A2, as the data are; rademacher decoder, as in W1.

Symbols. X (d, n), n = 2 k in the planes and d = 2 on the arc; m_weak, m_joint solved up to a factor 1 + 2^-10
each; p the probability of failure.

Refuted by. A number of pairs, a dimension, an angle and a p at which the order is the other one.

A pass does not show. Anything of the widths that training needs: it compares two bounds. Those that are
measured do not reverse on close pairs (docs/theory/width.md). Nor that the bounds must reverse: with other
constants the crossover lies elsewhere, and outside 64 <= d <= 96 there may be none.

Source. Ours, serving F2 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words. Why: as t falls, lambda_0 falls
like t and gamma_0 like t^2 (K7), so kappa_0 / lambda_0 tends to 1 and joint training gains nothing; what it
pays, the drift of the second layer, does not fall. Spread out, the larger eigenvalue wins, and the
drift costs the less the larger d is. Searched, not proved.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.data_measures import separated
from claims.preliminaries.explicit_width import BRACKET, LARGEST, sufficient_width
from claims.preliminaries.fixed_data import circle
from claims.width.crossover_plot import planes
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet, at_most

PAIRS = 4
DIMENSIONS = (64, 96)
SPREAD = (1 / 2, 1.0)
CROWDED = (1 / 1000, 1 / 100)
LEAST_CHANCE = 1e-6
MOST_ON_ARC = 8
LEAST_SPACING = 1 / 20


def ratio(X: np.ndarray, p: float) -> float:
    """m_joint over m_weak, for X (d, n); not a number where a width is beyond 2^100."""
    joint, weak = (sufficient_width(X, p, regime) for regime in ("joint", "weak"))
    return joint / weak if max(joint, weak) <= LARGEST else float("nan")


def check(
    instance: Instance,
    compute: Compute,
    *,
    spread: tuple[str, ...] = ("spread",),
    crowded: tuple[str, ...] = ("crowded", "arc"),
) -> Comparisons | Unmet:
    """The ratio of both widths, or its inverse, is at most 1; each width is known up to its bracket.

    spread, crowded: the kinds of data on which joint training, or weak training, asks for less.
    """
    r = ratio(instance.X, instance.p)
    if not r > 0:
        return Unmet("an explicit width is beyond 2^100")
    kind = instance.where
    if kind in spread:
        return (at_most(f"{kind}: order of the widths", r, 1.0, 2 * BRACKET * r),)
    assert kind in crowded
    return (at_most(f"{kind}: order of the widths", 1 / r, 1.0, 2 * BRACKET / r),)


CHANCES = st.sampled_from([0.1, 0.5, LEAST_CHANCE, 0.01])


@st.composite
def _planes(draw: DrawFn, where: str, angles: SearchStrategy[float]) -> Instance:
    X = planes(draw(st.integers(1, PAIRS)), draw(st.integers(*DIMENSIONS)), draw(angles))
    return Instance(X=X, p=draw(CHANCES), where=where)


@st.composite
def _arcs(draw: DrawFn) -> Instance:
    n = draw(st.integers(2, MOST_ON_ARC))
    spacing = draw(st.floats(LEAST_SPACING, np.pi / 2 / (n - 1)))
    return Instance(X=circle(spacing * np.arange(n)), p=draw(CHANCES), where="arc")


SPREAD_OUT = _planes("spread", st.floats(*SPREAD))
CLOSE = _planes("crowded", st.floats(*CROWDED))


def _is(where: str) -> Callable[[Instance], bool]:
    return lambda instance: bool(instance.where == where)


def _closer_than(angle: float) -> Callable[[Instance], bool]:
    """Whether the points of a pair in a plane are closer."""
    return lambda instance: instance.where == "crowded" and separated(instance.X) < angle


CLAIM = Claim(
    id="W4",
    kind=Kind.UPPER_BOUND,
    finding="F2",
    instances=st.one_of(SPREAD_OUT, CLOSE, _arcs()),
    check=check,
    examples=tuple(
        Instance(X=planes(k, d, t), p=0.1, where=where)
        for k, d in ((1, 64), (4, 64), (4, 96))
        for where, t in (("spread", 0.5), ("spread", 1.0), ("crowded", 0.01))
    ),
    constants={
        "4": PAIRS,
        "64": DIMENSIONS[0],
        "96": DIMENSIONS[1],
        "1/2": SPREAD[0],
        "1": SPREAD[1],
        "1e-6": LEAST_CHANCE,
        "1/1000": CROWDED[0],
        "1/100": CROWDED[1],
        "8": MOST_ON_ARC,
        "1/20": LEAST_SPACING,
    },
    uses=("W1",),
    restrict_to={"W1": lambda instance: (Instance(X=instance.X, p=instance.p),)},
    cost=Cost.MEDIUM,
    classes={
        "spread": _is("spread"),
        "crowded": _is("crowded"),
        "arc": _is("arc"),
        "two or three pairs": lambda instance: instance.where != "arc" and instance.X.shape[1] in (4, 6),
        "between 64 and 96 dimensions": lambda instance: DIMENSIONS[0] < len(instance.X) < DIMENSIONS[1],
        "closer than 1/200": _closer_than(1 / 200),
        "arc of five or more": lambda instance: instance.where == "arc" and instance.X.shape[1] >= 5,
        "p <= 1/100": lambda instance: instance.p <= 0.01,
    },
    strata={"spread": SPREAD_OUT, "crowded": CLOSE, "arc": _arcs()},
    siblings=(
        Sibling(
            "joint-always-less",
            "joint training asks for less at every angle",
            "for crowded pairs kappa_0 is hardly larger than lambda_0, and the drift is to be paid",
            falls="crowded",
            changes={"spread": ("spread", "crowded")},
            instances=CLOSE,
        ),
        Sibling(
            "weak-always-less",
            "weak training asks for less at every angle",
            "spread out, kappa_0 exceeds lambda_0 by more than the drift costs",
            falls="spread",
            changes={"spread": (), "crowded": ("spread", "crowded", "arc")},
            instances=SPREAD_OUT,
        ),
        Sibling(
            "on-arcs-too",
            "on arcs of the plane joint training asks for less",
            "in two dimensions the drift of the second layer costs more than its kernel brings",
            falls="arc",
            changes={"spread": ("spread", "arc")},
            instances=_arcs(),
        ),
    ),
)
