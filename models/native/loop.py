"""The compiled loop behind the interface of `models.torch_loop`."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_float, c_int, c_int64, c_void_p
from functools import cache

import torch
from torch import Tensor

from models.native.build import native
from models.torch_loop import Loop, Setting

_WEAK, _JOINT, _TIED = range(3)
_ALIGNED = 64
"""Bytes: torch aligns its memory to as much, and the kernel's vectors need it."""
_NEAR = 2**21
"""Bytes of a network, its start and its Phi up to which they stay in a cache between two steps."""


def compiled_loop(setting: Setting) -> Loop | None:
    """The loop of `models.torch_loop`, or None where the library is not there or the weights are elsewhere.

    It computes the same function with sums in another order, on as many threads as torch may use; the number
    of threads changes no bit. The setting's tensors are left alone.
    """
    library = native().library
    W, X = setting.W, setting.X
    if library is None or W.device.type != "cpu":
        return None
    (batch, m, d), n, suffix = W.shape, X.shape[1], str(W.dtype).removeprefix("torch.")
    calls = _calls(library, suffix)
    encoder = _packed(calls, W)
    start = _packed(calls, setting.origin)
    tied = setting.A is None
    decoder = encoder if setting.A is None else _packed(calls, setting.A)
    regime = _TIED if tied else _JOINT if setting.trains_decoder else _WEAK
    data, rates, scaled = X.contiguous(), setting.rate.contiguous(), X.new_zeros(batch, d, n)
    active = _memory(calls, torch.uint8, batch * n * calls["mask_bytes"](m))
    keeps = regime != _WEAK and m * (3 * d + n) * X.element_size() <= _NEAR
    hidden = _memory(calls, X.dtype, batch * n * calls["padded"](m) if keeps else 0)
    started = False

    def proceed(residual: Tensor, movement: Tensor) -> None:
        nonlocal started
        calls["descend"](
            *(batch, m, d, n, regime, len(residual), started, torch.get_num_threads()),
            *(part.data_ptr() for part in (data, rates)),
            setting.factor,
            *(part.data_ptr() for part in (encoder, decoder, start, hidden, active, scaled)),
            *(part.data_ptr() for part in (residual, movement)),
        )
        started = True

    def weights() -> tuple[Tensor, Tensor]:
        trained = _unpacked(calls, encoder, W)
        if setting.A is None:
            return trained, trained
        return trained, _unpacked(calls, decoder, W) if setting.trains_decoder else setting.A

    return Loop(proceed, weights)


Calls = dict[str, "ctypes._NamedFuncPointer"]


@cache
def _calls(library: ctypes.CDLL, suffix: str) -> Calls:
    """The exported functions for one dtype, by name, with their signatures."""
    number = c_double if suffix == "float64" else c_float
    pointers = (c_void_p,) * 8
    signatures = {
        "settle": ((c_void_p, c_int64), None),
        "padded": ((c_int64,), c_int64),
        "mask_bytes": ((c_int64,), c_int64),
        "pack": ((c_int64,) * 4 + (c_void_p,) * 2, None),
        "unpack": ((c_int64,) * 4 + (c_void_p,) * 2, None),
        "descend": (
            (*(c_int64,) * 4, c_int, c_int64, c_int, c_int64, c_void_p, c_void_p, number, *pointers),
            None,
        ),
    }
    found = {}
    for name, (arguments, result) in signatures.items():
        function = getattr(library, f"{name}_{suffix}")
        function.argtypes, function.restype = arguments, result
        found[name] = function
    return found


def _memory(calls: Calls, dtype: torch.dtype, count: int) -> Tensor:
    memory = torch.empty(count, dtype=dtype)
    if memory.data_ptr() % _ALIGNED:
        raise MemoryError(f"torch gave memory that is not aligned to {_ALIGNED} bytes")
    calls["settle"](memory.data_ptr(), memory.nbytes)
    return memory


def _packed(calls: Calls, weights: Tensor) -> Tensor:
    """A copy of neuron-major weights (B, m, d) in the kernel's storage, padded with neurons at zero."""
    (batch, m, d), plain = weights.shape, weights.contiguous()
    block, padded = calls["padded"](1), calls["padded"](m)
    packed = _memory(calls, weights.dtype, batch * padded * d)
    if m < padded:
        packed.view(batch, padded * d)[:, -block * d :] = 0
    calls["pack"](batch, m, d, torch.get_num_threads(), plain.data_ptr(), packed.data_ptr())
    return packed


def _unpacked(calls: Calls, packed: Tensor, like: Tensor) -> Tensor:
    plain = _memory(calls, like.dtype, like.numel()).view(like.shape)
    calls["unpack"](*like.shape, torch.get_num_threads(), plain.data_ptr(), packed.data_ptr())
    return plain
