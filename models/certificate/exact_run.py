"""How far the exact run may be from the stored one: a bound for every step, and the steps that are in doubt.

The exact run is gradient descent in real numbers from a stored point. Let dev_k bound its distance in (W, A)
from the stored run after k steps. If

    |z_ri| > (dev_k + rounding of z) for every r, i      (times the longest column)

then both points have the same pattern D, and so has the segment between them: z is linear in W. How dev_k
goes on from there is the matter of `models.certificate.distance`. A step at which an entry is in doubt proves
nothing of what lies before: the exact run is begun anew there, from the stored point, with dev = 0; or after
it, if rounding alone could decide the sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from models.certificate.distance import EVERY_GUARD, UP, Guards, Rule, factor_norms, slopes
from models.certificate.step_bounds import Checkpoint, StepBounds, checkpoint, step_bounds
from models.certificate.stored_runs import Kind, StoredRun, stored_run
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime

TURN = 2.0**-2
"""How much of its norm A may move between two checkpoints, by forecast: a checkpoint costs some steps, and
between two of them the norm of A is known up to the path alone. Any value is sound."""
FIRST = 32
"""Steps of the first piece; the later ones are three times as long as all before them, so that there are
few. At a checkpoint the norms of W and Phi are known again, which move much at first and little later. With
more checkpoints hardly more runs are proved, and one costs as much as 40 to 300 steps. Any value is sound."""


@dataclass(frozen=True)
class Doubt:
    """A step at which the sign of an entry was in doubt: the smallest |z|, and the bound it had to exceed."""

    step: int
    closest: float
    needed: float


@dataclass(frozen=True, eq=False)
class ExactRun:
    """The exact run from the stored point of step `start`, beside the stored run of T steps.

    start: the exact run begins here: no step from here on is in doubt. distance: (T + 1,) dev_k, infinite
    before `start`. residual, residual_from_below: (T + 1,) bounds of the exact ||E(k)||_F, infinite and 0
    before `start`. doubts: the doubtful steps, in order; none of them if start is 0. end: the stored point
    after T steps, rounded to float64; off: how far the exact one may be from that.
    """

    start: int
    distance: np.ndarray
    residual: np.ndarray
    residual_from_below: np.ndarray
    doubts: tuple[Doubt, ...]
    end: Network
    off: float


def follow_exactly(
    network: Network,
    X: torch.Tensor,
    step_size: float,
    regime: Regime,
    steps: int,
    *,
    off: float = 0.0,
    kind: Kind = "float64",
    guards: Guards = EVERY_GUARD,
) -> ExactRun:
    """Bound the exact run beside a stored one of `steps` steps from a network (B = 1), X (d, n), float64.

    off: how far the exact run's start may be from the stored one, in the weak regime in W alone. kind: of the
    stored run. In float64 it is that of `descend`, which is run again here; what is added to its cost is a
    checkpoint now and then. In double-double dev is smaller by as many digits, and so are the
    entries that it leaves in doubt.
    Weights that are not finite leave every step in doubt. ValueError for more than one network, another dtype
    than float64, a step size that is not positive and finite, negative `off` or `steps`, or arguments that
    disagree.
    """
    _require(network, X, step_size, regime, steps, off)
    track = _Track(step_size, regime, off, guards)
    for piece in _pieces(stored_run(network, X, step_size, regime, kind), X, step_size, regime, steps):
        track.go(piece)
    return track.found(steps, piece.end)


def _require(
    network: Network, X: torch.Tensor, step_size: float, regime: Regime, steps: int, off: float
) -> None:
    require_regime(regime)
    require_samples(network.W, X)
    if network.batch != 1 or network.W.dtype != torch.float64:
        raise ValueError(f"one float64 network, got {network.batch} of {network.W.dtype}")
    if not (step_size > 0 and math.isfinite(step_size)):
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    if steps < 0 or not 0 <= off < math.inf:
        raise ValueError(f"steps {steps} and off {off} must not be negative, the latter finite")


@dataclass(frozen=True, eq=False)
class _Piece:
    """The run from one checkpoint to the next, after step `first`; None where the weights are no numbers.

    norms, slopes: L and ||J|| at its points. closest: the smallest |z| of each. end: the stored run there.
    """

    at: Checkpoint | None
    bounds: StepBounds | None
    norms: np.ndarray
    slopes: np.ndarray
    closest: np.ndarray
    first: int
    end: StoredRun


def _pieces(
    stored: StoredRun, X: torch.Tensor, step_size: float, regime: Regime, steps: int
) -> Iterator[_Piece]:
    """The run in pieces. The last point of one is the first of the next, at which bounds are sharper."""
    done = 0
    while True:
        at = checkpoint(stored.network, X, stored.arithmetic)
        wanted = max(FIRST, done) if at is None else _length(at, step_size, regime, done)
        length = min(steps - done, wanted)
        stored, records = stored.go(length)
        if at is None:
            yield _Piece(None, None, np.zeros(0), np.zeros(0), records.closest, done, stored)
        else:
            bounds = step_bounds(at, records, step_size, regime, stored.arithmetic)
            norms = factor_norms(at, bounds, regime)
            slope = slopes(at, bounds, norms, step_size, regime)
            yield _Piece(at, bounds, norms, slope, records.closest, done, stored)
        done += length
        if done >= steps:
            return


def _length(at: Checkpoint, step_size: float, regime: Regime, done: int) -> int:
    """Steps of the piece that begins here, `done` steps after the start."""
    longest = max(FIRST, 3 * done)
    way = step_size / at.scale * float(at.points.e[0]) * at.Phi
    if regime == "weak" or not way > 0:
        return longest
    return max(1, int(min(TURN * at.A / way, longest)))


class _Track:
    """The distance along the run, step by step."""

    def __init__(self, step_size: float, regime: Regime, off: float, guards: Guards) -> None:
        self.step_size = step_size
        self.joint = regime == "joint"
        self.guards = guards
        self.distance = off
        self.start = 0
        self.doubts: list[Doubt] = []
        self.rows: list[tuple[float, float, float]] = []  # distance, residual from above and from below

    def go(self, piece: _Piece) -> None:
        """Along one piece; its last point is noted, and replaced by the next piece."""
        first, bounds, last = piece.first, piece.bounds, len(piece.closest) - 1
        del self.rows[first:]
        if piece.at is None or bounds is None:
            self._lose(first, last + 1)
            return
        rule = Rule(self.step_size, piece.at.X / piece.at.scale if self.joint else 0.0, self.guards)
        numbers = (bounds.z_error, bounds.e, bounds.e_below, bounds.output_error, bounds.weight_error)
        columns = (part.tolist() for part in (piece.closest, piece.norms, piece.slopes, *numbers))
        for j, (near, norm, slope, z_error, e, below, *errors) in enumerate(zip(*columns, strict=True)):
            if j < last and self.guards.pattern:
                self._doubt(first + j, near, z_error, piece.at.x)
            change = rule.slope(norm, self.distance) * self.distance
            self.rows.append((self.distance, (e + change) * UP, (below - change * UP) * (2 - UP)))
            if j < last:
                # A run that begins after this step begins at its stored end.
                restarts = self.doubts and self.start == first + j + 1
                after = rule.after(self.distance, rule.slope(slope, self.distance), e, *errors)
                self.distance = 0.0 if restarts else after

    def _doubt(self, step: int, near: float, z_error: float, x: float) -> None:
        """Begin anew at this step if an entry is in doubt; after it if it is so by rounding alone.

        The first step is where the run begins already.
        """
        needed = (self.distance * x + z_error) * UP
        if near > needed:
            return
        self.doubts.append(Doubt(step, near, needed))
        self.distance = 0.0
        self.start = step if step > 0 and near > z_error * UP else step + 1

    def _lose(self, first: int, count: int) -> None:
        """Points of which nothing is known: every step is in doubt."""
        self.doubts += [Doubt(first + j, 0.0, math.inf) for j in range(count - 1)]
        self.rows += [(math.inf, math.inf, 0.0)] * count
        self.start = first + count - 1
        self.distance = math.inf

    def found(self, steps: int, end: StoredRun) -> ExactRun:
        """The run of `steps` steps that ended there."""
        table = np.array(self.rows).reshape(steps + 1, 3).T
        table[:2, : self.start] = math.inf
        table[2, : self.start] = 0.0
        residual, from_below = table[1], np.maximum(table[2], 0.0)
        off = (self.distance + end.low) * UP
        return ExactRun(self.start, table[0], residual, from_below, tuple(self.doubts), end.network, off)
