"""Networks and points turned towards each other, to be inactive or on a kink, and a safe step size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refute import Instance
from refute.numerics import gamma

Repoint = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Weights W (m, d) and points P (d, 2) made into those of a class."""


def as_they_are(W: np.ndarray, P: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and points as drawn."""
    return W, P


def inactive_at_first(W: np.ndarray, P: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every neuron turned so that <w_r, x> <= 0 at the first point."""
    Z = W @ P[:, 0]
    return np.where(Z[:, None] > 0, -W, W), P


def orthogonal_to_first(W: np.ndarray, P: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first point turned so that it is orthogonal to the first neuron."""
    points = P.copy()
    points[:, 0] = 0.0
    points[:2, 0] = (-W[0, 1], W[0, 0]) if W[0, :2].any() else (1.0, 0.0)
    return W, points


def opposite_points(W: np.ndarray, P: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y = -x."""
    return W, np.column_stack([P[:, 0], -P[:, 0]])


def has_inactive_point(instance: Instance) -> bool:
    """Whether at some point no neuron is active, and some would be at its negative."""
    Z = instance.W @ instance.P
    return bool(((Z <= 0).all(axis=0) & (Z < 0).any(axis=0)).any())


def has_point_at_a_kink(instance: Instance) -> bool:
    """Whether a point is orthogonal to some neuron, up to rounding, and neither is 0."""
    W, P = instance.W, instance.P
    W = W[W.any(axis=1)]
    zeros = np.abs(W @ P) <= gamma(2 * len(P)) * (np.abs(W) @ np.abs(P))
    return bool(zeros[:, P.any(axis=0)].any())


def finite_step_size(X: np.ndarray, W: np.ndarray, c: float) -> float:
    """eta = 1 / (32 S (1 + B)) / g, where g = c/m, B = g ||W||_F^2 and S = ||X||_F^2: 16 steps stay finite.

    With B' for B at a later step, ||e_x|| <= ||x|| (1 + B') gives ||grad|| <= 2 g S (1 + B') ||W'||_F, and as
    u is homogeneous of degree 2 in W,
        <W', grad> = 2 sum_x (||u||^2 - <x, u>) >= -S / 2.
    So as long as 1 + B' <= 2 (1 + B), a step adds to B' at most
        g eta S + g eta^2 ||grad||^2 <= 1/32 + B' / 64 <= (1 + B) / 16,
    and 16 steps at most double 1 + B.
    """
    g = c / len(W)
    return float(1 / (32 * g * np.square(X).sum() * (1 + g * np.square(W).sum())))
