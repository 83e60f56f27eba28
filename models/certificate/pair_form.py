"""Kernels of one network in pair form: every value once, not four times.

An (n d, n d) matrix whose entry at [(i, p), (j, q)] is symmetric in i, j and in p, q is held as its values
for i <= j (rows) and p <= q (columns), in the order of np.triu_indices. All sums over neurons of the
certificate are of this kind, and so are sums and multiples of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class PairForm:
    """Where things stand in S (B, pairs of samples, pairs of outputs), for n samples and d outputs.

    samples (n,): the rows i = j. outputs (d,): the columns p = q. upper: both members of every row's pair.
    places (n d, n d): where each entry of the matrix stands in S, row after row. diagonal (n d,): those of
    its diagonal. by_sample (n, rows), by_output (columns, d): 1 where a sample or output is of the pair.
    """

    samples: np.ndarray
    outputs: np.ndarray
    upper: tuple[np.ndarray, np.ndarray]
    places: np.ndarray
    diagonal: np.ndarray
    by_sample: np.ndarray
    by_output: np.ndarray

    def matrix(self, S: np.ndarray) -> np.ndarray:
        """One S (rows, columns) spread over its (n d, n d) matrix, which is exactly symmetric."""
        spread: np.ndarray = np.take(S, self.places)
        return spread

    def trace(self, S: np.ndarray) -> np.ndarray:
        """(B,) the traces of the matrices."""
        traces: np.ndarray = np.take(S.reshape(len(S), -1), self.diagonal, axis=1).sum(1)
        return traces

    def block_trace(self, Q: np.ndarray) -> np.ndarray:
        """(B,) the traces of the matrices with nothing but the blocks Q (B, n, columns) on the diagonal."""
        traces: np.ndarray = np.take(Q, self.outputs, axis=2).reshape(len(Q), -1).sum(1)
        return traces

    def row_sizes(self, S: np.ndarray) -> np.ndarray:
        """(B, n, d): sums of absolute values along the rows of the matrices, n d terms each in some order."""
        sizes: np.ndarray = self.by_sample @ (np.abs(S) @ self.by_output)
        return sizes


@lru_cache(maxsize=4)  # an audit goes through few shapes, one after the other
def pair_form(n: int, d: int) -> PairForm:
    """The pair form for n samples and d outputs."""
    samples = _table(n)
    outputs = _table(d)
    width = d * (d + 1) // 2
    places = (samples[:, None, :, None] * width + outputs[None, :, None, :]).reshape(n * d, n * d)
    return PairForm(
        samples=samples.diagonal().copy(),
        outputs=outputs.diagonal().copy(),
        upper=pairs(n),
        places=places,
        diagonal=places.diagonal().copy(),
        by_sample=_members(n),
        by_output=_members(d).T.copy(),
    )


def pairs(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Both members of every pair i <= j."""
    i, j = np.triu_indices(size)
    return i, j


def _members(size: int) -> np.ndarray:
    """(size, pairs): 1 where a number is of the pair, else 0."""
    i, j = pairs(size)
    k = np.arange(size)[:, None]
    inside: np.ndarray = (i == k) | (j == k)
    return inside.astype(np.float64)


def _table(size: int) -> np.ndarray:
    """Where the pair of i and j, in either order, stands among the pairs."""
    i, j = pairs(size)
    table = np.empty((size, size), dtype=np.intp)
    table[i, j] = np.arange(len(i))
    table[j, i] = table[i, j]
    return table
