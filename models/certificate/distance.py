"""How the distance between the exact and the stored run goes on in a step, while both have the same pattern.

Let theta be a stored point and theta + delta the exact one, ||delta||_F <= dev; weak: delta is in W alone.
On the segment between them the pattern is one, so that U is bilinear in (W, A). With J the Jacobian at the
middle of the segment, dJ = J(theta + delta) - J(theta) and f = J^T delta, exactly

    E(theta + delta) = E - f,
    J(theta + delta) (E - f) - J(theta) E = -J f + dJ (E - f / 2),
    ||dJ v|| <= (||X|| / s) dev ||v||    (weak: dJ = 0).

The stored step is that of a residual E + eps, and off by rho besides. So delta becomes

    delta - eta J (f + eps) + eta dJ (E - (f - eps) / 2) - rho.

Let y = eta ||J||^2 < 2 and g = f + eps. As <delta, J g> = <f, g> = <g - eps, g>,

    ||delta - eta J g||^2  = ||delta||^2 - 2 eta <g - eps, g> + eta^2 ||J g||^2
                          <= ||delta||^2 - eta (2 - y) ||g||^2 + 2 eta <eps, g>
                          <= ||delta||^2 + eta ||eps||^2 / (2 - y):

what the computed residuals are off by adds up in squares, whatever pattern each step has. For any y

    ||delta - eta J g|| <= max(1, y - 1) ||delta|| + eta ||J|| ||eps||.

Hence, with the smaller one of both in the place of P,

    dev_+ = P + eta (||X|| / s) (||E|| + (||J|| dev + ||eps||) / 2) dev [joint] + ||rho||.

||J|| is the norm within dev of theta: that at theta and, joint, (||X|| / s) dev more. At theta it is at most

    L = (||X||^2 ||A||^2 + ||Phi||^2 [joint])^(1/2) / s,

and where that would let dev grow at most Lam + x, which knows which patterns there can be: Lam from
`models.certificate.jacobian_norm`, x the drift of A and Phi since the checkpoint. Whatever the patterns are,

    | ||E(theta + delta)|| - ||E|| | <= (L + (||X|| / s) dev [joint]) dev,

as A' Phi' - A Phi = A (Phi' - Phi) + (A' - A) Phi' and ReLU is 1-Lipschitz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.certificate.jacobian_norm import jacobian_norm
from models.certificate.step_bounds import Checkpoint, StepBounds
from models.networks.regime import Regime

WORTH = math.log(2)
"""By how much, as a logarithm, norms of factors may let dev grow in a piece before the patterns are looked
at: that costs as much as many steps. Any value is sound."""
UP = 1 + 32 * float(np.finfo(np.float64).eps)
"""What covers the roundings of a bound, which is made of a dozen sums and products of positive numbers."""


@dataclass(frozen=True)
class Guards:
    """What a step is held to. Leaving one out proves nothing: only false variants of the statement do."""

    pattern: bool = True
    growth: bool = True
    rounding: bool = True


EVERY_GUARD = Guards()


@dataclass(frozen=True)
class Rule:
    """How dev goes on. turn: ||X|| / s in the joint regime, 0 in the weak one."""

    step_size: float
    turn: float
    guards: Guards

    def slope(self, slope: float, dev: float) -> float:
        """||J|| within dev of a point where it is at most `slope`, or L there."""
        return (slope + self.turn * dev) * UP

    def after(self, dev: float, slope: float, e: float, output_error: float, weight_error: float) -> float:
        """dev after a step from a point with ||E|| <= e, ||J|| <= slope within dev, and these roundings."""
        eta = self.step_size
        if not self.guards.rounding:
            output_error = weight_error = 0.0
        y = eta * slope * slope * UP
        kept = max(1.0, y - 1) * dev + eta * slope * output_error
        if y < 2:
            kept = min(kept, math.sqrt(dev * dev + eta * output_error * output_error / (2 - y)))
        turned = eta * self.turn * (e + (slope * dev + output_error) / 2) * dev
        if not self.guards.growth:
            kept, turned = dev + eta * slope * output_error, 0.0
        return (kept + turned + weight_error) * UP


def factor_norms(at: Checkpoint, bounds: StepBounds, regime: Regime) -> np.ndarray:
    """(K,) L from above at each stored point of a piece that begins at a checkpoint."""
    norms: np.ndarray = np.hypot(at.X * bounds.A, bounds.Phi if regime == "joint" else 0.0) / at.scale * UP
    return norms


def slopes(
    at: Checkpoint, bounds: StepBounds, norms: np.ndarray, step_size: float, regime: Regime
) -> np.ndarray:
    """(K,) ||J|| from above at the same points; norms: L there."""
    with np.errstate(over="ignore"):
        grows = np.log(np.maximum(step_size * norms[:-1] ** 2 - 1, 1.0)).sum()
    if not grows > WORTH:
        return norms
    joint = regime == "joint"
    drift = np.hypot(at.X * (bounds.A - at.A), (bounds.Phi - at.Phi) if joint else 0.0) / at.scale
    known = jacobian_norm(at.points, regime, float(bounds.moved.max())) + drift
    sharper: np.ndarray = np.minimum(norms, known * UP)
    return sharper
