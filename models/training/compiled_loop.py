"""The compiled loop behind the interface of `models.training.torch_loop`."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_float, c_int, c_int64, c_void_p
from functools import cache

import numpy as np
import torch
from torch import Tensor

from models.native.build import native
from models.training.torch_loop import Loop, Setting

_WEAK, _JOINT, _TIED = range(3)
_ALIGNED = 64
"""Bytes: torch aligns its memory to as much, and the kernel's vectors need it."""
_CACHED_BYTES = 2**21
"""Bytes of a network, its start and its Phi up to which they stay in a second cache of 2 MiB between two
steps: then Phi is kept, and beyond it is formed anew, which is cheaper than to fetch it from memory. Either
way gives the same bits (G5 of `python -m benchmarks.speed` is the case beyond)."""


def compiled_loop(setting: Setting) -> Loop | None:
    """The loop of `torch_loop`, or None where the library is not there or the weights are elsewhere.

    It computes the same function with sums in another order, on as many threads as torch may use; the number
    of threads changes no bit. The setting's tensors are left alone.
    """
    library = native().library
    if library is None or setting.W.device.type != "cpu":
        return None
    calls = _calls(library, str(setting.W.dtype).removeprefix("torch."))
    regime = _regime(setting)
    W, X, origin, rate = (part.contiguous() for part in (setting.W, setting.X, setting.origin, setting.rate))
    A = W if setting.A is None else setting.A.contiguous()
    batch, m, d = W.shape
    n = X.shape[1]
    keeps = regime != _WEAK and m * (3 * d + n) * X.element_size() <= _CACHED_BYTES
    # A network is in the kernel's storage while a thread trains it, and stays if no other needs the place.
    slots = min(batch, torch.get_num_threads())
    storage = _memory(calls, torch.uint8, slots * calls["slot_bytes"](m, d, n, regime, keeps))
    trained_W = _memory(calls, W.dtype, W.numel()).view(W.shape)
    trained_A = _memory(calls, W.dtype, W.numel()).view(W.shape)
    scaled = X.new_zeros(batch, d, n)
    started = False

    def proceed(residual: Tensor, movement: Tensor, closest: Tensor | None = None) -> None:
        nonlocal W, A, started
        calls["descend"](
            *(batch, m, d, n, regime, keeps, len(residual), started, torch.get_num_threads(), slots),
            *(X.data_ptr(), rate.data_ptr(), setting.factor),
            *(part.data_ptr() for part in (W, A, origin, trained_W, trained_A)),
            *(part.data_ptr() for part in (storage, scaled, residual, movement)),
            None if closest is None else closest.data_ptr(),
        )
        W = trained_W
        if regime == _JOINT:
            A = trained_A
        started = True

    return Loop(proceed, lambda: (W, W if regime == _TIED else A))


def summation_depths(m: int) -> np.ndarray:
    """(m,) how many additions lie at most on the way from the product of each neuron to A^T Phi in float64.

    In a loop on the CPU, the compiled one where it is there; elsewhere any order of m additions.
    """
    found = np.full(m, m, dtype=np.int64)
    if (library := native().library) is not None:
        _calls(library, "float64")["depths"](m, found.ctypes.data)
    return np.minimum(found, m)


def _regime(setting: Setting) -> int:
    if setting.A is None:
        return _TIED
    return _JOINT if setting.trains_decoder else _WEAK


Calls = dict[str, "ctypes._NamedFuncPointer"]


@cache
def _calls(library: ctypes.CDLL, suffix: str) -> Calls:
    """The exported functions for one dtype, by name, with their signatures."""
    number = c_double if suffix == "float64" else c_float
    counts = (*(c_int64,) * 4, c_int, c_int)
    pointers = (c_void_p,) * 10
    signatures = {
        "use_large_pages": ((c_void_p, c_int64), None),
        "slot_bytes": ((*(c_int64,) * 3, c_int, c_int), c_int64),
        "depths": ((c_int64, c_void_p), None),
        "descend": (
            (*counts, c_int64, c_int, c_int64, c_int64, c_void_p, c_void_p, number, *pointers),
            None,
        ),
    }
    found = {}
    for name, (arguments, result) in signatures.items():
        function = getattr(library, f"{name}_{suffix}")
        function.argtypes = arguments
        function.restype = result
        found[name] = function
    return found


def _memory(calls: Calls, dtype: torch.dtype, count: int) -> Tensor:
    memory = torch.empty(count, dtype=dtype)
    if memory.data_ptr() % _ALIGNED:
        raise MemoryError(f"torch gave memory that is not aligned to {_ALIGNED} bytes")
    calls["use_large_pages"](memory.data_ptr(), memory.nbytes)
    return memory
