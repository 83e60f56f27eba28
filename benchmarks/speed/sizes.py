"""What is timed: sizes, their networks and data, and one comparison as a row of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.timing import Ratio
from models.kernels.finite import PAIRS_FROM
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import Regime

STEP = 0.1
MODULE = "nn.Module, autograd, SGD"


def name(dtype: torch.dtype) -> str:
    """float64 or float32."""
    return str(dtype).removeprefix("torch.")


@dataclass(frozen=True)
class Row:
    """One comparison. needed: the least ratio that meets the goal; None where the goal names no number.

    asks: the options without which the row is not measured. share: the part of the limit `of` that our side
    reaches, where the operations or bytes of its work are known.
    """

    goal: str
    what: str
    rival: str
    found: Ratio
    needed: float | None
    rounds: int
    note: str = ""
    asks: str = ""
    share: float | None = None
    of: str = ""

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


@dataclass(frozen=True)
class Plan:
    """How the table is measured. limits: those of timing.py at this number of threads.

    neural_tangents, curvlinops: pythons that have these rivals. only: goals, none for all.
    """

    threads: int
    rounds: int
    full: bool
    limits: Mapping[str, float]
    neural_tangents: str | None = None
    curvlinops: str | None = None
    only: frozenset[str] = frozenset()

    def wants(self, *goals: str) -> bool:
        """Whether any of these goals is asked for."""
        return not self.only or not self.only.isdisjoint(goals)

    def gemm(self, dtype: torch.dtype) -> float:
        """GF/s of large matrix products."""
        return self.limits[f"gemm_{name(dtype)}_gflops"]


class LeftOutError(RuntimeError):
    """A comparison that was asked for and could not be made; the message says why in one line."""


def flops(size: Size, regime: Regime) -> float:
    """Useful operations of one step of the batch: 8 m d n weak, 10 m d n joint, per network."""
    return (8.0 if regime == "weak" else 10.0) * size.B * size.m * size.d * size.n


def moved_bytes(size: Size, regime: Regime) -> float:
    """Bytes of one step in one pass: W, A and W0 are read and W is written, A too in the joint regime."""
    return (4.0 if regime == "weak" else 5.0) * size.B * size.m * size.d * torch.finfo(size.dtype).bits / 8


def kernel_flops(size: Size) -> float:
    """Useful operations of the tangent kernel: by sample and output pairs where these pay, and H_A."""
    n = size.n
    d = size.d
    m = size.m
    by_pairs = d >= PAIRS_FROM[0] and n * d >= PAIRS_FROM[1]
    terms = n * (n + 1) / 2 * (d * (d + 1) / 2) if by_pairs else (n * d) ** 2
    return 2.0 * size.B * m * (terms + n**2)
