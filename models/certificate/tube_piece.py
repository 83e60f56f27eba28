"""One piece of the tube: from what is known of a run at one step to what is known some steps later, or for
ever.

What is uncertain during a piece, S = U - L and in the joint regime the drift, is assumed, everything is
bounded under that assumption, and a piece holds if the bounds come out within it: by induction over its
steps, as every bound of step l + 1 rests on those up to l. The letters are those of docs/theory/start.md.
Everything is float64 on the CPU and bounded on the unsafe side, barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from models.certificate.positive_definite import largest_from_above
from models.certificate.tube_drift import (
    Drift,
    Reference,
    cost,
    drift_of,
    fixed_reference,
    moving_reference,
    no_drift,
)
from models.certificate.tube_flow import flow
from models.certificate.tube_kernel import middle, norm_from_above
from models.certificate.tube_modes import Course, Modes, course, modes_of, sums
from models.certificate.tube_moves import Moves, centre_moves, moves_of
from models.certificate.tube_state import Node, Setting
from refute.numerics import unit_roundoff

STRETCHES = 2
"""Stretches of a piece between whose ends chords are taken: more are sharper, and dearer."""
ROUNDS = 30
"""How often S and the drift may grow before a piece is given up. Fewer could only miss a certificate."""
FAR = 6.0
"""Slowest times that the last, endless piece is looked at before what is left is bounded by its norm
alone."""
LONGEST = 2**44
"""Steps that a tube is looked at, at most: the powers over more of them have hardly a digit left."""
GROWTH = 1.5
"""How the stretches of the endless piece grow."""
LIKE_BEFORE = 0.9
"""The share of the last piece's drift that is assumed first: it grows a little from piece to piece."""
MOST_GROWTH = 8.0
"""The logarithm of what a finite piece may multiply ||F|| by. Beyond it nothing is left to prove."""


@dataclass(frozen=True, eq=False)
class Piece:
    """What one piece proves: ||E(k+1)|| <= contraction ||E(k)|| at each of its steps.

    L, U (n, m): the surely and possibly active entries during it, both ends included. length: eta sum ||E||.
    highest: ||E|| at its steps, from above. moved (m,): how far each neuron moves. end: None if endless.
    modes: its reference; drift: the one assumed. rounds: how often its numbers were assumed.
    """

    L: np.ndarray
    U: np.ndarray
    contraction: float
    length: float
    highest: float
    moved: np.ndarray
    end: Node | None
    modes: Modes
    drift: Drift
    rounds: int


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
    settled = not setting.joint or before is not None
    for rounds in range(ROUNDS):
        found = _computed(setting, node, steps, assumed)
        if found is None:
            return None
        L, U = assumed.L, assumed.U
        if setting.terms.consistent:
            L = L & (found.moves.low > 0)
            U = U | ~(found.moves.high <= 0)
        same = bool((assumed.L == L).all() and (assumed.U == U).all())
        if same and found.drift.within(assumed.drift):
            return replace(found.result, rounds=rounds + 1)
        if settled:
            assumed = _Assumed(L, U, assumed.reference, found.drift.assumed(assumed.drift))
        else:
            # The first round is about a reference that is given up, and says little about the drift.
            A, z = _halfway(node, assumed.reference.Phi, found.centre.V, found.moves.z)
            assumed = _Assumed(L, U, _moving(setting, A, z, U), assumed.drift)
            settled = True
    return None


def _first(setting: Setting, node: Node, steps: int | None, before: Piece | None) -> _Assumed:
    """What is assumed first: the patterns and the reference that the centre leads to, as it was before."""
    L = node.z - node.u > 0
    U = node.z + node.u > 0
    n, m = L.shape
    A, z = node.decoder.A, node.z
    drift = no_drift(n, m)
    if before is not None:
        V = sums(before.modes, node.E, _times(steps, before.modes.p))
        moves = centre_moves(setting, A, L, U, V)
        A, z = _halfway(node, np.maximum(z, 0.0) * U, V, moves)
        if setting.terms.consistent:
            L = L & (node.z + moves.min(0) - node.u > 0)
            U = U | (node.z + moves.max(0) + node.u > 0)
        if steps is not None:
            drift = before.drift.times(LIKE_BEFORE)
    if setting.joint:
        return _Assumed(L, U, _moving(setting, A, z, U), drift)
    return _Assumed(L, U, fixed_reference(setting.known, n), drift)


def _moving(setting: Setting, A: np.ndarray, z: np.ndarray, U: np.ndarray) -> Reference:
    return moving_reference(A, setting.known.X, z, U, setting.eps)


def _halfway(node: Node, Phi: np.ndarray, V: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decoder and preactivations of the centre where it has gone about half of its way."""
    ways = np.maximum(np.linalg.norm(V, axis=0), np.linalg.norm(V - V[:, -1:], axis=0))
    k = int(np.argmin(ways))
    half = V[:, k].reshape(len(node.z), -1).T @ Phi / np.sqrt(node.decoder.A.size)
    return node.decoder.A + half, node.z + moves[k]


def _computed(setting: Setting, node: Node, steps: int | None, assumed: _Assumed) -> _Found | None:
    """The piece if entries outside of S keep their sign and nothing drifts further than assumed."""
    reference = assumed.reference
    matrix, beta = middle(reference.known, assumed.L, assumed.U)
    if not setting.terms.half:
        beta = np.zeros_like(beta)
    delta = norm_from_above(beta)
    off = _drift_cost(setting, assumed, matrix, delta)
    if not math.isfinite(off):
        return None
    if setting.joint:
        matrix = matrix + np.kron(reference.gram, np.eye(len(matrix) // len(beta)))
    modes = modes_of(matrix, reference.known.error + reference.gram_error, setting.step_size)
    if modes is None:
        return None
    off += modes.off
    slack = setting.step_size * (delta + off) if setting.terms.last or steps is not None else 0.0
    contraction = (modes.slowest + slack) * setting.up
    if not (contraction < 1 if steps is None else math.log(contraction) * steps < MOST_GROWTH):
        return None
    centre = course(modes, node.E, _times(steps, modes.p), len(beta), steps is None)
    within = flow(centre, node.f, node.f_all, beta, off, contraction, setting.terms.norms)
    if not np.isfinite(within.path).all():
        return None
    L, U = assumed.L, assumed.U
    moves = moves_of(setting, node, reference.known.A, assumed.drift.alphas, L, U, centre, within)
    drift, decoder = assumed.drift, node.decoder
    if setting.joint:
        drift, decoder = drift_of(setting, node, reference, drift, U, centre, within, moves)
    end = None
    if steps is not None:
        f = within.f + centre.E_off
        f_all = within.f_all + centre.E_off
        end = Node(node.t + steps, centre.E[:, -1], f, f_all, node.z + moves.z[-1], moves.u, decoder)
    highest = (float(centre.sizes.max() + centre.bend.max()) + within.peak) * setting.up
    length = (moves.length + within.length) * setting.up
    result = Piece(L, U, contraction, length, highest, moves.moved, end, modes, assumed.drift, 0)
    return _Found(result, moves, drift, centre)


def _drift_cost(setting: Setting, assumed: _Assumed, matrix: np.ndarray, delta: float) -> float:
    """The norm of what the drift changes of the kernel, whose encoder's middle is `matrix`."""
    if not (setting.joint and setting.terms.drift):
        return 0.0
    error = np.array([assumed.reference.known.error])
    top = max(float(largest_from_above(matrix[None], error)[0]), 0.0) + delta
    return cost(assumed.drift, assumed.reference, setting.X_norm, top, setting.eps)


def _times(steps: int | None, p: np.ndarray) -> np.ndarray:
    """The ends of the stretches: equal ones, or ever longer ones of an endless piece."""
    if steps is not None:
        return np.unique(np.round(np.linspace(0, steps, min(STRETCHES, steps) + 1)).astype(np.int64))
    slow = 1 - float(p.max())
    fast = 1 - float(p.min())
    times = [0, max(1, int(min(0.2 / max(fast, unit_roundoff()), LONGEST)))]
    far = min(int(FAR / max(slow, unit_roundoff())), LONGEST)
    while times[-1] < far:
        times.append(int(times[-1] * GROWTH) + 1)
    return np.array(times)
