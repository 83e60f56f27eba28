"""Verified smallest eigenvalues of the kernels of somebody's samples: in float64, or in balls if need be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from flint import arb

from claims.appendix.directions import unit_rows
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
    precision,
    smallest_eigenvalue,
    smallest_eigenvalue_in_balls,
)

_CLOSE = 2.0**20
"""A distance of fewer errors than this is told in less than six digits by float64."""
_BITS = 128


@dataclass(frozen=True)
class Minimum:
    """A smallest eigenvalue: its verified enclosure, and whether it took balls to verify that sign."""

    value: Enclosure
    in_balls: bool = False


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
    return Minimum(fine, in_balls=fine.lower > 0)


def distance(samples: np.ndarray, pair: ClosestPair) -> ClosestPair:
    """The pair with its distance in all digits, where float64 has lost some: of the rows of `samples` (n, d).

    Where the distance is small, it is

        2 (1 - rho^2) / (1 + |rho|)

    under a root, with the fraction rho^2 of the rows as they are: float64, none zero. An error of 0 says that
    nothing but the last digit is lost.
    """
    if not pair.delta <= _CLOSE * pair.error:
        return pair
    square = abs(signed_squares(np.ascontiguousarray(samples[[pair.first, pair.second]].T))[0][1])
    with precision(_BITS):
        delta = (2 * arb(1 - square) / (1 + arb(square).sqrt())).sqrt()
        return replace(pair, delta=float(delta.mid()), error=0.0)
