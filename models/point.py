"""What the contraction certificate needs of one initialization whatever the budget: a Point.

Rounding: `eps` is gamma of four times as many operations as lie on any path from the weights to a number
below, sums along m, n and d included. Hence one allowance of eps per quantity is enough: what it is derived
from may be off by a roundoff for each of its operations, and the rounding of terms that are themselves of the
size of eps is of second order. A kernel errs by gamma times the sums of the absolute values of its terms: a
positive semi-definite matrix, whose spectral norm is at most its trace. No entry of the kernel exceeds it, so
the same allowance covers multiples and sums of kernels. For P and Q its trace is their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.definite import largest_from_above
from models.descent import Regime
from models.neuron_sums import encoder_sum
from models.run_rounding import residual_bound
from refute.numerics.rounding import gamma

_HELD = 2**17
"""Preactivations of a batch that are formed at a time: several arrays of that size fill a cache."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What depends on X (d, n) and m alone: column norms, ||X||, rho = X^T X (x) 1 1^T / (m d) (n d, n d)."""

    X: np.ndarray
    columns: np.ndarray
    norm: float
    rho: np.ndarray


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget, for one initialization.

    Spectral norms are bounds from above up to their last rounding; the others are as computed. A_norm,
    Phi_norm and Phi_gram are 0 in the weak regime, where nothing depends on them.
    """

    network: Network
    regime: Regime
    eps: float
    Z: np.ndarray  # (n, m), from below: how far w_r may move before z_ri can vanish
    active: np.ndarray  # (n, m), boolean: z_ri > 0, right wherever Z > 0
    A: np.ndarray  # (d, m)
    w_norms: np.ndarray
    a_norms: np.ndarray
    A_norm: float
    Phi_norm: float  # the rounding of the preactivations included
    Phi_gram: np.ndarray  # (n, n): Phi^T Phi / (m d)
    data: Samples
    e: float

    @property
    def longest(self) -> float:
        """The longest column of X."""
        return float(self.data.columns.max())

    @cached_property
    def H(self) -> np.ndarray:
        """The tangent kernel (n d, n d)."""
        return kernel(self, self.active, self.A)

    @cached_property
    def H_error(self) -> float:
        """A bound on the spectral error of H, and of H without the encoder part of some neurons."""
        (m, d), trained = self.network.W.shape[1:], [self.a_norms]
        if self.regime == "joint":
            trained.append(self.w_norms)
        squares = sum(float(norms @ norms) for norms in trained)
        return self.eps * float(np.square(self.data.X).sum()) * squares / (m * d)


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    return next(surveys(network, X, regime))


def surveys(network: Network, X: Tensor, regime: Regime) -> Iterator[Point]:
    """The points of a batch, one after the other; what they need is formed for a few of them at a time."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    eps = gamma(4 * (m + n + d + 16))
    data, few = _samples(X.numpy(), m, eps), max(1, _HELD // (m * max(n, d)))
    for first in range(0, network.batch, few):
        yield from _surveys(network.select(slice(first, first + few)), X, regime, data, eps)


def _surveys(network: Network, X: Tensor, regime: Regime, data: Samples, eps: float) -> Iterator[Point]:
    errors, columns = residual_bound(network, X), data.columns[:, None]
    Z = preactivations(network.W, X).mT.numpy()
    w_norms, a_norms = (torch.linalg.vector_norm(part, dim=2).numpy() for part in (network.W, network.A))
    A, sure = network.A.mT.contiguous().numpy(), np.abs(Z)
    sure -= columns * (eps * w_norms[:, None])
    sure /= columns.max()
    active = Z > 0
    if regime == "joint":
        norms = _decoder_norms(np.maximum(Z, 0), A, w_norms, data, eps)
    else:
        norms = np.zeros(len(Z)), np.zeros(len(Z)), np.zeros((len(Z), 1, 1))
    A_norms, Phi_norms, grams = norms
    for b, e in enumerate(errors):
        sizes = w_norms[b], a_norms[b], float(A_norms[b]), float(Phi_norms[b]), grams[b]
        yield Point(network.select(b), regime, eps, sure[b], active[b], A[b], *sizes, data, float(e))


def _decoder_norms(
    Phi: np.ndarray, A: np.ndarray, w_norms: np.ndarray, data: Samples, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B,) ||A||, (B,) ||Phi||, (B, n, n) Phi^T Phi / (m d), for Phi (B, n, m) and A (B, d, m)."""
    grams = Phi @ Phi.swapaxes(1, 2)
    off = eps * np.linalg.norm(w_norms, axis=1) * float(np.linalg.norm(data.columns))
    norms = _norms(A @ A.swapaxes(1, 2), eps), _norms(grams, eps) + off
    return *norms, grams / (A.shape[1] * A.shape[2])


def _samples(X: np.ndarray, m: int, eps: float) -> Samples:
    products, d = X.T @ X, len(X)
    rho = np.repeat(np.repeat((products + products.T) / (2 * m * d), d, 0), d, 1)
    return Samples(X, np.linalg.norm(X, axis=0), float(_norms(products[None], eps)[0]), rho)


def kernel(point: Point, D: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The tangent kernel, its encoder part from the neurons with patterns D (n, k) and decoders A (d, k)."""
    (d, _), n = A.shape, len(D)
    H = encoder_sum(D, A)
    H *= point.data.rho
    if point.regime == "joint":
        view = np.einsum("ipjp->pij", H.reshape(n, d, n, d))
        view += point.Phi_gram
    return H


def _norms(grams: np.ndarray, eps: float) -> np.ndarray:
    """(B,) spectral norms from above up to one rounding, from Gram matrices whose terms are off by eps."""
    errors = eps * np.trace(grams, axis1=1, axis2=2)
    norms: np.ndarray = np.sqrt(np.maximum(largest_from_above(grams, errors), 0.0))
    return norms
