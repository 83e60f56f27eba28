"""A run followed until its whole future is proved, or its promised rate is broken.

Gradient descent runs in segments; between segments the contraction certificate is tried where it has a
chance. An initialization leaves the batch as soon as its fate is settled, so a batch costs what its undecided
members cost.

The chance is the share of neurons that could change sign within the budget that the wanted rate needs: a
certificate lives without those. It falls about as fast as the residual, which tells how long to wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.certificate import certify, certify_rate, path_length
from models.descent import Regime, Run, descend
from models.run_rounding import residual_rounding, rounding_floor
from refute.numerics.rounding import gamma, unit_roundoff

SEGMENT = 64
"""Steps before the certificate is tried again; later segments are an eighth of the run or more."""
SHORT = 16
"""Steps that cost about as much as a look at what could change sign."""
FIRST: dict[Regime, float] = {"weak": 0.25, "joint": 0.125}
AGAIN = 0.5
"""Largest share of neurons that may change sign at the first attempt; its factor after one that failed."""


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
    `max_steps`; shapes, dtypes and other errors as in `models.descent.descend` and
    `models.certificate.certify`.
    """
    goal = promised if wanted is None else wanted
    _require_goals(step_size, promised, goal, max_steps)
    start, tracks, outlook = network, _Tracks(network.batch), _Outlook(X, step_size, regime, goal, promised)
    alive, done, segment = np.arange(network.batch), 0, 0
    while alive.size:
        run = descend(network, X, step_size, segment, regime, start=_members(start, alive))
        broken = _broken(run, network, X, step_size, promised, done, tracks.append(alive, run))
        done += run.steps
        last = _spent(run, X) | (done >= max_steps)
        rate = outlook.rates(run, alive, last, broken < 0)
        settled = (broken >= 0) | (rate > 0) | last
        tracks.settle(alive, run.network, settled, broken, rate, done)
        network, alive = _members(run.network, np.flatnonzero(~settled)), alive[~settled]
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

    batch: int
    residual: list[list[np.ndarray]] = field(init=False)
    movement: list[list[np.ndarray]] = field(init=False)
    ends: dict[int, Network] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.residual = [[] for _ in range(self.batch)]
        self.movement = [[] for _ in range(self.batch)]
        self.certified_at, self.broken_at = np.full(self.batch, -1), np.full(self.batch, -1)
        self.rate = np.zeros(self.batch)

    def append(self, alive: np.ndarray, run: Run) -> np.ndarray:
        """Store a segment, without the row shared with the one before; return ||E(0)|| of those alive."""
        residual, movement = run.residual.double().cpu().numpy(), run.movement.double().cpu().numpy()
        for row, b in enumerate(alive):
            fresh = 1 if self.residual[b] else 0
            self.residual[b].append(residual[fresh:, row])
            self.movement[b].append(movement[fresh:, row])
        return np.array([self.residual[b][0][0] for b in alive])

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
            self.ends[int(alive[row])] = _members(network, np.array([row]))

    def journey(self) -> Journey:
        ends = [self.ends[b] for b in range(self.batch)]
        network = Network(torch.cat([end.W for end in ends]), torch.cat([end.A for end in ends]))
        residual, movement = (
            tuple(map(np.concatenate, records)) for records in (self.residual, self.movement)
        )
        return Journey(residual, movement, self.certified_at, self.rate, self.broken_at, network)


def _members(network: Network, rows: np.ndarray) -> Network:
    if rows.size in (0, network.batch):
        return network
    return network.select(torch.from_numpy(rows).to(network.W.device))


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


def _spent(run: Run, X: Tensor) -> np.ndarray:
    """(B,) whether the residual is within its own rounding error, with norms to see that it cannot be."""
    last, network = run.residual[-1].double().cpu().numpy(), run.network
    W, A = (torch.linalg.vector_norm(part, dim=(1, 2)).double() for part in (network.W, network.A))
    size = (1 + W * A / network.scale).cpu().numpy() * float(X.double().norm())
    most = 2 * gamma(network.m + network.d + 6, str(X.dtype).removeprefix("torch.")) * size
    if (last > most).all():
        return np.zeros(len(last), dtype=bool)
    spent: np.ndarray = last <= residual_rounding(network, X)
    return spent


class _Outlook:
    """When to try for a certificate, and the attempts; what is proved is the certificate's own affair.

    A rate is tried with the one budget that it needs; a last attempt, or one for any rate, searches for it.
    """

    def __init__(self, X: Tensor, step_size: float, regime: Regime, goal: float, promised: float) -> None:
        self.X, self.step_size, self.regime, self.goal = X, step_size, regime, goal
        self.hoped, self.X_norm = goal or promised, float(torch.linalg.matrix_norm(X.double(), 2))
        self.allowed, self.ratio = dict[int, float](), np.zeros(0)

    def rates(self, run: Run, alive: np.ndarray, last: np.ndarray, sound: np.ndarray) -> np.ndarray:
        """(B,) the certified rate of each network of a run that is tried and has one, else 0."""
        share = self._share(run) if self.hoped > 0 else np.zeros(alive.size)
        allowed = np.array([self.allowed.get(int(b), FIRST[self.regime]) for b in alive])
        tried = sound & (last | (share <= allowed))
        rates = np.zeros(alive.size)
        quick = tried & ~last & (self.goal > 0)
        for rows in (np.flatnonzero(quick), np.flatnonzero(tried & ~quick)):
            if rows.size:
                rates[rows] = self._attempt(_members(run.network, rows), bool(quick[rows[0]]))
        failed = tried & (rates == 0)
        allowed[failed] = AGAIN * share[failed]
        self.allowed.update(zip(alive.tolist(), allowed.tolist(), strict=True))
        self.ratio = np.where(failed, 1 / AGAIN, share / np.maximum(allowed, 2.0**-10))
        return rates

    def wait(self, run: Run, going_on: np.ndarray) -> int:
        """Steps until the next look: no member that goes on can be expected to be ready much earlier."""
        if self.hoped <= 0 or run.steps == 0 or not going_on.any():
            return SEGMENT
        steps = min(run.steps, SEGMENT // 2)
        before, now = run.residual[[-1 - steps, -1]].double().cpu().numpy()[:, going_on]
        decay = np.maximum(np.log(before / now) / steps, 1 / SEGMENT**2)
        ready = np.log(np.maximum(self.ratio[going_on], 1.0)) / decay
        return max(SHORT, SHORT * math.ceil(min(float(ready.min()), SEGMENT) / SHORT))

    def _share(self, run: Run) -> np.ndarray:
        """(B,) the share of neurons that could change sign within the budget of the hoped rate."""
        network, e = run.network, run.residual[-1].double().cpu()
        budget = torch.tensor([path_length(float(v), self.step_size, self.hoped) for v in e])
        q = (budget * (self.X_norm / network.scale)).to(network.W)[:, None]
        reach = q * network.A.norm(dim=2)
        if self.regime == "joint":
            reach = (reach + q.square() * network.W.norm(dim=2)) / (1 - q.square()).clamp_min(2.0**-10)
        stuck = (preactivations(network.W, self.X).abs() <= reach[:, :, None]).any(2)
        share: np.ndarray = stuck.double().mean(1).cpu().numpy()
        return share

    def _attempt(self, network: Network, quick: bool) -> np.ndarray:
        setting = network, self.X, self.step_size, self.regime
        return (certify_rate(*setting, self.goal) if quick else certify(*setting, wanted=self.goal)).rate
