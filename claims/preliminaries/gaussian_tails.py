"""Moments and tails of the random parts of an initial network, in closed form and plain floating point."""

from __future__ import annotations

import math

import numpy as np


def fourth_moments(theta: np.ndarray) -> np.ndarray:
    """E[relu(g1)^2 relu(g2)^2] of standard Gaussian pairs at the angles theta: 3/2 at 0, 0 at pi."""
    cosine = np.cos(theta)
    sine = np.sin(theta)
    moments: np.ndarray = (3 * sine * cosine + (math.pi - theta) * (1 + 2 * cosine**2)) / (2 * math.pi)
    return moments


def upper_tail(mean: float, size: float, t: float) -> float:
    """A sum of independent PSD matrices of norm at most `size`, whose mean has at most the norm `mean`.

    Its norm is at most this, but for (dimension) exp(-t): matrix Chernoff with
        (1 + x) ln(1 + x) - x >= x^2 / (2 + 2 x / 3).
    """
    third = size * t / 3
    return mean + math.sqrt(2 * mean * size * t + third * third) + third


def decoder_norm(m: float, d: int, p: float) -> float:
    """||A|| with probability 1 - p: A A^T has mean m I and summands of norm d; always ||A||_F^2 = m d."""
    return math.sqrt(min(upper_tail(m, d, math.log(d / p)), m * d))


def longest(d: int, p: float) -> float:
    """|w| <= sqrt(d) + sqrt(2 ln(1 / p)) with probability 1 - p (Gaussian concentration)."""
    return math.sqrt(d) + math.sqrt(2 * math.log(1 / p))
