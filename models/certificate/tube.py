"""A certificate before the first step: a tube that the run cannot leave, and that ends in contraction.

At a start (W, A) the run is followed by a centre that obeys a linear recursion with a known
kernel, piece of time after piece. What separates them is bounded: of the residual by F, of every
preactivation by an interval. Only entries whose interval meets 0 within a piece are uncertain there, so what
has surely crossed its kink is known again. The last piece is endless, and contracts:

    ||E(k+1)|| <= g ||E(k)||,    g = ||I - eta Hm|| + eta delta < 1.

Then for nu, the smallest of what the pieces allow, every k >= 0 and every neuron r

    ||E(k)||_F^2 <= (1 - eta nu)^k ||E(0)||_F^2,    ||w_r(k) - w_r|| <= R_r.

docs/theory/start.md has the proof: the block lemma, the tube, the induction over the steps. The record is that
of `models.certificate.certificate`, to which this is an alternative at k = 0; along a run that one is the
better and cheaper one, as its budget is short there.

Rounding: every quantity is bounded on the unsafe side; see `tube_piece` and `tube_modes`. Hence `certified` is a
theorem about exact gradient descent from the stored start, barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.certificate.certificate import Certificate
from models.certificate.pair_form import pair_form
from models.certificate.points import Points, points_of
from models.certificate.tube_drift import Decoder
from models.certificate.tube_kernel import decoders
from models.certificate.tube_piece import EVERY_PART, Node, Piece, Setting, TubeTerms, piece
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime
from refute.numerics import gamma

# Any value of these constants is sound: they move which starts are certified, and what that costs.
RATIO = 0.15
"""The length of a piece, as a share of the time before it."""
FIRST = 0.015
"""The length of the first pieces, in units of the fastest time."""
PIECES = 120
"""Pieces, at most."""
SPENT = 2.0**-24
"""The share of the start's residual from which on the centre counts as 0, and the march ends."""
BLOWN = 4.0
"""The multiple of the start's residual at which F ends the march."""
NEXT_LAST = 1.3, 0.2
"""When the endless piece is tried again: a factor and a term, in units of the slowest time."""


@dataclass(frozen=True, eq=False)
class Tube:
    """The pieces of one start's tube, the last one endless; nodes: what was known where each of them began.

    e: ||E(0)|| from above. rate: nu, 0 if nothing is certified; then the pieces end where the tube does.
    """

    e: float
    rate: float
    nodes: tuple[Node, ...]
    pieces: tuple[Piece, ...]


def certify_start(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    wanted: float = 0.0,
    terms: TubeTerms = EVERY_PART,
) -> Certificate:
    """Try to certify every start of a batch; the record and the errors are those of `certify`.

    budget: a bound on the path eta sum ||E(k)||; unstable: the entries that are not proved to keep their sign.
    """
    tubes = [
        tube(network.select(b), X, step_size, regime, wanted=wanted, terms=terms)
        for b in range(network.batch)
    ]
    holds = np.array([found.rate > 0 for found in tubes])
    m = network.m
    return Certificate(
        certified=holds,
        rate=np.array([found.rate for found in tubes]),
        budget=np.array([_up(sum(part.length for part in found.pieces)) * bool(found.rate) for found in tubes]),
        radius=np.stack(
            [_up(sum(part.moved for part in found.pieces)) if found.rate else np.zeros(m) for found in tubes]
        ),
        unstable=np.array([_unstable(found.pieces) if found.rate else 0 for found in tubes]),
    )


def tube(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    wanted: float = 0.0,
    terms: TubeTerms = EVERY_PART,
    finite: int = 0,
) -> Tube:
    """The tube of one start (batch of one). A rate below `wanted` counts as none.

    finite: how many pieces come before an endless one is tried; 0 gives the shortest tube.
    X (d, n) with unit columns; float64 or float32, on any device. ValueError for arguments that disagree or a
    step size that is not positive and finite.
    """
    require_regime(regime)
    require_samples(network.W, X)
    if not (step_size > 0 and math.isfinite(step_size)):
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    if network.batch != 1:
        raise ValueError(f"a tube belongs to one start, got a batch of {network.batch}")
    W, A, data = (part.detach().to("cpu", torch.float64) for part in (network.W, network.A, X))
    points = points_of(Network(W, A), data, regime)
    if not points.sound[0]:
        return Tube(0.0, 0.0, (), ())
    setting, node = _start(points, step_size, terms)
    nodes, pieces = _march(setting, node, finite)
    rate = 0.0
    if pieces and pieces[-1].end is None:
        rate = _rate(float(points.e[0]), nodes, pieces, step_size)
    return Tube(float(points.e[0]), rate if rate > 0 and rate >= wanted else 0.0, nodes, pieces)


def _start(points: Points, step_size: float, terms: TubeTerms) -> tuple[Setting, Node]:
    """The node at k = 0, with the roundings of z and E in it."""
    X = points.data.X
    d, n = X.shape
    A = np.ascontiguousarray(points.A[0].T)
    W = points.W[0].T
    m = A.shape[1]
    up = 1 + points.eps
    longest = points.data.longest * up
    z = X.T @ W
    s = points.scale
    E = X - (A @ np.maximum(z, 0).T) / s
    size = 1 + float(points.w_norms[0] @ points.a_norms[0]) / s
    off = np.full(n, gamma(m + d + 6) * longest * size * up)
    u = np.broadcast_to(points.eps * longest * points.w_norms[0], z.shape)
    decoder = Decoder(A, np.zeros(m), 0.0, float(np.linalg.norm(u)) * up)
    node = Node(0, E.T.ravel().copy(), off, float(np.linalg.norm(off)) * up, z, u, decoder)
    known = decoders(A, X, z > 0, points.eps)
    G_size = np.abs(known.G) + gamma(2 * d) * longest**2
    setting = Setting(
        regime=points.regime,
        known=known,
        scale=s,
        G_size=G_size * up,
        X_norm=points.data.norm * up,
        longest=longest,
        eps=points.eps,
        step_size=step_size,
        terms=terms,
    )
    return setting, node


def _march(setting: Setting, node: Node, finite: int) -> tuple[tuple[Node, ...], tuple[Piece, ...]]:
    """Pieces of growing length, until the endless one holds from where they end or none holds."""
    values = np.linalg.eigvalsh(_matrix(setting))
    slow, fast = setting.step_size * max(float(values[0]), 0.0), setting.step_size * float(values[-1])
    nodes = [node]
    pieces: list[Piece] = []
    if not 0 < fast:
        return (), ()
    first = max(1, int(FIRST / fast))
    size = float(np.linalg.norm(node.E))
    tried_at = 0.0
    while len(pieces) < PIECES and np.linalg.norm(node.E) >= SPENT * size and node.f_all <= BLOWN * size:
        found = None
        before = pieces[-1] if pieces else None
        if node.t * slow >= tried_at and len(pieces) >= finite:
            found = piece(setting, node, None, before)
            tried_at = node.t * slow * NEXT_LAST[0] + NEXT_LAST[1]
        if found is None:
            found = piece(setting, node, max(first, int(RATIO * node.t)), before)
        if found is None:
            break
        pieces.append(found)
        if found.end is None:
            break
        node = found.end
        nodes.append(node)
    return tuple(nodes), tuple(pieces)


def _matrix(setting: Setting) -> np.ndarray:
    """The kernel of the start (n d, n d), for a guess of its times."""
    known = setting.known
    return pair_form(len(known.D), len(known.A)).matrix(known.H)


def _rate(e: float, nodes: tuple[Node, ...], pieces: tuple[Piece, ...], step_size: float) -> float:
    """The largest nu of which this shows that ||E(k)||^2 <= (1 - eta nu)^k e^2 for every k, from below.

    A piece allows 1 - eta nu = g^2 if it contracts, as its first node is below the envelope; or, whatever it
    does, what keeps the envelope at its last step above the highest that ||E|| can be during it.
    """
    highest = e
    share = 1.0
    for node, part in zip(nodes, pieces, strict=True):
        own = 1 - part.contraction**2 * (1 + gamma(4)) if part.contraction < 1 else 0.0
        if part.end is not None:
            steps = part.end.t - node.t
            above = min(part.highest, highest * max(1.0, part.contraction) ** steps * (1 + gamma(8 * steps + 16)))
            if above < e:
                own = max(own, -math.expm1(2 * math.log(above / e) / part.end.t) * (1 - gamma(64)) - gamma(64))
            reached = (float(np.linalg.norm(part.end.E)) + part.end.f_all) * (1 + gamma(len(part.end.E) + 8))
            highest = min(above, reached)
        share = min(share, own)
    return share / step_size * (1 - gamma(8)) if share > 0 else 0.0


def _unstable(pieces: tuple[Piece, ...]) -> int:
    """The entries that are neither surely active nor surely inactive throughout."""
    always = np.logical_and.reduce([part.L for part in pieces])
    ever = np.logical_or.reduce([part.U for part in pieces])
    return int(np.count_nonzero(ever & ~always))


def _up(total: float | np.ndarray) -> float | np.ndarray:
    """A sum over pieces, rounded upwards."""
    return total * (1 + gamma(PIECES + 8))
