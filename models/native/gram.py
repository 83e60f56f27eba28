"""The compiled sums over neurons, for tensors and arrays in main memory.

They are those of `kernels.cpp`, `certificate.cpp` and `product.cpp`. Every function returns None where
the library is not there or the tensors are elsewhere; the callers then have a route of their own, to the
same function up to rounding. As many threads work as torch may use, fewer where waking them would cost
more; their number changes no bit. A neuron counts only where it is active: what is not finite in its
decoder shows exactly in the entries whose two samples it is active on.
"""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int64, c_void_p
from functools import cache

import numpy as np
import torch
from torch import Tensor

from models.native.build import native


def compiled_kernel(
    W: Tensor, A: Tensor | None, X: Tensor, keep: Tensor | None, decoder: bool
) -> Tensor | None:
    """H_W (B, nd, nd) for W, A (B, m, d) and X (d, n), of the neurons that `keep` (B, m), boolean, marks.

    Without A it is zero. `decoder` adds H_A, of all neurons, in the same pass. Exactly symmetric.
    """
    if (function := _function("kernel", W.dtype)) is None or not W.is_cpu:
        return None
    batch, m, d = W.shape
    n = X.shape[1]
    H = W.new_empty(batch, n * d, n * d)
    read = [None if part is None else part.contiguous() for part in (W, A, X, keep)]
    pointers = (None if part is None else part.data_ptr() for part in read)
    function(batch, m, d, n, torch.get_num_threads(), decoder, *pointers, H.data_ptr())
    return H


def compiled_balls(
    arrays: tuple[np.ndarray, ...], numbers: tuple[float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """(H, P, R, Q, |S|) of `models.certificate.ball_sums.ball_sums`.

    arrays: W, A (B, m, d), X (d, n), slack and radius (B, m), float64. numbers: near, square and most.
    """
    if (function := _function("balls", torch.float64)) is None:
        return None
    batch, m, d = arrays[0].shape
    n = arrays[2].shape[1]
    rows = n * (n + 1) // 2
    columns = d * (d + 1) // 2
    H, P, R, Q = (np.empty((batch, count, columns)) for count in (rows, rows, rows, n))
    found = H, P, R, Q, np.empty(batch, dtype=np.int64)
    read = [np.ascontiguousarray(part) for part in arrays]
    sources, targets = ([part.ctypes.data for part in parts] for parts in (read, found))
    function(batch, m, d, n, torch.get_num_threads(), *sources, *numbers, *targets)
    return found


def compiled_sizes(
    W: np.ndarray, A: np.ndarray, X: np.ndarray, grams: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """(w_norms, a_norms, U, G) of `ball_sums.point_sums`; W, A (B, m, d) and X (d, n), float64."""
    if (function := _function("sizes", torch.float64)) is None:
        return None
    batch, m, d = W.shape
    n = X.shape[1]
    read = [np.ascontiguousarray(part) for part in (W, A, X)]
    G = (np.empty if grams else np.zeros)((batch, n, n))
    found = np.empty((batch, m)), np.empty((batch, m)), np.empty((batch, d, n)), G
    *pointers, last = [part.ctypes.data for part in (*read, *found)]
    function(batch, m, d, n, torch.get_num_threads(), *pointers, last if grams else None)
    return found


def compiled_moves(
    W: Tensor, A: Tensor, X: Tensor, pattern: Tensor, sums: Tensor
) -> tuple[Tensor, Tensor, Tensor, int] | None:
    """(H_W (nd, nd), sums, pattern, how many neurons changed) from the earlier `sums` and `pattern`.

    W, A (m, d) and X (d, n); the pattern D (m, n), boolean; sums (pairs of samples i <= j, pairs of outputs
    p <= q):

        sum_r D_ri D_rj a_rp a_rq
    """
    if (function := _function("update", W.dtype)) is None or W.device.type != "cpu":
        return None
    m, d = W.shape
    n = X.shape[1]
    kernel = W.new_empty(n * d, n * d)
    sums = sums.clone()
    pattern = pattern.clone()
    parts = (*(part.contiguous() for part in (W, A, X)), pattern, sums, kernel)
    changed = function(m, d, n, torch.get_num_threads(), *(part.data_ptr() for part in parts))
    return kernel, sums, pattern, int(changed)


def compiled_product(A: Tensor, X: Tensor, pattern: Tensor, V: Tensor) -> Tensor | None:
    """m d H_W V (n, d) for A (m, d), X (d, n), the pattern D (m, n), boolean, and V (n, d)."""
    if (function := _function("product", A.dtype)) is None or not A.is_cpu:
        return None
    m, d = A.shape
    n = X.shape[1]
    H = torch.empty_like(V, memory_format=torch.contiguous_format)
    read = [part.contiguous() for part in (A, X, pattern, V)]
    function(m, d, n, torch.get_num_threads(), *(part.data_ptr() for part in read), H.data_ptr())
    return H


_SIGNATURES = {
    "kernel": ((*(c_int64,) * 6, *(c_void_p,) * 5), None),
    "sizes": ((*(c_int64,) * 5, *(c_void_p,) * 7), None),
    "balls": ((*(c_int64,) * 5, *(c_void_p,) * 5, *(c_double,) * 3, *(c_void_p,) * 5), None),
    "product": ((*(c_int64,) * 4, *(c_void_p,) * 5), None),
    "update": ((*(c_int64,) * 4, *(c_void_p,) * 6), c_int64),
}


def _function(name: str, dtype: torch.dtype) -> ctypes._NamedFuncPointer | None:
    library = native().library
    return None if library is None else _found(library, name, dtype)


@cache
def _found(library: ctypes.CDLL, name: str, dtype: torch.dtype) -> ctypes._NamedFuncPointer | None:
    """The exported function with its signature; None in a library that was built without its file."""
    function = getattr(library, f"{name}_{dtype}".replace("torch.", ""), None)
    if function is not None:
        arguments, result = _SIGNATURES[name]
        function.argtypes = arguments
        function.restype = result
    return function
