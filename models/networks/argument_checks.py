"""Argument checks of this room: every message names the argument, what it was and what it should be."""

from __future__ import annotations

import math

import torch
from torch import Tensor

FLOATS = (torch.float32, torch.float64)


def require_tensor(name: str, value: Tensor, layout: tuple[str, ...]) -> None:
    """Raise ValueError unless `value` is a float32 or float64 tensor with the axes of `layout`, none empty.

    `layout` holds names, for the message.
    """
    expected = f"({', '.join(layout)})"
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must be a torch tensor of shape {expected}, got {type(value).__name__}")
    if value.ndim != len(layout) or 0 in value.shape:
        raise ValueError(f"{name} must have shape {expected} with no empty axis, got {tuple(value.shape)}")
    if value.dtype not in FLOATS:
        raise ValueError(f"{name} must be float32 or float64, got {value.dtype}; cast it first")


def require_alike(**tensors: Tensor) -> None:
    """Raise ValueError unless all tensors share the dtype and the device of the first one."""
    (first, reference), *others = tensors.items()
    for name, value in others:
        if value.dtype != reference.dtype:
            raise ValueError(f"{name} is {value.dtype} but {first} is {reference.dtype}; cast one of them")
        if value.device != reference.device:
            raise ValueError(
                f"{name} is on {value.device} but {first} is on {reference.device}; move one of them"
            )


def require_weights(name: str, value: Tensor) -> None:
    """Raise ValueError unless `value` is a neuron-major weight tensor (B, m, d)."""
    require_tensor(name, value, ("B", "m", "d"))


def require_samples(W: Tensor, X: Tensor) -> None:
    """Raise ValueError unless X is a data matrix (d, n) that networks with encoder W: (B, m, d) can read."""
    require_tensor("X", X, ("d", "n"))
    if X.shape[0] != W.shape[-1]:
        raise ValueError(
            f"X must have shape (d, n) with d = {W.shape[-1]}, the last axis of W {tuple(W.shape)}, "
            f"got {tuple(X.shape)}; samples are columns"
        )
    require_alike(W=W, X=X)


def require_same_shape(name: str, value: Tensor, other_name: str, other: Tensor) -> None:
    """Raise ValueError unless `value` has the shape, dtype and device of `other`."""
    if value.shape != other.shape:
        raise ValueError(
            f"{name} must have the shape of {other_name} {tuple(other.shape)}, got {tuple(value.shape)}"
        )
    require_alike(**{other_name: other, name: value})


def per_network(name: str, value: float | Tensor, like: Tensor) -> Tensor:
    """A finite, non-negative number, or one per network, as a tensor (B,) like `like` in dtype and device.

    `like` is a weight tensor (B, m, d). A Python number is cast; a tensor must already match, else
    ValueError.
    """
    batch = like.shape[0]
    if isinstance(value, Tensor):
        if value.shape != (batch,):
            raise ValueError(
                f"{name} must be a number or a tensor ({batch},), one each, got shape {tuple(value.shape)}"
            )
        require_alike(W=like, **{name: value})
        valid = bool((torch.isfinite(value) & (value >= 0)).all())
    else:
        valid = math.isfinite(value) and value >= 0
    if not valid:
        raise ValueError(f"{name} must be finite and not negative, got {value}")
    return value if isinstance(value, Tensor) else like.new_full((batch,), value)
