"""A run followed until its whole future is proved, or its promised rate is broken.

Gradient descent runs in segments; between segments the contraction certificate is tried. An initialization leaves the batch as soon as its fate is
settled, so a batch costs what its undecided members cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.certificate import certify, residual_rounding
from models.descent import Regime, Run, descend
from refute.numerics.rounding import unit_roundoff

SEGMENT = 64
"""Steps before the certificate is tried for the second time; later segments grow with the run, by an eighth of it."""


@dataclass(frozen=True, eq=False)
class Journey:
    """What became of each initialization of a batch; B = batch size, T_b = steps that initialization b ran.

    residual, movement: B arrays (T_b + 1,) of ||E(k)||_F and max_r ||w_r(k) - w_r(0)||. certified_at: (B,) the step whose
    point was certified, -1 if none was. rate: (B,) the certified nu from that step on. broken_at: (B,) the first step where
    the promised envelope was certainly exceeded, -1 if none. network: the points where the runs ended.
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
    """Descend until every initialization is certified, breaks the promised rate, or can show nothing more: `max_steps` are done, the
    residual is within its own rounding error, or it has left the finite numbers.

    promised: mu >= 0. The envelope ||E(k)||^2 <= (1 - eta mu)^k ||E(0)||^2 counts as exceeded only beyond the derived rounding
    floor; mu = 0 promises nothing. wanted: the rate that a certificate must prove to end a run, by default mu, so that the
    envelope then holds for every later step; 0 accepts any proof of linear convergence. Shapes, dtypes and errors as in `models.descent.descend`.
    """
    start, tracks, goal = network, _Tracks(network.batch), promised if wanted is None else wanted
    alive, done, segment = np.arange(network.batch), 0, 0
    while alive.size:
        run = descend(network, X, step_size, segment, regime, start=_members(start, alive))
        broken = _broken(run, X, step_size, promised, done, tracks.append(alive, run))
        done += run.steps
        tried = (broken < 0) & _worth_trying(run.network, X, goal or promised)
        rate = _certified_rates(run.network, np.flatnonzero(tried), X, step_size, regime, goal)
        spent = run.residual[-1].double().cpu().numpy() <= residual_rounding(run.network, X)
        settled = (broken >= 0) | (rate > 0) | spent | (done >= max_steps)
        tracks.settle(alive, run.network, settled, broken, rate, done)
        network, alive = _members(run.network, np.flatnonzero(~settled)), alive[~settled]
        segment = min(max(SEGMENT, done // 8), max_steps - done)
    return tracks.journey()


def rounding_floor(network: Network, X: Tensor, step_size: float, rate: float) -> np.ndarray:
    """(B,) how far a computed ||E(k)|| may lie above its envelope because of rounding alone, for a contraction at `rate` > 0.

    What each step adds is carried on by the contraction: a geometric series on top of the error of E itself.
    """
    residual, step = _roundings(network, X)
    share = min(step_size * rate, 1.0)
    return residual + step * (1 + math.sqrt(1 - share)) / share


def rounding_floors(network: Network, X: Tensor, k: np.ndarray) -> np.ndarray:
    """(B, len(k)) the same after k steps of a run that does not expand: k steps add at most k times what one adds."""
    residual, step = _roundings(network, X)
    return residual[:, None] + step[:, None] * np.asarray(k)[None, :]


def _roundings(network: Network, X: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(B,) the rounding error f of E, and of one step: the step uses a rounded E (at most 2 f more, as eta ||H|| <= 2) and rounds
    its weights, which moves U by at most (||X|| / s)(||A|| |dW| + ||W|| |dA|)."""
    dtype = str(network.W.dtype).removeprefix("torch.")
    f = residual_rounding(network, X)
    size = network.W.flatten(1).norm(dim=1) * network.A.flatten(1).norm(dim=1)
    rounded = 4 * unit_roundoff(dtype) * float(X.norm()) / network.scale * size.cpu().double().numpy()
    return f, 2 * f + rounded


@dataclass
class _Tracks:
    """The records of a batch while it runs."""

    batch: int
    residual: list[list[np.ndarray]] = field(init=False)
    movement: list[list[np.ndarray]] = field(init=False)
    ends: dict[int, Network] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.residual, self.movement = ([[] for _ in range(self.batch)] for _ in range(2))
        self.certified_at, self.broken_at = np.full(self.batch, -1), np.full(self.batch, -1)
        self.rate = np.zeros(self.batch)

    def append(self, alive: np.ndarray, run: Run) -> np.ndarray:
        """Store a segment, without the row it shares with the one before; return ||E(0)|| of the initializations alive."""
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
    run: Run, X: Tensor, step_size: float, promised: float, first: int, initial: np.ndarray
) -> np.ndarray:
    """(B,) the first step of this segment at which the promise is broken or nothing is finite any more, -1 if there is none."""
    residual = run.residual.double().cpu().numpy()
    over = ~np.isfinite(residual)
    if promised > 0:
        k = np.arange(first, first + len(residual))[:, None]
        envelope = initial * np.exp(0.5 * k * np.log1p(-min(step_size * promised, 1.0)))
        over |= residual > envelope + rounding_floor(run.network, X, step_size, promised)
    return np.where(over.any(0), first + over.argmax(0), -1)


def _certified_rates(
    network: Network, rows: np.ndarray, X: Tensor, step_size: float, regime: Regime, wanted: float
) -> np.ndarray:
    """(B,) the certified rate of each network among `rows` that has one of at least `wanted`, else 0."""
    rates = np.zeros(network.batch)
    if rows.size:
        rates[rows] = certify(_members(network, rows), X, step_size, regime, wanted=wanted).rate
    return rates


def _worth_trying(network: Network, X: Tensor, hoped: float) -> np.ndarray:
    """(B,) whether a certificate is near enough to be worth its price; it never makes one valid.

    A rate of 4 times `hoped` is the most to be hoped for, hence a budget of at least e / (2 hoped): if half the neurons could
    flip within it, wait.
    """
    if hoped <= 0:
        return np.ones(network.batch, dtype=bool)
    Z = preactivations(network.W, X)
    E = X - network.A.mT @ torch.relu(Z) / network.scale
    reach = E.flatten(1).norm(dim=1) / (2 * hoped) * torch.linalg.matrix_norm(X, 2) / network.scale
    stuck = (Z.abs() <= reach[:, None, None] * network.A.norm(dim=2, keepdim=True)).any(2)
    return (stuck.double().mean(1) <= 0.5).cpu().numpy()
