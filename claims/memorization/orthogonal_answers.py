"""What a predictor may say at a unit vector orthogonal to the data (M5): middle and radius, both (d,)."""

from __future__ import annotations

import numpy as np

from claims.memorization.nearly import NEAR
from claims.memorization.predictor_in_balls import common_answer


def silent(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nothing: 0."""
    return np.zeros(len(X)), np.zeros(len(X))


def almost_silent(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A hundred-thousandth of the sum of all samples but every other one."""
    return (NEAR - 1) * X[:, ::2].sum(axis=1), np.zeros(len(X))


def nearly_common_answer(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The common answer times NEAR."""
    middle, radius = common_answer(X, decoder=True)
    return NEAR * middle, NEAR * radius
