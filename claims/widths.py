"""Explicit sufficient widths: the certificate C1 solved at initialization with the tails of its random parts.

For a rademacher decoder, step eta = 1 / Lt^2 (so c = 1) and failure probability p, every tail gets an equal share of p. With C = 2 e / nu* for a wanted rate
nu* and ||E(0)|| <= e, each inequality below is explicit in m, so that the smallest sufficient m is found by bisection. None of these bounds is the paper's.
Proof: docs/theory/convergence.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from claims.arrays import tensor
from models.descent import Regime
from models.kernels import decoder_kernel, encoder_kernel, limit_kernel
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
    """I2: the width from which lambda_min(H_W(0)) >= lambda_0 / (2 d) with probability 1 - p; infinite if lambda_0 = 0."""
    if data.lambda_0 <= 0:
        return math.inf
    exponent = HALF + (1 - HALF) * math.log(1 - HALF)
    return data.d * data.top / data.lambda_0 * math.log(data.n * data.d / p) / exponent


def sufficient_width(X: np.ndarray, p: float, regime: Regime) -> float:
    """The smallest width at which C1 holds at initialization with probability 1 - p by these bounds; infinite beyond 2^100.

    X: (d, n) float64 with unit columns; 0 < p < 1. Returned as a float because it is rarely a number one could train.
    """
    data = spectrum(X)
    sufficient = _weak if regime == "weak" else _joint
    low, high = 1.0, LARGEST
    if not sufficient(data, high, p):
        return math.inf
    while high / low > 1 + 2.0**-10:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if sufficient(data, middle, p) else (middle, high)
    return math.ceil(high)


def _weak(data: Spectrum, m: float, p: float) -> bool:
    """nu >= floor - (n + 1) top s / m with at most s entries in S per sample, R = sqrt(top / m) C, and 2 e / nu <= C."""
    share = p / 3
    if m < kernel_width(data, share):
        return False
    floor = HALF * data.lambda_0 / data.d
    C = 2 * _residual(data, share) / (floor / 2)
    stuck = _stuck(data, m, math.sqrt(data.top / m) * C, share)
    return (data.n + 1) * data.top * stuck / m <= floor / 2


def _joint(data: Spectrum, m: float, p: float) -> bool:
    """As `_weak`, with the drift x of A and Phi, the norm of the longest w_r, and the decoder kernel added to the floor (I3)."""
    share = p / 7
    d, n, top = data.d, data.n, data.top
    if m < kernel_width(data, share):
        return False
    loss = math.sqrt(2 * _fourth_moments(n) * math.log(n / share) / m)
    floor = (HALF * data.lambda_0 + max(data.gamma_0 - loss, 0.0)) / d
    C = 2 * _residual(data, share) / (floor / 2)
    s = math.sqrt(m * d)
    q = math.sqrt(top) * C / s
    if q >= HALF:
        return False
    room = 1 - q * q
    longest = _longest(d, share / m)
    A = math.sqrt(m * _upper_chernoff(m, d, share))
    Phi = math.sqrt(top) * (math.sqrt(m) + math.sqrt(d) + math.sqrt(2 * math.log(1 / share)))
    rho_A = C / s * (Phi + q * math.sqrt(top) * A) / room
    drift = math.sqrt(top) / s * math.hypot(rho_A, q * (A + rho_A))
    stuck = _stuck(data, m, q * (math.sqrt(d) + q * longest) / room, share)
    Lam = math.sqrt(top + Phi * Phi / (m * d) + 2 * (n + 1) * top * stuck / m)
    return (n + 1) * top * stuck / m + 3 * (2 * drift * Lam + drift * drift) <= floor / 2


def _residual(data: Spectrum, p: float) -> float:
    """||E(0)|| <= sqrt(n) + ||U(0)|| and Markov with E ||U(0)||^2 = n / 2 (I4)."""
    return math.sqrt(data.n) + math.sqrt(data.n / (2 * p))


def _stuck(data: Spectrum, m: float, R: float, p: float) -> float:
    """Entries |w_r . x_i| <= R per sample: Binomial(m, <= R sqrt(2 / pi)) (I5), Bernstein, all n samples at once."""
    mean, tail = m * min(R * math.sqrt(2 / math.pi), 1.0), math.log(data.n / p)
    return min(mean + tail / 3 + math.sqrt(tail * tail / 9 + 2 * mean * tail), m)


def _fourth_moments(n: int) -> float:
    """sum_ij Q(theta_ij) <= n^2 Q(0) with Q(0) = 3 / 2 (I3)."""
    return 1.5 * n * n


def _upper_chernoff(m: float, d: int, p: float) -> float:
    """1 + t with ||A^T A|| <= (1 + t) m: P <= d (e^t / (1 + t)^(1 + t))^(m / d), from |a_r|^2 = d; t <= 1 where t^2 / 3 bounds the exponent."""
    t = math.sqrt(3 * d * math.log(d / p) / m)
    return 1 + t if t <= 1 else float(d)


def _longest(d: int, p: float) -> float:
    """|w| <= sqrt(d) + sqrt(2 ln(1 / p)) with probability 1 - p (Gaussian concentration)."""
    return math.sqrt(d) + math.sqrt(2 * math.log(1 / p))
