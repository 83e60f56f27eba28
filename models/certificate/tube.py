"""A certificate before the first step: a tube that the run cannot leave, and that ends in contraction.

At a start (W, A) the run is followed by a centre that obeys a linear recursion with a known kernel, piece of
time after piece. What separates them is bounded: of the residual by F, of every preactivation by an interval.
Only entries whose interval meets 0 within a piece are uncertain there, so what has surely crossed its kink is
known again. The last piece is endless, and contracts:

    ||E(k+1)|| <= g ||E(k)||,    g = ||I - eta Hm|| + eta delta < 1.

Then for nu, the smallest of what the pieces allow, every k >= 0 and every neuron r

    ||E(k)||_F^2 <= (1 - eta nu)^k ||E(0)||_F^2,    ||w_r(k) - w_r|| <= R_r.

docs/theory/start.md has the proof: the block lemma, the tube, the induction over the steps. The record is
that of `models.certificate.certificate`, to which this is an alternative at k = 0. Along a run that one is
cheaper, as its budget is short there.

Rounding: every quantity is bounded on the unsafe side; see `tube_state` and `tube_modes`. Hence `certified`
is a theorem about exact gradient descent from the stored start, barring underflow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.certificate.certificate import Certificate
from models.certificate.pair_form import pair_form
from models.certificate.points import Points, points_of
from models.certificate.tube_kernel import decoders
from models.certificate.tube_piece import LONGEST, Piece, piece
from models.certificate.tube_state import EVERY_PART, Decoder, Node, Setting, TubeTerms
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime
from refute.numerics import gamma

# Any value of these constants is sound: they move which starts are certified, and what that costs.
RATIO = 0.15
"""The length of a piece, as a share of the time before it."""
FIRST = 0.015
"""The length of the first pieces, in units of the fastest time: the residual is large there."""
PIECES = 120
"""Pieces, at most."""
SPENT = 2.0**-24
"""The share of the start's residual from which on the centre counts as 0, and the march ends."""
BLOWN = 4.0
"""The multiple of the start's residual at which F ends the march."""
NEXT_LAST = 1.3, 0.4
"""When the endless piece is tried again: a factor and a term, in units of the slowest time."""
LARGEST_OUTPUTS = 64
"""Outputs n d beyond which no tube is worth its time: it diagonalizes a matrix of so many rows some hundred
times."""


@dataclass(frozen=True, eq=False)
class Tube:
    """The tube of one start; nodes: what was known where each of its pieces began, and where the last ended.

    e: ||E(0)|| from above. rate: nu of the endless piece that is the last then, 0 if nothing is certified.
    """

    e: float
    rate: float
    nodes: tuple[Node, ...]
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> float:
        """The path eta sum ||E(k)|| of the pieces, from above."""
        return float(sum(part.length for part in self.pieces)) * (1 + gamma(PIECES + 8))

    @property
    def radius(self) -> np.ndarray:
        """(m,) how far each neuron moves from the start during the pieces, from above."""
        moved: np.ndarray = np.sum([part.moved for part in self.pieces], axis=0) * (1 + gamma(PIECES + 8))
        return moved

    @property
    def unstable(self) -> int:
        """The entries that are neither surely active nor surely inactive in all of the pieces."""
        always = np.logical_and.reduce([part.L for part in self.pieces])
        ever = np.logical_or.reduce([part.U for part in self.pieces])
        return int(np.count_nonzero(ever & ~always))


def affordable(network: Network, X: Tensor, most: int) -> bool:
    """Whether tubes of these starts are worth their time: n d <= LARGEST_OUTPUTS and m n d <= most."""
    return X.numel() <= LARGEST_OUTPUTS and X.numel() * network.m <= most


def certify_start(
    network: Network, X: Tensor, step_size: float, regime: Regime, *, wanted: float = 0.0
) -> Certificate:
    """Try to certify every start of a batch by its tube. Record, arguments, errors: as in `certify`.

    budget: a bound on the path eta sum ||E(k)||. unstable: the entries not proved to keep their sign.
    """
    tubes = [tube(network.select(b), X, step_size, regime) for b in range(network.batch)]
    return certificate_of(tubes, network.m, wanted)


def certificate_of(tubes: Sequence[Tube], m: int, wanted: float = 0.0) -> Certificate:
    """The record of tubes of networks with m neurons; a rate of at least `wanted` counts."""
    found = [part if part.rate > 0 and part.rate >= wanted else None for part in tubes]
    return Certificate(
        certified=np.array([part is not None for part in found]),
        rate=np.array([part.rate if part else 0.0 for part in found]),
        budget=np.array([part.length if part else 0.0 for part in found]),
        radius=np.stack([part.radius if part else np.zeros(m) for part in found]),
        unstable=np.array([part.unstable if part else 0 for part in found]),
    )


def tube(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    terms: TubeTerms = EVERY_PART,
    finite: int = 0,
    until: float = math.inf,
) -> Tube:
    """The tube of one start (batch of one), which is certified if its rate is positive.

    X (d, n) with unit columns; float64 or float32, on any device. terms: every part, for a proof; fewer for
    the false variants. finite: how many pieces come before an endless one is tried; 0: the shortest tube.
    until: the step from which on no piece is added.
    Weights that are not finite, or so large that their fourth powers are not, have no tube. ValueError for
    arguments that disagree, a regime not in REGIMES or a step size that is not positive and finite.
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
        return Tube(math.inf, 0.0, (), ())
    e = float(points.e[0])
    setting, node = _start(points, step_size, terms)
    nodes, pieces = _march(setting, node, finite, until)
    endless = bool(pieces) and pieces[-1].end is None
    return Tube(e, _rate(e, nodes, pieces, step_size) if endless else 0.0, nodes, pieces)


def _start(points: Points, step_size: float, terms: TubeTerms) -> tuple[Setting, Node]:
    """The node at k = 0: z errs by less than eps ||w_r|| ||x||, E by what `residual_rounding` allows for."""
    X = points.data.X
    d, n = X.shape
    A = np.ascontiguousarray(points.A[0].T)
    m = A.shape[1]
    up = 1 + points.eps
    longest = points.data.longest * up
    z = X.T @ points.W[0].T
    E = X - (A @ np.maximum(z, 0).T) / points.scale
    size = 1 + float(points.w_norms[0] @ points.a_norms[0]) / points.scale
    off = np.full(n, gamma(m + d + 6) * longest * size * up)
    u = np.repeat((points.eps * longest * points.w_norms)[:1], n, axis=0)
    known = decoders(A, X, z > 0, points.eps)
    setting = Setting(
        regime=points.regime,
        known=known,
        scale=points.scale,
        G_size=(np.abs(known.G) + gamma(2 * d) * longest**2) * up,
        X_norm=points.data.norm * up,
        longest=longest,
        eps=points.eps,
        step_size=step_size,
        terms=terms,
    )
    decoder = Decoder(A, np.zeros(m), 0.0, float(np.linalg.norm(u)) * up)
    return setting, Node(0, E.T.ravel().copy(), off, float(np.linalg.norm(off)) * up, z, u, decoder)


def _march(
    setting: Setting, node: Node, finite: int, until: float
) -> tuple[tuple[Node, ...], tuple[Piece, ...]]:
    """Pieces of growing length, until the endless one holds from where they end or none holds."""
    known = setting.known
    kernel = np.linalg.eigvalsh(pair_form(len(known.D), len(known.A)).matrix(known.H))  # a guess of the times
    slow, fast = setting.step_size * max(float(kernel[0]), 0.0), setting.step_size * float(kernel[-1])
    nodes = [node]
    pieces: list[Piece] = []
    size = float(np.linalg.norm(node.E))
    tried_at = 0.0
    while len(pieces) < PIECES and node.t < until and fast > 0:
        found = None
        before = pieces[-1] if pieces else None
        if node.t * slow >= tried_at and len(pieces) >= finite:
            found = piece(setting, node, None, before)
            tried_at = node.t * slow * NEXT_LAST[0] + NEXT_LAST[1]
        if found is None:
            steps = max(1, int(min(FIRST / fast, LONGEST)), int(RATIO * node.t))
            found = piece(setting, node, steps, before) if node.t + steps <= LONGEST else None
        if found is None:
            break
        pieces.append(found)
        if found.end is None:
            break
        node = found.end
        nodes.append(node)
        if not (node.f_all <= BLOWN * size and np.linalg.norm(node.E) >= SPENT * size):
            break
    return tuple(nodes), tuple(pieces)


def _rate(e: float, nodes: tuple[Node, ...], pieces: tuple[Piece, ...], step_size: float) -> float:
    """The largest nu, from below, by which ||E(k)||^2 <= (1 - eta nu)^k ||E(0)||^2 for every k.

    A piece allows 1 - eta nu = g^2 if it contracts, as its first node is below the envelope; or, whatever it
    does, what keeps the envelope at its last step above the highest that ||E|| can be during it.
    """
    highest = e
    least = float(np.linalg.norm(nodes[0].E)) * (1 - gamma(len(nodes[0].E) + 8)) - nodes[0].f_all
    share = 1.0
    for node, part in zip(nodes, pieces, strict=True):
        own = 1 - part.contraction**2 * (1 + gamma(4)) - gamma(4) if part.contraction < 1 else 0.0
        if part.end is not None:
            steps = part.end.t - node.t
            grown = highest * max(1.0, part.contraction) ** steps * (1 + gamma(8 * steps + 16))
            above = min(part.highest, grown)
            if 0 < above < least:
                decay = -math.expm1(2 * math.log(above / least) / part.end.t)
                own = max(own, decay * (1 - gamma(64)) - gamma(64))
            reached = float(np.linalg.norm(part.end.E)) + part.end.f_all
            highest = min(above, reached * (1 + gamma(len(part.end.E) + 8)))
        share = min(share, own)
    return share / step_size * (1 - gamma(8)) if share > 0 else 0.0
