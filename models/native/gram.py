"""The compiled sums over neurons of `gram.cpp`, for tensors and arrays in main memory.

Every function returns None where the library is not there or the tensors are elsewhere; the callers then have
a route of their own, to the same function up to rounding. As many threads work as torch may use, fewer where
waking them would cost more; their number changes no bit. A neuron counts only where it is active: what is not
finite in its decoder shows exactly in the entries whose two samples it is active on.
"""

from __future__ import annotations

import ctypes
from ctypes import c_int64, c_void_p
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
    (batch, m, d), n = W.shape, X.shape[1]
    H = W.new_empty(batch, n * d, n * d)
    read = [None if part is None else part.contiguous() for part in (W, A, X, keep)]
    pointers = (None if part is None else part.data_ptr() for part in read)
    function(batch, m, d, n, torch.get_num_threads(), decoder, *pointers, H.data_ptr())
    return H


def compiled_sums(D: np.ndarray, A: np.ndarray) -> np.ndarray | None:
    """sum_r D_ir D_jr a_pr a_qr at [(i, p), (j, q)] as (n d, n d), for boolean D (n, k), float64 A (d, k)."""
    if D.dtype != np.bool_ or A.dtype != np.float64:
        return None
    if (function := _function("sums", torch.float64)) is None:
        return None
    (n, k), d = D.shape, len(A)
    D, A, sums = np.ascontiguousarray(D), np.ascontiguousarray(A), np.empty((n * d, n * d))
    function(k, d, n, torch.get_num_threads(), *(part.ctypes.data for part in (D, A, sums)))
    return sums


def compiled_moves(
    W: Tensor, A: Tensor, X: Tensor, pattern: Tensor, sums: Tensor
) -> tuple[Tensor, Tensor, Tensor, int] | None:
    """(H_W (nd, nd), sums, pattern, how many neurons changed) from the earlier `sums` and `pattern`.

    W, A (m, d) and X (d, n); the pattern D (m, n), boolean; sums: sum_r D_ri D_rj a_rp a_rq (pairs of samples
    i <= j, pairs of outputs p <= q).
    """
    if (function := _function("follow", W.dtype)) is None or W.device.type != "cpu":
        return None
    (m, d), n = W.shape, X.shape[1]
    kernel, sums, pattern = W.new_empty(n * d, n * d), sums.clone(), pattern.clone()
    parts = (*(part.contiguous() for part in (W, A, X)), pattern, sums, kernel)
    changed = function(m, d, n, torch.get_num_threads(), *(part.data_ptr() for part in parts))
    return kernel, sums, pattern, int(changed)


def compiled_product(A: Tensor, X: Tensor, pattern: Tensor, V: Tensor) -> Tensor | None:
    """m d H_W V (n, d) for A (m, d), X (d, n), the pattern D (m, n), boolean, and V (n, d)."""
    if (function := _function("product", A.dtype)) is None or not A.is_cpu:
        return None
    (m, d), n = A.shape, X.shape[1]
    H = torch.empty_like(V, memory_format=torch.contiguous_format)
    read = [part.contiguous() for part in (A, X, pattern, V)]
    function(m, d, n, torch.get_num_threads(), *(part.data_ptr() for part in read), H.data_ptr())
    return H


_SIGNATURES = {
    "kernel": ((*(c_int64,) * 6, *(c_void_p,) * 5), None),
    "sums": ((*(c_int64,) * 4, *(c_void_p,) * 3), None),
    "product": ((*(c_int64,) * 4, *(c_void_p,) * 5), None),
    "follow": ((*(c_int64,) * 4, *(c_void_p,) * 6), c_int64),
}


def _function(name: str, dtype: torch.dtype) -> ctypes._NamedFuncPointer | None:
    library = native().library
    return None if library is None else _found(library, name, dtype)


@cache
def _found(library: ctypes.CDLL, name: str, dtype: torch.dtype) -> ctypes._NamedFuncPointer | None:
    """The exported function with its signature; None in a library that was built without gram.cpp."""
    function = getattr(library, f"{name}_{dtype}".replace("torch.", ""), None)
    if function is not None:
        function.argtypes, function.restype = _SIGNATURES[name]
    return function
