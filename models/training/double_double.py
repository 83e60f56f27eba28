"""The steps of gradient descent in double-double arithmetic: about 32 digits.

A weight is the unevaluated sum of two float64 numbers. The steps are those of the compiled library
(`models/native/double_double.cpp` has the derivation and its sources), which gathers what long sums lose, or
without a compiler of `plain_double_double`, many times slower, where no operation is off by more than 8 u^2.
For both the bounds gamma_k of ordinary arithmetic hold with the unit `unit_for` a problem.
"""

from __future__ import annotations

from ctypes import c_int, c_int64, c_void_p
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt

import numpy as np

from models.native.build import native
from models.training.plain_double_double import descend_plainly

_SQUARE = 2.0**-106
"""u^2."""
_BITS = 256
"""Binary digits of 1 / s before it is rounded to two floats."""


@dataclass(frozen=True, eq=False)
class Records:
    """Of K points in a row, (K,) float64, relative errors of a few units in the last place:

    residual ||E||_F, movement max_r ||w_r - w_r(first)||, closest the smallest |z_ri|. The movement may be
    off by the unit times the longest w_r besides.
    """

    residual: np.ndarray
    movement: np.ndarray
    closest: np.ndarray


def depth(m: int) -> int:
    """How many additions lie at most between the product of one of m neurons and A^T Phi."""
    functions = _functions()
    return m if functions is None else int(functions[1](m))


def unit_for(m: int, d: int, n: int) -> float:
    """(K + 24) u^2, where no sum of the steps of m neurons, d dimensions, n samples has more than K terms."""
    return (max(depth(m), d, n) + 24) * _SQUARE


def descend_precisely(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, step_size: float, steps: int, joint: bool
) -> Records:
    """Move W and A in place by `steps` steps; both (2, m, d), contiguous float64: high parts, then low parts.

    X: (d, n) float64. Without `joint` A stays as it is. ValueError for shapes that disagree or arrays that
    are not contiguous float64.
    """
    functions = _functions()
    d, n = X.shape
    m = W.shape[1]
    for name, part in (("W", W), ("A", A)):
        if part.shape != (2, m, d) or part.dtype != np.float64 or not part.flags.c_contiguous:
            raise ValueError(f"{name} must be contiguous float64 of shape (2, {m}, {d}), got {part.shape}")
    data = np.ascontiguousarray(X, dtype=np.float64)
    factor, rate = (np.array(_two(part)) for part in _factors(m * d, step_size))
    found = Records(*(np.empty(steps + 1) for _ in range(3)))
    records = [found.residual, found.movement, found.closest]
    if functions is None:
        descend_plainly(W, A, data, (factor[0], factor[1]), (rate[0], rate[1]), records, joint)
    else:
        arrays = (data, factor, rate, W, A, *records)
        functions[0](m, d, n, joint, steps + 1, *(part.ctypes.data for part in arrays))
    return found


def _factors(size: int, step_size: float) -> tuple[Fraction, Fraction]:
    """1 / s and eta / s for s = sqrt(size), to _BITS digits."""
    inverse = Fraction(isqrt((1 << 2 * _BITS) // size), 1 << _BITS)
    return inverse, Fraction(step_size) * inverse


def _two(value: Fraction) -> tuple[float, float]:
    high = float(value)
    return high, float(value - Fraction(high))


@cache
def _functions() -> tuple | None:  # type: ignore[type-arg]
    """The steps and the depth, or None in a library without them or where there is none."""
    library = native().library
    steps = getattr(library, "precise_float64", None)
    if library is None or steps is None:
        return None
    steps.argtypes = (*(c_int64,) * 3, c_int, c_int64, *(c_void_p,) * 8)
    steps.restype = None
    depth = library.precise_depth_float64
    depth.argtypes = (c_int64,)
    depth.restype = c_int64
    return steps, depth
