"""Runs from one start at several widths: which of them the certificate C1 proves within a number of steps."""

from __future__ import annotations

import numpy as np
import torch

from models.certificate.certified_run import run_until_certified
from models.networks.autoencoder import Network
from models.networks.regime import Regime


def certified(
    network: Network, data: torch.Tensor, step_size: float, regime: Regime, steps: int
) -> tuple[np.ndarray, int]:
    """(B,) whether each run is certified, at any rate, within this many steps; the steps taken together."""
    runs = run_until_certified(network, data, step_size, regime, wanted=0.0, max_steps=steps)
    return runs.certified_at >= 0, int(runs.steps.sum())


def first_neurons(network: Network, m: int) -> Network:
    """The first m neurons as a network of width m: a draw of that width."""
    return Network(network.W[:, :m].contiguous(), network.A[:, :m].contiguous())
