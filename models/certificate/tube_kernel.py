"""The encoder kernel of a pattern that is known but for some entries: the block lemma.

An entry (r, i) is surely active (in L), possibly active (in U, which contains L), or surely inactive. For any
sigma, D in [0, 1] that are 1 on L and 0 outside U, the block (i, j) of the secant product

    (1 / (m d)) G_ij sum_r sigma_ri D_rj a_r a_r^T,    G = X^T X,

is within beta_ij = ||(H_U - H_L)_ij|| / 2 of that of the middle (H_L + H_U) / 2 in the spectral norm: the
coefficient sigma_ri D_rj lies between L_ri L_rj and U_ri U_rj, so its distance to their mean is at most half
of what lies between, and a sum of c_r a_r a_r^T with |c_r| <= b_r has at most the norm of sum_r b_r a_r
a_r^T.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.ball_sums import pair_sums
from models.certificate.pair_form import pair_form, pairs
from models.certificate.positive_definite import largest_from_above
from refute.numerics import largest_eigenvalue_from_above

_CHUNK = 2**12
"""Neurons whose products of outputs are held at a time. Any value is sound."""


@dataclass(frozen=True, eq=False)
class Decoders:
    """What kernels are summed from: A (d, m), X (d, n), a pattern D (n, m) and its kernel H in pair form.

    error: how far any computed kernel below may be from its own, in the spectral norm, as may each block.
    """

    A: np.ndarray
    X: np.ndarray
    G: np.ndarray
    D: np.ndarray
    H: np.ndarray
    error: float


def decoders(A: np.ndarray, X: np.ndarray, D: np.ndarray, eps: float) -> Decoders:
    """For A (d, m), X (d, n) and a pattern D (n, m) from which others differ in few neurons.

    An entry of a kernel errs by eps relative to the sum of the absolute values of its terms at most, which
    is that of a positive semi-definite matrix of trace ||X||_F^2 ||A||_F^2 / (m d). Four such sums are added.
    """
    i, j = pairs(X.shape[1])
    G = X.T @ X
    H = pair_sums(D, A) * (G[i, j] / A.size)[:, None]
    sizes = float(np.einsum("pi,pi->", X, X)) * float(np.einsum("pr,pr->", A, A)) / A.size
    return Decoders(A, X, G, D, H, 4 * eps * sizes * (1 + eps))


def middle(known: Decoders, L: np.ndarray, U: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle (n d, n d) and beta (n, n), from above, for the patterns L and U (n, m), boolean.

    beta allows for the error of the kernels that it is computed from; that of the middle is `known.error`.
    """
    n = len(L)
    i, j = pairs(n)
    rho = (known.G[i, j] / known.A.size)[:, None]
    changed = np.flatnonzero(((L != known.D) | (U != known.D)).any(0))
    d = len(known.A)
    p, q = pairs(d)
    H = np.zeros((len(i), len(p)))
    width = np.zeros_like(H)
    for first in range(0, len(changed), _CHUNK):
        some = changed[first : first + _CHUNK]
        A = known.A[:, some]
        low, high, base = (part[i] & part[j] for part in (L[:, some], U[:, some], known.D[:, some]))
        products = (A[p] * A[q]).T
        half = (high & ~low) * 0.5
        H += (low * 1.0 + half - base) @ products
        width += half @ products
    form = pair_form(n, d)
    return form.matrix(known.H + H * rho), _block_norms(width * np.abs(rho), n, d, known.error)


def _block_norms(width: np.ndarray, n: int, d: int, error: float) -> np.ndarray:
    """(n, n) norms of the blocks from above. Those of exact numbers are positive semi-definite."""
    i, j = pairs(n)
    p, q = pairs(d)
    blocks = np.zeros((len(i), d, d))
    blocks[:, p, q] = width
    blocks[:, q, p] = width
    norms = np.maximum(largest_from_above(blocks, np.full(len(i), error)), 0.0)
    beta = np.zeros((n, n))
    beta[i, j] = norms
    beta[j, i] = norms
    return beta


def norm_from_above(beta: np.ndarray) -> float:
    """The spectral norm of a symmetric matrix without negative entries."""
    return max(largest_eigenvalue_from_above(beta), 0.0)
