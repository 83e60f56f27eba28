"""What joint training adds to a piece of the tube: the decoder and the features move too.

The reference of a piece has a decoder A_ref and features Phi_ref that stand still. At every step of the piece

    ||A - A_ref|| <= alpha,    ||a_r - a_ref,r|| <= alpha_r,    ||Phi - Phi_ref||_F <= phi.

With x = ||X|| alpha / s and Lam the norm of the encoder's Jacobian at A_ref, what this changes of the kernel
has at most the norm

    2 x Lam + x^2 + (2 ||Phi_ref|| phi + phi^2) / (m d):

the encoder's two factors are off by x each, as ||X (D o (dA^T E))^T||_F <= ||X|| ||dA|| ||E||_F. The norms of
all neurons together are bounded together: sums of those of each lose sqrt(d). As in the tube itself, the
numbers are assumed first, and a piece holds if they come out no larger.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.certificate.positive_definite import largest_from_above
from models.certificate.tube_flow import Flow
from models.certificate.tube_kernel import Decoders, decoders
from models.certificate.tube_modes import Course
from models.certificate.tube_moves import Moves
from models.certificate.tube_state import Decoder, Node, Setting
from refute.numerics import gamma, unit_roundoff

MARGIN = 1 + 2.0**-4
"""What a drift is raised by before it is assumed. It settles within a few rounds, at a sixteenth more."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What stands still during a piece. known: the sums of A_ref (d, m). Joint: Phi (n, m) with relu(z) =
    Phi.

    A_norm, Phi_norm: spectral norms from above; Phi_rows (m,): of each neuron. gram (n, n), gram_error: the
    decoder's kernel Phi Phi^T / (m d), one block for each output, and how far it may be off.
    """

    known: Decoders
    z: np.ndarray
    Phi: np.ndarray
    A_norm: float
    Phi_norm: float
    Phi_rows: np.ndarray
    gram: np.ndarray
    gram_error: float


@dataclass(frozen=True, eq=False)
class Drift:
    """The bounds alpha, alpha_r (m,), phi, and phi_ri (n, m) of each entry; 0 in the weak regime."""

    alpha: float
    alphas: np.ndarray
    phi: float
    phis: np.ndarray

    def within(self, other: Drift) -> bool:
        """Whether no number of this drift exceeds that of the other."""
        return bool(
            self.alpha <= other.alpha
            and self.phi <= other.phi
            and (self.alphas <= other.alphas).all()
            and (self.phis <= other.phis).all()
        )

    def times(self, factor: float) -> Drift:
        """Every number times a factor."""
        return Drift(self.alpha * factor, self.alphas * factor, self.phi * factor, self.phis * factor)

    def assumed(self, before: Drift) -> Drift:
        """The next to be assumed: a margin above this one and the one before."""
        return Drift(
            max(self.alpha * MARGIN, before.alpha),
            np.maximum(self.alphas * MARGIN, before.alphas),
            max(self.phi * MARGIN, before.phi),
            np.maximum(self.phis * MARGIN, before.phis),
        )


def no_drift(n: int, m: int) -> Drift:
    """The drift of the weak regime, and the first that is assumed in the joint one."""
    return Drift(0.0, np.zeros(m), 0.0, np.zeros((n, m)))


def spectral_norm(M: np.ndarray, eps: float) -> float:
    """||M|| from above for M (k, m), from its Gram matrix."""
    return float(spectral_norms(M[None], eps)[0])


def spectral_norms(M: np.ndarray, eps: float) -> np.ndarray:
    """The same of each of (B, k, m)."""
    grams = M @ M.transpose(0, 2, 1)
    tops = largest_from_above(grams, eps * np.trace(grams, axis1=1, axis2=2))
    norms: np.ndarray = np.sqrt(np.maximum(tops, 0.0)) * (1 + eps)
    return norms


def fixed_reference(known: Decoders, n: int) -> Reference:
    """The reference of the weak regime, whose decoder stands still by itself."""
    m = known.A.shape[1]
    none = np.zeros((n, m))
    return Reference(known, none, none, 0.0, 0.0, np.zeros(m), np.zeros((n, n)), 0.0)


def moving_reference(A: np.ndarray, X: np.ndarray, z: np.ndarray, U: np.ndarray, eps: float) -> Reference:
    """The reference at A (d, m) and z (n, m); entries that are surely inactive have no feature."""
    z = np.where(U, z, np.minimum(z, 0.0))
    Phi = np.maximum(z, 0.0)
    gram = Phi @ Phi.T / A.size
    rows = np.linalg.norm(Phi, axis=0) * (1 + eps)
    return Reference(
        known=decoders(A, X, U, eps),
        z=z,
        Phi=Phi,
        A_norm=spectral_norm(A, eps),
        Phi_norm=spectral_norm(Phi, eps),
        Phi_rows=rows,
        gram=gram,
        gram_error=eps * float(np.trace(gram)) * (1 + eps),
    )


def cost(drift: Drift, reference: Reference, X_norm: float, encoder_top: float, eps: float) -> float:
    """The norm of what the drift changes of the kernel; encoder_top: Lam^2."""
    size = reference.known.A.size
    x = X_norm * drift.alpha / math.sqrt(size)
    encoder = 2 * x * math.sqrt(encoder_top) + x * x
    decoder = (2 * reference.Phi_norm * drift.phi + drift.phi * drift.phi) / size
    return (encoder + decoder) * (1 + 4 * eps)


def drift_of(
    setting: Setting,
    node: Node,
    reference: Reference,
    assumed: Drift,
    U: np.ndarray,
    centre: Course,
    within: Flow,
    moves: Moves,
) -> tuple[Drift, Decoder]:
    """The drift that a piece has if it is within the one assumed, and the decoder at its end."""
    before = node.decoder
    d, m = before.A.shape
    n = len(node.z)
    s, eps, X_norm = setting.scale, setting.eps, setting.X_norm
    up = 1 + 4 * eps
    u = unit_roundoff()
    both = moves.paths + within.path
    length = moves.length + within.length
    V = centre.V.reshape(n, d, -1).transpose(2, 1, 0)
    rounding = 4 * eps * float(np.linalg.norm(centre.V, axis=0).max()) * up + centre.V_off

    off = before.off + (reference.Phi.T @ within.path + assumed.phis.T @ both) / s
    off = (off + rounding * reference.Phi_rows / s) * up + 4 * u * np.linalg.norm(before.A, axis=0)
    off_all = before.off_all + (reference.Phi_norm * within.length + assumed.phi * length) / s
    off_all += rounding * float(np.linalg.norm(reference.Phi_rows)) / s
    off_all = off_all * up + 4 * u * float(np.linalg.norm(before.A))
    swing = (float(centre.sway.max()) + centre.after) / s * up
    ways = (before.A - reference.known.A)[None] + V @ reference.Phi / s
    alpha = (float(spectral_norms(ways, eps).max()) + swing * reference.Phi_norm + off_all) * up
    alphas = (np.linalg.norm(ways, axis=1).max(0) + swing * reference.Phi_rows + off) * up

    carried = X_norm**2 * (reference.A_norm * within.length + assumed.alpha * length) / s
    A_size = float(np.linalg.norm(reference.known.A))
    lost = X_norm**2 * A_size * rounding / s * math.sqrt(n) + 4 * u * float(np.linalg.norm(node.z))
    z_off = (before.z_off + float(np.linalg.norm(moves.half)) + carried + lost) * up
    apart = np.where(U, node.z - reference.z + moves.z, 0.0).reshape(len(moves.z), -1)
    phi = (float(np.linalg.norm(apart, axis=1).max()) + X_norm**2 * reference.A_norm * swing + z_off) * up
    highest = np.maximum(moves.high, 0.0) - reference.Phi
    lowest = reference.Phi - np.maximum(moves.low, 0.0)
    phis = np.where(U, np.maximum(np.maximum(highest, lowest), 0.0), 0.0) * up
    phi = min(phi, float(np.linalg.norm(phis)) * (1 + gamma(n * m + 8)) * up)
    end = Decoder(before.A + V[-1] @ reference.Phi / s, off, off_all, z_off)
    return Drift(alpha, alphas, phi, phis), end
