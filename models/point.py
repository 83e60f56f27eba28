"""What the contraction certificate needs of one initialization whatever the budget: a Point.

Rounding: `eps` is gamma of four times as many operations as lie on any path from the weights to a number
below, sums along m, n and d included. Hence one allowance of eps per quantity is enough: what it is derived
from may be off by a roundoff for each of its operations, and the rounding of terms that are themselves of the
size of eps is of second order. A kernel errs by gamma times the sums of the absolute values of its terms: a
positive semi-definite matrix, whose spectral norm is at most its trace. No entry of the kernel exceeds it, so
the same allowance covers multiples and sums of kernels. For P and Q its trace is their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.descent import Regime
from models.neuron_sums import encoder_sum
from models.run_rounding import residual_bound
from refute.numerics.rounding import gamma
from refute.numerics.spectrum import largest_eigenvalue_from_above


@dataclass(frozen=True, eq=False)
class Samples:
    """What depends on X (d, n) alone: column norms, ||X|| and rho = X^T X (x) 1 1^T, (n d, n d)."""

    X: np.ndarray
    columns: np.ndarray
    norm: float
    rho: np.ndarray


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget, for one initialization. What the budget may not need is lazy.

    Spectral norms are bounds from above up to their last rounding; the others are as computed.
    """

    network: Network
    regime: Regime
    eps: float
    Z: np.ndarray  # (n, m), from below: how far w_r may move before z_ri can vanish
    Phi: np.ndarray  # (n, m)
    w_norms: np.ndarray
    a_norms: np.ndarray
    data: Samples
    e: float

    @property
    def longest(self) -> float:
        """The longest column of X."""
        return float(self.data.columns.max())

    @cached_property
    def A(self) -> np.ndarray:
        """The decoder (d, m), its neurons contiguous."""
        return np.ascontiguousarray(self.network.A[0].numpy().T)

    @cached_property
    def A_norm(self) -> float:
        """||A||."""
        return _norm(self.A, self.eps)

    @cached_property
    def active(self) -> np.ndarray:
        """(n, m): 1[z_ri > 0], right wherever Z > 0."""
        return (self.Phi > 0).astype(np.float64)

    @cached_property
    def Phi_norm(self) -> float:
        """||Phi||, the rounding of the preactivations included."""
        off = self.eps * float(np.linalg.norm(self.w_norms) * np.linalg.norm(self.data.columns))
        return _norm(self.Phi, self.eps) + off

    @cached_property
    def H(self) -> np.ndarray:
        """The tangent kernel (n d, n d)."""
        return kernel(self, None)

    @cached_property
    def H_error(self) -> float:
        """A bound on the spectral error of H, and of H without the encoder part of some neurons."""
        (m, d), trained = self.network.W.shape[1:], [self.a_norms]
        if self.regime == "joint":
            trained.append(self.w_norms)
        squares = sum(float(np.square(norms).sum()) for norms in trained)
        return self.eps * float(np.square(self.data.X).sum()) * squares / (m * d)


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    return next(surveys(network, X, regime))


def surveys(network: Network, X: Tensor, regime: Regime) -> Iterator[Point]:
    """The points of a batch, one after the other."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    eps = gamma(4 * (m + n + d + 16))
    data, errors = _samples(X.numpy(), eps), residual_bound(network, X)
    columns = data.columns[:, None]
    w_norms, a_norms = (part.norm(dim=2).numpy() for part in (network.W, network.A))
    for b in range(network.batch):
        one = network.select(b)
        Z = preactivations(one.W, X)[0].numpy().T
        sure = np.abs(Z)
        sure -= columns * (eps * w_norms[b])
        sure /= columns.max()
        norms = w_norms[b], a_norms[b]
        yield Point(one, regime, eps, sure, np.maximum(Z, 0), *norms, data, float(errors[b]))


def _samples(X: np.ndarray, eps: float) -> Samples:
    products, d = X.T @ X, len(X)
    rho = np.repeat(np.repeat((products + products.T) / 2, d, 0), d, 1)
    return Samples(X, np.linalg.norm(X, axis=0), _norm(X, eps), rho)


def kernel(point: Point, kept: np.ndarray | None) -> np.ndarray:
    """The tangent kernel, its encoder part from the kept neurons only."""
    D, A = (point.active, point.A) if kept is None else (part[:, kept] for part in (point.active, point.A))
    (d, m), n = point.A.shape, len(D)
    H: np.ndarray = encoder_sum(D, A) * point.data.rho / (m * d)
    if point.regime == "joint":
        view = np.einsum("ipjp->pij", H.reshape(n, d, n, d))
        view += point.Phi @ point.Phi.T / (m * d)
    return H


def _norm(matrix: np.ndarray, eps: float) -> float:
    """The spectral norm from above up to one rounding, from the smaller Gram matrix."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    error = eps * float(np.square(matrix).sum())
    return math.sqrt(max(largest_eigenvalue_from_above(tall.T @ tall, error), 0.0))
