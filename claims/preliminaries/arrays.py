"""Between instances (NumPy, float64) and models (torch, the run's precision), and comparison by entries."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.networks.autoencoder import Network
from refute import Comparison, Compute, equal


def tensor(values: np.ndarray, compute: Compute) -> Tensor:
    """The array as a new tensor on the run's device, rounded to the run's dtype (float64 or float32)."""
    return torch.tensor(values, dtype=getattr(torch, compute.dtype), device=compute.device)


def array(values: Tensor) -> np.ndarray:
    """The tensor as a float64 array on the CPU; float32 values are exact in it."""
    return values.detach().to(device="cpu", dtype=torch.float64).numpy()


def single(W: np.ndarray, A: np.ndarray, compute: Compute) -> Network:
    """One network, B = 1, from neuron-major W and A, both (m, d)."""
    return Network(tensor(W[None], compute), tensor(A[None], compute))


def worst_entry(
    label: str,
    left: np.ndarray,
    right: np.ndarray,
    rounding: np.ndarray | float,
    *,
    size: np.ndarray | float | None = None,
) -> Comparison:
    """left == right, decided at the entry whose difference is the largest share of its rounding.

    All broadcast to one shape. `rounding` bounds what both sides together may err, entry by entry; `size` is
    what it is to be small against, by default the largest entry of all. The comparison shows the two values
    of that entry. Raises ValueError if they are not finite.
    """
    left, right, rounding = np.broadcast_arrays(left, right, rounding)
    gaps = np.abs(left - right)
    shares = np.divide(gaps, rounding, out=np.where(gaps == 0, 0.0, np.inf), where=rounding > 0)
    entry = np.unravel_index(np.argmax(shares), left.shape)
    largest = float(max(np.abs(left).max(), np.abs(right).max()))
    natural = largest if size is None else float(np.broadcast_to(size, left.shape)[entry])
    return equal(label, float(left[entry]), float(right[entry]), float(rounding[entry]), size=natural)
