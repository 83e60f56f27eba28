"""Sums by pairs of rows against the loop over all rows that they stand for, in whole numbers."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from models.kernels.pair_sums import row_products, unfold_pairs

SIZES = st.integers(1, 5)


@given(SIZES, SIZES, st.integers(1, 3), st.integers(0, 4), st.integers(0, 2**31))
def test_unfolded_sums_of_pairs_are_the_fourfold_sums(n: int, d: int, batch: int, m: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    D, A = (torch.randint(-9, 10, (batch, k, m), generator=generator).double() for k in (n, d))
    unfolded = unfold_pairs(row_products(D) @ row_products(A).mT, n, d)
    assert unfolded.shape == (batch, n * d, n * d)
    for b in range(batch):
        for i, p, j, q in (
            (i, p, j, q) for i in range(n) for p in range(d) for j in range(n) for q in range(d)
        ):
            total = sum(float(D[b, i, r] * D[b, j, r] * A[b, p, r] * A[b, q, r]) for r in range(m))
            assert unfolded[b, i * d + p, j * d + q] == total


@given(SIZES, st.sampled_from((torch.int8, torch.float32, torch.float64)))
def test_products_are_in_the_order_of_triu_indices_and_of_their_dtype(k: int, dtype: torch.dtype) -> None:
    M = torch.arange(1, 2 * k + 1).view(1, k, 2).to(dtype)
    first, second = torch.triu_indices(k, k)
    products = row_products(M)
    assert products.dtype == dtype and torch.equal(products, M[:, first] * M[:, second])
