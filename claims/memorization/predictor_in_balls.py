"""The trained predictor in balls, for exactly normalised samples: near a sample, and where k is constant."""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat, fmpq

from models.kernels.limit_in_balls import (
    angle,
    decoder_entry,
    decoder_kernel,
    encoder_entry,
    encoder_kernel,
    signed_squares,
)
from models.networks.regime import Regime
from refute.numerics import (
    Order,
    enclosure_of,
    order_of_smallest_eigenvalue,
    precision,
)

BITS = 192
"""Far beyond float64, so that the radii of an answer do not count."""


def common_answer(X: np.ndarray, *, decoder: bool) -> tuple[np.ndarray, np.ndarray]:
    """X k^{-1} 1 / (2 pi) for k = K + G, or K: middle and radius (d,), for exactly normalised X (d, n)."""
    with precision(BITS):
        found = [enclosure_of(entry) for entry in _answer(X, _kernel(X, decoder=decoder))]
    return np.array([e.middle for e in found]), np.array([e.radius for e in found])


def order_of_lower_bound(X: np.ndarray, power: int, share: float = 1.0) -> Order:
    """GREATER where a norm is certainly at least a share of its lower bound, with k = K + G; UNKNOWN says
    nothing.

    The bound, and the stronger one that is asked, with r = 1^T k 1 / n <= lambda_max:
        sigma_min^(2 power) n / lambda_max^2 <= ||X k^{-1} 1||^2,
        lambda_min(X^T X)^power <= ||X k^{-1} 1||^2 r^2 / n.
    """
    n = X.shape[1]
    gram = arb_mat([[angle(square).rho for square in row] for row in signed_squares(X)])
    k = _kernel(X, decoder=True)
    r = sum(k.entries(), arb(0)) / n
    answer = sum((entry * entry for entry in _answer(X, k)), arb(0)) * (2 * arb.pi()) ** 2
    asked = order_of_smallest_eigenvalue((gram**power).tolist(), answer * r**2 / (n * arb(share) ** 2))
    return Order.GREATER if asked in (Order.LESS, Order.EQUAL) else Order.UNKNOWN


def squared_distance(X: np.ndarray, y: np.ndarray, sample: int, regime: Regime) -> tuple[arb, arb]:
    """||f(y) - x_i||^2 and k(0) - k(alpha) for the directions of y (d,) and of x_i = X[:, sample]."""
    k, change = _kernel_and_change(X, y, sample, regime)
    return _squared(_directions(X) * k.solve(change)), -change[sample, 0]


def order_by_change(X: np.ndarray, y: np.ndarray, sample: int, regime: Regime, c: arb, power: int) -> Order:
    """How lambda_min(k)^power compares with c ||k(X,y) - k(X,x_i)||^2 / ||f(y) - x_i||^2."""
    k, change = _kernel_and_change(X, y, sample, regime)
    moved = _squared(_directions(X) * k.solve(change))
    return order_of_smallest_eigenvalue((k**power).tolist(), c * _squared(change) / moved)


def _kernel_and_change(X: np.ndarray, y: np.ndarray, sample: int, regime: Regime) -> tuple[arb_mat, arb_mat]:
    """k(X,X) and k(X,y) - k(X,x_i) at exact directions."""
    squares = signed_squares(np.column_stack([X, y]))
    n = X.shape[1]
    entries = [[_entry(square, regime) for square in row] for row in squares]
    change = arb_mat([[row[n] - row[sample]] for row in entries[:n]])
    return arb_mat([row[:n] for row in entries[:n]]), change


def _squared(column: arb_mat) -> arb:
    return sum((entry * entry for entry in column.entries()), arb(0))


def order_of_majorant(X: np.ndarray, c: arb, regime: Regime) -> Order:
    """How lambda_min(c k - X^T X) compares with 0, at the precision that is set."""
    squares = signed_squares(X)
    rows = [[c * _entry(square, regime) - angle(square).rho for square in row] for row in squares]
    return order_of_smallest_eigenvalue(rows, arb(0))


def _entry(square: fmpq, regime: Regime) -> arb:
    return encoder_entry(square) if regime == "weak" else encoder_entry(square) + decoder_entry(square)


def _directions(X: np.ndarray) -> arb_mat:
    """The columns of X (d, n), exactly normalised."""
    exact = arb_mat([[arb(float(entry)) for entry in row] for row in X])
    squares = exact.transpose() * exact
    lengths = [squares[i, i].sqrt() for i in range(X.shape[1])]
    return arb_mat([[row[i] / lengths[i] for i in range(X.shape[1])] for row in exact.tolist()])


def _kernel(X: np.ndarray, *, decoder: bool) -> arb_mat:
    K = arb_mat(encoder_kernel(X))
    G = arb_mat(decoder_kernel(X))
    return K + G if decoder else K


def _answer(X: np.ndarray, k: arb_mat) -> list[arb]:
    """X k^{-1} 1 / (2 pi) for the normalised columns of X, at the precision that is set."""
    weights = k.solve(arb_mat([[1]] * X.shape[1]))
    return [entry / (2 * arb.pi()) for entry in (_directions(X) * weights).entries()]
