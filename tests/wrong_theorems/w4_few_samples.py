"""W4. A quarter of the data's smallest squared singular value bounds lambda_0 from below.

Statement. For every X with A1 and A2: lambda_0 >= sigma_min(X)^2 / 4.

Assumptions. A1; A2.

Symbols. X (d, n) unit columns; K (n, n) the encoder's limit kernel; lambda_0 = lambda_min(K); sigma_min(X)
the smallest of the min(n, d) singular values of X.

Refuted by. Data whose verified lambda_0 lies below the bound.

A pass does not show. That the bound is sharp.

Source. Deliberately wrong: a bound valid only for n <= d. K = X^T X / 4 plus a positive semi-definite rest
(the even powers of the arcsine series), so lambda_0 >= lambda_min(X^T X) / 4. For n <= d the latter is
sigma_min(X)^2 / 4; for n > d it is zero, while sigma_min(X) = sigma_d need not be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import strategies as st

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices, unit_norm_rounding
from models.kernels.limit import encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, at_least
from refute.numerics import Enclosure, gamma, largest_eigenvalue, smallest_eigenvalue

Extreme = Callable[[np.ndarray, float], Enclosure]


def smallest_singular_value_squared(X: np.ndarray) -> Enclosure:
    """sigma_min(X)^2, the smallest eigenvalue of the smaller of X^T X and X X^T."""
    return _gram_extreme(X if X.shape[1] <= X.shape[0] else X.T, smallest_eigenvalue)


def smallest_gram_eigenvalue(X: np.ndarray) -> Enclosure:
    """lambda_min(X^T X)."""
    return _gram_extreme(X, smallest_eigenvalue)


def largest_gram_eigenvalue(X: np.ndarray) -> Enclosure:
    """lambda_max(X^T X)."""
    return _gram_extreme(X, largest_eigenvalue)


def _gram_extreme(X: np.ndarray, extreme: Extreme) -> Enclosure:
    return extreme(X.T @ X, gamma(len(X)) * float(np.linalg.norm(np.abs(X).T @ np.abs(X))))


def check(
    instance: Instance,
    compute: Compute,
    *,
    value: Callable[[np.ndarray], Enclosure] = smallest_singular_value_squared,
) -> Comparisons:
    """Both sides enclosed; what A1 is short of by rounding moves either by a few roundings of an entry."""
    X = instance.X
    (d, n) = instance.X.shape
    lambda_0 = smallest_eigenvalue(
        array(encoder_kernel(tensor(X, compute))), n * entry_rounding(d, compute.dtype)
    )
    bound = value(X)
    quarter = Enclosure(bound.lower / 4, bound.upper / 4)
    # X^T X of exactly normalised columns differs from that of X by at most n (2 e + e^2).
    normalised = n * (2 * unit_norm_rounding(d) + unit_norm_rounding(d) ** 2)
    return (at_least("lambda_0 >= sigma_min^2 / 4", lambda_0, quarter, normalised),)


CLAIM = Claim(
    id="W4",
    title="A quarter of the data's smallest squared singular value bounds lambda_0 from below",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=st.builds(Instance, X=data_matrices(max_n=5, max_d=5)),
    check=check,
    classes=CLASSES,
    siblings=(
        Sibling(
            name="largest",
            statement="lambda_0 >= sigma_max(X)^2 / 4",
            because="a crowded pair makes sigma_max^2 nearly 2 and lambda_0 nearly 0",
            falls="lambda_0 >= sigma_min^2 / 4",
            changes={"value": largest_gram_eigenvalue},
        ),
    ),
)

CORRECTED = replace(
    CLAIM,
    id="W4-corrected",
    title="lambda_0 >= lambda_min(X^T X) / 4",
    check=partial(check, value=smallest_gram_eigenvalue),
)
