"""How far preactivations and neurons move in a piece: with the centre, beside it, and between its times.

z_ri moves by (1/s) sum_j G_ij sum_l D_rj(l) <a_r(l), eta e_j(l)>. With the decoder a_r of the reference and
the weights L + S / 2 in place of D this is the centre's move, a sum of V. What is left is, per entry, at most

    (1/s) sum_j |G_ij| ( S_rj / 2 sum_l eta |<a_r, e_c,j(l)>|
                         + U_rj (||a_r|| fbar_j + alpha_r (pbar_j + fbar_j)) ),

with fbar, pbar the paths of F and of the centre, alpha_r how far the decoder drifts. Between two times the
sum of V is within its sway of the chord.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.tube_flow import Flow
from models.certificate.tube_modes import Course
from models.certificate.tube_state import Node, Setting
from refute.numerics import unit_roundoff


@dataclass(frozen=True, eq=False)
class Moves:
    """What a piece knows of its moves. z: (K + 1, n, m) how far the centre's has moved at the times.

    u (n, m): how far the run's may be from it at the end; half (n, m): the half path of uncertain entries in
    that; low, high (n, m): between what z lies during the piece. paths (n,), length: eta sum ||E_c,i||, eta
    sum ||E_c||. moved (m,): how far each neuron moves.
    """

    z: np.ndarray
    u: np.ndarray
    half: np.ndarray
    low: np.ndarray
    high: np.ndarray
    paths: np.ndarray
    length: float
    moved: np.ndarray


def moves_of(
    setting: Setting,
    node: Node,
    A: np.ndarray,
    alphas: np.ndarray,
    L: np.ndarray,
    U: np.ndarray,
    centre: Course,
    within: Flow,
) -> Moves:
    """The moves of a piece with the decoder A (d, m) and its drift alphas (m,), for the patterns L and U."""
    n = len(L)
    s, up, eps = setting.scale, setting.up, setting.eps
    S = U & ~L
    sizes = np.linalg.norm(A, axis=0) * up
    rows = np.linalg.norm(setting.G_size, axis=1) * up
    E = centre.E.reshape(n, len(A), -1)
    error = sizes[:, None] * (centre.E_off + eps * float(centre.sizes.max()))
    pushes = np.abs(E.transpose(0, 2, 1) @ A).transpose(0, 2, 1) + error  # (n, m, K + 1)
    paths = centre.summed(pushes, sizes[:, None] * centre.bend).sum(2) + sizes * centre.after
    half = setting.G_size @ (paths * (0.5 * S)) / s * up
    own = centre.summed(centre.norms, centre.bend).sum(1) + centre.after
    length = float(centre.summed(centre.sizes, centre.bend).sum()) + centre.after
    beside = np.outer(within.path, sizes) + np.outer(own + within.path, alphas)
    squares = np.sqrt((setting.G_size * setting.G_size) @ U)
    strays = np.minimum(
        setting.G_size @ (U * beside),
        squares * (sizes * within.length + alphas * (length + within.length)),
    )
    V_size = float(np.linalg.norm(centre.V, axis=0).max()) * up
    rounding = np.outer(rows, sizes) * (4 * eps * V_size + centre.V_off)
    z = centre_moves(setting, A, L, U, centre.V)
    u = (node.u + half + (strays + rounding) / s * up) * up
    u += 4 * unit_roundoff() * (np.abs(node.z) + np.abs(z).max(0))
    wide = (u + np.outer(rows, sizes) * (float(centre.sway.max()) + centre.after) / s) * up
    moved = setting.longest * (U * (paths + beside)).sum(0) / s * up
    return Moves(z, u, half, node.z + z.min(0) - wide, node.z + z.max(0) + wide, own, length, moved)


def centre_moves(setting: Setting, A: np.ndarray, L: np.ndarray, U: np.ndarray, V: np.ndarray) -> np.ndarray:
    """(K + 1, n, m) how far z of the centre has moved where the sum of its residuals is V (n d, K + 1)."""
    weight = L + 0.5 * (U & ~L)
    parts = V.reshape(len(L), len(A), -1)
    G = setting.known.G
    return np.stack([G @ ((parts[:, :, k] @ A) * weight) for k in range(V.shape[1])]) / setting.scale
