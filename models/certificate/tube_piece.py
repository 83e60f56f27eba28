"""One piece of the tube: from what is known of a run at one step to what is known some steps later, or for ever.

The letters are those of docs/theory/start.md. Everything is float64 on the CPU and bounded on the unsafe side,
barring underflow: `up` is 1 + eps, eps is gamma of four times the operations on any path from the weights to
a number below; what the powers of the reference are off by, `models.certificate.tube_modes` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.tube_flow import Flow, flow
from models.certificate.tube_kernel import Decoders, middle, norm_from_above
from models.certificate.tube_modes import Course, course, modes_of
from refute.numerics import unit_roundoff

STRETCHES = 4
"""Stretches of a piece between whose ends chords are taken: more are sharper, and dearer."""
ROUNDS = 30
"""How often S may grow before a piece is given up. Fewer could only miss a certificate."""
FAR = 6.0
"""Slowest times that the last, endless piece is looked at before what is left is bounded by its norm alone."""
GROWTH = 1.35
"""How the stretches of the endless piece grow."""


@dataclass(frozen=True)
class TubeTerms:
    """Which parts of the tube count. Leaving one out proves nothing: only false variants do.

    half: beta, the uncertain half of the block lemma. norms: the norms are summed; without it the norm of the
    sums is taken. consistent: S is enlarged until it agrees with its own bounds. last: the endless piece
    contracts at mu - delta; without it, at mu.
    """

    half: bool = True
    norms: bool = True
    consistent: bool = True
    last: bool = True


EVERY_PART = TubeTerms()


@dataclass(frozen=True, eq=False)
class Node:
    """What is known of the run at step t.

    E (n d,): the centre, sample-major. f (n,), f_all: ||E(t)_i - E_i|| and the Frobenius norm of E(t) - E from
    above. z, u (n, m): |z_ri(t) - z_ri| <= u_ri.
    """

    t: int
    E: np.ndarray
    f: np.ndarray
    f_all: float
    z: np.ndarray
    u: np.ndarray


@dataclass(frozen=True, eq=False)
class Setting:
    """What does not change along the tube: the kernels' sums, s, ||a_r|| (m,) and |G| (n, n) from above, up."""

    known: Decoders
    scale: float
    a_norms: np.ndarray
    G_size: np.ndarray
    longest: float
    up: float
    step_size: float
    terms: TubeTerms


@dataclass(frozen=True, eq=False)
class Piece:
    """What one piece proves: ||E(k+1)|| <= contraction ||E(k)|| at each of its steps.

    L, U (n, m): the surely and possibly active entries during it, both ends included. length: eta sum ||E||.
    highest: ||E|| at its steps, from above. moved (m,): how far each neuron moves. end: None if endless.
    slowest: ||I - eta Hm||. rounds: how often S was enlarged.
    """

    L: np.ndarray
    U: np.ndarray
    contraction: float
    slowest: float
    length: float
    highest: float
    moved: np.ndarray
    end: Node | None
    rounds: int


def piece(setting: Setting, node: Node, steps: int | None) -> Piece | None:
    """The piece of this many steps from a node on; None: endless. None where nothing is proved."""
    L = node.z - node.u > 0
    U = node.z + node.u > 0
    for rounds in range(ROUNDS):
        found = _with_pattern(setting, node, steps, L, U, rounds)
        if found is None:
            return None
        result, low, high = found
        inside = L & ~(low > 0), ~U & ~(high <= 0)
        if not setting.terms.consistent or not (inside[0].any() or inside[1].any()):
            return result
        L = L & (low > 0)
        U = U | ~(high <= 0)
    return None


def _with_pattern(
    setting: Setting, node: Node, steps: int | None, L: np.ndarray, U: np.ndarray, rounds: int
) -> tuple[Piece, np.ndarray, np.ndarray] | None:
    """The piece, and between what z_ri then lies during it, if entries outside of S = U - L keep their sign."""
    known = setting.known
    matrix, beta = middle(known, L, U)
    modes = modes_of(matrix, known.error, setting.step_size)
    if modes is None:
        return None
    if not setting.terms.half:
        beta = np.zeros_like(beta)
    delta = norm_from_above(beta) + modes.off
    slack = setting.step_size * delta if setting.terms.last or steps is not None else 0.0
    contraction = (modes.slowest + slack) * setting.up
    if steps is None and not contraction < 1:
        return None
    times = _times(steps, setting.step_size, modes.p)
    centre = course(modes, node.E, times, len(beta), steps is None)
    within = flow(centre, node.f, node.f_all, beta, modes.off, contraction, setting.terms.norms)
    if not np.isfinite(within.path).all():
        return None
    centre_moves, aside, swing, moved = _moves(setting, centre, within, L, U)
    u = (node.u + aside) * setting.up + 4 * unit_roundoff() * (np.abs(node.z) + np.abs(centre_moves).max(0))
    low = node.z + centre_moves.min(0) - (u + swing) * setting.up
    high = node.z + centre_moves.max(0) + (u + swing) * setting.up
    highest = (float(centre.sizes.max() + centre.bend.max()) + within.peak) * setting.up
    end = None
    if steps is not None:
        f = within.f + centre.E_off
        f_all = within.f_all + centre.E_off
        end = Node(node.t + steps, centre.E[:, -1], f, f_all, node.z + centre_moves[-1], u)
    length = (centre_length(centre) + within.length) * setting.up
    result = Piece(L, U, contraction, modes.slowest, length, highest, moved, end, rounds + 1)
    return result, low, high


def centre_length(centre: Course) -> float:
    """eta sum ||E|| of the centre over a piece, from above."""
    return float(centre.summed(centre.sizes, centre.bend).sum()) + centre.after


def _times(steps: int | None, step_size: float, p: np.ndarray) -> np.ndarray:
    """The ends of the stretches: equal ones, or ever longer ones of an endless piece."""
    if steps is not None:
        return np.unique(np.round(np.linspace(0, steps, min(STRETCHES, steps) + 1)).astype(np.int64))
    slow = 1 - float(p.max())
    fast = 1 - float(p.min())
    times = [0, max(1, int(0.2 / fast))]
    far = int(FAR / max(slow, unit_roundoff()))
    while times[-1] < far:
        times.append(int(times[-1] * GROWTH) + 1)
    return np.array(times)


def _moves(
    setting: Setting, centre: Course, within: Flow, L: np.ndarray, U: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """How z moves: (K + 1, n, m) that of the centre at the times; (n, m) from above how far the run may come
    to lie beside it, and how far both may swing out between the times; (m,) how far each neuron moves.
    """
    A = setting.known.A
    d, m = A.shape
    n = len(L)
    s = setting.scale
    G_size = setting.G_size
    rows = np.linalg.norm(G_size, axis=1) * setting.up
    eps = setting.up - 1
    S = U & ~L
    weight = L + 0.5 * S
    V = centre.V.reshape(n, d, -1)
    moves = np.stack([setting.known.G @ ((V[:, :, k] @ A) * weight) / s for k in range(V.shape[2])])
    E = centre.E.reshape(n, d, -1)
    off = setting.a_norms[:, None] * (centre.E_off + eps * float(centre.sizes.max()))
    pushes = np.abs(E.transpose(0, 2, 1) @ A).transpose(0, 2, 1) + off  # (n, m, K + 1)
    bends = setting.a_norms[:, None] * centre.bend
    paths = centre.summed(pushes, bends).sum(2) + setting.a_norms * centre.after
    half = G_size @ (paths * (0.5 * S))
    strays = np.minimum(
        G_size @ (U * within.path[:, None]), np.sqrt((G_size * G_size) @ U) * within.length
    )
    V_size = float(np.linalg.norm(centre.V, axis=0).max()) * setting.up
    rounding = rows[:, None] * (4 * eps * V_size + centre.V_off)
    aside = (half + setting.a_norms * (strays + rounding)) / s * setting.up
    swing = (rows * (float(centre.sway.max()) + centre.after))[:, None] * setting.a_norms / s * setting.up
    moved = setting.longest * (U * (paths + setting.a_norms * within.path[:, None])).sum(0) / s * setting.up
    return moves, aside, swing, moved

