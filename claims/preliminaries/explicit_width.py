"""Explicit sufficient widths: the certificate C1 solved at initialization with the tails of its random parts.

For a rademacher decoder (so |a_r|^2 = d), any step eta <= 1 / (8 (lambda_n + n)) and failure probability p.
Six tails share p equally, t = ln(6 n d / p). On their events, with a radius R that every neuron keeps,
p_R = erf(R / sqrt 2) and f a lower bound on lambda_min(H(0)), the rate of C1 is at least
    nu = c (f - lambda_n min(1, n p_R) / (2 d)) - q / c - (2 + eta Lt^2)(2 x Lam + x^2),   c = 2 - eta Lt^2,
where q bounds ||Q||. The path is at most 2 e / nu, so C = 2 e / f is a budget as soon as nu >= f; at a fixed
C every term improves as m grows. A width is found by bisection, in plain floating point, from eigenvalues on
their safe side. All of these bounds are ours. Proofs: docs/theory/width.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.gaussian_tails import decoder_norm, fourth_moments, longest, upper_tail
from models.kernels.limit import angles, decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.regime import Regime
from refute import Compute
from refute.numerics import gamma, largest_eigenvalue_from_above, smallest_eigenvalue_from_below

LARGEST = 2**100
"""Widths beyond this one are not solved for."""
BRACKET = 2.0**-10
"""The bisection ends with the width known to this share of itself."""
STEP_DIVISOR = 8
"""The largest step covered is 1 / (STEP_DIVISOR (lambda_n + n))."""
SHARES = 6
"""How many tails share the probability of failure."""
WEAK_CLOSED = 44
JOINT_CLOSED = 1600
"""Constants of the closed forms."""
# A grid is enough: the bound is taken at its best point, and holds at every one.
_SHARES_OF_POLE = np.arange(1, 64) / 64


@dataclass(frozen=True)
class Spectrum:
    """What the widths depend on, on the safe side of rounding.

    n, d; top = lambda_n = ||X||^2 from above; lambda_0 and kappa_0 from below; fourth = the sum over
    all i, j of E[phi_i^2 phi_j^2].
    """

    n: int
    d: int
    top: float
    lambda_0: float
    kappa_0: float
    fourth: float

    @property
    def largest_step(self) -> float:
        """1 / (8 (lambda_n + n)): every step up to this one is covered."""
        return 1 / (STEP_DIVISOR * (self.top + self.n))


@dataclass(frozen=True)
class Solution:
    """A sufficient width and the budget C with which C1 holds there; both infinite beyond 2^100."""

    width: float
    budget: float


@dataclass(frozen=True)
class Bounds:
    """What the tails promise at one width: the floor f of H(0), a budget C, the rate nu.

    size: a sum of absolute values such that nu errs by at most gamma(256) times it.
    """

    floor: float
    budget: float
    rate: float
    size: float


def spectrum(X: np.ndarray) -> Spectrum:
    """The numbers of one data matrix X (d, n), float64 with unit columns."""
    d, n = X.shape
    data = tensor(X, Compute())
    error = n * entry_rounding(d)
    K = array(encoder_kernel(data))
    G = array(decoder_kernel(data))
    top = largest_eigenvalue_from_above(X.T @ X, gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X))))
    lambda_0, kappa_0 = (
        smallest_eigenvalue_from_below(kernel, share * error) for kernel, share in ((K, 1), (K + G, 2))
    )
    fourth = float(fourth_moments(array(angles(data))).sum()) * (1 + gamma(64)) + n * n * entry_rounding(d)
    return Spectrum(n, d, max(top, 1.0), lambda_0, kappa_0, fourth)


def sufficient_width(X: np.ndarray, p: float, regime: Regime) -> float:
    """A width from which C1 holds at initialization with probability 1 - p, by these bounds.

    X: (d, n) float64 with unit columns; 0 < p < 1, else ValueError. A float, as it may be beyond what anybody
    could train; infinite beyond 2^100.
    """
    return solve(spectrum(X), p, regime).width


def solve(data: Spectrum, p: float, regime: Regime) -> Solution:
    """The smallest width that the inequalities allow, up to a factor 1 + BRACKET, and its budget.

    ValueError unless 0 < p < 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"p must lie strictly between 0 and 1, got {p}")
    low = 1.0
    high = float(LARGEST)
    if not suffices(data, high, p, regime):
        return Solution(math.inf, math.inf)
    while high / low > 1 + BRACKET:
        middle = math.sqrt(low * high)
        if suffices(data, middle, p, regime):
            high = middle
        else:
            low = middle
    width = float(math.ceil(high))
    found = bounds(data, width, p, regime)
    assert found is not None
    return Solution(width, found.budget)


def suffices(data: Spectrum, m: float, p: float, regime: Regime) -> bool:
    """Whether nu >= f at width m, with the budget 2 e / f."""
    found = bounds(data, m, p, regime)
    return found is not None and found.rate >= found.floor


def closed_width(data: Spectrum, p: float, regime: Regime) -> float:
    """44 n^3 d^2 lambda_n^3 t / lambda_0^4 (weak) or 1600 n^3 d^2 lambda_n^3 t^2 / kappa_0^4 (joint).

    t = ln(6 n d / p). At least the width of `solve`, for every X; infinite where lambda_0 or kappa_0 is not
    known to be positive.
    """
    weak = regime == "weak"
    eigenvalue = data.lambda_0 if weak else data.kappa_0
    if eigenvalue <= 0:
        return math.inf
    t = math.log(SHARES * data.n * data.d / p)
    constant = WEAK_CLOSED * t if weak else JOINT_CLOSED * t * t
    return constant * data.n**3 * data.d**2 * data.top**3 / eigenvalue**4


def bounds(data: Spectrum, m: float, p: float, regime: Regime, budget: float | None = None) -> Bounds | None:
    """What the tails promise at width m, for the given budget or for 2 e / f; None if that is nothing."""
    n = data.n
    d = data.d
    top = data.top
    t = math.log(SHARES * n * d / p)
    floor = kernel_floor(data, m, t, regime)
    if floor <= 0:
        return None
    features = feature_norm(data, m, p / SHARES)
    C = 2 * residual(data, features**2 / m, p / SHARES) / floor if budget is None else budget
    if math.sqrt(top) * C / math.sqrt(m * d) >= 1:
        return None
    drift, energy, radius = _motion(data, m, p, regime, C, features)
    near = math.erf(radius / math.sqrt(2))
    drop = top * min(1.0, n * near) / (2 * d)
    flips = upper_tail(top * near / d, top / m, t)
    lam = math.sqrt(energy + flips * (1 + (2 * math.sqrt(n) + 2.0**-9 * (n + 1)) * n * d))
    speed = data.largest_step * (lam + drift) ** 2
    c = 2 - speed
    if c <= 0:
        return None
    loss = (2 + speed) * (2 * drift * lam + drift * drift)
    size = 4 * data.kappa_0 / d + 2 * drop + flips / min(c, 1.0) ** 2 + 4 * loss
    return Bounds(floor, C, c * (floor - drop) - flips / c - loss, size)


def _motion(
    data: Spectrum, m: float, p: float, regime: Regime, C: float, features: float
) -> tuple[float, float, float]:
    """How far the path moves the Jacobian, at most; ||J(0)||^2 without flips; the radius of every neuron."""
    d = data.d
    s = math.sqrt(m * d)
    X_norm = math.sqrt(data.top)
    q = X_norm * C / s
    if regime == "weak":
        return 0.0, data.top, q * math.sqrt(d)
    A = decoder_norm(m, d, p / SHARES)
    room = 1 - q * q
    moved_A = C / s * (features + q * X_norm * A) / room
    drift = X_norm / s * math.hypot(moved_A, q * (A + moved_A))
    energy = (data.top * A * A + features**2) / (m * d)
    return drift, energy, q * (math.sqrt(d) + q * longest(d, p / SHARES / m)) / room


def kernel_floor(data: Spectrum, m: float, t: float, regime: Regime) -> float:
    """f: lambda_min of the kernel at the start, nothing dropped, is at least f but for n d exp(-t).

    Weak, by matrix Chernoff with mu = lambda_0 / d and summands of norm b = lambda_n / m:
        mu - sqrt(2 mu b t).
    Joint, as E exp(-theta Y) <= I - theta E Y + theta^2 E Y^2 / 2, with v >= ||E Y^2|| summed:
        kappa_0 / d - sqrt(2 v t).
    """
    if regime == "weak":
        mean = max(data.lambda_0, 0.0) / data.d
        return mean - math.sqrt(2 * mean * data.top * t / m)
    spread = data.top / math.sqrt(2 * data.d) + math.sqrt(data.fourth) / data.d
    return data.kappa_0 / data.d - spread * math.sqrt(2 * t / m)


def residual(data: Spectrum, energy: float, p: float) -> float:
    """||E(0)|| with probability 1 - p, if ||Phi||_F^2 <= m energy.

    Signs are dominated by Gaussians in E exp(theta |X - U|^2); of all Phi of that norm, rank one is worst. So
    for any v in (0, 1)
        e^2 = n / (1 - v) + (2 energy / (v d)) (ln(1 / p) - (d / 2) ln(1 - v)).
    """
    v = _SHARES_OF_POLE
    d = data.d
    squares = data.n / (1 - v) + 2 * energy / (v * d) * (math.log(1 / p) - d / 2 * np.log1p(-v))
    return math.sqrt(float(squares.min()))


def feature_norm(data: Spectrum, m: float, p: float) -> float:
    """||Phi||_F with probability 1 - p: a ||X||-Lipschitz function of W, of mean at most sqrt(m n / 2).

    It stands for ||Phi|| too. (||Phi|| <= ||W^T X|| is false: ReLU acts on entries.)
    """
    return math.sqrt(m * data.n / 2) + math.sqrt(2 * data.top * math.log(1 / p))
