"""M3. Around every sample the trained autoencoder answers with it, by a constant that no data can spoil.

Statement. For every X with A1 and A3, every sample x_i and every unit y at angle alpha from it, with c = 4
weak and 2 joint, L = 0.38 weak and 0.67 joint,
    (a) ||f(y) - x_i||^2 <= 2 c (k(0) - k(alpha)), which is at most
        4 alpha/pi + 2 alpha^2 weak,
        2 alpha/pi + 2 alpha^2 joint;
    (b) ||f(y) - x_i|| <= sqrt(c / lambda_min(k)) ||k(X,y) - k(X,x_i)||;
    (c) ||k(X,y) - k(X,x_i)|| <= sqrt(n) L alpha, so f is Lipschitz at x_i with sqrt(c n / lambda_min(k)) L;
    (d) c k(X,X) - X^T X is positive semi-definite.
Equality holds in (a) if y = -x_i is a sample too, and in (d) (an eigenvalue 0) if two samples are antipodal.

Assumptions. A1; A3 for the kernel of the regime. Not A2: antipodal samples attain the constants.

Symbols. X (d, n); k(alpha) = K (weak), K + G (joint) at unit vectors; k(X,X) (n, n); f the trained predictor
of M1.

Refuted by. Data, a sample and a point next to it whose answer is farther from the sample than bounded.

A pass does not show. That finite networks follow f (M4), nor that (a) is sharp at small angles, where (b) is
the smaller bound unless lambda_min is tiny.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: (d): by K3, K is X^T X / 4 and
K + G is X^T X / 2 plus entrywise powers with coefficients >= 0 (Schur). As f(x_i) = x_i (M1),
    f(y) - x_i = X k^{-1} D, D = k(X,y) - k(X,x_i),
and ||X k^{-1/2}||^2 <= c by (d). Hence (b), and with the Schur complement of the kernel of X, y, x_i
    D^T k^{-1} D <= k(y,y) - 2 k(y,x_i) + k(x_i,x_i)
also (a); its ceiling is K5's. (c): an angle to x_j changes by at most alpha, and |k'| <= L on [0, pi], in
balls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from flint import arb
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.memorization.antipodal_data import closed_under_negation, independent_pairs, multiple_of_identity
from claims.memorization.nearly import NEAR
from claims.memorization.predictor import Problem, as_prediction, problem
from claims.memorization.predictor_in_balls import order_by_change, order_of_majorant, squared_distance
from claims.memorization.slope_proof import SLOPE, lemmas
from claims.preliminaries.assumptions import Domain, pair_angles
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.fixed_data import circle, pair
from claims.preliminaries.restrictions import pairs
from models.kernels.limit_in_balls import signed_squares
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
    settled,
)
from refute.numerics import Enclosure, Order, gamma, order, smallest_eigenvalue

FACTOR: dict[Regime, float] = {"weak": 4.0, "joint": 2.0}

ANGLE = "(a) ||f(y) - x_i||, by the angle"
KERNEL = "(b) ||f(y) - x_i||, by the kernel"
CHANGE = "(c) ||k(X,y) - k(X,x_i)||"
FORM = "(d) lambda_min(c k - X^T X)"


@dataclass(frozen=True)
class Constants:
    """c of (a), of (b) and of (d), the power of lambda_min in (b), and L of (c)."""

    by_angle: Mapping[Regime, float]
    by_kernel: Mapping[Regime, float]
    form: Mapping[Regime, float]
    power: int
    L: Mapping[Regime, float]


STATED = Constants(by_angle=FACTOR, by_kernel=FACTOR, form=FACTOR, power=1, L=SLOPE)
NEARLY: Mapping[Regime, float] = {regime: FACTOR[regime] / NEAR for regime in REGIMES}
"""c, hardly smaller."""


def gap(alpha: float, regime: Regime) -> float:
    """k(0) - k(alpha), without the cancellation of the closed forms near 0."""
    half = math.sin(alpha / 2) ** 2
    cosine = math.cos(alpha)
    weak = half + alpha * cosine / (2 * math.pi)
    return weak if regime == "weak" else weak + half - (math.sin(alpha) - alpha * cosine) / (2 * math.pi)


def root(value: float, error: float) -> Enclosure:
    """The square root of a number that is not negative and within `error` of the value."""
    return Enclosure.around(value, error).root()


def check(instance: Instance, compute: Compute, *, constants: Constants = STATED) -> Comparisons | Unmet:
    """The predictor at y through the model, against bounds from the angle and from verified eigenvalues."""
    X = instance.X
    y = instance.y[:, None]
    regime = instance.regime
    at = problem(X, regime, compute)
    if isinstance(at, Unmet):
        return at
    x = X[:, [instance.sample]]
    d, n = X.shape
    alpha = float(pair_angles(np.hstack([x, y]))[0])
    moved = float(np.linalg.norm(at.predict(y) - x))
    slop = float(at.rounding(y)[0]) + 4 * gamma(2 * d + 8, compute.dtype)
    c = constants.by_angle[regime]
    change = float(np.linalg.norm(at.cross(y) - at.cross(x)))
    spread = 2 * math.sqrt(n) * at.error
    by_kernel = _share(at, constants) * Enclosure.around(change, spread).larger(0.0)
    steepest = math.sqrt(n) * constants.L[regime] * alpha
    antipode = bool((-x == X).all(axis=0).any() and (y == -x).all())
    return (
        at_most(ANGLE, moved, root(2 * c * gap(alpha, regime), 4 * c * at.error), slop, attained=antipode),
        at_most(KERNEL, moved, by_kernel, slop, attained=antipode and multiple_of_identity(X, regime)),
        at_most(CHANGE, change, steepest, 2 * spread),
        _semidefinite(at, constants.form[regime]),
    )


def _share(at: Problem, constants: Constants) -> Enclosure:
    """sqrt(c / lambda_min(k)^power), enclosed for the exact kernel."""
    lowest = smallest_eigenvalue(at.k, at.k.shape[0] * at.error)
    divisor = lowest**constants.power if constants.power else Enclosure.of(1.0)
    return (constants.by_kernel[at.regime] / divisor).root()


def _semidefinite(at: Problem, c: float) -> Comparison:
    """(d): the smallest eigenvalue of c k - X^T X, which is 0 where two samples are antipodal.

    Its natural size is an entry of X^T X at equal arguments.
    """
    d, n = at.X.shape
    error = n * (c * at.error + gamma(2 * d + 8, at.compute.dtype))
    lowest = smallest_eigenvalue(c * at.k - at.X.T @ at.X, error)
    squares = signed_squares(at.X)
    tight = any(square == -1 for row in squares for square in row)
    return at_least(FORM, lowest, 0.0, attained=tight, size=1.0)


def escalate(instance: Instance, comparison: Comparison, *, constants: Constants = STATED) -> Comparison:
    """(a), (b) and (d) in balls, from exactly normalised samples; (b) is solved for lambda_min."""
    X = instance.X
    regime = instance.regime

    def decide() -> Order:
        if comparison.label == FORM:
            return order_of_majorant(X, arb(constants.form[regime]), regime)
        if comparison.label == KERNEL:
            c = arb(constants.by_kernel[regime])
            return order_by_change(X, instance.y, instance.sample, regime, c, constants.power)
        moved, gap_at_y = squared_distance(X, instance.y, instance.sample, regime)
        return order(moved, 2 * arb(constants.by_angle[regime]) * gap_at_y)

    if comparison.label not in (ANGLE, KERNEL, FORM):
        return comparison
    return settled(comparison, decide)


SELDOM = st.sampled_from([False, False, False, True])
CROWDED = st.integers(4, 6).map(lambda k: pair(2.0**-k))
DATA = Domain(max_n=12, max_d=24, min_separation=2.0**-6)
# Below a thousandth float64 cannot tell the kernel's inverse.
NAMES = tuple(name for name in PREDICATES if name not in ("nearly parallel", "nearly antipodal"))


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = -1,
    opposite: SearchStrategy[bool] = SELDOM,
) -> Instance:
    """Samples and a point close to one, opposite to one, or anywhere: 2^-least radians away at the most."""
    X = draw(data)
    d, n = X.shape
    sample = draw(st.integers(0, n - 1))
    x = X[:, sample]
    regime = draw(st.sampled_from(REGIMES))
    if d == 1 or draw(opposite):
        return Instance(X=X, y=-x, sample=sample, regime=regime)
    raw = draw(hnp.arrays(np.int64, d, elements=st.integers(-9, 9))) * 1.0
    across = raw - x * (x @ raw)
    if not np.linalg.norm(across) > 2.0**-4:
        axis = np.eye(d)[np.abs(x).argmin()]
        across = axis - x * (x @ axis)
    across = across - x * (x @ across) / (x @ x)
    t = 2.0 ** -draw(st.integers(least, 12))
    side = 1.0 if least > 0 else draw(st.sampled_from([1.0, 1.0, -1.0]))
    y = side * math.cos(t) * x + math.sin(t) * across / np.linalg.norm(across)
    return Instance(X=X, y=y / np.linalg.norm(y), sample=sample, regime=regime)


def _next_to_sample(instance: Instance) -> bool:
    return float(np.linalg.norm(instance.y - instance.X[:, instance.sample])) < 2.0**-8


def _opposite(instance: Instance) -> bool:
    return bool((instance.y == -instance.X[:, instance.sample]).all())


def _close_pair(instance: Instance) -> bool:
    angles = pair_angles(instance.X)
    return bool(np.minimum(angles, np.pi - angles).min(initial=np.pi) < 2.0**-3)


def _away_from_a_crowd() -> Instance:
    """A sample, seven others about a radian from it, and a point that moves away from all of them."""
    turns = np.array([0.0, *(0.8 + np.arange(7) / 16)])
    return Instance(X=circle(turns), y=circle(np.array([-(2.0**-5)]))[:, 0], sample=0, regime="weak")


def _antipodes() -> Instance:
    """One sample and its antipode, where the point is."""
    X = pair(1.0)[:, :1]
    return Instance(X=np.hstack([X, -X]), y=-X[:, 0], sample=0, regime="joint")


CLAIM = Claim(
    id="M3",
    kind=Kind.UPPER_BOUND,
    finding="F4",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes={
        **DATA.classes(*NAMES),
        "next to the sample": _next_to_sample,
        "crowded pair": _close_pair,
        "closed under negation": lambda instance: closed_under_negation(instance.X),
        "opposite to the sample": _opposite,
        "joint": lambda instance: bool(instance.regime == "joint"),
        "weak": lambda instance: bool(instance.regime == "weak"),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "next to the sample": _instances(DATA.typical(), 9, st.just(False)),
        "crowded pair": _instances(CROWDED),
        "closed under negation": _instances(independent_pairs(max_k=4, max_d=6), opposite=st.booleans()),
        "opposite to the sample": _instances(DATA.typical(), opposite=st.just(True)),
    },
    constants={
        "c = 4": FACTOR["weak"],
        "2 joint": FACTOR["joint"],
        "0.38": SLOPE["weak"],
        "0.67": SLOPE["joint"],
    },
    uses=("M1", "K3", "K5"),
    restrict_to={"M1": as_prediction, "K3": pairs, "K5": pairs},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nearly-by-angle",
            statement="(a) with (1 - 1e-5) c in place of c",
            because="a sample and its antipode attain c",
            falls=ANGLE,
            where="closed under negation",
            changes={"constants": replace(STATED, by_angle=NEARLY)},
            examples=(_antipodes(),),
        ),
        Sibling(
            name="nearly-by-kernel",
            statement="(b) with (1 - 1e-5) c in place of c",
            because="a sample and its antipode attain c",
            falls=KERNEL,
            where="closed under negation",
            changes={"constants": replace(STATED, by_kernel=NEARLY)},
            examples=(_antipodes(),),
        ),
        Sibling(
            name="nearly-the-form",
            statement="(d) with (1 - 1e-5) c in place of c",
            because="antipodal samples attain c",
            falls=FORM,
            where="closed under negation",
            changes={"constants": replace(STATED, form=NEARLY)},
            examples=(_antipodes(),),
        ),
        Sibling(
            name="no-eigenvalue",
            statement="||f(y) - x_i|| <= sqrt(c) ||k(X,y) - k(X,x_i)||, (b) without lambda_min",
            because="the kernel hardly tells crowded samples apart, and f does",
            falls=KERNEL,
            where="crowded pair",
            changes={"constants": replace(STATED, power=0)},
            instances=_instances(CROWDED),
        ),
        Sibling(
            name="slope-at-0",
            statement="(c) with L = 1 / (2 pi), the slope of k at 0",
            because="both kernels are steeper around a radian",
            falls=CHANGE,
            changes={"constants": replace(STATED, L=dict.fromkeys(REGIMES, 1 / (2 * math.pi)))},
            examples=(_away_from_a_crowd(),),
        ),
        Sibling(
            name="nine-tenths-of-the-slope",
            statement="(c) with 0.9 L in place of L",
            because="a point that moves away from a crowd a radian off changes almost every entry by L alpha",
            falls=CHANGE,
            changes={"constants": replace(STATED, L={regime: 0.9 * SLOPE[regime] for regime in REGIMES})},
            examples=(_away_from_a_crowd(),),
        ),
    ),
)
