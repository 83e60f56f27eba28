"""Sums over neurons that make the kernels of one network, in numpy and float64, neurons on the last axis.

sum_r D_ir D_jr a_pr a_qr is a product of two thin matrices: over the pairs i <= j of samples and p <= q of
outputs. That is a quarter of the work of the Gram matrix of all D_ir a_pr, and symmetric without rounding.
Each entry has at most k + 2 roundings, for k neurons, relative to the same sum of absolute values. Where
there is a compiled library, boolean D take the sums of `models/native/gram.cpp`, within the same bound.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.native.gram import compiled_sums

_CHUNK = 2**14
"""Entries of the products of pairs that are held at a time: few enough for a near cache and reused memory."""


def encoder_sum(D: np.ndarray, A: np.ndarray) -> np.ndarray:
    """sum_r D_ir D_jr a_pr a_qr at [(i, p), (j, q)] as (n d, n d), for D (n, k), also boolean, A (d, k)."""
    compiled = compiled_sums(D, A)
    return _encoder_sum(D, A) if compiled is None else compiled


def _encoder_sum(D: np.ndarray, A: np.ndarray) -> np.ndarray:
    (n, k), d = D.shape, len(A)
    samples, outputs = _pairs(n), _pairs(d)
    total, chunk = np.zeros((len(samples[0]), len(outputs[0]))), _chunk(max(len(samples[0]), len(outputs[0])))
    for first in range(0, k, chunk):
        part = slice(first, first + chunk)
        total += _products(D[:, part], samples).astype(A.dtype, copy=False) @ _products(A[:, part], outputs).T
    spread: np.ndarray = np.take(total, _places(n, d))
    return spread


def _chunk(rows: int) -> int:
    return max(256, _CHUNK // rows)


def _products(M: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    products: np.ndarray = np.take(M, pairs[0], axis=0)
    products *= np.take(M, pairs[1], axis=0)
    return products


@lru_cache(maxsize=16)
def _pairs(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Both members of every pair i <= j."""
    i, j = np.triu_indices(size)
    return i, j


@lru_cache(maxsize=16)
def _table(size: int) -> np.ndarray:
    """Where the pair of i and j, in either order, stands among `_pairs`."""
    i, j = _pairs(size)
    table = np.empty((size, size), dtype=np.intp)
    table[i, j] = table[j, i] = np.arange(len(i))
    return table


@lru_cache(maxsize=4)
def _places(n: int, d: int) -> np.ndarray:
    """(n d, n d): where the entry [(i, p), (j, q)] stands in the product of pairs, row after row."""
    samples, outputs = _table(n), _table(d)
    width = d * (d + 1) // 2
    places: np.ndarray = samples[:, None, :, None] * width + outputs[None, :, None, :]
    return places.reshape(n * d, n * d)
