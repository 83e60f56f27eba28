"""How far the exact run may be from the stored one: a bound for every step, and the steps that are in doubt.

The exact run is gradient descent in real numbers from a stored point. Let dev_k bound its distance in (W, A)
from the stored run after k steps. If

    |z_ri| > (dev_k + rounding of z) for every r, i      (times the longest column)

then both points have the same pattern D, and so has the segment between them: z is linear in W. There the
step has the derivative

    I - eta (J J^T - B),    B = 0 (weak),    ||B|| <= ||E|| ||X|| / s (joint),

as (2/s) <E, dA (D o dW^T X)> <= (||E|| ||X|| / s) (||dA||^2 + ||dW||^2). J J^T is positive semi-definite and

    ||J||^2 <= (||X||^2 ||A||^2 + ||Phi||^2 [joint]) / s^2,

so by the mean value theorem, with the largest ||J||, ||A||, ||Phi|| within dev_k of the stored point,

    dev_{k+1} <= g dev_k + rounding of a step,
    g = max(1, eta ||J||^2 - 1) + eta (||E_k|| + ||J|| dev_k) ||X|| / s [joint].

The roundings are those of `models.certificate.step_bounds`. A step at which an entry is in doubt proves
nothing of what lies before: the exact run is begun anew there, from the stored point, with dev = 0; or after
it, if rounding alone could decide the sign.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from models.certificate.step_bounds import Checkpoint, StepBounds, checkpoint, step_bounds
from models.certificate.stored_runs import Kind, StoredRun, stored_run
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime

TURN = 2.0**-2
"""How much of its norm A may move between two checkpoints, by forecast: a checkpoint costs some steps, and
between two of them the norm of A is known up to the path alone. Any value is sound."""
FIRST = 16
"""Steps of the first piece; the later ones are as long as all before them together, so that there are few. At
a checkpoint the norms of W and Phi are known again, which move much at first and little later."""
_UP = 1 + 32 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Guards:
    """What a step is held to. Leaving one out proves nothing: only false variants of the statement do."""

    pattern: bool = True
    growth: bool = True
    rounding: bool = True


EVERY_GUARD = Guards()


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
    track = _Track(regime, step_size, off, guards)
    stored = stored_run(network, X, step_size, regime, kind)
    for piece in _pieces(stored, X, step_size, regime, steps):
        track.go(*piece[:-1])
        stored = piece[-1]
    return track.found(steps, stored)


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


Piece = tuple[Checkpoint | None, StepBounds | None, np.ndarray, int, StoredRun]


def _pieces(
    stored: StoredRun, X: torch.Tensor, step_size: float, regime: Regime, steps: int
) -> Iterator[Piece]:
    """The run from checkpoint to checkpoint: bounds of its points, the smallest |z|, the first step, the end.

    The last point of a piece is the first of the next one, at which bounds are sharper.
    """
    done = 0
    residual = math.inf
    while True:
        at = checkpoint(stored.network, X, stored.arithmetic)
        length = min(steps - done, max(FIRST, done))
        if at is not None and regime == "joint":
            length = min(length, _length(at, step_size, residual))
        stored, records = stored.go(length)
        bounds = None if at is None else step_bounds(at, records, step_size, regime, stored.arithmetic)
        yield at, bounds, records.closest, done, stored
        done += length
        if done >= steps:
            return
        residual = float(records.residual[-1])


def _length(at: Checkpoint, step_size: float, residual: float) -> int:
    """Steps until A has moved by TURN of its norm at this residual; one, while that is not known."""
    way = step_size / at.scale * residual * at.Phi
    return max(1, int(min(TURN * at.A / way, 2.0**20))) if way > 0 else 2**20


class _Track:
    """The distance along the run, step by step."""

    def __init__(self, regime: Regime, step_size: float, off: float, guards: Guards) -> None:
        self.joint = regime == "joint"
        self.step_size = step_size
        self.guards = guards
        self.distance = off
        self.start = 0
        self.doubts: list[Doubt] = []
        self.rows: list[tuple[float, float, float]] = []  # distance, residual from above and from below

    def go(self, at: Checkpoint | None, bounds: StepBounds | None, closest: np.ndarray, first: int) -> None:
        """Along one piece, from step `first` on; its last point is noted, and replaced by the next piece."""
        del self.rows[first:]
        if at is None or bounds is None:
            self._lose(first, len(closest))
            return
        numbers = (bounds.e, bounds.e_below, bounds.A, bounds.Phi, bounds.z_error, bounds.step_error)
        last = len(closest) - 1
        for j, (near, e, below, A, Phi, z_error, step_error) in enumerate(
            zip(closest.tolist(), *(part.tolist() for part in numbers), strict=True)
        ):
            if j < last and self.guards.pattern:
                self._doubt(first + j, near, z_error, at.x)
            slope = self._slope(at, A, Phi)
            change = slope * self.distance
            self.rows.append((self.distance, (e + change) * _UP, (below - change * _UP) * (2 - _UP)))
            if j < last:
                self._step(at, e, slope, step_error)

    def _doubt(self, step: int, near: float, z_error: float, x: float) -> None:
        """Begin anew at this step if an entry is in doubt; after it if it is so by rounding alone.

        The first step is where the run begins already.
        """
        needed = (self.distance * x + z_error) * _UP
        if near > needed:
            return
        self.doubts.append(Doubt(step, near, needed))
        self.distance = 0.0
        self.start = step if step > 0 and near > z_error * _UP else step + 1

    def _slope(self, at: Checkpoint, A: float, Phi: float) -> float:
        """||J|| within the distance of a stored point."""
        if not self.joint:
            return at.X * A / at.scale * _UP
        dev = self.distance
        return math.hypot(at.X * (A + dev), Phi + at.X * dev) / at.scale * _UP

    def _step(self, at: Checkpoint, e: float, slope: float, step_error: float) -> None:
        growth = 1.0
        if self.guards.growth:
            growth = max(1.0, self.step_size * slope * slope * _UP - 1)
            if self.joint:
                growth += self.step_size * (e + slope * self.distance) * at.X / at.scale
        rounding = step_error if self.guards.rounding else 0.0
        # A run that begins after this step begins at its stored end.
        restarts = self.doubts and self.start == len(self.rows)
        self.distance = 0.0 if restarts else (growth * self.distance + rounding) * _UP

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
        off = (self.distance + end.low) * _UP
        return ExactRun(self.start, table[0], residual, from_below, tuple(self.doubts), end.network, off)
