"""Is a run proved from its start? The prefix step by step, and the contraction certificate at its end.

Along the first T steps `models.certificate.exact_run` bounds the distance dev_k between the exact run, which
is gradient descent in real numbers from the stored start, and the stored run. At step T the contraction
certificate is evaluated around the stored point: every radius is larger by dev_T, A and Phi may be off by as
much, and e is the bound of the exact residual. Then, for the exact run,

    ||E(T + k)||_F^2 <= (1 - eta nu)^k e^2    for every k >= 0,

and no neuron is ever further from its stored place than its radius. Nothing of this is observed. Where a step
of the prefix is in doubt, all of it holds for the exact run from the stored point of a later step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from models.certificate.certificate import Certificate, certify, certify_around
from models.certificate.distance import EVERY_GUARD, Guards
from models.certificate.exact_run import ExactRun, follow_exactly
from models.certificate.stored_runs import Kind
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.rounding import residual_bound
from refute.numerics import gamma


@dataclass(frozen=True, eq=False)
class WholeRun:
    """What is proved of the run of one network: T steps beside its stored run, and all steps after them.

    exact: the exact run beside the stored one, of this kind. certificate: of one network, around the stored
    point of step T; radii are from there. e: the residual that it speaks of. step_size: eta.
    """

    exact: ExactRun
    kind: Kind
    certificate: Certificate
    e: float
    step_size: float

    @property
    def steps(self) -> int:
        """T."""
        return len(self.exact.distance) - 1

    @property
    def proved_from(self) -> int:
        """The step from whose stored point on the exact run is proved to converge linearly; -1 if none is."""
        return self.exact.start if self.certificate.certified[0] else -1

    @property
    def verdict(self) -> str:
        """One line for a person: proved from where on, or why not, or why not earlier."""
        if self.proved_from < 0:
            off = self.exact.off
            return f"not proved: no certificate at step {self.steps} with every radius larger by {off:.1e}"
        if self.proved_from == 0:
            return "proved for all k >= 0 from the stored start"
        last = self.exact.doubts[-1]
        return (
            f"proved for all k >= {self.proved_from} from the stored point of this step, not from an earlier "
            f"one: at step {last.step} the smallest |z| is {last.closest:.1e} and {last.needed:.1e} is needed"
        )

    def keeps(self, rate: float) -> bool:
        """Whether, for every k >= 0 of the exact run from the stored start,

            ||E(k)||_F^2 <= (1 - eta rate)^k ||E(0)||_F^2

        is proved.
        """
        if self.proved_from != 0 or self.certificate.rate[0] < rate:
            return False
        residual = self.exact.residual
        k = np.arange(len(residual))
        share = self.step_size * rate * (1 + gamma(4))
        if not share < 1:
            return False
        # The exponent has a few roundings, relative to it; exp has its own.
        exponents = 0.5 * k * math.log1p(-share) * (1 + gamma(16))
        envelope = self.exact.residual_from_below[0] * np.exp(exponents) * (1 - gamma(64))
        return bool((residual[1:] <= envelope[1:]).all())


def prove_run(
    network: Network,
    X: torch.Tensor,
    step_size: float,
    regime: Regime,
    steps: int,
    *,
    wanted: float = 0.0,
    off: float = 0.0,
    kind: Kind = "float64",
    guards: Guards = EVERY_GUARD,
    enlarged: bool = True,
) -> WholeRun:
    """Follow one network (B = 1, float64) for `steps` steps, after which it is to be certified, and prove it.

    X: (d, n). wanted: the rate that the certificate must prove, 0 for any. off: how far the exact start may
    be from the stored one. guards, enlarged: all, for a proof; fewer for the false variants of the statement.
    Errors as in `follow_exactly` and `certify`.
    """
    exact = follow_exactly(network, X, step_size, regime, steps, off=off, kind=kind, guards=guards)
    e = float(exact.residual[-1])
    if not (math.isfinite(e) and math.isfinite(exact.off)):
        nothing = Certificate(
            np.array([False]), np.zeros(1), np.zeros(1), np.zeros((1, network.m)), np.zeros(1, int)
        )
        return WholeRun(exact, kind, nothing, e, step_size)
    if enlarged:
        certificate = certify_around(exact.end, X, step_size, regime, exact.off, e, wanted=wanted)
    else:
        e = float(residual_bound(exact.end, X)[0])
        certificate = certify(exact.end, X, step_size, regime, wanted=wanted)
    return WholeRun(exact, kind, certificate, e, step_size)


def prove_from_start(
    network: Network,
    X: torch.Tensor,
    step_size: float,
    regime: Regime,
    steps: int,
    *,
    wanted: float = 0.0,
    most_work: float = math.inf,
) -> WholeRun:
    """The same in float64 and, where that leaves a step in doubt, in double-double from the start.

    The second only where m n d times the steps is at most `most_work`; what is proved of a later step in
    float64 is told where double-double does not prove more.
    """
    whole = prove_run(network, X, step_size, regime, steps, wanted=wanted)
    work = network.W[0].numel() * X.shape[1] * steps
    if whole.proved_from == 0 or work > most_work:
        return whole
    precise = prove_run(network, X, step_size, regime, steps, wanted=wanted, kind="double-double")
    return precise if precise.proved_from == 0 or whole.proved_from < 0 else whole
