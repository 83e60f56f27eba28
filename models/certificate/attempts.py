"""When to try for a certificate along a run.

The chance is the share of neurons that could change sign within the budget that the wanted rate needs: a
certificate lives without those. It falls about as fast as the residual, which tells how long to wait.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from models.certificate.certificate import certify, certify_rate, path_length
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.descent import Run

SEGMENT = 64
"""Steps before the first look, and where nothing tells how long to wait; later ones are an eighth of the run
or more."""
SHORT = 16
"""Steps that cost about as much as a look."""
FAR = 2 * SEGMENT
"""Steps that are waited at most."""
SAMPLE = 256
"""Neurons of a network that are looked at: the first ones, as neurons are drawn alike and lie together."""
FIRST: dict[Regime, float] = {"weak": 0.25, "joint": 0.15}
AGAIN = 0.5
"""Largest share of neurons that may change sign at the first attempt; its factor after one that failed."""
_TINY = float(np.finfo(np.float64).tiny)


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
        q, safe = self._reach(run) if self.hoped > 0 else (np.zeros(alive.size), np.ones((alive.size, 1)))
        share = (safe <= q[:, None]).mean(1)
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
        self.ratio = q / np.maximum(_allowing(safe, allowed), _TINY)
        return rates

    def wait(self, run: Run, going_on: np.ndarray) -> int:
        """Steps until the next look: no member that goes on can be expected to be ready much earlier."""
        if self.hoped <= 0 or run.steps == 0 or not going_on.any():
            return SEGMENT
        steps = min(run.steps, SEGMENT // 2)
        before, now = run.residual[[-1 - steps, -1]].double().cpu().numpy()[:, going_on]
        decay = np.maximum(np.log(before / now) / steps, 1 / SEGMENT**2)
        ready = np.log(np.maximum(self.ratio[going_on], 1.0)) / decay
        return max(SHORT, SHORT * math.ceil(min(float(ready.min()), FAR) / SHORT))

    def _reach(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """(B,) the certificate's q for the budget of the hoped rate; (B, k) from which q on each of k neurons
        can change sign, the smallest first.

        q is proportional to the residual. A neuron can where its radius reaches |z|, its smallest entry: from
        the root of q ||a|| = |z|, or q (||a|| + q ||w||) = |z| (1 - q^2), on. NaN comes last.
        """
        W, A = (part[:, :SAMPLE] for part in (run.network.W, run.network.A))
        closest = (self.X.mT @ W.reshape(-1, W.shape[2]).mT).abs().amin(0).view(W.shape[:2]).double()
        w, a = (torch.linalg.vector_norm(part, dim=2).double() for part in (W, A))
        safe = closest / a
        if self.regime == "joint":
            safe = 2 * closest / (a + (a.square() + 4 * closest * (closest + w)).sqrt())
        path = path_length(1.0, self.step_size, self.hoped) * self.X_norm / run.network.scale
        return path * run.residual[-1].double().cpu().numpy(), np.sort(safe.cpu().numpy(), axis=1)

    def _attempt(self, network: Network, quick: bool) -> np.ndarray:
        setting = network, self.X, self.step_size, self.regime
        return (certify_rate(*setting, self.goal) if quick else certify(*setting, wanted=self.goal)).rate


def _allowing(safe: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """(B,) the q from which more than the allowed share of the sorted (B, k) is reached."""
    count = np.minimum((allowed * safe.shape[1]).astype(int), safe.shape[1] - 1)
    found: np.ndarray = np.take_along_axis(safe, count[:, None], 1)[:, 0]
    return found
