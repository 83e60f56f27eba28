"""Between instances and models: NumPy float64 outside, torch in the run's precision inside, and comparison
entry by entry.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.autoencoder import Network
from refute import Compute, Finding, equal


def tensor(values: np.ndarray, compute: Compute) -> Tensor:
    """The array as a new tensor on the run's device, rounded to the run's dtype (float64 or float32)."""
    return torch.tensor(values, dtype=getattr(torch, compute.dtype), device=compute.device)


def array(values: Tensor) -> np.ndarray:
    """The tensor as a float64 array on the CPU; float32 values are exact in it."""
    return values.detach().to(device="cpu", dtype=torch.float64).numpy()


def single(W: np.ndarray, A: np.ndarray, compute: Compute) -> Network:
    """One network, B = 1, from neuron-major W and A, both (m, d)."""
    return Network(tensor(W[None], compute), tensor(A[None], compute))


def worst_entry(label: str, left: np.ndarray, right: np.ndarray, rounding: np.ndarray | float) -> Finding:
    """left == right, decided at the entry that exceeds its rounding by the most.

    The three broadcast to one shape. `rounding` bounds what both sides together may err, entry by entry. The
    finding shows the two values of that entry. Raises ValueError if they are not finite.
    """
    left, right, rounding = np.broadcast_arrays(left, right, rounding)
    entry = np.unravel_index(np.argmax(np.abs(left - right) - rounding), left.shape)
    return equal(label, float(left[entry]), float(right[entry]), float(rounding[entry]))
