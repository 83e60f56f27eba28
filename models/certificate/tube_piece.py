"""One piece of the tube: from what is known of a run at one step to what is known some steps later, or for ever.

The letters are those of docs/theory/start.md. Everything is float64 on the CPU and bounded on the unsafe side,
barring underflow: `up` is 1 + eps, eps is gamma of four times the operations on any path from the weights to
a number below; what the powers of the reference are off by, `models.certificate.tube_modes` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.pair_form import pair_form
from models.certificate.positive_definite import largest_from_above
from models.certificate.tube_drift import (
    Decoder,
    Drift,
    Moves,
    Reference,
    cost,
    drift_of,
    fixed_reference,
    moving_reference,
    no_drift,
)
from models.certificate.tube_flow import Flow, flow
from models.certificate.tube_kernel import Decoders, middle, norm_from_above
from models.certificate.tube_modes import Course, Modes, course, modes_of, sums
from models.networks.regime import Regime
from refute.numerics import unit_roundoff

STRETCHES = 2
"""Stretches of a piece between whose ends chords are taken: more are sharper, and dearer."""
ROUNDS = 30
"""How often S and the drift may grow before a piece is given up. Fewer could only miss a certificate."""
FAR = 6.0
"""Slowest times that the last, endless piece is looked at before what is left is bounded by its norm alone."""
GROWTH = 1.35
"""How the stretches of the endless piece grow."""


@dataclass(frozen=True)
class TubeTerms:
    """Which parts of the tube count. Leaving one out proves nothing: only false variants do.

    half: beta, the uncertain half of the block lemma. norms: the norms are summed; without it the norm of the
    sums is taken. consistent: S is enlarged until it agrees with its own bounds. last: the endless piece
    contracts at mu - delta; without it, at mu. drift: what A and Phi change of the kernel.
    """

    half: bool = True
    norms: bool = True
    consistent: bool = True
    last: bool = True
    drift: bool = True


EVERY_PART = TubeTerms()


@dataclass(frozen=True, eq=False)
class Node:
    """What is known of the run at step t.

    E (n d,): the centre, sample-major. f (n,), f_all: ||E(t)_i - E_i|| and the Frobenius norm of E(t) - E from
    above. z, u (n, m): |z_ri(t) - z_ri| <= u_ri. decoder: where A is.
    """

    t: int
    E: np.ndarray
    f: np.ndarray
    f_all: float
    z: np.ndarray
    u: np.ndarray
    decoder: Decoder


@dataclass(frozen=True, eq=False)
class Setting:
    """What does not change along the tube. known: the sums of A(0); G_size (n, n): |G| from above; eps, up.

    X_norm, longest: ||X|| and the longest column, from above.
    """

    regime: Regime
    known: Decoders
    scale: float
    G_size: np.ndarray
    X_norm: float
    longest: float
    eps: float
    step_size: float
    terms: TubeTerms

    @property
    def up(self) -> float:
        """1 + eps."""
        return 1 + self.eps


@dataclass(frozen=True, eq=False)
class Piece:
    """What one piece proves: ||E(k+1)|| <= contraction ||E(k)|| at each of its steps.

    L, U (n, m): the surely and possibly active entries during it, both ends included. length: eta sum ||E||.
    highest: ||E|| at its steps, from above. moved (m,): how far each neuron moves. end: None if endless.
    rounds: how often its numbers were assumed; modes, drift: the last that were.
    """

    L: np.ndarray
    U: np.ndarray
    contraction: float
    length: float
    highest: float
    moved: np.ndarray
    end: Node | None
    rounds: int
    modes: Modes
    drift: Drift


@dataclass(frozen=True, eq=False)
class _Assumed:
    """What a piece is computed from: the patterns, the reference, and how far the run may drift from it."""

    L: np.ndarray
    U: np.ndarray
    reference: Reference
    drift: Drift


@dataclass(frozen=True, eq=False)
class _Found:
    """What came out: the moves and the drift, which must be within what was assumed."""

    result: Piece
    moves: Moves
    drift: Drift
    centre: Course


def piece(setting: Setting, node: Node, steps: int | None, before: Piece | None = None) -> Piece | None:
    """The piece of this many steps from a node on; None: endless. None where nothing is proved.

    before: the piece that ends at the node. What is assumed first is taken from it; it decides nothing.
    """
    assumed = _first(setting, node, steps, before)
    settled = setting.regime == "weak" or before is not None
    for rounds in range(ROUNDS):
        found = _computed(setting, node, steps, assumed, rounds + 1)
        if found is None:
            return None
        L = assumed.L & (found.moves.low > 0)
        U = assumed.U | ~(found.moves.high <= 0)
        same = bool((assumed.L == L).all() and (assumed.U == U).all())
        if (same or not setting.terms.consistent) and found.drift.within(assumed.drift):
            return found.result
        if settled:
            assumed = _Assumed(L, U, assumed.reference, found.drift.assumed(assumed.drift))
        else:
            # The first round is about a reference that is given up, and says little about the drift.
            A, z = _halfway(node, assumed.reference.Phi, found.centre.V, found.moves.z)
            assumed = _Assumed(L, U, _moving(setting, A, z, U), assumed.drift)
            settled = True
    return None


def _first(setting: Setting, node: Node, steps: int | None, before: Piece | None) -> _Assumed:
    """What is assumed first: the patterns of the node, and of a piece before the course and the drift."""
    L = node.z - node.u > 0
    U = node.z + node.u > 0
    n, m = L.shape
    if setting.regime == "weak":
        return _Assumed(L, U, fixed_reference(setting.known, n), no_drift(n, m))
    A, z = node.decoder.A, node.z
    if before is None:
        return _Assumed(L, U, _moving(setting, A, z, U), no_drift(n, m))
    V = sums(before.modes, node.E, _times(steps, before.modes.p))
    parts = V.reshape(n, len(A), -1)
    moves = np.stack([setting.known.G @ ((parts[:, :, k] @ A) * (L + 0.5 * (U & ~L))) for k in range(V.shape[1])])
    A, z = _halfway(node, np.maximum(z, 0.0) * U, V, moves / setting.scale)
    return _Assumed(L, U, _moving(setting, A, z, U), no_drift(n, m))


def _moving(setting: Setting, A: np.ndarray, z: np.ndarray, U: np.ndarray) -> Reference:
    return moving_reference(A, setting.known.X, z, U, setting.eps)


def _computed(
    setting: Setting, node: Node, steps: int | None, assumed: _Assumed, rounds: int
) -> _Found | None:
    """The piece if entries outside of S = U - L keep their sign and nothing drifts further than assumed."""
    endless = steps is None
    reference = assumed.reference
    matrix, beta = middle(reference.known, assumed.L, assumed.U)
    if not setting.terms.half:
        beta = np.zeros_like(beta)
    delta = norm_from_above(beta)
    off = 0.0
    if setting.regime == "joint":
        error = np.array([reference.known.error])
        top = max(float(largest_from_above(matrix[None], error)[0]), 0.0) + delta
        if setting.terms.drift:
            off = cost(assumed.drift, reference, setting.X_norm, top, setting.eps)
        matrix = matrix + np.kron(reference.gram, np.eye(len(matrix) // len(beta)))
    modes = modes_of(matrix, reference.known.error + reference.gram_error, setting.step_size)
    if modes is None:
        return None
    off += modes.off
    slack = setting.step_size * (delta + off) if setting.terms.last or not endless else 0.0
    contraction = (modes.slowest + slack) * setting.up
    if endless and not contraction < 1:
        return None
    centre = course(modes, node.E, _times(steps, modes.p), len(beta), endless)
    within = flow(centre, node.f, node.f_all, beta, off, contraction, setting.terms.norms)
    if not np.isfinite(within.path).all():
        return None
    length = float(centre.summed(centre.sizes, centre.bend).sum()) + centre.after
    moves, u, moved = _moves(setting, node, assumed, centre, within, length)
    drift, decoder = assumed.drift, node.decoder
    if setting.regime == "joint":
        drift, decoder = drift_of(
            node.decoder, node.z, reference, drift, assumed.U, centre, within, moves, setting.X_norm, setting.eps
        )
    highest = (float(centre.sizes.max() + centre.bend.max()) + within.peak) * setting.up
    end = None
    if steps is not None:
        f = within.f + centre.E_off
        z = node.z + moves.z[-1]
        end = Node(node.t + steps, centre.E[:, -1], f, within.f_all + centre.E_off, z, u, decoder)
    whole = (length + within.length) * setting.up
    result = Piece(
        assumed.L, assumed.U, contraction, whole, highest, moved, end, rounds, modes, assumed.drift
    )
    return _Found(result, moves, drift, centre)


def _halfway(
    node: Node, Phi: np.ndarray, V: np.ndarray, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Decoder and preactivations of the centre where it has gone about half of its way."""
    ways = np.maximum(np.linalg.norm(V, axis=0), np.linalg.norm(V - V[:, -1:], axis=0))
    k = int(np.argmin(ways))
    half = V[:, k].reshape(len(node.z), -1).T @ Phi / np.sqrt(node.decoder.A.size)
    return node.decoder.A + half, node.z + moves[k]


def _times(steps: int | None, p: np.ndarray) -> np.ndarray:
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
    setting: Setting, node: Node, assumed: _Assumed, centre: Course, within: Flow, length: float
) -> tuple[Moves, np.ndarray, np.ndarray]:
    """How z moves; (n, m) u at the end of the piece; (m,) how far each neuron moves."""
    A = assumed.reference.known.A
    d, m = A.shape
    n = len(assumed.L)
    s, up, eps = setting.scale, setting.up, setting.eps
    U = assumed.U
    S = U & ~assumed.L
    weight = assumed.L + 0.5 * S
    sizes = np.linalg.norm(A, axis=0) * up
    rows = np.linalg.norm(setting.G_size, axis=1) * up
    V = centre.V.reshape(n, d, -1)
    z = np.stack([setting.known.G @ ((V[:, :, k] @ A) * weight) / s for k in range(V.shape[2])])
    E = centre.E.reshape(n, d, -1)
    error = sizes[:, None] * (centre.E_off + eps * float(centre.sizes.max()))
    pushes = np.abs(E.transpose(0, 2, 1) @ A).transpose(0, 2, 1) + error  # (n, m, K + 1)
    paths = centre.summed(pushes, sizes[:, None] * centre.bend).sum(2) + sizes * centre.after
    half = setting.G_size @ (paths * (0.5 * S)) / s * up
    own = centre.summed(centre.norms, centre.bend).sum(1) + centre.after
    beside = np.outer(within.path, sizes) + np.outer(own + within.path, assumed.drift.alphas)
    squares = np.sqrt((setting.G_size * setting.G_size) @ U)
    strays = np.minimum(
        setting.G_size @ (U * beside),
        squares * (sizes * within.length + assumed.drift.alphas * (length + within.length)),
    )
    V_size = float(np.linalg.norm(centre.V, axis=0).max()) * up
    rounding = np.outer(rows, sizes) * (4 * eps * V_size + centre.V_off)
    aside = half + (strays + rounding) / s * up
    u = (node.u + aside) * up + 4 * unit_roundoff() * (np.abs(node.z) + np.abs(z).max(0))
    wide = (u + np.outer(rows, sizes) * (float(centre.sway.max()) + centre.after) / s) * up
    moved = setting.longest * (U * (paths + beside)).sum(0) / s * up
    return Moves(z, half, node.z + z.min(0) - wide, node.z + z.max(0) + wide, own, length), u, moved
