"""The law behind C10: the widths at which starts are enclosed for all time before the first step.

    m >= a d^2 lambda_n / lambda_0^2 (weak),
    m >= b n d lambda_n / kappa_0^2 (joint)

are ours. The constants were calibrated with benchmarks/start_law.py on streams of its own and then fixed;
docs/theory/start.md has the tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from claims.preliminaries.data_spectrum import Spectrum, spectrum
from models.networks.regime import Regime

WEAK = 10
JOINT = 24
"""a and b of the law."""
ORTHONORMAL: dict[Regime, float] = {"weak": 1 / 2, "joint": 1 - 1 / (2 * math.pi)}
"""lambda_0 and kappa_0 of two or more orthonormal samples."""

StartWidth = Callable[[Spectrum, Regime], float]
"""The width from which a law promises the tube, from the numbers of the data."""


def start_width(numbers: Spectrum, regime: Regime) -> float:
    """The width of the law for these data; infinite where the eigenvalue is not verified to be positive."""
    low = numbers.eigenvalue(regime)
    if not low > 0:
        return float("inf")
    if regime == "weak":
        return WEAK * numbers.d**2 * numbers.top / low**2
    return JOINT * numbers.n * numbers.d * numbers.top / low**2


def a_third(numbers: Spectrum, regime: Regime) -> float:
    """A third of the law's neurons."""
    return start_width(numbers, regime) / 3


def without_samples(numbers: Spectrum, regime: Regime) -> float:
    """The law, without n in the joint regime."""
    return start_width(numbers, regime) / (numbers.n if regime == "joint" else 1)


def without_eigenvalue(numbers: Spectrum, regime: Regime) -> float:
    """The law with the lambda_0 or kappa_0 of orthonormal samples in the place of that of the data."""
    return start_width(numbers, regime) * (numbers.eigenvalue(regime) / ORTHONORMAL[regime]) ** 2


def width_of(X: np.ndarray, regime: Regime) -> float:
    """The width of the law for X (d, n), unit columns."""
    return start_width(spectrum(X), regime)
