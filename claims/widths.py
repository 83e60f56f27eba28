"""Explicit sufficient widths: the certificate C1 solved at initialization with the tails of its random parts.

For a rademacher decoder (so |a_r|^2 = d), any step eta <= 1 / Lt^2 (so c >= 1 and eta Lt^2 <= 1) and failure
probability p, every tail gets an equal share of p. Where nu >= nu* := floor / 2, the path length needed is
eta e / (1 - sqrt(1 - eta nu)) <= 2 e / nu*, so C = 2 e / nu* is a budget; each inequality below is then
explicit in m, and a sufficient m is found by bisection, in plain floating point. None of these bounds is the
paper's. Proofs: docs/theory/convergence.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from claims.arrays import tensor
from models.descent import Regime
from models.kernels import decoder_kernel, encoder_kernel
from refute import Compute

LARGEST = 2.0**100
HALF = 0.5
"""The share of lambda_0 that the encoder kernel may lose at initialization (e in I2)."""


@dataclass(frozen=True)
class Spectrum:
    """What the widths depend on: n, d, lambda_n = ||X||^2, lambda_0, gamma_0."""

    n: int
    d: int
    top: float
    lambda_0: float
    gamma_0: float


def spectrum(X: np.ndarray) -> Spectrum:
    """The numbers of one data matrix X (d, n), float64."""
    data = tensor(X, Compute())
    low = [float(torch.linalg.eigvalsh(kernel(data))[0]) for kernel in (encoder_kernel, decoder_kernel)]
    top = float(torch.linalg.matrix_norm(data, 2)) ** 2
    return Spectrum(X.shape[1], X.shape[0], top, max(low[0], 0.0), max(low[1], 0.0))


def kernel_width(data: Spectrum, p: float) -> float:
    """I2: lambda_min(H_W(0)) >= (1 - e) lambda_0 / d with probability 1 - p from here on; infinite at 0.

    Matrix Chernoff with summands of norm at most lambda_n / m: the failure probability is at most
    n d exp(-(e + (1 - e) ln(1 - e)) m lambda_0 / (d lambda_n)), here with e = HALF.
    """
    if data.lambda_0 <= 0:
        return math.inf
    exponent = HALF + (1 - HALF) * math.log(1 - HALF)
    return data.d * data.top / data.lambda_0 * math.log(data.n * data.d / p) / exponent


def sufficient_width(X: np.ndarray, p: float, regime: Regime) -> float:
    """A width from which C1 holds at initialization with probability 1 - p by these bounds.

    The smallest such width up to a factor 1 + 2^-10, infinite beyond 2^100. X: (d, n) float64 with unit
    columns; 0 < p < 1, else ValueError. A float, because it is rarely a number one could train.
    """
    if not 0 < p < 1:
        raise ValueError(f"p must lie strictly between 0 and 1, got {p}")
    data = spectrum(X)
    sufficient = _weak if regime == "weak" else _joint
    low, high = 1.0, LARGEST
    if not sufficient(data, high, p):
        return math.inf
    while high / low > 1 + 2.0**-10:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if sufficient(data, middle, p) else (middle, high)
    return float(math.ceil(high))


def _weak(data: Spectrum, m: float, p: float) -> bool:
    """nu >= floor - (n + 1) lambda_n S / m with at most S entries stuck per sample. Three tails share p.

    At most n S neurons have a stuck entry, each worth lambda_n / m in H; ||Q|| <= lambda_n S / m.
    R = ||X|| sqrt(d) C / s = sqrt(lambda_n / m) C.
    """
    share = p / 3
    if m < kernel_width(data, share):
        return False
    floor = (1 - HALF) * data.lambda_0 / data.d
    C = 2 * residual(data, share) / (floor / 2)
    stuck = stuck_entries(data, m, math.sqrt(data.top / m) * C, share)
    return (data.n + 1) * data.top * stuck / m <= floor / 2


def _joint(data: Spectrum, m: float, p: float) -> bool:
    """As `_weak`, with the decoder kernel added to the floor, the drift x, and the longest w_r. Seven tails.

    Lam^2 with t = 1: encoder parts are at most lambda_n ||A||^2 / (m d) <= lambda_n, P once more at most
    n lambda_n S / m and 2 Q at most 2 lambda_n S / m; the decoder part is ||Phi||^2 / (m d).
    """
    share = p / 7
    d, n, top = data.d, data.n, data.top
    if m < kernel_width(data, share):
        return False
    floor = ((1 - HALF) * data.lambda_0 + max(data.gamma_0 - decoder_loss(n, m, share), 0.0)) / d
    C = 2 * residual(data, share) / (floor / 2)
    s = math.sqrt(m * d)
    q = math.sqrt(top) * C / s
    if q >= 1:
        return False
    room = 1 - q * q
    A, Phi = decoder_norm(m, d, share), feature_norm(data, m, share)
    rho_A = C / s * (Phi + q * math.sqrt(top) * A) / room
    drift = math.sqrt(top) / s * math.hypot(rho_A, q * (A + rho_A))
    R = q * (math.sqrt(d) + q * longest(d, share / m)) / room
    stuck = stuck_entries(data, m, R, share)
    Lam = math.sqrt(top + Phi * Phi / (m * d) + (n + 2) * top * stuck / m)
    return (n + 1) * top * stuck / m + 3 * (2 * drift * Lam + drift * drift) <= floor / 2


def residual(data: Spectrum, p: float) -> float:
    """||E(0)|| <= sqrt(n) + ||U(0)|| with probability 1 - p: Markov with E ||U(0)||^2 = n / 2 (I4)."""
    return math.sqrt(data.n) + math.sqrt(data.n / (2 * p))


def stuck_entries(data: Spectrum, m: float, R: float, p: float) -> float:
    """How many w_r have |w_r . x_i| <= R, for every sample i at once, with probability 1 - p.

    Binomial(m, erf(R / sqrt 2)) with erf(R / sqrt 2) <= R sqrt(2 / pi) (I5); Bernstein, and a union over i.
    """
    mean, tail = m * min(R * math.sqrt(2 / math.pi), 1.0), math.log(data.n / p)
    return min(mean + tail / 3 + math.sqrt(tail * tail / 9 + 2 * mean * tail), m)


def decoder_loss(n: int, m: float, p: float) -> float:
    """t with lambda_min(Phi^T Phi / m) >= gamma_0 - t with probability 1 - p (I3).

    P <= n exp(-m t^2 / (2 v)), v = sum_ij E[phi_i^2 phi_j^2] <= n^2 E[phi^4] = 3 n^2 / 2.
    """
    return math.sqrt(3 * n * n * math.log(n / p) / m)


def decoder_norm(m: float, d: int, p: float) -> float:
    """||A|| with probability 1 - p: ||A||^2 <= (1 + t) m by matrix Chernoff, and always ||A||_F^2 = m d.

    P[||A||^2 >= (1 + t) m] <= d (e^t / (1 + t)^(1 + t))^(m / d) <= d exp(-m t^2 / (3 d)) for t <= 1.
    """
    t = math.sqrt(3 * d * math.log(d / p) / m)
    return math.sqrt(m * (min(1 + t, d) if t <= 1 else d))


def feature_norm(data: Spectrum, m: float, p: float) -> float:
    """||Phi|| with probability 1 - p: a ||X||-Lipschitz function of W, of mean at most sqrt(m n / 2).

    E ||Phi|| <= (E ||Phi||_F^2)^(1/2), and Gaussian concentration. (||Phi|| <= ||W^T X|| is false: ReLU acts
    on entries, and lambda_max(G) >= n / (2 pi) even where ||X|| = 1.)
    """
    return math.sqrt(m * data.n / 2) + math.sqrt(2 * data.top * math.log(1 / p))


def longest(d: int, p: float) -> float:
    """|w| <= sqrt(d) + sqrt(2 ln(1 / p)) with probability 1 - p (Gaussian concentration)."""
    return math.sqrt(d) + math.sqrt(2 * math.log(1 / p))
