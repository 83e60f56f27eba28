"""Sums over neurons by pairs of rows: a quarter of the work that the symmetric product of all rows costs.

The sums

    sum_r D_ir D_jr A_pr A_qr

are symmetric in i, j and in p, q, so the products of the rows i <= j of D against those of the rows p <= q of
A have every value once. Pairs are in the order of torch.triu_indices. The neuron axis is last and contiguous.
"""

from __future__ import annotations

import torch
from torch import Tensor


def row_products(M: Tensor) -> Tensor:
    """The products (B, k (k+1)/2, m) of the rows i <= j of M (B, k, m)."""
    batch, k, m = M.shape
    products = M.new_empty(batch, k * (k + 1) // 2, m)
    first = 0
    for i in range(k):
        torch.mul(M[:, i : i + 1], M[:, i:], out=products[:, first : first + k - i])
        first += k - i
    return products


def unfold_pairs(sums: Tensor, n: int, d: int) -> Tensor:
    """(B, pairs of samples, pairs of outputs) spread over the symmetric (B, nd, nd), sample-major."""
    samples = _pair_table(n, sums.device)
    outputs = _pair_table(d, sums.device)
    spread = sums[:, samples.flatten()][:, :, outputs.flatten()].view(-1, n, n, d, d)
    return spread.permute(0, 1, 3, 2, 4).reshape(-1, n * d, n * d)


def _pair_table(size: int, device: torch.device) -> Tensor:
    """table[i, j] = table[j, i] = the position of the pair i <= j."""
    i, j = torch.triu_indices(size, size, device=device)
    table = torch.empty(size, size, dtype=torch.long, device=device)
    table[i, j] = torch.arange(len(i), device=device)
    table[j, i] = table[i, j]
    return table
