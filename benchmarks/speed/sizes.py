"""What is timed: sizes, their networks and data, and one comparison as a row of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.timing import Ratio
from models.autoencoder import Network
from models.descent import Regime
from models.initial import draw_network

STEP = 0.1
MODULE = "nn.Module, autograd, SGD"


def name(dtype: torch.dtype) -> str:
    """float64 or float32."""
    return str(dtype).removeprefix("torch.")


@dataclass(frozen=True)
class Row:
    """One comparison. needed: the least ratio that meets the goal; None where the goal names no number."""

    goal: str
    what: str
    rival: str
    found: Ratio
    needed: float | None
    rounds: int
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median reaches what is needed."""
        return None if self.needed is None else self.found.ratio >= self.needed


@dataclass(frozen=True)
class Size:
    """A batch of B networks of width m on n samples in d dimensions."""

    B: int
    d: int
    n: int
    m: int
    dtype: torch.dtype = torch.float64

    def __str__(self) -> str:
        return f"B={self.B} d={self.d} n={self.n} m={self.m} {name(self.dtype)}"

    def make(self) -> tuple[Network, Tensor]:
        """Networks and random data on the sphere, the same for everybody."""
        rng = np.random.default_rng([self.d, self.n])
        points = rng.standard_normal((self.d, self.n))
        X = torch.from_numpy(points / np.linalg.norm(points, axis=0)).to(self.dtype)
        generators = [np.random.default_rng([self.m, b]) for b in range(self.B)]
        return draw_network("rademacher", self.m, self.d, generators, dtype=self.dtype), X


def flops(size: Size, regime: Regime) -> float:
    """Useful operations of one step of the batch: 8 m d n weak, 10 m d n joint, per network."""
    return (8.0 if regime == "weak" else 10.0) * size.B * size.m * size.d * size.n
