"""The stored run that an exact one is compared with: in float64 by the training loop, or in double-double.

Either goes on from where it is, piece by piece. The float64 run is that of `descend`, which retraces an
uninterrupted one bit for bit, whatever the pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from models.certificate.step_bounds import Arithmetic
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training import double_double
from models.training.compiled_loop import summation_depths
from models.training.descent import descend
from refute.numerics import gamma, unit_roundoff

Kind = Literal["float64", "double-double"]


@dataclass(frozen=True, eq=False)
class Float64Run:
    """A run of the training loop. network: where it is, B = 1; low: how far that may be from it, here 0."""

    network: Network
    X: torch.Tensor
    step_size: float
    regime: Regime
    low: float = 0.0

    @property
    def words(self) -> tuple[Network, ...]:
        """Its weights are the exact sums of these."""
        return (self.network,)

    @property
    def arithmetic(self) -> Arithmetic:
        """In which it is computed."""
        return Arithmetic(unit_roundoff(), summation_depths(self.network.m))

    def go(self, steps: int) -> tuple[Float64Run, double_double.Records]:
        """Where it is after so many steps, and the records of the points passed, both ends included."""
        run = descend(self.network, self.X, self.step_size, steps, self.regime, watch=True)
        assert run.closest is not None  # it was asked for
        records = (part.cpu().numpy()[:, 0] for part in (run.residual, run.movement, run.closest))
        return replace(self, network=run.network), double_double.Records(*records)


@dataclass(frozen=True, eq=False)
class DoubleDoubleRun:
    """The same with W, A (2, m, d): high parts, then low parts."""

    W: np.ndarray
    A: np.ndarray
    X: np.ndarray
    step_size: float
    regime: Regime

    @property
    def words(self) -> tuple[Network, ...]:
        """Its weights are the exact sums of these."""
        return tuple(
            Network(torch.from_numpy(self.W[k : k + 1]), torch.from_numpy(self.A[k : k + 1])) for k in (0, 1)
        )

    @property
    def network(self) -> Network:
        """Where it is, rounded to float64."""
        return self.words[0]

    @property
    def low(self) -> float:
        """How far that may be from where it is."""
        low = np.concatenate([self.W[1], self.A[1]])
        return float(np.linalg.norm(low)) * (1 + gamma(low.size + 8))

    @property
    def arithmetic(self) -> Arithmetic:
        """In which it is computed."""
        _, m, d = self.W.shape
        unit = double_double.unit_for(m, d, self.X.shape[1])
        return Arithmetic(unit, np.full(m, double_double.depth(m)))

    def go(self, steps: int) -> tuple[DoubleDoubleRun, double_double.Records]:
        """The same."""
        W, A = self.W.copy(), self.A.copy()
        joint = self.regime == "joint"
        records = double_double.descend_precisely(W, A, self.X, self.step_size, steps, joint)
        return replace(self, W=W, A=A), records


StoredRun = Float64Run | DoubleDoubleRun


def stored_run(network: Network, X: torch.Tensor, step_size: float, regime: Regime, kind: Kind) -> StoredRun:
    """The run of a network (B = 1, float64), on the CPU, before its first step. X: (d, n)."""
    W, A, data = (part.detach().cpu() for part in (network.W, network.A, X))
    if kind == "float64":
        return Float64Run(Network(W, A), data, step_size, regime)
    high = (part[0].numpy() for part in (W, A))
    W2, A2 = (np.stack([part, np.zeros_like(part)]) for part in high)
    return DoubleDoubleRun(W2, A2, data.numpy(), step_size, regime)
