"""The two-layer ReLU autoencoder u(x) = (1/s) A relu(W^T x), s = sqrt(m d), and its weight-tied sibling.

The autoencoders of Nguyen, Wong, Hegde, arXiv:1911.11983; the formula and its scale were not checked against
the full text. Storage is neuron-major, the transpose of the d x m matrices of the formula: `W[b, r]` is w_r
and `A[b, r]` is a_r of network b.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.networks.argument_checks import require_same_shape, require_samples, require_weights


@dataclass(frozen=True, eq=False)
class Network:
    """A batch of B independent autoencoders of width m on R^d: encoders W and decoders A, both (B, m, d).

    float32 or float64, any device, W and A alike; ValueError otherwise. Holds the tensors as given, without
    copying.
    """

    W: Tensor
    A: Tensor

    def __post_init__(self) -> None:
        require_weights("W", self.W)
        require_weights("A", self.A)
        require_same_shape("A", self.A, "W", self.W)

    @property
    def batch(self) -> int:
        """Number of independent networks B."""
        return self.W.shape[0]

    @property
    def m(self) -> int:
        """Width: number of hidden neurons."""
        return self.W.shape[1]

    @property
    def d(self) -> int:
        """Dimension of inputs and outputs."""
        return self.W.shape[2]

    @property
    def scale(self) -> float:
        """The number s = sqrt(m d) by which the output is divided."""
        return math.sqrt(self.m * self.d)

    def select(self, index: int | slice | Sequence[int] | Tensor) -> Network:
        """The networks at `index` of the batch, still as a batch: an integer gives B = 1.

        IndexError if out of range. Integers and slices share memory with this network; sequences and tensors
        (indices or a mask) copy.
        """
        if isinstance(index, int):
            index = range(self.batch)[index]
            index = slice(index, index + 1)
        elif not isinstance(index, slice | Tensor):
            index = list(index)
        return Network(self.W[index], self.A[index])

    def first_neurons(self, m: int) -> Network:
        """The first m of every network's neurons, copied: of a draw, a draw of that width.

        ValueError unless 1 <= m <= the width.
        """
        if not 1 <= m <= self.m:
            raise ValueError(f"of {self.m} neurons one can take 1 to {self.m}, not {m}")
        return Network(self.W[:, :m].contiguous(), self.A[:, :m].contiguous())


def preactivations(W: Tensor, X: Tensor) -> Tensor:
    """Z = W^T X as (B, m, n), z_ri = <w_r, x_i>, for W (B, m, d) and X (d, n).

    Every activation pattern that torch forms in this room is the sign of this product, rounded alike. The
    compiled kernels sum over the d terms in order: where z_ri is zero up to rounding they may differ.
    Returned as a transposed view of (B, n, m).
    """
    require_weights("W", W)
    require_samples(W, X)
    inputs = X.mT.contiguous().expand(W.shape[0], X.shape[1], X.shape[0])
    return torch.bmm(inputs, W.mT.contiguous()).mT


def outputs(network: Network, X: Tensor) -> Tensor:
    """U = (1/s) A relu(W^T X) as (B, d, n) for X (d, n), in the dtype and on the device of the network.

    A transposed view, like the preactivations: products along their storage are several times faster.
    """
    Phi = torch.relu(preactivations(network.W, X))
    return (Phi.mT @ network.A).mT / network.scale


def residuals(network: Network, X: Tensor) -> Tensor:
    """E = X - U as (B, d, n). In the sample-major order of the kernels: `E.mT.reshape(B, n * d)`."""
    return X - outputs(network, X)


def losses(network: Network, X: Tensor) -> Tensor:
    """L = (1/2) ||X - U||_F^2 as (B,)."""
    return residuals(network, X).square().sum(dim=(1, 2)) / 2


def tied_outputs(W: Tensor, X: Tensor, c: float) -> Tensor:
    """Weight-tied outputs u(x) = (c/m) W relu(W^T x) as (B, d, n), from W (B, m, d) and X (d, n)."""
    Phi = torch.relu(preactivations(W, X))
    return (Phi.mT @ W).mT * (c / W.shape[1])
