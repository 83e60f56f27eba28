"""Ladders of widths on which weight-tied networks are trained, for the claims about exponents.

A ladder is one trial: at every width POOL independent networks, all from the trial's generator. A rung's
value is the root mean square over the pool, which halves the spread of a slope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from claims.preliminaries.arrays import array, tensor
from models.kernels.limit import decoder_kernel
from models.networks.initialization import draw_tied
from models.training.descent import TiedRun, tied_descend
from refute import Compute

WIDTHS = np.array([64, 128, 256, 512, 1024, 2048])
FAILURE_PROBABILITY = 0.1
STEPS = 16
"""T: short enough for ladders of six widths, long enough for a rescaling of the weights to show."""
POOL = 4
EXPONENT = -0.5
WINDOW = (-0.8, -0.2)
"""Where a slope that decays like m^EXPONENT is to lie; calibrated (docs/theory/tied.md)."""


@dataclass(frozen=True, eq=False)
class Rung:
    """One width: start W (B POOL, m, d), the run from it, and the data X (d, n) it was trained on."""

    start: Tensor
    run: TiedRun
    X: Tensor

    @property
    def m(self) -> int:
        """The width."""
        return self.start.shape[1]


def step_size(X: np.ndarray, c: float) -> float:
    """1 / (c a (||X|| + sqrt(lambda_max(G))))^2 with a = max(1, sqrt(2/c)) for X (d, n).

    The inverse of a bound on the limit's curvature, in the mean-field scale, for weights up to a times as
    long as at the start: the longer of the start and of a network that reconstructs.
    """
    G = array(decoder_kernel(tensor(X, Compute())))
    height = np.linalg.norm(X, 2) + np.sqrt(np.linalg.norm(G, 2))
    return float(1 / (max(c, np.sqrt(2 * c)) * height) ** 2)


def climb(
    X: np.ndarray, c: float, eta: float, generators: Sequence[np.random.Generator], compute: Compute
) -> Iterator[Rung]:
    """The rungs of len(generators) ladders, trained on X (d, n) with the step eta m for STEPS steps."""
    data = tensor(X, compute)
    d = len(X)
    dtype = getattr(torch, compute.dtype)
    for m in WIDTHS.tolist():
        W = draw_tied(POOL * m, d, generators, device=compute.device, dtype=dtype).reshape(-1, m, d)
        yield Rung(W, tied_descend(W, data, c, eta * m, STEPS), data)


def pooled(squares: Tensor) -> np.ndarray:
    """The root mean square (B,) over each pool, from the squares (B POOL,) of its networks."""
    roots: np.ndarray = np.sqrt(array(squares).reshape(-1, POOL).mean(axis=1))
    return roots


def squared_norms(W: Tensor) -> Tensor:
    """||W||_F^2 (B,) of every matrix of W (B, m, d)."""
    return W.square().sum(dim=(1, 2))


def outside(slopes: np.ndarray, exponent: float) -> np.ndarray:
    """Which slopes (B,) are outside of WINDOW, moved from EXPONENT to another one."""
    low, high = (end + exponent - EXPONENT for end in WINDOW)
    far: np.ndarray = (slopes < low) | (slopes > high)
    return far


def reasons(parts: dict[str, np.ndarray]) -> tuple[str, ...]:
    """For every trial the names of the parts that failed in it, joined; the parts are (B,) bool."""
    columns = zip(*parts.values(), strict=True)
    return tuple(", ".join(name for name, f in zip(parts, column, strict=True) if f) for column in columns)
