"""The explicit widths of before: the certificate C1 solved at the start, not the block certificate.

C1 drops every neuron with an entry that may flip, which costs a share n p_R of the kernel, bounds what is
left of these by Q, and takes 2 e / f for the path. With the same kind of tails, for every step
eta <= 1 / (8 (lambda_n + n)), its rate is at least

    nu = c (f - lambda_n min(1, n p_R) / (2 d)) - q / c - (2 + eta Lt^2) (2 x Lam + x^2),  c = 2 - eta Lt^2,

and C = 2 e / f is a budget as soon as nu >= f. They are kept for comparison: benchmarks/explicit_widths.py
has both in one table, and docs/theory/width.md says what the difference is.
"""

from __future__ import annotations

import math

import numpy as np

from claims.preliminaries.data_spectrum import Spectrum
from claims.preliminaries.explicit_width import smallest_width
from claims.preliminaries.gaussian_tails import decoder_norm, longest, upper_tail
from models.networks.regime import Regime

_TAILS = 6
_SHARES_OF_POLE = np.arange(1, 64) / 64


def earlier_width(data: Spectrum, p: float, regime: Regime) -> float:
    """A width from which C1 holds at the start with probability 1 - p, 0 < p < 1; infinite beyond 2^100."""
    return smallest_width(lambda m: _suffices(data, m, p, regime))


def _suffices(data: Spectrum, m: float, p: float, regime: Regime) -> bool:
    n, d = data.n, data.d
    share = p / _TAILS
    t = math.log(n * d / share)
    floor = _floor(data, m, t, regime)
    if floor <= 0:
        return False
    features = math.sqrt(m * n / 2) + math.sqrt(2 * data.top * math.log(1 / share))
    C = 2 * _residual(data, features**2 / m, share) / floor
    q = math.sqrt(data.top) * C / math.sqrt(m * d)
    if q >= 1:
        return False
    drift, energy, radius = _motion(data, m, share, regime, C, features)
    near = math.erf(radius / math.sqrt(2))
    drop = data.top * min(1.0, n * near) / (2 * d)
    flips = upper_tail(data.top * near / d, data.top / m, t)
    lam = math.sqrt(energy + flips * (1 + (2 * math.sqrt(n) + 2.0**-9 * (n + 1)) * n * d))
    speed = data.largest_step * (lam + drift) ** 2
    c = 2 - speed
    if c <= 0:
        return False
    loss = (2 + speed) * (2 * drift * lam + drift * drift)
    return c * (floor - drop) - flips / c - loss >= floor


def _floor(data: Spectrum, m: float, t: float, regime: Regime) -> float:
    """lambda_min of the kernel at the start, by matrix Chernoff with summands of norm lambda_n / m."""
    if regime == "weak":
        mean = max(data.lambda_0, 0.0) / data.d
        return mean - math.sqrt(2 * mean * data.top * t / m)
    spread = data.top / math.sqrt(2 * data.d) + math.sqrt(data.fourth) / data.d
    return data.kappa_0 / data.d - spread * math.sqrt(2 * t / m)


def _residual(data: Spectrum, energy: float, share: float) -> float:
    """||E(0)||, if ||Phi||_F^2 <= m energy; of all Phi of that norm rank one is worst."""
    v = _SHARES_OF_POLE
    d = data.d
    squares = data.n / (1 - v) + 2 * energy / (v * d) * (math.log(1 / share) - d / 2 * np.log1p(-v))
    return math.sqrt(float(squares.min()))


def _motion(
    data: Spectrum, m: float, share: float, regime: Regime, C: float, features: float
) -> tuple[float, float, float]:
    """How far the path moves the Jacobian; ||J(0)||^2 without flips; the radius of every neuron."""
    d = data.d
    s = math.sqrt(m * d)
    X_norm = math.sqrt(data.top)
    q = X_norm * C / s
    if regime == "weak":
        return 0.0, data.top, q * math.sqrt(d)
    A = decoder_norm(m, d, share)
    room = 1 - q * q
    moved_A = C / s * (features + q * X_norm * A) / room
    drift = X_norm / s * math.hypot(moved_A, q * (A + moved_A))
    energy = (data.top * A * A + features**2) / (m * d)
    return drift, energy, q * (math.sqrt(d) + q * longest(d, share / m)) / room
