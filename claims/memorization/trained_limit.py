"""What infinite width says of a training: its predictor, and how long a network takes to be near it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from claims.preliminaries.arrays import tensor
from models.kernels.limit import limit_kernel
from models.kernels.limit_predictor import limit_predictor
from models.networks.regime import Regime
from refute import Compute, Unmet

PACE = Fraction(1, 2)
"""The step is PACE d / lambda_max(k): at narrow widths the kernel's largest eigenvalue is up to twice that of
the limit, and a full step then does not converge."""
CONDITION = 12
"""The largest condition number: it is what the steps of a run are proportional to."""
STOPPED = 2.0**-7
"""What may be left of the training, as a share of m^(-1/2)."""
EXPONENT = Fraction(-1, 2)

Predictor = Callable[[torch.Tensor, torch.Tensor, Regime], torch.Tensor]
"""f(Y) (d, p) from X (d, n), Y (d, p) and the regime of the training."""


@dataclass(frozen=True)
class Limit:
    """What infinite width says of X and Y: lambda_max and lambda_min of k, f(Y) (d, p), and max ||w(y)||."""

    largest: float
    smallest: float
    prediction: torch.Tensor
    weight: float

    def tolerance(self, m: int) -> float:
        """The residual at which a network of width m counts as trained."""
        return float(STOPPED * m ** float(EXPONENT) / self.weight)

    def steps(self, m: int, n: int) -> int:
        """Steps after which the limit's residual, sqrt(n) at the start, is below the tolerance."""
        rate = self.smallest / self.largest * float(PACE)
        return math.ceil(math.log(math.sqrt(n) / self.tolerance(m)) / rate)

    def step_size(self, d: int) -> float:
        """The step of the training, of networks in d dimensions."""
        return float(PACE) * d / self.largest


def limit(
    X: np.ndarray, Y: np.ndarray, regime: Regime, compute: Compute, *, predictor: Predictor = limit_predictor
) -> Limit | Unmet:
    """What the limit kernel of the regime says of training on X, and the predictor at Y."""
    data = tensor(X, compute)
    fresh = tensor(Y, compute)
    k = limit_kernel(data, regime)
    spectrum = torch.linalg.eigvalsh(k)
    smallest = float(spectrum[0])
    largest = float(spectrum[-1])
    if not largest <= CONDITION * smallest:
        return Unmet(f"the kernel's condition number is above {CONDITION}")
    weights = torch.linalg.solve(k, limit_kernel(data, regime, fresh))
    return Limit(largest, smallest, predictor(data, fresh, regime), float(weights.norm(dim=0).max()))
