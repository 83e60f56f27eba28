"""Verified smallest eigenvalues of the kernels of somebody's samples: in float64, in balls, or by K6."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from flint import arb

from claims.appendix.directions import unit_rows
from claims.kernels.separation_proof import DECODER_DIVISOR, ENCODER_DIVISOR
from claims.preliminaries.arrays import array, tensor
from models.kernels.closest_pair import ClosestPair
from models.kernels.limit import limit_kernels
from models.kernels.limit_in_balls import Matrix, entry_rounding, signed_squares
from models.kernels.limit_in_balls import decoder_kernel as decoder_balls
from models.kernels.limit_in_balls import encoder_kernel as encoder_balls
from refute import Compute
from refute.numerics import (
    LARGEST_MATRIX,
    Enclosure,
    gamma,
    precision,
    smallest_eigenvalue,
    smallest_eigenvalue_in_balls,
)

_CLOSE = 2.0**20
"""A distance of fewer errors than this is told in less than six digits by float64."""
_BITS = 128


How = Literal["float64", "balls", "separation"]


@dataclass(frozen=True)
class Minimum:
    """A smallest eigenvalue: its verified enclosure, and what it took to verify a positive lower end.

    how: float64; balls, where float64 leaves it open; or the bound of K6, where neither can tell.
    """

    value: Enclosure
    how: How = "float64"


def kernel_minima(samples: np.ndarray) -> dict[str, Minimum]:
    """lambda_0, gamma_0 and kappa_0 of the directions of samples (d, n), float64, none of them zero.

    The kernels are those of the exactly normalised columns, whatever their lengths. An enclosure that float64
    leaves around zero is refined in balls if n is at most 16.
    """
    d, n = samples.shape
    units, _ = unit_rows(np.ascontiguousarray(samples.T))
    K, G = (array(kernel) for kernel in limit_kernels(tensor(units.T, Compute())))
    error = n * entry_rounding(d)
    coarse = {
        "lambda_0": smallest_eigenvalue(K, error),
        "gamma_0": smallest_eigenvalue(G, error),
        "kappa_0": smallest_eigenvalue(K + G, 2 * error),
    }
    return {name: _refined(name, samples, value) for name, value in coarse.items()}


def _refined(name: str, samples: np.ndarray, value: Enclosure) -> Minimum:
    if value.lower > 0 or samples.shape[1] > LARGEST_MATRIX:
        return Minimum(value)

    def build() -> Matrix:
        kernels = {"lambda_0": [encoder_balls], "gamma_0": [decoder_balls]}
        matrices = [kernel(samples) for kernel in kernels.get(name, [encoder_balls, decoder_balls])]
        return [
            [sum(entries[1:], entries[0]) for entries in zip(*rows, strict=True)]
            for rows in zip(*matrices, strict=True)
        ]

    fine = smallest_eigenvalue_in_balls(build, value)
    return Minimum(fine, "balls" if fine.lower > 0 else "float64")


def with_separation(minima: dict[str, Minimum], n: int, delta: float) -> dict[str, Minimum]:
    """The minima of n samples, with K6 (c) and (d) in place of lower ends that show nothing.

    delta > 0: a lower bound on the separation. kappa_0 is at least the sum of the other two.
    """
    share = min(1.0, delta / math.sqrt(math.log(2 * n - 2))) * (1 - gamma(16))
    bounds = {
        "lambda_0": share / (ENCODER_DIVISOR * math.pi),
        "gamma_0": share**3 / (DECODER_DIVISOR * math.pi),
    }
    bounds["kappa_0"] = bounds["lambda_0"] + bounds["gamma_0"]
    return {name: _at_least(minimum, bounds[name] * (1 - gamma(16))) for name, minimum in minima.items()}


def _at_least(minimum: Minimum, bound: float) -> Minimum:
    value = minimum.value
    if value.lower > 0 or not bound > 0:
        return minimum
    return Minimum(Enclosure(bound, max(value.upper, bound)), "separation")


def distance(samples: np.ndarray, pair: ClosestPair) -> ClosestPair:
    """The closest pair with its distance in all digits, where float64 has lost some.

    samples: (n, d) float64, none zero, as rows. Where the distance is small it is

        sqrt(2 (1 - rho^2) / (1 + |rho|))

    with the fraction rho^2 of the rows as they are. Of at most 16 rows all pairs are compared so, and the
    error is 0; of more the pair alone, which another one may be closer than by as much as before.
    """
    if not pair.delta <= _CLOSE * pair.error:
        return pair
    few = len(samples) <= LARGEST_MATRIX
    rows = np.arange(len(samples)) if few else np.array([pair.first, pair.second])
    squares = signed_squares(np.ascontiguousarray(samples[rows].T))
    second, first = max(
        ((i, j) for i in range(len(rows)) for j in range(i)), key=lambda at: abs(squares[at[0]][at[1]])
    )
    square = squares[second][first]
    with precision(_BITS):
        delta = float((2 * arb(1 - abs(square)) / (1 + arb(abs(square)).sqrt())).sqrt().mid())
    error = 0.0 if few else pair.error
    return ClosestPair(delta, int(rows[first]), int(rows[second]), square < 0, error)
