"""The sums over neurons that the contraction certificate is made of, in float64: of a point, and of a ball.

In a ball neuron r may move by its radius. An entry (r, i) is unstable if z_ri could vanish on the way: the
set S of `models.certificate.certificate`. Where there is a compiled library the sums of
`models/native/certificate.cpp` are taken, within the same rounding bound.

Rounding: z_ri has d roundings, an entry of a sum at most k + 2 for k neurons, relative to the same sum of
absolute values, and its factors not more than d + 6 together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.pair_form import pairs
from models.native.gram import compiled_balls, compiled_sizes

_CHUNK_ENTRIES = 2**14
"""Entries of the products of pairs that are held at a time: 128 KiB in float64 fit into the second cache, and
memory of this size is used again instead of being asked for anew. Any value is sound."""
_LEAST_NEURONS = 256
"""Neurons of a chunk, at least: a product of matrices that are shorter costs more to call than to compute."""


@dataclass(frozen=True, eq=False)
class PointSums:
    """Of B networks: ||w_r||, ||a_r|| (B, m), U = A^T Phi (B, d, n), G = Phi^T Phi (B, n, n) or zeros."""

    w_norms: np.ndarray
    a_norms: np.ndarray
    U: np.ndarray
    G: np.ndarray


def point_sums(W: np.ndarray, A: np.ndarray, X: np.ndarray, grams: bool) -> PointSums:
    """The sums of each network alone, for W, A (B, m, d) and X (d, n), float64; grams: with G."""
    return PointSums(*(compiled_sizes(W, A, X, grams) or _sizes(W, A, X, grams)))


def _sizes(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, grams: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    w_norms = np.sqrt(np.einsum("brd,brd->br", W, W))
    a_norms = np.sqrt(np.einsum("brd,brd->br", A, A))
    n = X.shape[1]
    U = np.empty((len(W), *X.shape))
    G = np.zeros((len(W), n, n))
    for b, (w, a) in enumerate(zip(W, A, strict=True)):
        Phi = np.maximum(w @ X, 0)
        U[b] = a.T @ Phi
        if grams:
            G[b] = Phi.T @ Phi
    return w_norms, a_norms, U, G


@dataclass(frozen=True, eq=False)
class Reach:
    """How far the neurons may reach. An entry (r, i) is unstable unless

        |z_ri| near - slack_r > radius_r

    slack, radius: (B, m), float64. near: the scale in which z is compared.
    """

    slack: np.ndarray
    radius: np.ndarray
    near: float


@dataclass(frozen=True, eq=False)
class BallSums:
    """Of B networks: H, P, R in the pair form of `pair_form`, Q (B, n, pairs of outputs), |S| (B,)."""

    H: np.ndarray
    P: np.ndarray
    R: np.ndarray
    Q: np.ndarray
    unstable: np.ndarray


def ball_sums(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, reach: Reach, square: float, most: float
) -> BallSums:
    """The encoder kernels of a ball around each network alone, for W, A (B, m, d) and X (d, n), float64.

    H is that of the neurons without an unstable entry, P that of the others from their other entries,
    R that of these from every entry that is active or unstable. Over the neurons that are unstable at
    sample i,

        Q_i = sum_r kappa_r a_r a_r^T / (m d),    kappa_r = min(square |S_r|, most)
    """
    compiled = compiled_balls((W, A, X, reach.slack, reach.radius), (reach.near, square, most))
    return BallSums(*(compiled or _balls(W, A, X, reach, square, most)))


def unstable_entries(W: np.ndarray, X: np.ndarray, reach: Reach) -> np.ndarray:
    """(B, n, m), boolean: the set S, for W (B, m, d) and X (d, n). What is not a number is unstable."""
    sizes = np.abs(X.T @ W.swapaxes(1, 2)) * reach.near - reach.slack[:, None]
    unstable: np.ndarray = ~(sizes > reach.radius[:, None])
    return unstable


def _balls(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, reach: Reach, square: float, most: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    unstable = unstable_entries(W, X, reach)
    i, j = pairs(X.shape[1])
    rho = (X.T @ X)[i, j][:, None] / W[0].size
    found = []
    for w, a, own in zip(W, A.swapaxes(1, 2), unstable, strict=True):
        active = X.T @ w.T > 0
        hit = own.any(0)
        S = own[:, hit]
        a_hit = a[:, hit]
        kappa = np.minimum(S.sum(0) * square, most) / w.size
        H = pair_sums(active & ~hit, a) * rho
        P = pair_sums(active[:, hit] & ~S, a_hit) * rho
        R = pair_sums(active[:, hit] | S, a_hit) * rho
        Q = (S * kappa) @ _products(a_hit, pairs(len(a_hit))).T
        found.append((H, P, R, Q))
    kernels, others, possible, blocks = (np.stack(parts) for parts in zip(*found, strict=True))
    return kernels, others, possible, blocks, np.count_nonzero(unstable, axis=(1, 2))


def pair_sums(D: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The pair form (pairs of samples, pairs of outputs) of

        sum_r D_ir D_jr a_pr a_qr

    for D (n, k), also boolean, and A (d, k). A product of two thin matrices, over the pairs of samples
    and of outputs: a quarter of the work of the Gram matrix of all D_ir a_pr.
    """
    n, k = D.shape
    samples = pairs(n)
    outputs = pairs(len(A))
    total = np.zeros((len(samples[0]), len(outputs[0])))
    chunk = max(_LEAST_NEURONS, _CHUNK_ENTRIES // max(total.shape))
    for first in range(0, k, chunk):
        part = slice(first, first + chunk)
        total += _products(D[:, part], samples).astype(A.dtype, copy=False) @ _products(A[:, part], outputs).T
    return total


def _products(M: np.ndarray, members: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    products: np.ndarray = np.take(M, members[0], axis=0)
    products *= np.take(M, members[1], axis=0)
    return products
