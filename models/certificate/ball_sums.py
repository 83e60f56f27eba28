"""The sums over neurons that the contraction certificate is made of, in float64: of a point, and of a ball.

In a ball neuron r may move by its radius. An entry (r, i) is stuck if z_ri could vanish on the way: the set S
of models/certificate. Rounding: z_ri has d roundings, an entry of a sum at most k + 2 for k neurons,
relative to the same sum of absolute values, and its factors not more than d + 6 together. Where there is a
compiled library the sums of `models/native/certificate.cpp` are taken, within the same bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.pair_form import pairs
from models.native.gram import compiled_balls, compiled_sizes

_CHUNK = 2**14
"""Entries of the products of pairs that are held at a time: few enough for a near cache and reused memory."""


@dataclass(frozen=True, eq=False)
class PointSums:
    """Of B networks: ||w_r||, ||a_r|| (B, m), U = A^T Phi (B, d, n), G = Phi^T Phi (B, n, n) or zeros."""

    w_norms: np.ndarray
    a_norms: np.ndarray
    U: np.ndarray
    G: np.ndarray


def point_sums(W: np.ndarray, A: np.ndarray, X: np.ndarray, grams: bool) -> PointSums:
    """The sums of each network alone, for W, A (B, m, d) and X (d, n); grams: whether G is wanted."""
    return PointSums(*(compiled_sizes(W, A, X, grams) or _sizes(W, A, X, grams)))


def _sizes(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, grams: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    w_norms, a_norms = (np.sqrt(np.einsum("brd,brd->br", part, part)) for part in (W, A))
    n = X.shape[1]
    U, G = np.empty((len(W), *X.shape)), np.zeros((len(W), n, n))
    for b, (w, a) in enumerate(zip(W, A, strict=True)):
        Phi = np.maximum(w @ X, 0)
        U[b] = a.T @ Phi
        if grams:
            G[b] = Phi.T @ Phi
    return w_norms, a_norms, U, G


@dataclass(frozen=True, eq=False)
class Reach:
    """What is stuck: entries where |z_ri| near - slack_r > radius_r does not hold; slack, radius (B, m)."""

    slack: np.ndarray
    radius: np.ndarray
    near: float


@dataclass(frozen=True, eq=False)
class BallSums:
    """Of B networks: H, P in the pair form of `pair_form`, Q (B, n, pairs of outputs), |S| (B,)."""

    H: np.ndarray
    P: np.ndarray
    Q: np.ndarray
    stuck: np.ndarray


def ball_sums(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, reach: Reach, square: float, most: float
) -> BallSums:
    """The encoder kernels of a ball around each network alone, for W, A (B, m, d) and X (d, n).

    H is that of the neurons without a stuck entry, P that of the others from their other entries. Q_i is the
    sum of kappa_r a_r a_r^T / (m d) over the neurons stuck at sample i, kappa_r = min(square |S_r|, most).
    """
    compiled = compiled_balls((W, A, X, reach.slack, reach.radius), (reach.near, square, most))
    return BallSums(*(compiled or _balls(W, A, X, reach, square, most)))


def stuck_entries(W: np.ndarray, X: np.ndarray, reach: Reach) -> np.ndarray:
    """(B, n, m), boolean: S. What is not a number is stuck."""
    sizes = np.abs(X.T @ W.swapaxes(1, 2)) * reach.near - reach.slack[:, None]
    stuck: np.ndarray = ~(sizes > reach.radius[:, None])
    return stuck


def _balls(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, reach: Reach, square: float, most: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    stuck, (i, j) = stuck_entries(W, X, reach), pairs(X.shape[1])
    rho = (X.T @ X)[i, j][:, None] / W[0].size
    found = []
    for w, a, own in zip(W, A.swapaxes(1, 2), stuck, strict=True):
        active, hit = X.T @ w.T > 0, own.any(0)
        S, others = own[:, hit], a[:, hit]
        kappa = np.minimum(S.sum(0) * square, most) / w.size
        Q = (S * kappa) @ _products(others, pairs(len(others))).T
        found.append((pair_sums(active & ~hit, a) * rho, pair_sums(active[:, hit] & ~S, others) * rho, Q))
    H, P, blocks = (np.stack(parts) for parts in zip(*found, strict=True))
    return H, P, blocks, np.count_nonzero(stuck, axis=(1, 2))


def pair_sums(D: np.ndarray, A: np.ndarray) -> np.ndarray:
    """sum_r D_ir D_jr a_pr a_qr in pair form, for D (n, k), also boolean, and A (d, k).

    A product of two thin matrices, over the pairs of samples and of outputs: a quarter of the work of the
    Gram matrix of all D_ir a_pr.
    """
    (n, k), d = D.shape, len(A)
    samples, outputs = pairs(n), pairs(d)
    total, chunk = np.zeros((len(samples[0]), len(outputs[0]))), _chunk(max(len(samples[0]), len(outputs[0])))
    for first in range(0, k, chunk):
        part = slice(first, first + chunk)
        total += _products(D[:, part], samples).astype(A.dtype, copy=False) @ _products(A[:, part], outputs).T
    return total


def _chunk(rows: int) -> int:
    return max(256, _CHUNK // rows)


def _products(M: np.ndarray, members: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    products: np.ndarray = np.take(M, members[0], axis=0)
    products *= np.take(M, members[1], axis=0)
    return products
