"""The pair form of small symmetric matrices against the matrices themselves."""

from __future__ import annotations

import numpy as np
import pytest

from models.certificate.pair_form import pair_form, pairs

SHAPES = [(1, 1), (1, 3), (3, 1), (2, 2), (4, 3)]
"""(n, d)"""


def kernel(n: int, d: int) -> np.ndarray:
    """(n, d, n, d), whole numbers, symmetric in the samples and in the outputs."""
    M = np.random.default_rng([n, d]).integers(-9, 10, (n, n, d, d)).astype(np.float64)
    M += M.transpose(1, 0, 2, 3)
    return (M + M.transpose(0, 1, 3, 2)).transpose(0, 2, 1, 3)


@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_every_value_stands_where_its_pairs_do(n: int, d: int) -> None:
    M = kernel(n, d)
    form = pair_form(n, d)
    i, j = pairs(n)
    p, q = pairs(d)
    S = M[i[:, None], p[None, :], j[:, None], q[None, :]]
    whole = M.reshape(n * d, n * d)
    assert np.array_equal(form.matrix(S), whole)
    several = np.stack([S, 2 * S, -S])
    assert form.trace(several).tolist() == [np.trace(whole) * k for k in (1, 2, -1)]
    sizes = np.abs(whole).sum(1).reshape(n, d)
    assert np.array_equal(form.row_sizes(several), np.stack([sizes, 2 * sizes, sizes]))
    assert np.array_equal(M[form.upper[0], 0, form.upper[1], 0], S[:, 0])
    assert [(i[k], j[k]) for k in form.samples] == [(k, k) for k in range(n)]
    assert [(p[k], q[k]) for k in form.outputs] == [(k, k) for k in range(d)]


@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_blocks_are_added_on_the_diagonal(n: int, d: int) -> None:
    M = kernel(n, d)
    form = pair_form(n, d)
    p, q = pairs(d)
    Q = np.stack([M[k, p, k, q] for k in range(n)])
    S = np.zeros((n * (n + 1) // 2, d * (d + 1) // 2))
    S[form.samples] += Q
    expected = np.zeros((n, d, n, d))
    for k in range(n):
        expected[k, :, k] = M[k, :, k]
    assert np.array_equal(form.matrix(S), expected.reshape(n * d, n * d))
    assert form.block_trace(Q[None]) == form.trace(S[None]) == np.einsum("kpkp->", M)
