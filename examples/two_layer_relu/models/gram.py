"""The Gram matrix of a two-layer ReLU network f(x) = sum_r a_r max(<w_r, x>, 0) / sqrt(m) in its first layer.

    H_ij = <x_i, x_j> #{r: <w_r, x_i> >= 0 and <w_r, x_j> >= 0} / m,
and its mean over w_r ~ N(0, I),
    <x_i, x_j> (pi - theta_ij) / (2 pi),  theta_ij the angle between x_i and x_j.
Samples are the rows of X (n, d), neurons the rows of W (m, d).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from refute.numerics import gamma, smallest_eigenvalue_from_below


def gram(X: np.ndarray, active: np.ndarray, weights: np.ndarray | float) -> np.ndarray:
    """H (n, n) of patterns `active` (k, n), the k-th of which a share `weights` (k,) of the neurons has."""
    counts = active.astype(float)
    return np.asarray((X @ X.T) * ((counts.T * weights) @ counts))


def limit_gram(X: np.ndarray) -> np.ndarray:
    """The mean (n, n) of H.

    Angles are between normed rows, by 2 atan2(|u - v|, |u + v|), which is accurate from 0 to pi.
    """
    units = X / np.linalg.norm(X, axis=1, keepdims=True)
    difference = np.linalg.norm(units[:, None] - units, axis=2)
    total = np.linalg.norm(units[:, None] + units, axis=2)
    theta = 2 * np.arctan2(difference, total)
    return np.asarray((X @ X.T) * (math.pi - theta) / (2 * math.pi))


def before_a_kink(sides: np.ndarray, speeds: np.ndarray) -> Fraction:
    """Half of the first time at which one of the fractions <w_r, x_i> may be 0; 1 where none moves.

    sides, speeds: (m, n) of <w_r, x_i>, of either direction, so that the time is on the safe side.
    """
    times = [abs(side / speed) for side, speed in zip(sides.flat, speeds.flat, strict=True) if speed]
    return min(times, default=Fraction(2)) / 2


def limit_eigenvalue(X: np.ndarray) -> float | None:
    """lambda_min of the mean of H from below; None where it is not a million times its rounding.

    An entry of the mean rounds less than 40 times.
    """
    rounding = len(X) * gamma(40)
    found = smallest_eigenvalue_from_below(limit_gram(X), rounding)
    return float(found) if found > len(X) * rounding * 2**20 else None


def drawn_gram(X: np.ndarray, m: int, generator: np.random.Generator) -> np.ndarray:
    """H (n, n) of m neurons w_r ~ N(0, I), from the generator alone.

    In the plane how many neurons have each pattern is drawn, a multinomial law whose chances round less than
    16 times; else the neurons themselves.
    """
    if X.shape[1] == 2:
        patterns, chances = planar_patterns(X)
        return gram(X, patterns, generator.multinomial(m, chances) / m)
    return gram(X, generator.standard_normal((m, X.shape[1])) @ X.T >= 0, 1 / m)


def planar_patterns(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For samples X (n, 2) in the plane: the patterns (2n, n) of a Gaussian neuron, and their chances (2n,).

    The direction of w is uniform on the circle, and its pattern changes where it is at right angles to a
    sample. So the 2n arcs between these directions are all patterns, and their lengths the chances.
    """
    angles = np.arctan2(X[:, 1], X[:, 0])
    ends = np.sort(np.concatenate([angles + math.pi / 2, angles - math.pi / 2]) % (2 * math.pi))
    lengths = np.diff(ends, append=ends[0] + 2 * math.pi)
    middles = ends + lengths / 2
    directions = np.stack([np.cos(middles), np.sin(middles)], axis=1)
    return directions @ X.T >= 0, lengths / lengths.sum()
