"""What a checkpoint is to hold for `refute certify`, and which ones cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from refute import ArrayField, State, ValueField

LARGEST_CERTIFIED = 1024
"""Outputs n d beyond which no certificate is tried: matrices of so many rows are factored a dozen times."""
NORMS = (2.0**-128, 2.0**128)
"""Norms between which no product of four of them, nor a roundoff of one, leaves the range of float64. The
certificates are theorems barring underflow: an array that is not zero has to be within. So has the step."""

ARRAYS = (
    ArrayField("W", ("m", "d"), "row r is w_r, the weights of neuron r in the encoder"),
    ArrayField("A", ("m", "d"), "row r is a_r, the weights of neuron r in the decoder"),
    ArrayField("X", ("n", "d"), "row i is the sample x_i", samples=True),
)
VALUES = (
    ValueField("step_size", "eta, the step of gradient descent on half of the sum of squared errors"),
    ValueField("regime", "which layers are trained: weak, W alone; joint, W and A", words=REGIMES),
)


@dataclass(frozen=True, eq=False)
class Setting:
    """A state as the models take it: one network, X (d, n), eta and the regime."""

    network: Network
    X: torch.Tensor
    step_size: float
    regime: Regime


def setting_of(state: State) -> Setting:
    """The network and the data of a state, float64 on the CPU. The tensors are copies."""
    W, A, rows = (torch.from_numpy(state.arrays[name].copy()) for name in ("W", "A", "X"))
    (regime,) = (name for name in REGIMES if name == state.words["regime"])
    return Setting(Network(W[None], A[None]), rows.T.contiguous(), state.numbers["step_size"], regime)


def complaint(state: State) -> str:
    """Why a state cannot be judged, in words; empty where it can."""
    step = state.numbers["step_size"]
    if not NORMS[0] <= step < NORMS[1]:
        return (
            f"step_size is {step!r}; a step is positive, and here between {NORMS[0]:.3g} and {NORMS[1]:.3g}"
        )
    n, d = state.arrays["X"].shape
    if n * d > LARGEST_CERTIFIED:
        return (
            f"X has n d = {n} * {d} = {n * d} numbers, and a certificate is tried for at most "
            f"{LARGEST_CERTIFIED}, as matrices of so many rows are factored"
        )
    for name, array in state.arrays.items():
        size = _norm(array)
        if size and not NORMS[0] <= size < NORMS[1]:
            within = f"{NORMS[0]:.3g} and {NORMS[1]:.3g}"
            return f"{name} has the norm {size:.3g}; what is not between {within} leaves the range of float64"
    if not state.arrays["X"].any():
        return "every number in X is zero"
    return ""


def unlike(state: State, first: State) -> str:
    """Why two states belong to no run in common, in words; empty where they may."""
    for name, array in first.arrays.items():
        other = state.arrays[name]
        if other.shape != array.shape:
            return f"{name} has shape {other.shape}, and it had {array.shape}"
    if not np.array_equal(state.arrays["X"], first.arrays["X"]):
        return "X differs, and a run has one X"
    step, other_step = state.numbers["step_size"], first.numbers["step_size"]
    if step != other_step:
        return f"step_size is {step!r}, and it was {other_step!r}"
    if state.words["regime"] != first.words["regime"]:
        return f"regime is {state.words['regime']}, and it was {first.words['regime']}"
    if first.words["regime"] == "weak" and not np.array_equal(state.arrays["A"], first.arrays["A"]):
        return "A differs, and in the weak regime A is not trained"
    return ""


def _norm(array: np.ndarray) -> float:
    largest = float(np.abs(array).max())
    return largest * float(np.linalg.norm(array / largest)) if largest > 0 else 0.0
