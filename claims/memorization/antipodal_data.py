"""Samples in antipodal pairs that still meet A3, and how to recognise them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.assumptions import antipodal_pairs
from models.kernels.limit_in_balls import signed_squares
from models.networks.regime import Regime


@st.composite
def independent_pairs(draw: DrawFn, max_k: int = 3, max_d: int = 3) -> np.ndarray:
    """X = [V, -V] (d, 2k) with independent columns in V, so k <= d: A2 fails and A3 holds."""
    X = draw(antipodal_pairs(max_k=max_k, max_d=max_d))
    V = X[:, : min(X.shape[1] // 2, len(X))]
    return np.ascontiguousarray(np.hstack([V, -V]))


def antipodal_pair(X: np.ndarray) -> bool:
    """Whether the columns of X hold x and -x, float for float."""
    columns = {tuple(x + 0.0) for x in X.T}
    return any(tuple(-x + 0.0) in columns for x in X.T)


def closed_under_negation(X: np.ndarray) -> bool:
    """Whether -x is a column for every column x of X (d, n), float for float."""
    columns = {tuple(x + 0.0) for x in X.T}
    return columns == {tuple(-x + 0.0) for x in X.T}


def multiple_of_identity(X: np.ndarray, regime: Regime) -> bool:
    """Whether k(X,X) is one: all pairs antipodal or, weak, orthogonal. Then (b) of M3 is attained."""
    squares = signed_squares(X)
    allowed = {0, -1} if regime == "weak" else {-1}
    return all(square in allowed for i, row in enumerate(squares) for square in row[:i])
