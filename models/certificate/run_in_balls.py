"""Gradient descent in balls, step by step as it is written: what a bound on the exact run is compared with.

No derivation is behind it and nothing is clever: matrices of balls (Arb), one formula after the other. Radii
grow by some bits a step, so the precision must rise with the steps; small networks only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from models.networks.regime import Regime
from refute.numerics import precision

BITS_PER_STEP = 3
"""Bits that the radii may grow by in a step; at steps that do not expand they do by about one."""
LEAST_BITS = 256
_MOST_DOUBLINGS = 4


@dataclass(frozen=True, eq=False)
class BallPoint:
    """One point of a run: W, A (m, d) and E (d, n), matrices of balls."""

    W: arb_mat
    A: arb_mat
    E: arb_mat


class UndecidedSign(ArithmeticError):
    """A preactivation that balls of the given precision cannot tell from zero."""


def run_in_balls(
    W: arb_mat, A: arb_mat, X: np.ndarray, step_size: float, regime: Regime, steps: int
) -> list[BallPoint]:
    """The exact run of `steps` steps from W, A (m, d), exact or balls, for X (d, n): all its points.

    At a kink, z = 0 exactly, the derivative of ReLU is 0. UndecidedSign if no precision that is tried tells
    the sign of a preactivation.
    """
    bits = LEAST_BITS + BITS_PER_STEP * steps
    for _ in range(_MOST_DOUBLINGS):
        with precision(bits):
            try:
                return list(_points(W, A, X, step_size, regime, steps))
            except UndecidedSign:
                bits *= 2
    raise UndecidedSign(f"some z is within 2^-{bits // 2} of zero or so")


def _points(
    W: arb_mat, A: arb_mat, X: np.ndarray, step_size: float, regime: Regime, steps: int
) -> Iterator[BallPoint]:
    data = arb_mat(X.tolist())
    s = arb(W.nrows() * W.ncols()).sqrt()
    rate = arb(step_size) / s
    for k in range(steps + 1):
        Z = W * data
        D = arb_mat([[_active(z) for z in row] for row in Z.tolist()])
        Phi = _product(D, Z)
        E = data - A.transpose() * Phi * (1 / s)
        yield BallPoint(W, A, E)
        if k == steps:
            return
        R = E * rate
        moved = W + _product(D, A * R) * data.transpose()
        if regime == "joint":
            A = A + Phi * R.transpose()
        W = moved


def _active(z: arb) -> int:
    if z > 0:
        return 1
    if z <= 0:
        return 0
    raise UndecidedSign(str(z))


def _product(left: arb_mat, right: arb_mat) -> arb_mat:
    """Entry by entry."""
    pairs = zip(left.entries(), right.entries(), strict=True)
    return arb_mat(left.nrows(), left.ncols(), [a * b for a, b in pairs])


def norm(matrix: arb_mat) -> arb:
    """The Frobenius norm, at the precision in force."""
    gram = matrix.transpose() * matrix
    return sum((gram[i, i] for i in range(gram.nrows())), arb(0)).nonnegative_part().sqrt()


def row_norms(matrix: arb_mat) -> list[arb]:
    """The norms of the rows."""
    return [sum((z * z for z in row), arb(0)).nonnegative_part().sqrt() for row in matrix.tolist()]
