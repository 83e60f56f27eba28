"""Derived rounding bounds (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., ch. 2 to 4)."""

from __future__ import annotations

import numpy as np

_ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24}


def unit_roundoff(dtype: str = "float64") -> float:
    """The unit roundoff u of a dtype given by name: |fl(x) - x| <= u |x| for one rounded operation.

    Raises ValueError for a dtype other than float64 and float32.
    """
    try:
        return _ROUNDOFF[dtype]
    except KeyError:
        known = ", ".join(_ROUNDOFF)
        raise ValueError(f"no rounding bounds for dtype {dtype!r}; use one of {known}") from None


def gamma(operations: int, dtype: str = "float64") -> float:
    """gamma_k = k u / (1 - k u): the relative error of k rounded operations in any order (Higham, lemma 3.1).

    An inner product of length k in any order of summation, fused or not, errs by at most gamma_k times the
    sum of the absolute values of its terms. Raises ValueError when k u >= 1, where the bound says nothing.
    """
    share = operations * unit_roundoff(dtype)
    if share >= 1:
        raise ValueError(f"{operations} operations in {dtype} leave no significant digit to bound")
    return share / (1.0 - share)


def product_rounding(terms: int, *factors: np.ndarray, dtype: str = "float64") -> float:
    """A bound on the Frobenius norm of the error of a computed product of matrices.

    `factors` are the matrices, left to right; `terms` is the total number of roundings along one entry (the
    inner dimensions added up, plus one for each elementwise operation the caller applied). The bound is
    gamma_terms times the Frobenius norm of the product of the absolute values. It holds while no product
    underflows.
    """
    size, *rest = (np.abs(np.asarray(factor, dtype=np.float64)) for factor in factors)
    for factor in rest:
        size = size @ factor
    return gamma(terms, dtype) * float(np.linalg.norm(size))
