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

from models.autoencoder import Network
from models.definite import largest_from_above
from models.descent import Regime
from models.neuron_sums import encoder_sum
from refute.numerics.rounding import gamma

_HELD = 2**17
"""Preactivations of a batch that are formed at a time: several arrays of that size fill a cache."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What depends on X (d, n) and m alone.

    Column norms and the longest of them, ||X||, ||X||_F^2, and rho = X^T X (x) 1 1^T / (m d) (n d, n d).
    """

    X: np.ndarray
    columns: np.ndarray
    longest: float
    norm: float
    squares: float
    rho: np.ndarray


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget, for one initialization.

    Spectral norms are bounds from above up to their last rounding; the others are as computed. A_norm,
    Phi_norm and Phi_gram are 0 in the weak regime, where nothing depends on them.
    """

    batch: Network
    index: int  # in the batch
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
    def network(self) -> Network:
        """The initialization (B = 1)."""
        return self.batch.select(self.index)

    @property
    def scale(self) -> float:
        """The number s = sqrt(m d)."""
        return self.batch.scale

    @property
    def longest(self) -> float:
        """The longest column of X."""
        return self.data.longest

    @cached_property
    def H(self) -> np.ndarray:
        """The tangent kernel (n d, n d)."""
        return kernel(self, self.active, self.A)

    @cached_property
    def H_error(self) -> float:
        """A bound on the spectral error of H, and of H without the encoder part of some neurons."""
        (d, m), trained = self.A.shape, [self.a_norms]
        if self.regime == "joint":
            trained.append(self.w_norms)
        squares = sum(float(norms @ norms) for norms in trained)
        return float(self.eps * self.data.squares * squares / (m * d))


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    return next(surveys(network, X, regime))


def surveys(network: Network, X: Tensor, regime: Regime) -> Iterator[Point]:
    """The points of a batch, one after the other; what they need is formed for a few of them at a time.

    In numpy and one network after the other: arrays of this size are not worth a second thread, and those of
    torch and numpy get in each other's way.
    """
    (m, d), n = network.W.shape[1:], X.shape[1]
    eps = gamma(4 * (m + n + d + 16))
    data, few = _samples(X.numpy(), m, eps), max(1, _HELD // (m * max(n, d)))
    for first in range(0, network.batch, few):
        yield from _surveys(network.select(slice(first, first + few)), regime, data, eps)


def _surveys(network: Network, regime: Regime, data: Samples, eps: float) -> Iterator[Point]:
    W, A = network.W.numpy(), np.ascontiguousarray(network.A.numpy().swapaxes(1, 2))
    w_norms, a_norms = np.sqrt(np.einsum("brd,brd->br", W, W)), np.sqrt(np.einsum("bdr,bdr->br", A, A))
    Z = [data.X.T @ w.T for w in W]
    Phi = [np.maximum(z, 0) for z in Z]
    errors = [_residual(*parts, network.scale, data) for parts in zip(Phi, A, w_norms, a_norms, strict=True)]
    if regime == "joint":
        norms = _decoder_norms(Phi, A, w_norms, data, eps)
    else:
        norms = np.zeros(len(Z)), np.zeros(len(Z)), np.zeros((len(Z), 1, 1))
    A_norms, Phi_norms, grams = norms
    for b, (z, e) in enumerate(zip(Z, errors, strict=True)):
        sizes = w_norms[b], a_norms[b], float(A_norms[b]), float(Phi_norms[b]), grams[b]
        sure = _sure(z, w_norms[b], data, eps)
        yield Point(network, b, regime, eps, sure, z > 0, A[b], *sizes, data, e)


def _residual(
    Phi: np.ndarray, A: np.ndarray, w_norms: np.ndarray, a_norms: np.ndarray, scale: float, data: Samples
) -> float:
    """||E||_F from above for E = X - (1/s) A Phi, Phi (n, m) and A (d, m).

    An entry of E has d roundings in z, m in the sum over neurons and three more, relative to |x_pi| + (1/s)
    sum_r |a_pr| sum_q |w_qr| |x_qi|. The inner sum is at most ||w_r|| ||x_i||, so that the Frobenius norm of
    this is at most ||X||_F (1 + (1/s) sum_r ||a_r|| ||w_r||). gamma counts more roundings than there are,
    which covers the rounding of this sum too.
    """
    (d, m), n = A.shape, len(Phi)
    E = Phi @ A.T
    E /= -scale
    E += data.X.T
    size = math.sqrt(data.squares) * (1 + float(w_norms @ a_norms) / scale)
    return math.sqrt(float(np.vdot(E, E))) * (1 + gamma(n * d + 8)) + gamma(m + d + 6) * size


def _sure(Z: np.ndarray, w_norms: np.ndarray, data: Samples, eps: float) -> np.ndarray:
    """How far each w_r may move before its z_ri can vanish, from below, for Z (n, m).

    z_ri / ||x|| errs by at most eps ||w_r||, for the longest column x; so do its two roundings here.
    """
    sure: np.ndarray = np.abs(Z)
    sure *= 1 / data.longest
    sure -= eps * w_norms
    return sure


def _decoder_norms(
    Phi: list[np.ndarray], A: np.ndarray, w_norms: np.ndarray, data: Samples, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B,) ||A||, (B,) ||Phi||, (B, n, n) Phi^T Phi / (m d), for B Phi (n, m) and A (B, d, m)."""
    (batch, d, m), n = A.shape, len(Phi[0])
    both = np.zeros((2 * batch, max(n, d), max(n, d)))  # the zeros around a Gram matrix leave its norm alone
    for b, (phi, a) in enumerate(zip(Phi, A, strict=True)):
        both[b, :d, :d], both[batch + b, :n, :n] = a @ a.T, phi @ phi.T
    off = eps * np.linalg.norm(w_norms, axis=1) * math.sqrt(data.squares)
    norms = _norms(both, eps)
    return norms[:batch], norms[batch:] + off, both[batch:, :n, :n] / (m * d)


def _samples(X: np.ndarray, m: int, eps: float) -> Samples:
    (d, n), squares = X.shape, np.einsum("pi,pi->i", X, X)
    products = X.T @ X
    rho = np.empty((n, d, n, d))
    rho[...] = ((products + products.T) / (2 * m * d))[:, None, :, None]
    columns, norm = np.sqrt(squares), float(_norms(products[None], eps)[0])
    return Samples(X, columns, float(columns.max()), norm, float(squares.sum()), rho.reshape(n * d, n * d))


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
