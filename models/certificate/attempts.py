"""When is a certificate tried? The schedule: at which steps of a run, and on which networks of its batch.

A run ends at the first step at which its certificate holds, so the schedule decides what a run costs, and
where it ends; whether a certificate holds is decided in `models.certificate.certificate` alone. A network is
tried at a check if the share of its neurons that could change sign within the budget of the wanted rate is
within a limit, because a certificate must do without these neurons. The share falls about as fast as the
residual, which tells how long to wait for the next check. The loop that asks is
`models.certificate.certified_run.run_until_certified`; with it, this module is the whole answer.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from models.certificate.certificate import certify, certify_rate, path_length
from models.certificate.tube import affordable, certify_start
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.descent import Run

# Any value of these constants is sound: they move the step at which a proof is found, never what is proved.
# What they cost shows in `python -m benchmarks.speed --only certificate` (the share of a run that is spent on
# checks and proofs) and in the table of early decisions in docs/benchmarks.md (how late a run ends).
SEGMENT = 64
"""Steps before the second check (the first is the start), and where nothing says how long to wait. Later
segments are an eighth of the run or more, so that a long run has a number of checks that is logarithmic."""
LEAST_WAIT = 16
"""Steps between two checks, at least: a check costs about as much as these steps."""
MOST_WAIT = 2 * SEGMENT
"""Steps between two checks that the forecast may ask for: it extrapolates a decay seen over SEGMENT / 2."""
SAMPLED_NEURONS = 256
"""Neurons of a network that are examined: the first ones, as neurons are drawn alike and lie together. A
share of a quarter is then off by 0.03 (standard deviation), which is small beside the limits below."""
FIRST_LIMIT = 0.4
"""Largest share of neurons that may change sign at a first attempt: a choice between two costs, since an
attempt that comes too early costs a proof and one that comes too late costs steps. Runs on five samples were
certified at shares of 0.1 to 0.3, on sixteen at 0.4 to 0.55, in both regimes."""
LIMIT_AFTER_FAILURE = 0.8
"""The next limit of a network whose attempt failed, as a part of the share that it failed with: the number
of attempts is logarithmic in how far the first one was from the share that is small enough."""
_TINY = float(np.finfo(np.float64).tiny)


def members(network: Network, rows: np.ndarray) -> Network:
    """The networks of a batch in these rows (integers); the batch itself if they are none or all of them."""
    if rows.size in (0, network.batch):
        return network
    return network.select(torch.from_numpy(rows).to(network.W.device))


class CertificateSchedule:
    """When certificates of a batch are tried, and the attempts. It remembers which networks failed, and when.

    X: (d, n), dtype and device of the networks. wanted: the rate that a certificate must prove, 0 for any.
    promised: the rate that the run is held to; it stands in for a wanted rate of 0 where a share is asked
    for. If both are 0 every check tries every network. A wanted rate is tried with the one budget that it
    needs; an attempt at the end of a run, or one for any rate, searches for a budget, which costs more.
    most_tube: the numbers m n d up to which starts may be tried by their tubes, 0 for none.
    """

    def __init__(
        self,
        X: Tensor,
        step_size: float,
        regime: Regime,
        wanted: float,
        promised: float,
        most_tube: int = 0,
    ) -> None:
        self.X = X
        self.X_norm = float(torch.linalg.matrix_norm(X.double(), 2))
        self.step_size = step_size
        self.regime = regime
        self.wanted = wanted
        self.expected = wanted or promised
        self.most_tube = most_tube
        self.limits = dict[int, float]()  # by the index of a network in the batch at the start
        self.ratio = np.zeros(0)  # (B,), from the last check: q over the q at which the share is at its limit

    def rates(self, run: Run, running: np.ndarray, last: np.ndarray, intact: np.ndarray) -> np.ndarray:
        """(B,) the certified rate of each network where the run ends that is tried and has one, else 0.

        running: (B,) the index that each network had at the start. last: (B,) bool, whether this is its last
        check: then it is tried whatever its share is. intact: (B,) bool; others are not tried.
        """
        q = np.zeros(running.size)
        thresholds = np.ones((running.size, 1))
        if self.expected > 0:
            q, thresholds = self._sign_changes(run)
        share = (thresholds <= q[:, None]).mean(1)
        limits = np.array([self.limits.get(int(b), FIRST_LIMIT) for b in running])
        tried = intact & (last | (share <= limits))
        rates = np.zeros(running.size)
        quick = tried & ~last & (self.wanted > 0)
        for rows in (np.flatnonzero(quick), np.flatnonzero(tried & ~quick)):
            if rows.size:
                rates[rows] = self._attempt(members(run.network, rows), bool(quick[rows[0]]))
        failed = tried & (rates == 0)
        limits[failed] = LIMIT_AFTER_FAILURE * share[failed]
        self.limits.update(zip(running.tolist(), limits.tolist(), strict=True))
        self.ratio = q / np.maximum(_threshold_at(thresholds, limits), _TINY)
        return rates

    def start_rates(self, starts: Network, asked: np.ndarray) -> np.ndarray:
        """(B,) the rate that the tube of each start proves; 0 where it is less than what is wanted.

        asked: (B,) bool; others are not tried, and none is where a tube is not affordable.
        """
        rates = np.zeros(starts.batch)
        if asked.any() and affordable(starts, self.X, self.most_tube):
            tried = members(starts, np.flatnonzero(asked))
            found = certify_start(tried, self.X, self.step_size, self.regime, wanted=self.wanted)
            rates[asked] = found.rate
        return rates

    def wait(self, run: Run, continuing: np.ndarray) -> int:
        """Steps until the next check, before which none of `continuing` (B,), bool, is expected to be ready.

        A network is ready once q, and with it the residual, has fallen by its ratio, at the decay of the last
        SEGMENT / 2 steps or fewer.
        """
        if self.expected <= 0 or run.steps == 0 or not continuing.any():
            return SEGMENT
        steps = min(run.steps, SEGMENT // 2)
        before, now = run.residual[[-1 - steps, -1]].double().cpu().numpy()[:, continuing]
        decay = np.maximum(np.log(before / now) / steps, 1 / SEGMENT**2)  # so slow a decay means MOST_WAIT
        ready = np.log(np.maximum(self.ratio[continuing], 1.0)) / decay
        return max(LEAST_WAIT, LEAST_WAIT * math.ceil(min(float(ready.min()), MOST_WAIT) / LEAST_WAIT))

    def _sign_changes(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """(B,) the certificate's q for the budget of the expected rate; (B, k) the q from which on each of k
        neurons can change sign, the smallest first.

        q is proportional to the residual. A neuron can change sign where its radius reaches |z|, its smallest
        entry, that is from the root of

            weak:   q ||a|| = |z|
            joint:  q (||a|| + q ||w||) = |z| (1 - q^2)

        on. NaN comes last.
        """
        W = run.network.W[:, :SAMPLED_NEURONS]
        A = run.network.A[:, :SAMPLED_NEURONS]
        closest = (self.X.mT @ W.reshape(-1, W.shape[2]).mT).abs().amin(0).view(W.shape[:2]).double()
        w = torch.linalg.vector_norm(W, dim=2).double()
        a = torch.linalg.vector_norm(A, dim=2).double()
        thresholds = closest / a
        if self.regime == "joint":
            thresholds = 2 * closest / (a + (a.square() + 4 * closest * (closest + w)).sqrt())
        path = path_length(1.0, self.step_size, self.expected) * self.X_norm / run.network.scale
        return path * run.residual[-1].double().cpu().numpy(), np.sort(thresholds.cpu().numpy(), axis=1)

    def _attempt(self, network: Network, quick: bool) -> np.ndarray:
        """(B,) the certified rates, 0 where there is none."""
        problem = network, self.X, self.step_size, self.regime
        found = certify_rate(*problem, self.wanted) if quick else certify(*problem, wanted=self.wanted)
        return found.rate


def _threshold_at(thresholds: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(B,) the q from which on more than this share of the k neurons can change sign; thresholds: (B, k)."""
    count = np.minimum((share * thresholds.shape[1]).astype(int), thresholds.shape[1] - 1)
    found: np.ndarray = np.take_along_axis(thresholds, count[:, None], 1)[:, 0]
    return found
