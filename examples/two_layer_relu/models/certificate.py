"""A certificate that one look at the start of the gradient flow gives for all time.

A neuron whose distance to every kink is more than R keeps its pattern while it moves by R at most. The Gram
matrix stays above the part H_S that these neurons make, so the residual falls at the rate lambda_min(H_S),
and no neuron ever moves by more than |X| |rho_0| / (sqrt(m) lambda_min(H_S)). If that is at most R, it stays
so.
"""

from __future__ import annotations

import math

import numpy as np

from models.gram import gram
from refute.numerics import gamma, smallest_eigenvalue_from_below


def certificate(X: np.ndarray, W: np.ndarray, rho: np.ndarray) -> tuple[float, float] | None:
    """A radius R and a rate, the largest that certifies the flow of X (n, d), W (m, d), rho (n,); or None.

    The rate is taken from below, and R so much larger that rounding does not speak for it.
    """
    m, n = len(W), len(X)
    sides = W @ X.T
    distances = (np.abs(sides) / np.linalg.norm(X, axis=1)).min(axis=1)
    need = float(np.linalg.norm(X, ord=2) * np.linalg.norm(rho)) / math.sqrt(m) * (1 + gamma(64 * n))
    for least in sorted(distances):
        stable = (sides > 0)[distances >= least]
        H = gram(X, stable, 1 / m)
        rate = smallest_eigenvalue_from_below(H, gamma(64 * n) * float(np.trace(X @ X.T)))
        if rate > 0 and need / rate < least * (1 - gamma(16 + X.shape[1])):
            return need / rate, float(rate)
    return None


def first_rate(X: np.ndarray, W: np.ndarray) -> float:
    """lambda_min of the Gram matrix of all neurons W (m, d)."""
    return float(np.linalg.eigvalsh(gram(X, W @ X.T > 0, 1 / len(W)))[0])
