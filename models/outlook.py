"""When to try for a certificate along a run.

The chance is the share of neurons that could change sign within the budget that the wanted rate needs: a
certificate lives without those. It falls about as fast as the residual, which tells how long to wait.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.certificate import certify, certify_rate, path_length
from models.descent import Regime, Run

SEGMENT = 64
"""Steps before the certificate is tried again; later segments are an eighth of the run or more."""
SHORT = 16
"""Steps that cost about as much as a look at what could change sign."""
FIRST: dict[Regime, float] = {"weak": 0.25, "joint": 0.125}
AGAIN = 0.5
"""Largest share of neurons that may change sign at the first attempt; its factor after one that failed."""


def members(network: Network, rows: np.ndarray) -> Network:
    """The networks of a batch in these rows; all of them if there are none."""
    if rows.size in (0, network.batch):
        return network
    return network.select(torch.from_numpy(rows).to(network.W.device))


class Outlook:
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
                rates[rows] = self._attempt(members(run.network, rows), bool(quick[rows[0]]))
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
        reach = q * torch.linalg.vector_norm(network.A, dim=2)
        if self.regime == "joint":
            reach += q.square() * torch.linalg.vector_norm(network.W, dim=2)
            reach /= (1 - q.square()).clamp_min(2.0**-10)
        closest = preactivations(network.W, self.X).mT.abs().amin(1)
        share: np.ndarray = (closest <= reach).double().mean(1).cpu().numpy()
        return share

    def _attempt(self, network: Network, quick: bool) -> np.ndarray:
        setting = network, self.X, self.step_size, self.regime
        return (certify_rate(*setting, self.goal) if quick else certify(*setting, wanted=self.goal)).rate
