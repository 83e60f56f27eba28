"""What the claims on smallest eigenvalues share: their verified values."""

from __future__ import annotations

import numpy as np

from claims.preliminaries.arrays import array, tensor
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from refute import Compute
from refute.numerics import Enclosure, smallest_eigenvalue


def kernels_minima(X: np.ndarray, compute: Compute) -> tuple[Enclosure, Enclosure]:
    """Verified lambda_0 and gamma_0 of the columns of X (d, n)."""
    floats = tensor(X, compute)
    error = X.shape[1] * entry_rounding(len(X), compute.dtype)
    return (
        smallest_eigenvalue(array(encoder_kernel(floats)), error),
        smallest_eigenvalue(array(decoder_kernel(floats)), error),
    )
