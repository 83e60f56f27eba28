"""The tails of a start that the explicit widths rest on: its kernel, features and residual.

k is the limit kernel of a regime and l its smallest eigenvalue; each bound holds but for the probability that
it says. Proofs: docs/theory/width.md.
"""

from __future__ import annotations

import math

import numpy as np

from claims.preliminaries.data_spectrum import Spectrum
from claims.preliminaries.gaussian_tails import upper_tail
from models.networks.regime import Regime
from refute.numerics import largest_eigenvalue_from_above

# A grid is enough: the bound is taken at its best point, and holds at every one.
_SHARES_OF_POLE = np.arange(1, 64) / 64


def bending(data: Spectrum, radius: float) -> float:
    """zeta: the mean of d H, halfway between the patterns of a radius R, is within zeta of that at R = 0.

    Its P[D_i D_j] is larger, by at most

        min(tan(theta / 2) R^2 / (2 pi), p_R / 2)
    """
    most = math.erf(radius / math.sqrt(2)) / 2
    bent = data.inner * np.minimum(data.bends * radius**2, most)
    return max(largest_eigenvalue_from_above(bent), 0.0)


def kernel_floor(data: Spectrum, m: float, share: float, regime: Regime, bent: float = 0.0) -> float:
    """f: but for a probability `share`, H >= f, and H >= (1 - eps) E H with f = (1 - eps) (l - zeta) / d.

    Weak, by matrix Chernoff for E[H]^-1/2 H E[H]^-1/2 with summands of norm b = lambda_n d / (m (l - zeta)):

        eps = sqrt(2 b t),    t = ln(n d / share)

    Joint, as E exp(-theta Y) <= I - theta E Y + theta^2 E Y^2 / 2, with v >= ||E Y^2|| summed:

        eps = sqrt(2 v t)

    Not positive where nothing is promised.
    """
    d = data.d
    low = data.eigenvalue(regime) - bent
    if low <= 0:
        return 0.0
    t = math.log(data.n * d / share)
    v = data.top * d / low
    if regime == "joint":
        v = (math.sqrt(data.top * d) + math.sqrt(data.fourth / low)) ** 2 / low
    return low / d * (1 - math.sqrt(2 * v * t / m))


def residual(data: Spectrum, m: float, share: float, regime: Regime) -> float:
    """Y >= tr(E(0) k'^-1 E(0)^T) but for four times `share`: three tails of features, and its own.

    k' is that of `data_spectrum`. Signs are dominated by Gaussians in E exp(theta |X - U|^2). With B =
    k'^-1/2 Phi^T Phi k'^-1/2 / m, tr B <= tau and ||B|| <= sigma, for any v in (0, 1)

        Y = tr(k'^-1 rho) / (1 - v) + (2 sigma / (v d)) ln(1 / share) - (tau / v) ln(1 - v)
    """
    weighed = data.weighed(regime)
    reach = 2 * data.top / data.eigenvalue(regime)
    tau = (math.sqrt(weighed.features) + math.sqrt(reach * math.log(1 / share) / m)) ** 2
    longest = (math.sqrt(weighed.features) + math.sqrt(reach * math.log(m / share))) ** 2
    sigma = min(tau, upper_tail(m * weighed.top, longest, math.log(data.n / share)) / m)
    v = _SHARES_OF_POLE
    tail = 2 * sigma / (v * data.d) * math.log(1 / share)
    return float((weighed.samples / (1 - v) + tail - tau / v * np.log1p(-v)).min())


def feature_norm(data: Spectrum, m: float, share: float) -> float:
    """||Phi|| but for twice `share`: the longest phi_r, and Chernoff for the sum of those up to its length.

    |phi_r| is a ||X||-Lipschitz function of w_r, of mean at most sqrt(n / 2). (||Phi|| <= ||W^T X|| is false:
    ReLU acts on entries.)
    """
    longest = math.sqrt(data.n / 2) + math.sqrt(2 * data.top * math.log(m / share))
    return math.sqrt(upper_tail(m * data.decoder_top, longest**2, math.log(data.n / share)))
