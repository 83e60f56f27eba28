"""How far two routes to the same tangent kernel may come apart by rounding, and whether they do.

Both evaluate the sums H_W + H_A of models.kernels from the same weights, in some order. A term of H_W passes
through at most m d + n + 2 d + 16 roundings on any of the routes timed here, and the absolute values of the
terms of an entry sum to at most max |x|^2 max |a|^2 / d. H_A is the product of the hidden outputs, each off
by gamma_d |w||x|. A preactivation within that distance of zero may fall on either side of the kink; it is
counted, and moves an entry by at most max |x|^2 max |a|^2 / (m d).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.sizes import name
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from refute.numerics.rounding import gamma

CHECKED = 4096
"""Neurons with which the routes are compared in float64."""


@dataclass(frozen=True)
class Agreement:
    """The largest difference of two results, entry by entry, and what rounding explains."""

    difference: float
    bound: float

    @property
    def holds(self) -> bool:
        """False for a result that is not a number, too."""
        return self.difference <= self.bound

    def __str__(self) -> str:
        return f"{self.difference:.1e} (bound {self.bound:.1e})"


def few(network: Network, X: Tensor) -> tuple[Network, Tensor]:
    """The same problem in float64 with the first CHECKED neurons."""
    return Network(network.W[:, :CHECKED].double(), network.A[:, :CHECKED].double()), X.double()


def compare(ours: np.ndarray, theirs: np.ndarray, bound: float) -> Agreement:
    """Two arrays of the same shape; ValueError otherwise."""
    if ours.shape != theirs.shape:
        raise ValueError(f"the shapes are {ours.shape} and {theirs.shape}")
    return Agreement(float(np.abs(ours.astype(np.float64) - theirs).max()), bound)


def kernel_bound(network: Network, X: Tensor, regime: Regime) -> float:
    """What two evaluations of an entry of the tangent kernel, in the dtype of X, can differ by: B = 1."""
    dtype = name(X.dtype)
    (d, n) = X.shape
    m = network.m
    W = network.W[0].double()
    A = network.A[0].double()
    X = X.double()
    Z = W @ X
    sizes = torch.linalg.vector_norm(W, dim=1)[:, None] * torch.linalg.vector_norm(X, dim=0)
    off = 2 * gamma(d, dtype) * sizes
    kinks = int((Z.abs() <= off).sum(0).max())
    largest = float(X.square().sum(0).max() * A.abs().max().square())
    entry = (gamma(m * d + n + 2 * d + 16, dtype) + 2 * kinks / m) * largest / d
    if regime == "joint":
        hidden = float(torch.linalg.vector_norm(torch.relu(Z), dim=0).max())
        moved = hidden + float(torch.linalg.vector_norm(off, dim=0).max())
        entry += ((1 + gamma(m + 16, dtype)) * moved**2 - hidden**2) / (m * d)
    return 2 * entry


def product_bound(network: Network, X: Tensor, v: np.ndarray) -> float:
    """The same for an entry of H v in the weak regime: the sums behind it are those of H, weighted by |v|."""
    return kernel_bound(network, X, "weak") * float(np.abs(v).astype(np.float64).sum())
