"""Networks on absolute values: what rounding errors of a step of gradient descent are proportional to. NumPy
float64.

A number computed from sums of products errs by gamma_k times the same sums over absolute values, where k
counts the roundings on the longest way to it. ReLU and the pattern can only make terms smaller, so they are
left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from refute.numerics import gamma


@dataclass(frozen=True)
class Magnitudes:
    """Bounds on the sums of absolute values behind the residual (d, n) and the gradients in W and in A, both
    (m, d).
    """

    residual: np.ndarray
    encoder: np.ndarray
    decoder: np.ndarray


def output_magnitudes(X: np.ndarray, W: np.ndarray, A: np.ndarray) -> np.ndarray:
    """(1/s) |A| |W|^T |X| as (d, n), for X (d, n) and W, A (m, d)."""
    outputs: np.ndarray = np.abs(A).T @ (np.abs(W) @ np.abs(X)) / np.sqrt(A.size)
    return outputs


def gradient_magnitudes(X: np.ndarray, W: np.ndarray, A: np.ndarray) -> Magnitudes:
    """The magnitudes of E = X - U, dL/dW and dL/dA for X (d, n) and W, A (m, d)."""
    x, w, a = (np.abs(M) for M in (X, W, A))
    residual = x + output_magnitudes(X, W, A)
    scale = np.sqrt(A.size)
    return Magnitudes(residual, a @ residual @ x.T / scale, w @ x @ residual.T / scale)


def signs_are_decided(W: np.ndarray, X: np.ndarray, dtype: str, size: np.ndarray | None = None) -> bool:
    """Whether every preactivation <w_r, x_i> has the same sign however it is summed in `dtype`.

    W (m, d), X (d, n); `size` (m, d) bounds |W| and what W itself went through (default |W|). A sum whose
    products are all zero is an exact zero.
    """
    Z = W @ X
    height = (np.abs(W) if size is None else size) @ np.abs(X)
    return bool(((np.abs(Z) > gamma(4 * len(X) + 8, dtype) * height) | (height == 0)).all())
