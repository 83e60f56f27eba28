"""The closest pair of samples up to sign, among all pairs of many samples.

For unit vectors the squares of both distances are 2 -+ 2 <x, y>. So a product of matrices, tile by tile, says
which pairs may be the closest, and differences, which lose no digits to a close pair, say how close these
are. Every pair is looked at, and no more than a tile of products is held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from models.networks.argument_checks import require_tensor
from refute.numerics import gamma

ROWS = 512
COLUMNS = 1024
"""A tile of inner products: 4 MiB in float64. Any sizes with ROWS <= COLUMNS find the same up to ties."""
MEASURED = 2**20
"""Numbers of the pairs whose differences are held at a time: 8 MiB in float64."""


@dataclass(frozen=True)
class ClosestPair:
    """The closest pair of samples up to sign: its distance, its indices first < second, and whether by -x.

    error: how far `delta` may be from the least distance of all pairs, and from that of this one.
    """

    delta: float
    first: int
    second: int
    antipodal: bool
    error: float


def closest_pair(X: Tensor, tell: Callable[[float], None] = lambda share: None) -> ClosestPair:
    """The least distance up to sign of two unit columns of X (d, n); infinite for n = 1:

        min_{i < j} min(||x_i - x_j||, ||x_i + x_j||)

    X: float64 or float32, normalised in that precision, so that its norms are 1 up to d / 2 + 3 roundoffs.
    tell: called with the share of the tiles that is done. Pairs that `error` does not tell apart are ties,
    which go to the one found first; a pair within `error` of 0 ends the search, as no other one can be
    closer by more. Waits for the device. ValueError for what is not a matrix of these.

    Rounding: two norms and the inner product take 2 - 2 |<x, y>| off the square of the distance by at most
    4 d + 32 roundoffs, and the directions and the norm of a difference take its distance off by 2 d + 12.
    """
    require_tensor("X", X, ("d", "n"))
    d, n = X.shape
    best = ClosestPair(math.inf, 0, 0, False, gamma(4 * d + 64, str(X.dtype).removeprefix("torch.")))
    rows = X.mT
    tiles = list(_tiles(n))
    for done, (top, left) in enumerate(tiles, start=1):
        sizes = (rows[top : top + ROWS] @ rows[left : left + COLUMNS].mT).abs_()
        if left == top:
            sizes.masked_fill_(torch.ones_like(sizes, dtype=torch.bool).tril_(), -1.0)
        best = _closer(rows, sizes, top, left, best)
        if best.delta <= best.error:
            break
        tell(done / len(tiles))
    return best


def _tiles(n: int) -> Iterator[tuple[int, int]]:
    """The first row and column of every tile, on and above the diagonal."""
    for top in range(0, n, ROWS):
        for left in range(top, n, COLUMNS):
            yield top, left


def _closer(rows: Tensor, sizes: Tensor, top: int, left: int, best: ClosestPair) -> ClosestPair:
    """The best pair so far, or a closer one of this tile, by more than what its products leave open."""
    largest = int(sizes.argmax())
    row, column = divmod(largest, sizes.shape[1])
    if float(sizes[row, column]) < 0:
        return best  # a last row alone on the diagonal
    best = _least(rows, rows.new_tensor([[row + top, column + left]], dtype=torch.long), best)
    # A closer pair has ||x -+ y|| < reach, hence |<x, y>| > 1 - reach^2 / 2 up to the rounding of both.
    reach = max(best.delta - best.error, 0.0)
    floor = 1 - (reach * reach + best.error) / 2
    if float(sizes[row, column]) <= floor:
        return best
    pairs = (sizes > floor).nonzero()
    pairs += pairs.new_tensor([top, left])
    for part in pairs.split(max(1, MEASURED // rows.shape[1])):
        best = _least(rows, part, best)
    return best


def _least(rows: Tensor, pairs: Tensor, best: ClosestPair) -> ClosestPair:
    """The closest of the pairs (k, 2), by differences, or the best one so far."""
    x = rows[pairs[:, 0]]
    y = rows[pairs[:, 1]]
    apart = torch.stack([torch.linalg.vector_norm(z, dim=1) for z in (x - y, x + y)], dim=1)
    delta = float(apart.min())
    if not delta < best.delta:
        return best
    pair, sign = divmod(int(apart.argmin()), 2)
    first, second = pairs[pair].tolist()
    return ClosestPair(delta, first, second, bool(sign), best.error)
