"""Gradient descent until every network of a batch is certified for all later steps, or shown to fail.

Descent runs in segments. Between two segments every network is checked, and its run ends if

- its contraction certificate holds with the wanted rate, or
- it breaks the promised rate mu: its residual exceeds the envelope

      ||E(k)||^2 <= (1 - eta mu)^k ||E(0)||^2

  by more than the rounding floor of the point at the start of the segment (mu = 0 promises nothing), or
- it can show nothing more: the steps are used up, or its residual is within its own rounding error or has
  left the finite numbers.

A network whose run has ended leaves the batch, which so costs what its undecided networks cost. When is a
certificate tried? Which networks are tried at a check, and when the next check is, the schedule of
`models.certificate.attempts` decides. Before the first step a start may be certified by its tube, where a
caller asks for that: it reaches widths that C1 does not reach there, and costs as much as many steps.
"""

from __future__ import annotations

import math
from dataclasses import InitVar, dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.certificate.attempts import CertificateSchedule, members
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.descent import Run, descend
from models.training.rounding import residual_rounding, rounding_floor
from refute.numerics import gamma, unit_roundoff


@dataclass(frozen=True, eq=False)
class CertifiedRun:
    """How the run of each network of a batch ended; B = batch size, T_b = steps that network b ran.

    residual, movement: B arrays (T_b + 1,) of ||E(k)||_F and max_r ||w_r(k) - w_r(0)||, float64 on the CPU.
    certified_at: (B,) the step whose point was certified, always the last of its run, -1 if none was. rate:
    (B,) the certified nu from that step on, 0 if none. by_tube: (B,) whether that is step 0 and its
    certificate the tube, not C1. broken_at: (B,) the first step where the promised envelope was exceeded by
    more than rounding or the residual was not finite, -1 if none. network: the points where the runs ended,
    in the dtype and on the device of the start.
    """

    residual: tuple[np.ndarray, ...]
    movement: tuple[np.ndarray, ...]
    certified_at: np.ndarray
    rate: np.ndarray
    by_tube: np.ndarray
    broken_at: np.ndarray
    network: Network

    @property
    def steps(self) -> np.ndarray:
        """(B,) the steps each network ran."""
        return np.array([len(record) - 1 for record in self.residual])


def run_until_certified(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    promised: float = 0.0,
    wanted: float | None = None,
    max_steps: int = 20_000,
    most_tube: int = 0,
) -> CertifiedRun:
    """Descend until every network is certified, breaks the promised rate, or can show nothing more.

    network: (B, m, d), X: (d, n), alike in dtype and device. promised: mu >= 0 with eta mu <= 1. wanted: the
    rate that a certificate must prove to end a run, by default mu, so that the envelope then holds for every
    later step; 0 accepts any proof of linear convergence. most_tube: starts that C1 does not certify are
    tried by their tubes if they have at most so many numbers m n d, and few outputs (`affordable`); 0: none.
    ValueError for numbers outside these ranges or a negative `max_steps`; shapes, dtypes and other errors as
    in `descend` and `certify`.
    """
    wanted = promised if wanted is None else wanted
    _require_ranges(step_size, promised, wanted, max_steps)
    schedule = CertificateSchedule(X, step_size, regime, wanted, promised, most_tube)
    records = _Records(network, X)
    start = network
    running = np.arange(network.batch)
    done = 0
    segment = 0
    while running.size:
        run = descend(network, X, step_size, segment, regime, start=start)
        initial = records.append(running, run)
        broken = _broken_at(run, network, X, step_size, promised, done, initial)
        done += run.steps
        last = _within_rounding(run, X, records.sizes(running, step_size)) | (done >= max_steps)
        rate = schedule.rates(run, running, last, broken < 0)
        if done == 0:
            from_start = schedule.start_rates(network, (broken < 0) & (rate == 0))
            records.by_tube = from_start > 0
            rate = rate + from_start
        ended = (broken >= 0) | (rate > 0) | last
        records.append_outcomes(running, run.network, ended, broken, rate, done)
        rest = np.flatnonzero(~ended)
        network = members(run.network, rest)
        start = members(start, rest)
        running = running[rest]
        segment = min(max(schedule.wait(run, ~ended), done // 8), max_steps - done)  # an eighth: see SEGMENT
    return records.certified_run()


def _require_ranges(step_size: float, promised: float, wanted: float, max_steps: int) -> None:
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
class _Records:
    """What is known of a batch while it runs; `running` holds the indices of its networks at the start."""

    start: Network
    X: InitVar[Tensor]
    residual: list[list[np.ndarray]] = field(init=False)
    movement: list[list[np.ndarray]] = field(init=False)
    ends: dict[int, Network] = field(init=False, default_factory=dict)

    def __post_init__(self, X: Tensor) -> None:
        batch = self.start.batch
        self.data_norm = float(X.double().norm())
        self.norms = _norms(self.start)
        self.residual = [[] for _ in range(batch)]
        self.movement = [[] for _ in range(batch)]
        self.certified_at = np.full(batch, -1)
        self.broken_at = np.full(batch, -1)
        self.rate = np.zeros(batch)
        self.by_tube = np.zeros(batch, dtype=bool)
        self.summed_residual = np.zeros(batch)
        self.largest_movement = np.zeros(batch)

    def append(self, running: np.ndarray, run: Run) -> np.ndarray:
        """Store a segment, without the row shared with the one before; return ||E(0)|| of those running."""
        residual = run.residual.double().cpu().numpy()
        movement = run.movement.double().cpu().numpy()
        self.summed_residual[running] += residual.sum(0)
        self.largest_movement[running] = np.maximum(self.largest_movement[running], movement.max(0))
        for row, b in enumerate(running):
            fresh = 1 if self.residual[b] else 0
            self.residual[b].append(residual[fresh:, row])
            self.movement[b].append(movement[fresh:, row])
        return np.array([self.residual[b][0][0] for b in running])

    def sizes(self, running: np.ndarray, step_size: float) -> np.ndarray:
        """(B,) from above, up to rounding, from the records alone:

            ||X||_F + (1/s) ||X||_F ||W||_F ||A||_F

        ||W - W(0)||_F is at most sqrt(m) times the largest movement, and a step moves A by at most

            (eta / s) ||E||_F ||Phi||,    ||Phi|| <= ||X||_F ||W||_F
        """
        data = self.data_norm
        s = self.start.scale
        W, A = (norms[running] for norms in self.norms)
        W = W + math.sqrt(self.start.m) * self.largest_movement[running]
        A = A + step_size / s * data * W * self.summed_residual[running]
        sizes: np.ndarray = data * (1 + W * A / s)
        return sizes

    def append_outcomes(
        self,
        running: np.ndarray,
        network: Network,
        ended: np.ndarray,
        broken: np.ndarray,
        rate: np.ndarray,
        done: int,
    ) -> None:
        """Store what a check after `done` steps found of each network, and the points of those that ended."""
        self.broken_at[running] = broken
        self.rate[running] = rate
        self.certified_at[running[rate > 0]] = done
        for row in np.flatnonzero(ended):
            end = network.select(int(row))  # copied: a view would hold the memory of its whole batch
            self.ends[int(running[row])] = Network(end.W.clone(), end.A.clone())

    def certified_run(self) -> CertifiedRun:
        """The records of a batch of which every network has ended."""
        ends = [self.ends[b] for b in range(self.start.batch)]
        return CertifiedRun(
            residual=tuple(map(np.concatenate, self.residual)),
            movement=tuple(map(np.concatenate, self.movement)),
            certified_at=self.certified_at,
            rate=self.rate,
            by_tube=self.by_tube,
            broken_at=self.broken_at,
            network=Network(torch.cat([end.W for end in ends]), torch.cat([end.A for end in ends])),
        )


def _broken_at(
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
        # The floor costs a pass over the weights: it is asked for only if there is something to excuse.
        if (residual > envelope).any():
            over |= residual > envelope + rounding_floor(before, X, step_size, promised)
    return np.where(over.any(0), first + over.argmax(0), -1)


def _norms(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """(B,) ||W||_F and (B,) ||A||_F, float64 on the CPU."""
    W, A = (
        torch.linalg.vector_norm(part, dim=(1, 2)).double().cpu().numpy() for part in (network.W, network.A)
    )
    return W, A


def _within_rounding(run: Run, X: Tensor, sizes: np.ndarray) -> np.ndarray:
    """(B,) whether the residual is within its own rounding error, with sizes to see that it cannot be."""
    last = run.residual[-1].double().cpu().numpy()
    network = run.network
    most = 2 * gamma(network.m + network.d + 6, str(X.dtype).removeprefix("torch.")) * sizes
    if (last > most).all():
        return np.zeros(len(last), dtype=bool)
    within: np.ndarray = last <= residual_rounding(network, X)
    return within
