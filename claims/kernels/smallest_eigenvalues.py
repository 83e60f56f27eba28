"""What the claims on smallest eigenvalues share: verified values, and comparisons settled in balls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claims.preliminaries.arrays import array, tensor
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from refute import Comparison, Compute, Outcome
from refute.numerics import Enclosure, Order, at_rising_precision, smallest_eigenvalue


def kernels_minima(X: np.ndarray, compute: Compute) -> tuple[Enclosure, Enclosure]:
    """Verified lambda_0 and gamma_0 of the columns of X (d, n)."""
    floats = tensor(X, compute)
    error = X.shape[1] * entry_rounding(len(X), compute.dtype)
    return (
        smallest_eigenvalue(array(encoder_kernel(floats)), error),
        smallest_eigenvalue(array(decoder_kernel(floats)), error),
    )


def settled(comparison: Comparison, decide: Callable[[], Order], wrong: Order) -> Comparison:
    """The comparison, violated if its sides are in the order `wrong`; as it is, if no precision decides.

    decide: the order of the two sides in balls of the precision in force, which rises until it is known.
    """
    answer, bits = at_rising_precision(decide)
    if answer is Order.UNKNOWN:
        return comparison
    return comparison.decided(Outcome.VIOLATED if answer is wrong else Outcome.HOLDS, bits)
