"""Verified smallest eigenvalues of the kernels of somebody's samples: in float64, or in balls if need be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.preliminaries.arrays import array, tensor
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import Matrix, entry_rounding, signed_squares
from models.kernels.limit_in_balls import decoder_kernel as decoder_balls
from models.kernels.limit_in_balls import encoder_kernel as encoder_balls
from refute import Compute
from refute.numerics import LARGEST_MATRIX, Enclosure, smallest_eigenvalue, smallest_eigenvalue_in_balls


@dataclass(frozen=True)
class Minimum:
    """A smallest eigenvalue: its verified enclosure, and whether it took balls to verify that sign."""

    value: Enclosure
    in_balls: bool = False


def kernel_minima(samples: np.ndarray) -> dict[str, Minimum]:
    """lambda_0, gamma_0 and kappa_0 of the directions of samples (d, n), float64, none of them zero.

    The kernels are those of the exactly normalised columns. An enclosure that float64 leaves around zero is
    refined in balls if n is at most 16.
    """
    d, n = samples.shape
    data = tensor(samples / np.linalg.norm(samples, axis=0), Compute())
    K = array(encoder_kernel(data))
    G = array(decoder_kernel(data))
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


def no_parallel_pair(samples: np.ndarray) -> bool:
    """Whether no two samples (d, n) are parallel, decided in fractions; meant for n of at most 16."""
    squares = signed_squares(samples)
    return all(abs(square) != 1 for i, row in enumerate(squares) for square in row[:i])
