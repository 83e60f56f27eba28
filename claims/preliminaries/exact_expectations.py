"""Exact expectations over the Gaussian weights of a tied network, at every width and dimension.

A neuron w takes q nodes, all equally often: +-r_1 b_j and +-r_2 b_j for an orthonormal basis b_1, ..., b_d,
k times each, and zeros. Their mean is zero, they are symmetric, and with
    r_1^2 + r_2^2 = q/(2k),
    r_1^2 r_2^2 = q (q - 2k (d + 2))/(8k^2)
they have the moments of N(0, I_d) in
    E w w^T = I,
    E |w|^2 w w^T = (d + 2) I.
For a prime q the q^2 networks w_r = node(a + r b mod q), a, b = 0, ..., q - 1, take every pair of nodes once
for any two of up to q neurons. So the mean over them is exact for a sum over neurons and pairs of neurons of
functions that, averaged over each w and -w, are of the form of these moments or products of two. ReLU makes
such functions, as
    relu(z) - relu(-z) = z,
    relu(z)^2 + relu(-z)^2 = z^2.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

COPIES = 64
"""Copies k of the basis that are tried: enough for hundreds of neurons in one dimension."""
ROUNDINGS = 32
"""A product of four entries of nodes errs by at most gamma of so many roundings: each by eight."""


@cache
def nodes(d: int, least: int = 1) -> np.ndarray:
    """The nodes (q, d) of one neuron, for the smallest prime q >= least that has room for them.

    Each entry errs by fewer than 8 roundings. Raises ValueError if `least` is beyond what COPIES of the basis
    can fill.
    """
    q, k = _size(d, least)
    larger = (q + math.sqrt(q * (4 * k * (d + 2) - q))) / (4 * k)
    smaller = q * (q - 2 * k * (d + 2)) / (8 * k * k) / larger
    # The mirror images of the axes in the hyperplane across (1, ..., 1): none is an axis for d > 2.
    basis = np.where(np.eye(d) > 0, (d - 2) / d, -2 / d)
    half = np.vstack([math.sqrt(larger) * basis, math.sqrt(smaller) * basis])
    found = np.zeros((q, d))
    found[: 4 * k * d] = np.tile(np.vstack([half, -half]), (k, 1))
    found.setflags(write=False)
    return found


def in_turn(d: int, m: int) -> np.ndarray:
    """Networks W (q, m, d) of which each neuron takes every node once: exact for sums over neurons."""
    one = nodes(d)
    turns = np.arange(len(one))[:, None] + np.arange(m)
    taken: np.ndarray = one[turns % len(one)]
    return taken


def in_pairs(d: int, m: int) -> np.ndarray:
    """Networks W (q^2, m, d) of which any two neurons take every pair of nodes once."""
    one = nodes(d, m)
    q = len(one)
    a, b = np.divmod(np.arange(q * q), q)
    taken: np.ndarray = one[(a[:, None] + b[:, None] * np.arange(m)) % q]
    return taken


def networks_in_pairs(d: int, m: int) -> int:
    """q^2, how many networks `in_pairs` gives."""
    return _size(d, m)[0] ** 2


@cache
def _size(d: int, least: int) -> tuple[int, int]:
    """The smallest prime q and a k with real r_1, r_2 and room for k copies: 4 k d <= q."""
    fitting = (
        (q, k)
        for k in range(1, COPIES + 1)
        for q in range(max(least, 4 * k * d, 2 * k * (d + 2)), 4 * k * (d + 2) + 1)
        if _is_prime(q)
    )
    try:
        return min(fitting)
    except ValueError:
        raise ValueError(f"no {least} nodes or more in {d} dimensions from {COPIES} copies") from None


def _is_prime(q: int) -> bool:
    return q > 1 and all(q % divisor for divisor in range(2, math.isqrt(q) + 1))
