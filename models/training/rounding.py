"""What rounding can add to a computed residual, and to the residuals of a whole run.

One step of descent as the loop computes it differs from an exact step from the same stored weights by:

- a residual that is off by f, which the step carries on at most twice (eta ||Jb^T J|| <= 2 for every step
  that does not expand);
- products of n + d + 8 roundings, together at most gamma (eta / s) ||X||_F ||E|| times ||A||_F for W and
  ||W||_F for A;
- the weights' own rounding, u ||W||_F and u ||A||_F.

A change of the weights changes the outputs by at most

    (||X|| / s) (||A|| ||dW||_F + ||W|| ||dA||_F)

All of this holds while nothing underflows, with the sizes of the network that is given: networks (B, m, d),
float64 or float32, on any device, and X (d, n) alike. Bounds are float64 on the CPU.
"""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from models.networks.autoencoder import Network, preactivations, residuals
from models.networks.regime import Regime
from refute.numerics import gamma, unit_roundoff


def residual_size(network: Network, X: Tensor) -> np.ndarray:
    """(B,) at least ||E||_F and ||U||_F, and what every rounding of a residual is relative to:

        ||X||_F + (1/s) || |A|^T |W| |X| ||_F

    Formed in float64 on the network's device.
    """
    W, A, data = (part.abs().double() for part in (network.W, network.A, X))
    magnitude = preactivations(W, data).mT @ A / network.scale
    size: np.ndarray = (magnitude.flatten(1).norm(dim=1) + data.norm()).cpu().numpy()
    return size


def residual_rounding(network: Network, X: Tensor) -> np.ndarray:
    """(B,) a bound on the Frobenius norm of the error of a residual that is computed in its dtype:

        E = X - (1/s) A^T relu(W X)

    d roundings in z, m in the sum over neurons, one each for s, the division and the difference.
    """
    bound: np.ndarray = gamma(network.m + network.d + 6, _dtype(network)) * residual_size(network, X)
    return bound


def residual_bound(network: Network, X: Tensor) -> np.ndarray:
    """(B,) ||E||_F from above, rounding included, in the dtype of the weights.

    Both terms count more roundings than there are, which covers the rounding of this sum too.
    """
    computed = residuals(network, X).flatten(1).double().norm(dim=1).cpu().numpy()
    bound: np.ndarray = computed * (1 + gamma(X.numel() + 8)) + residual_rounding(network, X)
    return bound


def rounding_floor(network: Network, X: Tensor, step_size: float, rate: float) -> np.ndarray:
    """(B,) how far a recorded ||E(k)|| may lie above its recorded envelope because of rounding alone.

    For exact steps that contract at `rate` > 0: what each step adds is carried on by the contraction, a
    geometric series on top of the errors of the two records E(k) and E(0).
    """
    share = min(step_size * rate, 1.0)
    record, step = _roundings(network, X, step_size)
    floor: np.ndarray = 2 * record + step * (1 + math.sqrt(1 - share)) / share
    return floor


def rounding_floors(
    network: Network, X: Tensor, step_size: float, k: np.ndarray, regime: Regime = "joint"
) -> np.ndarray:
    """(B, len(k)) the same after k steps that do not expand: k steps add at most k times what one adds.

    In the weak regime A stays as it is, bit for bit, and no step rounds it.
    """
    record, step = _roundings(network, X, step_size, regime)
    floors: np.ndarray = 2 * record[:, None] + step[:, None] * np.asarray(k)[None, :]
    return floors


def _roundings(
    network: Network, X: Tensor, step_size: float, regime: Regime = "joint"
) -> tuple[np.ndarray, np.ndarray]:
    """(B,) the error of a recorded ||E||, its summation over n d entries included, and that of one step."""
    d, n = X.shape
    m = network.m
    dtype = _dtype(network)
    size = residual_size(network, X)
    data = float(X.double().norm())
    W, A = (part.double().flatten(1).norm(dim=1).cpu().numpy() for part in (network.W, network.A))
    squares = A**2 + (W**2 if regime == "joint" else 0.0)
    products = gamma(n + d + 8, dtype) * step_size * (data / network.scale) ** 2 * squares * size
    stored = 4 * unit_roundoff(dtype) * data / network.scale * W * A
    return gamma(m + d + n * d + 8, dtype) * size, 2 * residual_rounding(network, X) + products + stored


def _dtype(network: Network) -> str:
    return str(network.W.dtype).removeprefix("torch.")
