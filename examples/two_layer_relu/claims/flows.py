"""What a followed gradient flow is held against: a rate of its residual, and a radius of its neurons."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from models.flow import Flow
from models.gram import gram
from refute import Comparison, at_most
from refute.numerics import gamma


def compared(
    followed: Iterable[Flow], W: np.ndarray, rho: np.ndarray, rate: float, radius: float, attained: bool
) -> Iterable[Comparison]:
    """After every step |rho(t)| <= exp(-rate t) |rho|, and every |w_r(t) - w_r| <= radius.

    W (m, d), rho (n,): the start. attained: whether the rate is what the flow keeps. The time is a sum of at
    most 400, and the flow bounds its own error.
    """
    for flow in followed:
        size = float(np.linalg.norm(flow.rho))
        bound = math.exp(-rate * flow.time) * float(np.linalg.norm(rho))
        rounding = flow.error + gamma(512) * (1 + rate * flow.time) * (size + bound)
        yield at_most("residual", size, bound, rounding, attained=attained)
        moved = float(np.linalg.norm(flow.W - W, axis=1).max())
        yield at_most("movement of a neuron", moved, radius, flow.moved_error + gamma(64) * (moved + radius))


def falls_no_faster(X: np.ndarray, W: np.ndarray, rho: np.ndarray, rate: float) -> bool:
    """Whether rho is an eigenvector of H to the rate: it falls so as long as all patterns stay."""
    H = gram(X, W @ X.T > 0, 1 / len(W))
    rest = np.linalg.norm(H @ rho - rate * rho)
    return bool(rest <= gamma(256 * len(X)) * np.trace(X @ X.T) * np.linalg.norm(rho))
