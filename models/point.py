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
from models.ball_sums import BallSums, PointSums, Reach, ball_sums, point_sums
from models.definite import largest_from_above
from models.descent import Regime
from models.pair_form import PairForm, pair_form
from refute.numerics.rounding import gamma


@dataclass(frozen=True, eq=False)
class Samples:
    """What depends on X (d, n) alone: its longest column, ||X||, ||X||_F^2, and the form of its kernels."""

    X: np.ndarray
    longest: float
    norm: float
    squares: float
    form: PairForm


@dataclass(frozen=True, eq=False)
class Point:
    """What does not depend on the budget, for one initialization.

    Spectral norms are bounds from above up to their last rounding; the others are as computed. A_norm,
    Phi_norm and Phi_gram are 0 in the weak regime, where nothing depends on them.
    """

    regime: Regime
    eps: float
    W: np.ndarray  # (m, d)
    A: np.ndarray
    w_norms: np.ndarray
    a_norms: np.ndarray
    A_norm: float
    Phi_norm: float  # the rounding of the preactivations included
    Phi_gram: np.ndarray  # (n, n): Phi^T Phi / (m d)
    data: Samples
    e: float

    @property
    def scale(self) -> float:
        """The number s = sqrt(m d)."""
        return math.sqrt(self.A.size)

    @cached_property
    def H_error(self) -> float:
        """A bound on the spectral error of the tangent kernel H, also without some neurons' encoder part."""
        trained = [self.a_norms]
        if self.regime == "joint":
            trained.append(self.w_norms)
        squares = sum(float(norms @ norms) for norms in trained)
        return float(self.eps * self.data.squares * squares / self.A.size)


def reach(point: Point, radius: np.ndarray) -> Reach:
    """Which entries are stuck where neuron r moves by at most radius (m,).

    z_ri / ||x|| errs by at most eps ||w_r||, for the longest column x; so do its roundings when compared.
    """
    return Reach(point.eps * point.w_norms, radius, 1 / point.data.longest)


def ball_kernels(point: Point, radius: np.ndarray) -> BallSums:
    """H_-, P and Q where neuron r moves by at most radius (m,); H_- with the decoder's kernel in it."""
    data = point.data
    found = ball_sums(point.W, point.A, data.X, reach(point, radius), data.longest**2, data.norm**2)
    if point.regime == "joint":
        found.H[:, data.form.outputs] += point.Phi_gram[data.form.upper][:, None]
    return found


def survey(network: Network, X: Tensor, regime: Regime) -> Point:
    """The point of one initialization, for X (d, n)."""
    return next(surveys(network, X, regime))


def surveys(network: Network, X: Tensor, regime: Regime) -> Iterator[Point]:
    """The points of a batch; none depends on the others."""
    (m, d), n = network.W.shape[1:], X.shape[1]
    eps, joint = gamma(4 * (m + n + d + 16)), regime == "joint"
    W, A, columns = (np.ascontiguousarray(part.numpy()) for part in (network.W, network.A, X))
    data = _samples(columns, eps)
    sums = point_sums(W, A, data.X, joint)
    norms = _decoder_norms(sums, A, data, eps) if joint else (np.zeros(len(W)), np.zeros(len(W)))
    grams, errors = sums.G / (m * d), _residuals(sums, m, data)
    for b, (A_norm, Phi_norm, e) in enumerate(zip(*map(np.ndarray.tolist, (*norms, errors)), strict=True)):
        sizes = sums.w_norms[b], sums.a_norms[b], A_norm, Phi_norm, grams[b]
        yield Point(regime, eps, W[b], A[b], *sizes, data, e)


def _residuals(sums: PointSums, m: int, data: Samples) -> np.ndarray:
    """(B,) ||E||_F from above for E = X - (1/s) A^T Phi.

    An entry of E has d roundings in z, m in the sum over neurons and three more, relative to |x_pi| + (1/s)
    sum_r |a_pr| sum_q |w_qr| |x_qi|. The inner sum is at most ||w_r|| ||x_i||, so that the Frobenius norm of
    this is at most ||X||_F (1 + (1/s) sum_r ||a_r|| ||w_r||). gamma counts more roundings than there are,
    which covers the rounding of this sum too.
    """
    (d, n), scale = data.X.shape, math.sqrt(m * len(data.X))
    E = data.X - sums.U / scale
    sizes = math.sqrt(data.squares) * (1 + np.einsum("br,br->b", sums.w_norms, sums.a_norms) / scale)
    computed = np.sqrt(np.einsum("bpi,bpi->b", E, E))
    errors: np.ndarray = computed * (1 + gamma(n * d + 8)) + gamma(m + d + 6) * sizes
    return errors


def _decoder_norms(
    sums: PointSums, A: np.ndarray, data: Samples, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """(B,) ||A|| and (B,) ||Phi|| of A (B, m, d)."""
    (batch, _, d), n = A.shape, data.X.shape[1]
    both = np.zeros((2 * batch, max(n, d), max(n, d)))  # the zeros around a Gram matrix leave its norm alone
    both[batch:, :n, :n] = sums.G
    for b, a in enumerate(A):
        both[b, :d, :d] = a.T @ a
    off = eps * np.sqrt(np.einsum("br,br->b", sums.w_norms, sums.w_norms)) * math.sqrt(data.squares)
    norms = _norms(both, eps)
    return norms[:batch], norms[batch:] + off


def _samples(X: np.ndarray, eps: float) -> Samples:
    squares = np.einsum("pi,pi->i", X, X)
    norm = float(_norms((X.T @ X)[None], eps)[0])
    return Samples(X, math.sqrt(squares.max()), norm, float(squares.sum()), pair_form(X.shape[1], len(X)))


def _norms(grams: np.ndarray, eps: float) -> np.ndarray:
    """(B,) spectral norms from above up to one rounding, from Gram matrices whose terms are off by eps."""
    errors = eps * np.trace(grams, axis1=1, axis2=2)
    norms: np.ndarray = np.sqrt(np.maximum(largest_from_above(grams, errors), 0.0))
    return norms
