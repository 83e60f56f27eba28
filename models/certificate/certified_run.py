"""A run followed until its whole future is proved, or its promised rate is broken.

Gradient descent runs in segments; between segments the contraction certificate is tried where it has a
chance. An initialization leaves the batch as soon as its fate is settled, so a batch costs what its undecided
members cost.
"""

from __future__ import annotations

import math
from dataclasses import InitVar, dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.certificate.attempts import Outlook, members
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.descent import Run, descend
from models.training.rounding import residual_rounding, rounding_floor
from refute.numerics.rounding import gamma, unit_roundoff


@dataclass(frozen=True, eq=False)
class Journey:
    """What became of each initialization of a batch; B = batch size, T_b = steps that initialization b ran.

    residual, movement: B arrays (T_b + 1,) of ||E(k)||_F and max_r ||w_r(k) - w_r(0)||, float64 on the CPU.
    certified_at: (B,) the step whose point was certified, always the last of its run, -1 if none was. rate:
    (B,) the certified nu from that step on, 0 if none. broken_at: (B,) the first step where the promised
    envelope was exceeded by more than rounding or the residual was not finite, -1 if none. network: the
    points where the runs ended, in the dtype and on the device of the start.
    """

    residual: tuple[np.ndarray, ...]
    movement: tuple[np.ndarray, ...]
    certified_at: np.ndarray
    rate: np.ndarray
    broken_at: np.ndarray
    network: Network

    @property
    def steps(self) -> np.ndarray:
        """(B,) the steps each initialization ran."""
        return np.array([len(record) - 1 for record in self.residual])


def follow(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    promised: float = 0.0,
    wanted: float | None = None,
    max_steps: int = 20_000,
) -> Journey:
    """Descend until every initialization is settled.

    It is, once it is certified, breaks the promised rate, or can show nothing more: `max_steps` are done, the
    residual is within its own rounding error, or it has left the finite numbers. promised: mu >= 0 with
    eta mu <= 1. The envelope ||E(k)||^2 <= (1 - eta mu)^k ||E(0)||^2 counts as exceeded only beyond the
    rounding floor of the point at the start of the segment; mu = 0 promises nothing. wanted: the rate that a
    certificate must prove to end a run, by default mu, so that the envelope then holds for every later step;
    0 accepts any proof of linear convergence. ValueError for numbers outside these ranges or a negative
    `max_steps`; shapes, dtypes and other errors as in `models.training.descent.descend` and
    `models.certificate.certificate.certify`.
    """
    goal = promised if wanted is None else wanted
    _require_goals(step_size, promised, goal, max_steps)
    start, tracks, outlook = network, _Tracks(network, X), Outlook(X, step_size, regime, goal, promised)
    alive, done, segment = np.arange(network.batch), 0, 0
    while alive.size:
        run = descend(network, X, step_size, segment, regime, start=start)
        broken = _broken(run, network, X, step_size, promised, done, tracks.append(alive, run))
        done += run.steps
        last = _spent(run, X, tracks.sizes(alive, step_size)) | (done >= max_steps)
        rate = outlook.rates(run, alive, last, broken < 0)
        settled = (broken >= 0) | (rate > 0) | last
        tracks.settle(alive, run.network, settled, broken, rate, done)
        going_on = np.flatnonzero(~settled)
        network, start, alive = members(run.network, going_on), members(start, going_on), alive[going_on]
        segment = min(max(outlook.wait(run, ~settled), done // 8), max_steps - done)
    return tracks.journey()


def _require_goals(step_size: float, promised: float, wanted: float, max_steps: int) -> None:
    if not (promised >= 0 and promised * step_size <= 1):
        raise ValueError(
            f"promised must lie between 0 and 1 / step_size = {1 / step_size:g}, got {promised}: "
            "an envelope (1 - eta mu)^k exists for no other rate"
        )
    if not wanted >= 0:
        raise ValueError(f"wanted must not be negative, got {wanted}; 0 accepts any certified rate")
    if max_steps < 0:
        raise ValueError(f"max_steps must not be negative, got {max_steps}")


@dataclass
class _Tracks:
    """The records of a batch while it runs."""

    start: Network
    X: InitVar[Tensor]
    residual: list[list[np.ndarray]] = field(init=False)
    movement: list[list[np.ndarray]] = field(init=False)
    ends: dict[int, Network] = field(init=False, default_factory=dict)

    def __post_init__(self, X: Tensor) -> None:
        batch, self.data_norm = self.start.batch, float(X.double().norm())
        self.residual = [[] for _ in range(batch)]
        self.movement = [[] for _ in range(batch)]
        self.certified_at, self.broken_at = np.full(batch, -1), np.full(batch, -1)
        self.rate, self.summed, self.farthest = np.zeros(batch), np.zeros(batch), np.zeros(batch)
        self.norms = _norms(self.start)

    def append(self, alive: np.ndarray, run: Run) -> np.ndarray:
        """Store a segment, without the row shared with the one before; return ||E(0)|| of those alive."""
        residual, movement = run.residual.double().cpu().numpy(), run.movement.double().cpu().numpy()
        self.summed[alive] += residual.sum(0)
        self.farthest[alive] = np.maximum(self.farthest[alive], movement.max(0))
        for row, b in enumerate(alive):
            fresh = 1 if self.residual[b] else 0
            self.residual[b].append(residual[fresh:, row])
            self.movement[b].append(movement[fresh:, row])
        return np.array([self.residual[b][0][0] for b in alive])

    def sizes(self, alive: np.ndarray, step_size: float) -> np.ndarray:
        """(B,) ||X||_F + (1/s) ||X||_F ||W||_F ||A||_F from above, up to rounding, from the records alone.

        ||W - W(0)||_F is at most sqrt(m) times the largest movement, and a step moves A by at most
        (eta / s) ||E||_F ||Phi||, where ||Phi|| <= ||X||_F ||W||_F.
        """
        data, s = self.data_norm, self.start.scale
        W, A = (norms[alive] for norms in self.norms)
        W = W + math.sqrt(self.start.m) * self.farthest[alive]
        A = A + step_size / s * data * W * self.summed[alive]
        sizes: np.ndarray = data * (1 + W * A / s)
        return sizes

    def settle(
        self,
        alive: np.ndarray,
        network: Network,
        settled: np.ndarray,
        broken: np.ndarray,
        rate: np.ndarray,
        done: int,
    ) -> None:
        self.broken_at[alive] = broken
        self.rate[alive] = rate
        self.certified_at[alive[rate > 0]] = done
        for row in np.flatnonzero(settled):
            end = network.select(int(row))  # copied: a view would hold the memory of its whole batch
            self.ends[int(alive[row])] = Network(end.W.clone(), end.A.clone())

    def journey(self) -> Journey:
        ends = [self.ends[b] for b in range(self.start.batch)]
        network = Network(torch.cat([end.W for end in ends]), torch.cat([end.A for end in ends]))
        residual, movement = (
            tuple(map(np.concatenate, records)) for records in (self.residual, self.movement)
        )
        return Journey(residual, movement, self.certified_at, self.rate, self.broken_at, network)


def _broken(
    run: Run,
    before: Network,
    X: Tensor,
    step_size: float,
    promised: float,
    first: int,
    initial: np.ndarray,
) -> np.ndarray:
    """(B,) the first step of a segment at which the promise is broken or nothing is finite, -1 if none.

    before: where the segment began, at step `first`. initial: (B,) ||E(0)||.
    """
    residual = run.residual.double().cpu().numpy()
    over = ~np.isfinite(residual)
    if promised > 0:
        k = np.arange(first, first + len(residual))[:, None]
        shrinking = math.log1p(-min(step_size * promised, 1 - unit_roundoff()))
        envelope = initial * np.exp(0.5 * k * shrinking)
        if (residual > envelope).any():
            over |= residual > envelope + rounding_floor(before, X, step_size, promised)
    return np.where(over.any(0), first + over.argmax(0), -1)


def _norms(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """(B,) ||W||_F and (B,) ||A||_F, float64 on the CPU."""
    W, A = (
        torch.linalg.vector_norm(part, dim=(1, 2)).double().cpu().numpy() for part in (network.W, network.A)
    )
    return W, A


def _spent(run: Run, X: Tensor, sizes: np.ndarray) -> np.ndarray:
    """(B,) whether the residual is within its own rounding error, with sizes to see that it cannot be."""
    last, network = run.residual[-1].double().cpu().numpy(), run.network
    most = 2 * gamma(network.m + network.d + 6, str(X.dtype).removeprefix("torch.")) * sizes
    if (last > most).all():
        return np.zeros(len(last), dtype=bool)
    spent: np.ndarray = last <= residual_rounding(network, X)
    return spent
