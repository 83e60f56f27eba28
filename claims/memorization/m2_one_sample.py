"""M2. Trained on one sample, the autoencoder answers everything with a multiple of it.

Statement. For n = 1, every x != 0 and every y != 0 at angle theta from x, in both regimes,
    (a) f(y) = (||y|| / ||x||) g(theta) x, with g = k(theta) / k(0), that is
        g = cos(theta) (pi - theta) / pi weak,
        g = (sin theta + 2 (pi - theta) cos theta) / (2 pi) joint;
    (b) ||f(y)|| <= ||y||, with equality only on the ray of x.

Assumptions. None (for one sample A3 is void, as k(0) > 0).

Symbols. x (d,) the sample; y (d,) a fresh point; theta in [0, pi] their angle; k(theta) = K (weak), K + G
(joint) at unit vectors, 1-homogeneous in each argument; f the trained predictor of M1; g its profile.

Refuted by. A sample and a fresh point where the predictor leaves the closed form, or is longer than its
input.

A pass does not show. Anything about several samples (M3), finite width (M4), or an output bias.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: M1 with n = 1 reads
    f(y) = x k(x,x)^{-1} k(x,y), with k(x,y) = ||x|| ||y|| k(theta), k(x,x) = ||x||^2 k(0),
and k(0) = 1/2 weak and 1 joint. That is (a); (b) says |g| <= 1, with g = 1 only at theta = 0: on (0, pi] both
1 - g and 1 + g are positive, in balls on the whole range, with the simple zero of 1 - g at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import sympy
from flint import arb, fmpq
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.memorization.nearly import NEAR
from claims.memorization.predictor import problem
from claims.preliminaries.arrays import worst_entry
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import Angle, angle, decoder_profile, encoder_profile, signed_squares
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
    Step,
    Unmet,
    at_most,
    settled,
)
from refute.numerics import enclosure_of, gamma, is_positive, order, precision

_BITS = 128
"""Far beyond float64, so that the radii of the closed form do not count."""
ANSWER = "(a) f(y)"
SHORTER = tuple(f"(b) ||f(y_{j})|| <= ||y_{j}||" for j in (1, 2, 3))
"""The labels of (b), one a column of Y."""

SIGNS = st.sampled_from([1.0, -1.0])
Profile = Callable[[Regime, Angle], arb]
"""g as a function of the angle."""


def nearly(regime: Regime, at: Angle) -> arb:
    """NEAR times g."""
    return NEAR * profile(regime, at)


def profile(regime: Regime, at: Angle) -> arb:
    """k(theta) / k(0)."""
    if regime == "weak":
        return at.rho * at.supplement / arb.pi()
    return (at.sine + 2 * at.supplement * at.rho) / (2 * arb.pi())


def closed_form(
    x: np.ndarray, y: np.ndarray, regime: Regime, g: Profile
) -> tuple[np.ndarray, np.ndarray, bool]:
    """(||y|| / ||x||) g(theta) x for x, y (d,), from exact fractions: middle and radius (d,).

    And whether y lies on the ray of x.
    """
    with precision(_BITS):
        square = signed_squares(np.column_stack([x, y]))[0][1]
        scale = (arb(_squared_norm(y)) / arb(_squared_norm(x))).sqrt() * g(regime, angle(square))
        found = [enclosure_of(scale * arb(float(entry))) for entry in x]
    return np.array([e.middle for e in found]), np.array([e.radius for e in found]), bool(square == 1)


def _squared_norm(x: np.ndarray) -> fmpq:
    return sum((fmpq(*float(entry).as_integer_ratio()) ** 2 for entry in x), fmpq(0))


def check(
    instance: Instance, compute: Compute, *, g: Profile = profile, share: float = 1.0
) -> Comparisons | Unmet:
    """The model's predictor against the closed form, entry by entry, and its length against the input's.

    The natural size of f(y) is ||y||. share: of the input's length, which is the bound of (b).
    """
    at = problem(instance.X, instance.regime, compute)
    if isinstance(at, Unmet):
        return at
    Y = instance.Y
    f = at.predict(instance.Y)
    rounding = at.rounding(instance.Y)
    middles, radii, on_ray = zip(
        *(closed_form(instance.X[:, 0], y, instance.regime, g) for y in Y.T), strict=True
    )
    errors = rounding + np.column_stack(radii)
    size = np.linalg.norm(Y, axis=0)
    comparisons = [worst_entry(ANSWER, f, np.column_stack(middles), errors, size=size)]
    for j, y in enumerate(Y.T):
        length = float(np.linalg.norm(f[:, j]))
        input_length = float(np.linalg.norm(y))
        slop = float(rounding[j]) + gamma(2 * len(y) + 4) * input_length
        comparisons.append(at_most(SHORTER[j], length, share * input_length, slop, attained=on_ray[j]))
    return tuple(comparisons)


def escalate(
    instance: Instance, comparison: Comparison, *, g: Profile = profile, share: float = 1.0
) -> Comparison:
    """(b) in balls: |g| against its bound, at the exact angle."""
    if comparison.label not in SHORTER:
        return comparison
    y = instance.Y[:, SHORTER.index(comparison.label)]
    square = signed_squares(np.column_stack([instance.X[:, 0], y]))[0][1]
    return settled(comparison, lambda: order(abs(g(instance.regime, angle(square))), arb(share)))


def proof() -> Sequence[Step]:
    """The values at 0, the ratio in (a), and the range of g on [0, 4], which contains [0, pi]."""
    theta, length = sympy.symbols("theta length", real=True)
    a, b = sympy.symbols("a b", positive=True)
    K = encoder_symbol(theta)
    G = decoder_symbol(theta)
    weak = sympy.cos(theta) * (sympy.pi - theta) / sympy.pi
    joint = (sympy.sin(theta) + 2 * (sympy.pi - theta) * sympy.cos(theta)) / (2 * sympy.pi)
    steps = [
        vanishes("K(0) = 1/2", K.subs(theta, 0) - sympy.Rational(1, 2)),
        vanishes("K(0) + G(0) = 1", (K + G).subs(theta, 0) - 1),
        vanishes("weak: k(x,y) / k(x,x) = (|y| / |x|) g", a * b * K / (a**2 / 2) - b / a * weak),
        vanishes("joint: k(x,y) / k(x,x) = (|y| / |x|) g", a * b * (K + G) / a**2 - b / a * joint),
        vanishes("||f(y)||^2 = ||y||^2 g^2", (b / a * length * a) ** 2 - b**2 * length**2),
    ]
    for name, g in (("weak", _weak), ("joint", _joint)):
        below = is_positive(partial(_distance, -1, g), (0.0, 4.0), zeros={0.0: 1})
        above = is_positive(partial(_distance, 1, g), (0.0, 4.0))
        steps += [on_boxes(f"{name}: g < 1 on (0, 4]", below), on_boxes(f"{name}: g > -1 on [0, 4]", above)]
    return steps


def _weak(theta: Any) -> Any:
    return 2 * encoder_profile(theta)


def _joint(theta: Any) -> Any:
    return encoder_profile(theta) + decoder_profile(theta)


def _distance(sign: int, g: Callable[[Any], Any], theta: Any) -> Any:
    return 1 + sign * g(theta)


def _doubled_angle(regime: Regime, at: Angle) -> arb:
    """k(theta) / k(0) with pi - 2 theta in place of pi - theta."""
    return profile(regime, Angle(at.rho, at.sine, at.theta, arb.pi() - 2 * at.theta))


def _everywhere(_: Regime, __: Angle) -> arb:
    """1, as if every point were the sample."""
    return arb(1)


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 0,
    signs: SearchStrategy[float] = SIGNS,
    directed: bool = True,
) -> Instance:
    """One sample of any size; a generic point, a nearly parallel one and a multiple, of any sign.

    The second point is 2^-least away at the most, on the side that `signs` gives; without direction it is on
    the line of the sample.
    """
    x = draw(data)[:, 0]
    raw = draw(hnp.arrays(np.int64, len(x), elements=st.integers(-16, 16))) / 8.0
    raw[0] += not raw.any()  # the kernel needs a direction
    across = np.roll(x, 1) * np.where(np.arange(len(x)) % 2, 1.0, -1.0)
    away = across if least else raw
    near = x + 2.0 ** -draw(st.integers(least, 20)) * away if directed else x
    near = near if near.any() else x
    scales = 2.0 ** np.array(draw(st.lists(st.integers(-8, 8), min_size=3, max_size=3)))
    Y = np.column_stack([raw, near * draw(signs) * scales[1], x * draw(signs) * scales[2]])
    return Instance(X=(x * scales[0])[:, None], Y=Y, regime=draw(st.sampled_from(REGIMES)))


def _angle_of(instance: Instance) -> float:
    x = instance.X[:, 0] / np.linalg.norm(instance.X)
    y = instance.Y[:, 1] / np.linalg.norm(instance.Y[:, 1])
    return float(2 * np.arctan2(np.linalg.norm(x - y), np.linalg.norm(x + y)))


def _nearly_antipodal(instance: Instance) -> bool:
    return bool(np.pi - 2.0**-10 < _angle_of(instance) < np.pi)


def _obtuse(instance: Instance) -> bool:
    return bool(((instance.X.T @ instance.Y) < 0).any())


DATA = Domain(max_n=1, max_d=32)
# Two coordinates at the least, for a point that is nearly but not quite on the ray.
PLANE = Domain(max_n=1, min_d=2, max_d=32)
NAMES = ("d = 1", "many dimensions")


def _on_the_ray() -> Instance:
    """A sample and three multiples of it, where (b) is an equality."""
    x = np.array([[0.6], [0.8]])
    return Instance(X=x, Y=x * np.array([1.0, 2.0, 0.5]), regime="joint")


CLAIM = Claim(
    id="M2",
    kind=Kind.EQUALITY,
    finding="F4",
    instances=_instances(PLANE.typical()),
    check=check,
    escalate=escalate,
    proof=proof,
    classes={
        **DATA.classes(*NAMES),
        "nearly the sample": lambda instance: 0 < _angle_of(instance) < 2.0**-10,
        "nearly its antipode": _nearly_antipodal,
        "the antipode": lambda instance: bool((instance.Y[:, 2] * instance.X[:, 0] <= 0).all()),
        "obtuse": _obtuse,
        "other norms": lambda instance: bool(np.abs(np.log2(np.linalg.norm(instance.X))) > 0.5),
        "joint": lambda instance: bool(instance.regime == "joint"),
        "weak": lambda instance: bool(instance.regime == "weak"),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "nearly the sample": _instances(PLANE.typical(), 11, st.just(1.0)),
        "nearly its antipode": _instances(PLANE.typical(), 11, st.just(-1.0)),
        "the antipode": _instances(PLANE.typical(), signs=st.just(-1.0), directed=False),
    },
    uses=("M1",),
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="doubled-angle",
            statement="the same with pi - 2 theta in place of pi - theta",
            because="both neurons are active on an arc of length pi - theta",
            falls=ANSWER,
            changes={"g": _doubled_angle},
        ),
        Sibling(
            name="always-the-sample",
            statement="f(y) = (||y|| / ||x||) x for every y",
            because="only multiples of the sample are answered with the sample at full length",
            falls=ANSWER,
            changes={"g": _everywhere},
        ),
        Sibling(
            name="nearly",
            statement="f(y) = (1 + 1e-5) (||y|| / ||x||) g(theta) x",
            because="the closed form is exact",
            falls=ANSWER,
            changes={"g": nearly},
        ),
        *(
            Sibling(
                name=f"shorter-{j}",
                statement=f"||f(y)|| <= (1 - 1e-5) ||y|| for the point y_{j}",
                because="multiples of the sample keep their length",
                falls=label,
                changes={"share": 1 / NEAR},
                examples=(_on_the_ray(),),
            )
            for j, label in enumerate(SHORTER, 1)
        ),
    ),
)
