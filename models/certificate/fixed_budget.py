"""The contraction certificate with a budget that is given, not searched for."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from models.certificate.contraction import contraction
from models.certificate.points import points_of
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime
from refute.numerics import gamma


def certified_with_budget(
    network: Network, X: Tensor, step_size: float, regime: Regime, budget: float
) -> np.ndarray:
    """(B,) bool: whether the contraction certificate holds with this budget C at each network.

    The path is bounded by the first of

        2 e / nu >= eta e / (1 - sqrt(1 - eta nu)),

    so less is certified than is true.
    Decided on the CPU in float64 from the weights as stored (B, m, d), float64 or float32; X (d, n).
    ValueError for a regime not in REGIMES, a step size that is not positive and finite, or a budget that is
    not positive.
    """
    require_regime(regime)
    if not (step_size > 0 and math.isfinite(step_size) and budget > 0):
        raise ValueError(f"step_size {step_size} and budget {budget} must be positive, the former finite")
    data = X.detach().to("cpu", torch.float64)
    W, A = (part.detach().to("cpu", torch.float64) for part in (network.W, network.A))
    points = points_of(Network(W, A), data, regime)
    certified = []
    for b, e in enumerate(points.e.tolist()):
        rate = contraction(points.select(slice(b, b + 1)), step_size, budget).rate
        certified.append(rate > 0 and 2 * e / rate * (1 + gamma(4)) <= budget)
    return np.array(certified)
