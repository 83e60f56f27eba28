"""What the roundings of the steps of a stored run add up to, from its records and one of its points.

A step of the loop computes, from stored weights, with Phi = relu(z), z = W X, f = 1 / s and s = sqrt(m d):

    E = X - f A^T Phi,    R = (eta / s) E,    V = D o (R^T A),    W += X V^T,    A += R Phi^T (joint)

Here dQ is the error of a computed Q, ||.|| is spectral, ||.||_F Frobenius, and g_k = gamma_k. N_r additions
lie at most between the product of neuron r and A^T Phi, N is the largest of them, and at the checkpoint

    S = sum_r (N_r + 1) |a_r| phi_r^T

With u' = u / (1 - (N + 1) u)

    ||dz||_F <= g_d ||W||_F ||X||_F
    ||dE||_F <= (1/s) (||A|| ||dz||_F + u' ||S||_F) + g_6 (||X||_F + (1/s) ||A||_F (||Phi||_F + ||dz||_F))
    ||(s/eta) R - E||_F <= eps = ||dE||_F + g_3 ||E||_F

as long as the exact z has the signs of the computed one. An exact V and exact steps of this R are those of a
residual that is off by eps. What the computed ones are off by besides is

    ||dV||_F <= g_d ||A||_F ||R||_F
    ||dW||_F <= ||X|| ||dV||_F + g_n ||W||_F + g_{n+1} ||X||_F ||V||_F
    ||dA||_F <= ||R||_F ||dz||_F + g_{n+1} (||A||_F + ||R||_F (||Phi||_F + ||dz||_F))

E, R, V on the right are computed ones. Norms at
step k come from those at the checkpoint c before it: W moves by at most sqrt(m) times the recorded movement,
Phi by ||X|| times that, A by the sum of its steps, S by (N + 1) times what |A| and Phi do. Everything holds
barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from models.certificate.points import Points, points_of
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.double_double import Records
from refute.numerics import gamma


@dataclass(frozen=True)
class Arithmetic:
    """In which a run was computed: its unit roundoff, and N_r, (m,): additions from neuron r to A^T Phi."""

    unit: float
    depths: np.ndarray

    def gamma(self, operations: int) -> float:
        """gamma_k = k u / (1 - k u)."""
        share = operations * self.unit
        return share / (1 - share)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Norms of one stored network, each from above; A, Phi spectral, the others Frobenius; w the longest w_r.

    X, X_F, x are ||X||, ||X||_F and the longest column; S, N those of the sum over neurons. points: what they
    are taken from, in the joint regime.
    """

    m: int
    d: int
    n: int
    A: float
    A_F: float
    W_F: float
    w: float
    Phi: float
    Phi_F: float
    X: float
    X_F: float
    x: float
    S: float
    N: int
    points: Points

    @property
    def scale(self) -> float:
        """The number s = sqrt(m d)."""
        return math.sqrt(self.m * self.d)


def checkpoint(network: Network, X: torch.Tensor, arithmetic: Arithmetic) -> Checkpoint | None:
    """The norms of a network (B = 1) for X (d, n), float64; None if the weights are not finite, or huge.

    arithmetic: of the run, for the order of its sums.
    """
    points: Points = points_of(Network(*(part.cpu() for part in (network.W, network.A))), X.cpu(), "joint")
    if not points.sound[0]:
        return None
    _, m, d = network.W.shape
    n = X.shape[1]
    up = 1 + points.eps
    W_F, A_F = (float(np.linalg.norm(norms[0])) * up for norms in (points.w_norms, points.a_norms))
    X_F = math.sqrt(points.data.squares) * up
    # The diagonal of Phi^T Phi as computed, then the rounding of z.
    z = points.eps * W_F * X_F
    Phi_F = math.sqrt(float(np.trace(points.Phi_gram[0])) * (m * d)) * up + z
    N = int(arithmetic.depths.max())
    weighted = np.abs(points.A[0]) * (arithmetic.depths[:, None] + 1.0)
    S = float(np.linalg.norm(weighted.T @ np.maximum(points.W[0] @ points.data.X, 0.0))) * up
    return Checkpoint(
        m=m,
        d=d,
        n=n,
        A=float(points.A_norm[0]) * up,
        A_F=A_F,
        W_F=W_F,
        w=float(points.w_norms[0].max()) * up,
        Phi=float(points.Phi_norm[0]) * up,
        Phi_F=Phi_F,
        X=points.data.norm * up,
        X_F=X_F,
        x=points.data.longest * up,
        S=S + (N + 1) * A_F * z,
        N=N,
        points=points,
    )


@dataclass(frozen=True, eq=False)
class StepBounds:
    """Of K stored points in a row, from above, each (K,): of point k and of the step from it.

    e, e_below: ||E||_F, exact, from above and from below. A, Phi: spectral norms. z_error: by how much a
    computed z_ri may be off. The computed step is that of a residual that is off by at most output_error,
    and in (W, A) off by at most weight_error besides. moved: how far a neuron is from the checkpoint.
    """

    e: np.ndarray
    e_below: np.ndarray
    A: np.ndarray
    Phi: np.ndarray
    z_error: np.ndarray
    output_error: np.ndarray
    weight_error: np.ndarray
    moved: np.ndarray


def step_bounds(
    at: Checkpoint,
    records: Records,
    step_size: float,
    regime: Regime,
    arithmetic: Arithmetic,
) -> StepBounds:
    """The bounds for a run from a checkpoint on, from its records (K,).

    Every number below is made of sums and products of positive ones, a few dozen, and of one sum along the
    run: `up` covers their roundings, here and where they are used.
    """
    g = arithmetic.gamma
    s = at.scale
    eta = step_size / s
    up = 1 + gamma(4 * len(records.residual) + 256)
    moved = records.movement * (1 + gamma(at.d + 6)) + g(4) * at.w
    turned = at.X * math.sqrt(at.m) * moved
    W_F = at.W_F + math.sqrt(at.m) * moved
    Phi, Phi_F = at.Phi + turned, at.Phi_F + turned
    z = g(at.d) * W_F * at.X_F
    E = records.residual * (1 + gamma(at.n * at.d + 8))
    R = eta * (1 + g(3)) * E
    A, A_F = (np.full_like(E, size) for size in (at.A, at.A_F))
    S = at.S + (at.N + 1) * at.A_F * turned
    if regime == "joint":
        steps = np.concatenate([[0.0], np.cumsum(R * (Phi + z + g(at.n + 1) * (Phi_F + z)))[:-1]])
        k = np.arange(len(E))
        # (1 + g)^k is at most 1 + 2 k g while k g is below 1.
        way = (steps + k * g(at.n + 1) * at.A_F) * (1 + 2 * k * g(at.n + 1))
        A, A_F, S = A + way, A_F + way, S + (at.N + 1) * way * Phi_F
    unit = arithmetic.unit / (1 - (at.N + 1) * arithmetic.unit)
    e_error = ((A * z + unit * S) / s + g(6) * (at.X_F + A_F * (Phi_F + z) / s)) * up
    V_error = g(at.d) * A_F * R
    V = A * R + V_error
    weight_error = at.X * V_error + g(at.n) * W_F + g(at.n + 1) * at.X_F * V
    if regime == "joint":
        weight_error = np.hypot(weight_error, R * z + g(at.n + 1) * (A_F + R * (Phi_F + z)))
    longest = g(at.d) * (at.w + moved) * at.x
    e_below = records.residual * (1 - gamma(at.n * at.d + 8)) - e_error
    return StepBounds(
        e=(E + e_error) * up,
        e_below=e_below * (1 - gamma(8)),
        A=A * up,
        Phi=Phi * up,
        z_error=longest * up,
        output_error=(e_error + g(3) * E) * up,
        weight_error=weight_error * up,
        moved=moved * up,
    )
