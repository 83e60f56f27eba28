"""Runs from one start at several widths: which of them the certificate C1 proves within a number of steps."""

from __future__ import annotations

import numpy as np
import torch

from models.certificate.certified_run import CertifiedRun, run_until_certified
from models.networks.autoencoder import Network
from models.networks.regime import Regime


def certified(
    network: Network, data: torch.Tensor, step_size: float, regime: Regime, steps: int
) -> tuple[np.ndarray, int]:
    """(B,) whether each run is certified, at any rate, within this many steps; the steps taken together."""
    runs = run_until_certified(network, data, step_size, regime, wanted=0.0, max_steps=steps)
    return runs.certified_at >= 0, int(runs.steps.sum())


def out_of_digits(runs: CertifiedRun, steps: int) -> np.ndarray:
    """(B,) which runs ended undecided before so many steps: their residual was inside its own rounding."""
    undecided = (runs.certified_at < 0) & (runs.broken_at < 0)
    return undecided & (runs.steps < steps)


def above_the_envelope(runs: CertifiedRun, step_size: float, rate: float) -> np.ndarray:
    """(B,) which runs were somewhere above the envelope (1 - eta rate)^k ||E(0)||^2, be it by rounding."""
    found = []
    for residual in runs.residual:
        envelope = (1 - step_size * rate) ** (np.arange(len(residual)) / 2) * residual[0]
        found.append(bool((residual > envelope).any()))
    return np.array(found)
