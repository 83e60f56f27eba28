"""What the contraction certificate needs of the networks of a batch whatever the budget: Points.

Rounding: `eps` is gamma of four times as many operations as lie on any path from the weights to a number
below, sums along m, n and d included. Hence one allowance of eps per quantity is enough: what it is derived
from may be off by a roundoff for each of its operations, and the rounding of terms that are themselves of the
size of eps is of second order. A kernel errs by gamma times the sums of the absolute values of its terms: a
positive semi-definite matrix, whose spectral norm is at most its trace. No entry of the kernel exceeds it, so
the same allowance covers multiples and sums of kernels. For P and Q its trace is their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor

from models.certificate.ball_sums import BallSums, PointSums, Reach, ball_sums, point_sums
from models.certificate.pair_form import PairForm, pair_form
from models.certificate.positive_definite import largest_from_above
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from refute.numerics import gamma

_HUGE = float(np.finfo(np.float64).max) ** 0.125
"""Norms of the weights up to which nothing overflows: the certificate multiplies four of them at most, and
the eighth root leaves room for as much again in sizes, counts and budgets. Larger ones are not certified."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What depends on X (d, n) alone: its longest column, ||X||, ||X||_F^2, and the form of its kernels."""

    X: np.ndarray
    longest: float
    norm: float
    squares: float
    form: PairForm


@dataclass(frozen=True, eq=False)
class Points:
    """What does not depend on the budget, for B networks. All in float64 on the CPU.

    Spectral norms are bounds from above up to their last rounding; the others are as computed. A_norm,
    Phi_norm and Phi_gram are 0 in the weak regime, where nothing depends on them. sound: whether the weights
    are finite and not so large that their powers overflow; where not, they count as 0 and nothing is proved.
    """

    regime: Regime
    eps: float
    data: Samples
    sound: np.ndarray  # (B,), boolean
    W: np.ndarray  # (B, m, d)
    A: np.ndarray
    w_norms: np.ndarray  # (B, m)
    a_norms: np.ndarray
    A_norm: np.ndarray  # (B,)
    Phi_norm: np.ndarray  # (B,), the rounding of the preactivations included
    Phi_gram: np.ndarray  # (B, n, n): Phi^T Phi / (m d)
    e: np.ndarray  # (B,)
    H_error: np.ndarray  # (B,), of H in the spectral norm, also without some neurons' encoder part
    off: np.ndarray  # (B,), how far in (W, A) the points that are meant may be from the stored ones

    @property
    def scale(self) -> float:
        """The number s = sqrt(m d)."""
        return math.sqrt(self.A[0].size)

    def select(self, part: slice) -> Points:
        """The networks of a slice, in the memory of these."""
        arrays: dict[str, Any] = {k: v[part] for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        return replace(self, **arrays)


def reach(points: Points, radius: np.ndarray) -> Reach:
    """Which entries are unstable where neuron r moves by at most its radius (B, m).

    z_ri / ||x|| errs by at most eps ||w_r||, for the longest column x; so do its roundings when compared.
    """
    return Reach(points.eps * points.w_norms, radius, 1 / points.data.longest)


def ball_kernels(points: Points, radius: np.ndarray, crowd: float = 1.0) -> BallSums:
    """H_-, P, R and Q where neuron r moves by at most its radius (B, m); H_- with the decoder's kernel in it.

    kappa_r = min(|S_r|, crowd ||X||^2), each with the length of the longest column.
    """
    data = points.data
    most = crowd * data.norm**2
    found = ball_sums(points.W, points.A, data.X, reach(points, radius), data.longest**2, most)
    if points.regime == "joint":
        i, j = data.form.upper
        found.H[:, :, data.form.outputs] += points.Phi_gram[:, i, j][:, :, None]
    return found


def points_of(network: Network, X: Tensor, regime: Regime) -> Points:
    """The points of a batch (B, m, d) for X (d, n), all float64 on the CPU; none depends on the others."""
    _, m, d = network.W.shape
    n = X.shape[1]
    eps = gamma(4 * (m + n + d + 16))
    joint = regime == "joint"
    W, A, columns = (np.ascontiguousarray(part.numpy()) for part in (network.W, network.A, X))
    with np.errstate(over="ignore", invalid="ignore"):
        sums = point_sums(W, A, columns, joint)
        squares = _squares(sums)
        sound = (squares < _HUGE**2).all(0)
    if not sound.all():
        W, A = (np.where(sound[:, None, None], part, 0.0) for part in (W, A))
        sums = point_sums(W, A, columns, joint)
        squares = _squares(sums)
    data = _samples(columns, eps)
    none = np.zeros(len(W))
    A_norm, Phi_norm = _decoder_norms(sums, squares[0], A, data, eps) if joint else (none, none)
    return Points(
        regime=regime,
        eps=eps,
        data=data,
        sound=sound,
        W=W,
        A=A,
        w_norms=sums.w_norms,
        a_norms=sums.a_norms,
        A_norm=A_norm,
        Phi_norm=Phi_norm,
        Phi_gram=sums.G / (m * d),
        e=_residuals(sums, m, data),
        H_error=eps * data.squares * (squares.sum(0) if joint else squares[1]) / (m * d),
        off=none,
    )


def _squares(sums: PointSums) -> np.ndarray:
    """(2, B): ||W||_F^2 and ||A||_F^2."""
    return np.stack([np.einsum("br,br->b", norms, norms) for norms in (sums.w_norms, sums.a_norms)])


def _residuals(sums: PointSums, m: int, data: Samples) -> np.ndarray:
    """(B,) ||E||_F from above for E = X - (1/s) A^T Phi.

    An entry of E has d roundings in z, m in the sum over neurons and three more, relative to

        |x_pi| + (1/s) sum_r |a_pr| sum_q |w_qr| |x_qi|

    The inner sum is at most ||w_r|| ||x_i||, so that the Frobenius norm of this is at most

        ||X||_F (1 + (1/s) sum_r ||a_r|| ||w_r||)

    gamma counts more roundings than there are, which covers the rounding of this sum too.
    """
    d, n = data.X.shape
    scale = math.sqrt(m * d)
    E = data.X - sums.U / scale
    sizes = math.sqrt(data.squares) * (1 + np.einsum("br,br->b", sums.w_norms, sums.a_norms) / scale)
    computed = np.sqrt(np.einsum("bpi,bpi->b", E, E))
    errors: np.ndarray = computed * (1 + gamma(n * d + 8)) + gamma(m + d + 6) * sizes
    return errors


def _decoder_norms(
    sums: PointSums, squares: np.ndarray, A: np.ndarray, data: Samples, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """(B,) ||A|| and (B,) ||Phi|| of A (B, m, d); squares: ||W||_F^2."""
    batch, _, d = A.shape
    n = data.X.shape[1]
    both = np.zeros((2 * batch, max(n, d), max(n, d)))  # the zeros around a Gram matrix leave its norm alone
    both[batch:, :n, :n] = sums.G
    for b, a in enumerate(A):
        both[b, :d, :d] = a.T @ a
    off = eps * np.sqrt(squares) * math.sqrt(data.squares)
    norms = _norms(both, eps)
    return norms[:batch], norms[batch:] + off


def _samples(X: np.ndarray, eps: float) -> Samples:
    squares = np.einsum("pi,pi->i", X, X)
    norm = _norm(X.tobytes(), len(X), eps)
    return Samples(X, math.sqrt(squares.max()), norm, float(squares.sum()), pair_form(X.shape[1], len(X)))


@lru_cache(maxsize=2)  # the data of the run, which every check asks for, and one more
def _norm(X: bytes, d: int, eps: float) -> float:
    """||X|| of the bytes of a contiguous (d, n) float64 array."""
    columns = np.frombuffer(X).reshape(d, -1)
    return float(_norms((columns.T @ columns)[None], eps)[0])


def _norms(grams: np.ndarray, eps: float) -> np.ndarray:
    """(B,) spectral norms from above up to one rounding, from Gram matrices whose terms are off by eps."""
    errors = eps * np.trace(grams, axis1=1, axis2=2)
    norms: np.ndarray = np.sqrt(np.maximum(largest_from_above(grams, errors), 0.0))
    return norms
