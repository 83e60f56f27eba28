"""The block certificate: one budget for a whole path proves a start, by the block lemma.

At a point (W, A) with residual E take a budget C > 0 for the whole future path sum_k eta ||E(k)||_F. While
the path stays within C, with q = ||X|| C / s, N_i the length of row i of X^T X and, in the joint regime,
q < 1,

    ||w_r(k) - w_r|| <= q (||a_r|| + o_r),    |z_ri(k) - z_ri| <= R_ri = (N_i C / s) (||a_r|| + o_r),
    weak:   o_r = 0,
    joint:  o_r = q (||w_r|| + q (||a_r|| + q ||w_r||) / (1 - q^2)).

So entries with z_ri > R_ri are surely active (L), those with z_ri > -R_ri possibly (U). By the block lemma of
`tube_kernel` the secant kernel of every step is within delta = ||beta|| + drift of the middle H, which
includes, in the joint regime, the decoder's kernel of the point; the drift is that of `tube_drift`, with the
norms of the contraction certificate. Let H >= f > delta and eta ||H|| <= theta <= 1. Then

    sum_k eta ||E(k)||_F <= sqrt(f E^T ((2 - theta) H - (1 - theta) f)^-1 E) / (f - delta),

and if this is at most C, for every k >= 0

    ||E(k)||_F <= (1 - eta (f - delta))^k ||E(0)||_F.

docs/theory/width.md has the proof. Unlike the contraction certificate it keeps neurons with uncertain
entries: a share p of these costs about p / 2 of the kernel, and not n p. It is what the explicit widths of W1
are solved for. The tube certifies far narrower starts at more cost.

Rounding: every quantity is bounded on the unsafe side, with the eps of `points`. Hence `certified` is a
theorem about exact gradient descent from the stored start, barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.certificate.certificate import BUDGET_MARGIN, Certificate
from models.certificate.points import Points, points_of
from models.certificate.tube_kernel import Decoders, decoders, middle, norm_from_above
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime
from refute.numerics import gamma, largest_eigenvalue_from_above, smallest_eigenvalue_from_below

BUDGETS_TRIED = 12
"""Budgets of a search, each what the one before needed and a little more. Fewer could only miss a
certificate."""


@dataclass(frozen=True)
class BlockTerms:
    """Which parts count. Leaving one out proves nothing: only false variants do.

    half: beta of the block lemma. drift: what A and Phi change of the kernel.
    """

    half: bool = True
    drift: bool = True


EVERY_PART = BlockTerms()


@dataclass(frozen=True, eq=False)
class Block:
    """What a budget C promises of one start; nothing is certified unless `needed` is at most C.

    rate: f - delta, from below; needed: the path, from above; moved (m,): of each neuron; unstable: entries
    that are neither surely active nor surely inactive.
    """

    rate: float
    needed: float
    moved: np.ndarray
    unstable: int


@dataclass(frozen=True, eq=False)
class _Start:
    """One start: its points, the sums of its decoder, z (n, m), E (n d,), E_off: how far ||E|| may be off."""

    points: Points
    known: Decoders
    z: np.ndarray
    E: np.ndarray
    E_off: float
    rows: np.ndarray  # (n, 1): N_i, from above


def certify_block(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    budget: float = 0.0,
    radius: float = 0.0,
    terms: BlockTerms = EVERY_PART,
) -> Certificate:
    """Try to certify every start of a batch. Record, arguments, errors: as in `certificate.certify`.

    budget: the only one that is tried; 0: it is searched for. radius: R of every entry where R_ri is
    smaller, so that a budget and a radius that were promised together can be tried together. ValueError also
    for a budget or radius that is negative or not finite. terms: every part, for a proof.
    """
    require_regime(regime)
    require_samples(network.W, X)
    if not (step_size > 0 and math.isfinite(step_size)):
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    if not (0 <= budget < math.inf and 0 <= radius < math.inf):
        raise ValueError(f"budget {budget} and radius {radius} must be finite and not negative")
    W, A, data = (part.detach().to("cpu", torch.float64) for part in (network.W, network.A, X))
    points = points_of(Network(W, A), data, regime)
    rates, budgets, radii, unstable = [], [], [], []
    for b in range(network.batch):
        C, found = 0.0, None
        if points.sound[b]:
            C, found = _search(_start(points.select(slice(b, b + 1))), step_size, budget, radius, terms)
        rates.append(found.rate * (2 - step_size * found.rate) * (1 - gamma(8)) if found else 0.0)
        budgets.append(C)
        radii.append(found.moved if found else np.zeros(network.m))
        unstable.append(found.unstable if found else 0)
    return Certificate(
        certified=np.array(rates) > 0,
        rate=np.array(rates),
        budget=np.array(budgets),
        radius=np.stack(radii),
        unstable=np.array(unstable),
    )


def _search(
    start: _Start, step_size: float, budget: float, radius: float, terms: BlockTerms
) -> tuple[float, Block | None]:
    """The first budget that suffices: each is what the one before needed; or the given one alone."""
    C = budget
    for _ in range(1 if budget > 0 else BUDGETS_TRIED):
        found = _block(start, step_size, C, radius, terms)
        if not found.rate > 0:
            break
        if found.needed <= C:
            return C, found
        C = found.needed * BUDGET_MARGIN
    return 0.0, None


def _start(points: Points) -> _Start:
    X = points.data.X
    d, n = X.shape
    A = np.ascontiguousarray(points.A[0].T)
    z = X.T @ points.W[0].T
    E = X - (A @ np.maximum(z, 0).T) / points.scale
    known = decoders(A, X, z > 0, points.eps)
    sizes = (np.abs(known.G) + gamma(2 * d) * points.data.longest**2) * (1 + points.eps)
    size = math.sqrt(n) * (1 + float(points.w_norms[0] @ points.a_norms[0]) / points.scale)
    off = gamma(A.shape[1] + d + 6) * points.data.longest * size * (1 + points.eps)
    rows = np.linalg.norm(sizes, axis=1, keepdims=True) * (1 + points.eps)
    return _Start(points, known, z, E.T.ravel().copy(), off, rows)


def _block(start: _Start, step_size: float, C: float, radius: float, terms: BlockTerms) -> Block:
    """What the budget C promises; rate -inf where the statement does not apply."""
    points = start.points
    up = 1 + points.eps
    s = points.scale
    q = points.data.norm * C / s * up
    m = start.z.shape[1]
    nothing = Block(-math.inf, math.inf, np.zeros(m), 0)
    if not q < (1.0 if points.regime == "joint" else math.inf):
        return nothing
    a, w = points.a_norms[0], points.w_norms[0]
    moved = a
    if points.regime == "joint":
        moved = a + q * (w + q * (a + q * w) / ((1 - q) * (1 + q)))
    R = np.maximum(start.rows * (C / s * up * moved), radius)
    slack = points.eps * points.data.longest * w * up
    L = start.z - slack > R
    U = ~(start.z + slack <= -R)
    matrix, beta = middle(start.known, L, U)
    delta = norm_from_above(beta) if terms.half else 0.0
    error = start.known.error
    if points.regime == "joint":
        top = max(largest_eigenvalue_from_above(matrix, error), 0.0) + delta
        delta += _drift(points, C, q, top) if terms.drift else 0.0
        gram = points.Phi_gram[0]
        matrix = matrix + np.kron(gram, np.eye(len(matrix) // len(gram)))
        error += points.eps * float(np.trace(gram)) * up
    theta = step_size * largest_eigenvalue_from_above(matrix, error) * up
    floor = smallest_eigenvalue_from_below(matrix, error)
    rate = floor - delta * up
    if not (theta <= 1 and rate > 0):
        return nothing
    weighing = (2 - theta) * matrix
    weighing.reshape(-1)[:: len(matrix) + 1] -= (1 - theta) * floor
    more = 2 * error + gamma(16) * float(np.linalg.norm(matrix))
    weight = _weight(weighing, more, floor, start.E, start.E_off)
    needed = weight * math.sqrt(floor) / rate * up
    return Block(rate, needed, q * moved * up, int(np.count_nonzero(U & ~L)))


def _drift(points: Points, C: float, q: float, encoder_top: float) -> float:
    """The norm of what the drift of A and Phi changes of the kernel, from above; encoder_top: Lam^2."""
    s = points.scale
    X = points.data.norm
    A, Phi = float(points.A_norm[0]), float(points.Phi_norm[0])
    moved_A = C / s * (Phi + q * X * A) / ((1 - q) * (1 + q))
    moved_Phi = X * q * (A + moved_A)
    x = X * moved_A / s
    encoder = x * (2 * math.sqrt(encoder_top) + x)
    return (encoder + moved_Phi * (2 * Phi + moved_Phi) / s**2) * (1 + 4 * points.eps)


def _weight(matrix: np.ndarray, error: float, floor: float, E: np.ndarray, E_off: float) -> float:
    """sqrt(E^T N^-1 E) from above, for N within `error` of the matrix and at least `floor`, E within E_off.

    For any u, with r = E - N u,

        E^T N^-1 E = u^T E + u^T r + r^T N^-1 r
    """
    u = np.linalg.solve(matrix, E)
    size = float(np.linalg.norm(u))
    rounding = gamma(2 * len(E) + 16)
    sizes = float(np.linalg.norm(E)) + (float(np.linalg.norm(matrix)) + error) * size
    r = float(np.linalg.norm(E - matrix @ u)) * (1 + rounding) + error * size + rounding * sizes
    square = float(u @ E) + size * (r + rounding * sizes) + r * r / floor
    return (math.sqrt(max(square, 0.0)) + E_off / math.sqrt(floor)) * (1 + rounding)
