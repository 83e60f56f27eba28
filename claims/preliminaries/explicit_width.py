"""Explicit sufficient widths: the block certificate solved at the start with the tails of its random parts.

For a rademacher decoder (so |a_r|^2 = d), any step eta <= 1 / (8 (lambda_n + n)) and failure probability p,
which the tails share equally. k is K (weak) or K + G (joint), l its smallest eigenvalue. While the path
sum_k eta ||E(k)||_F is within a budget C every preactivation stays within R of where it was. On the events of
the tails the kernel H halfway between the surely and the possibly active entries has

    H >= f,    E(0)^T ((2 - 1/8) H - (1 - 1/8) f)^-1 E(0) <= Y l / f,

and the secant kernel of every step is within delta of H: half of the pairs that may flip, and the drift of A
and Phi. So every path is at most

    P f / (f - delta),    P = sqrt(Y l) / f,

and C is a budget as soon as it is that long. Widths are found by bisection at C = 2 P, in plain floating
point, from numbers on their safe side. All of these bounds are ours. Proofs: docs/theory/width.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from claims.preliminaries.data_spectrum import STEP_DIVISOR as STEP_DIVISOR
from claims.preliminaries.data_spectrum import Spectrum as Spectrum
from claims.preliminaries.data_spectrum import spectrum as spectrum
from claims.preliminaries.gaussian_tails import decoder_norm, longest, upper_tail
from claims.preliminaries.start_tails import bending, feature_norm, kernel_floor, residual
from models.networks.regime import Regime

LARGEST = 2**100
"""Widths beyond this one are not solved for."""
BRACKET = 2.0**-10
"""The bisection ends with the width known to this share of itself."""
SHARES: Mapping[Regime, int] = {"weak": 6, "joint": 11}
"""How many tails share the probability of failure."""
WEAK_CLOSED = 34
JOINT_CLOSED = 220
"""Constants of the closed forms."""
_ROUNDS = 4
"""How often C = 2 P is taken anew, as P depends a little on R, and R on C. Any C is sound."""


@dataclass(frozen=True)
class Solution:
    """A sufficient width, its budget C, the radius R of every preactivation and the rate f - delta.

    Beyond 2^100 all but the rate are infinite, and the rate is 0.
    """

    width: float
    budget: float
    radius: float
    rate: float


@dataclass(frozen=True)
class Bounds:
    """What the tails promise at one width while the path is within the budget C.

    floor: f. radius: R. loss: delta. path: P, of the linear part. All but the budget as in the module.
    """

    budget: float
    radius: float
    floor: float
    loss: float
    path: float

    @property
    def rate(self) -> float:
        """f - delta: ||E|| falls by a factor of 1 - eta (f - delta) at each step."""
        return self.floor - self.loss

    @property
    def needed(self) -> float:
        """The length of every path, from above."""
        return self.path * self.floor / self.rate if self.rate > 0 else math.inf

    @property
    def size(self) -> float:
        """`needed` errs by at most gamma(256) times this: the difference f - delta may cancel."""
        return self.needed * (self.floor + self.loss) / self.rate if self.rate > 0 else math.inf


def sufficient_width(X: np.ndarray, p: float, regime: Regime) -> float:
    """A width from which the block certificate holds at initialization with probability 1 - p.

    X: (d, n) float64 with unit columns; 0 < p < 1, else ValueError. A float, as it may be beyond what anybody
    could train; infinite beyond 2^100.
    """
    return solve(spectrum(X), p, regime).width


def solve(data: Spectrum, p: float, regime: Regime) -> Solution:
    """The smallest width that the inequalities allow, up to a factor 1 + BRACKET, its budget and radius.

    ValueError unless 0 < p < 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"p must lie strictly between 0 and 1, got {p}")
    width = smallest_width(lambda m: suffices(data, m, p, regime))
    found = bounds(data, width, p, regime) if width < math.inf else None
    if found is None:
        return Solution(math.inf, math.inf, math.inf, 0.0)
    return Solution(width, found.budget, found.radius, found.rate)


def smallest_width(enough: Callable[[float], bool]) -> float:
    """The least width that is enough, up to a factor 1 + BRACKET; infinite beyond LARGEST."""
    low = 1.0
    high = float(LARGEST)
    if not enough(high):
        return math.inf
    while high / low > 1 + BRACKET:
        middle = math.sqrt(low * high)
        if enough(middle):
            high = middle
        else:
            low = middle
    return float(math.ceil(high))


def suffices(data: Spectrum, m: float, p: float, regime: Regime) -> bool:
    """Whether every path at width m is within the budget 2 P."""
    found = bounds(data, m, p, regime)
    return found is not None and found.needed <= found.budget


def closed_width(data: Spectrum, p: float, regime: Regime) -> float:
    """At least the width of `solve`, for every X. With t = ln(6 n^2 d / p) (weak), ln(11 n^2 d / p) (joint):

        weak:   34 d^2 lambda_n g^2 h t / lambda_0^3
        joint:  220 d lambda_n (d g^2 + n lambda_n) h t^2 / kappa_0^3

    g = || |rho| ||, h = tr(k^-1 (rho + 4 G)). Infinite where l is not known to be positive.
    """
    low = data.eigenvalue(regime)
    if low <= 0:
        return math.inf
    t = math.log(SHARES[regime] * data.n**2 * data.d / p)
    h = data.weighed(regime).both
    common = data.d * data.top * h * t / low**3
    if regime == "weak":
        return WEAK_CLOSED * data.d * data.spread**2 * common
    return JOINT_CLOSED * (data.d * data.spread**2 + data.n * data.top) * t * common


def bounds(data: Spectrum, m: float, p: float, regime: Regime, budget: float | None = None) -> Bounds | None:
    """What the tails promise at width m, for the given budget or for 2 P; None if that is nothing."""
    low = data.eigenvalue(regime)
    if low <= 0:
        return None
    share = p / SHARES[regime]
    size = math.sqrt(residual(data, m, share, regime) * low)
    if budget is not None:
        return _within(data, m, share, regime, budget, size)
    C = 2 * size * data.d / low
    for _ in range(_ROUNDS):
        found = _within(data, m, share, regime, C, size)
        if found is None:
            return None
        C = 2 * found.path
    return _within(data, m, share, regime, C, size)


def _within(data: Spectrum, m: float, share: float, regime: Regime, C: float, size: float) -> Bounds | None:
    """What the tails promise while the path is within C; size: sqrt(Y l)."""
    n = data.n
    d = data.d
    moves = _moves(data, m, share, regime, C)
    if moves is None:
        return None
    bent = bending(data, moves.radius)
    floor = kernel_floor(data, m, share, regime, bent)
    if floor <= 0:
        return None
    near = math.erf(moves.radius / math.sqrt(2))
    loss = data.spread / 2 * upper_tail(near / d, 1 / m, math.log(d * n * (n + 1) / (2 * share)))
    if regime == "joint":
        mean = (data.encoder_top + bent) / d
        encoder = upper_tail(mean, data.top / m, math.log(n * d / share)) + loss
        encoder = min(encoder, data.top * moves.A**2 / (m * d))
        loss += moves.x * (2 * math.sqrt(encoder) + moves.x) + moves.features
    return Bounds(C, moves.radius, floor, loss, size / floor)


@dataclass(frozen=True)
class _Moves:
    """How far a path within the budget moves things: radius R; x of the encoder's Jacobian, by A; features:
    of the decoder's kernel, by Phi. A: ||A(0)||.
    """

    radius: float
    x: float
    features: float
    A: float


def _moves(data: Spectrum, m: float, share: float, regime: Regime, C: float) -> _Moves | None:
    """None where a path of this length may move anything, or where eta ||H|| <= 1 is not promised."""
    d = data.d
    s = math.sqrt(m * d)
    if regime == "weak":
        return _Moves(data.row * C / math.sqrt(m), 0.0, 0.0, s)
    X = math.sqrt(data.top)
    q = X * C / s
    A = decoder_norm(m, d, share)
    Phi = feature_norm(data, m, share)
    if q >= 1 or Phi * Phi > m * d * data.n:
        return None
    room = 1 - q * q
    moved_A = C / s * (Phi + q * X * A) / room
    moved_Phi = X * q * (A + moved_A)
    w = longest(d, share / m)
    moved_a = q * (w + q * (math.sqrt(d) + q * w) / room)
    radius = data.row * C / s * (math.sqrt(d) + moved_a)
    return _Moves(radius, X * moved_A / s, moved_Phi * (2 * Phi + moved_Phi) / (m * d), A)
