"""The least width at which a joint run serves, start by start, and how it grows with the size of the data.

A start is a network of WIDEST n d neurons, its first m neurons a start of width m. The width that it needs is
the least m of 2, 3, 4, 6, 8, 11, ... (round(2 sqrt(2)^k)) at which its joint run serves. Sizes are (n, d).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import torch

from claims.convergence.calibrated_law import Promise, promise, starts
from claims.preliminaries.arrays import array, tensor
from models.certificate.certificate import certify
from models.networks.autoencoder import Network
from models.training.descent import descend
from refute import Compute, slopes

RATIO = math.sqrt(2)
WIDEST = 4
"""The widest start, in units of n d; one that no width serves counts as needing twice that."""

Size = tuple[int, int]
Serves = Callable[[Network, torch.Tensor, Promise, int], np.ndarray]
"""Which starts (B,) of a batch serve, given data, promise and steps."""
Order = tuple[Fraction, Fraction]
"""The exponents (a, b) of a growth like n^a d^b."""
ORDER_N_D: Order = (Fraction(1), Fraction(1))


def grid(widest: int) -> list[int]:
    """The widths that are tried, up to `widest` >= 2."""
    found = [2]
    while round(2 * RATIO ** len(found)) <= widest:
        found.append(round(2 * RATIO ** len(found)))
    return found


def certified_there(start: Network, data: torch.Tensor, promised: Promise, steps: int) -> np.ndarray:
    """(B,) whether C1 certifies the point after so many steps, at any rate."""
    end = descend(start, data, promised.step_size, steps, "joint").network
    found: np.ndarray = certify(end, data, promised.step_size, "joint").certified
    return found


def seen_there(start: Network, data: torch.Tensor, promised: Promise, steps: int) -> np.ndarray:
    """(B,) whether the point after so many steps keeps the envelope of C3, as computed."""
    residual = array(descend(start, data, promised.step_size, steps, "joint").residual)
    shrunk = (1 - promised.step_size * promised.rate) ** (steps / 2)
    found: np.ndarray = residual[-1] <= shrunk * residual[0]
    return found


def needed_widths(
    X: np.ndarray,
    generators: Sequence[np.random.Generator],
    count: int,
    compute: Compute,
    *,
    serves: Serves = seen_there,
    times: float = 1.0,
) -> np.ndarray:
    """(B, count) float64: the widths that `count` starts from each generator need on X (d, n).

    times: how many times the steps are taken at which the envelope of C3 has shrunk to a millionth. Infinity
    where no width serves.
    """
    data = tensor(X, compute)
    d, n = X.shape
    widest = WIDEST * n * d
    drawn = starts(X, count * widest, generators, compute)
    network = Network(drawn.W.view(-1, widest, d), drawn.A.view(-1, widest, d))
    promised = promise(X, "joint")
    steps = math.ceil(times * promised.steps)
    needed = np.full(network.batch, math.inf)
    for m in grid(widest):
        live = np.flatnonzero(np.isinf(needed))
        if not live.size:
            break
        start = network.select(live.tolist()).first_neurons(m)
        needed[live[serves(start, data, promised, steps)]] = m
    return needed.reshape(len(generators), count)


def counted(size: Size, needed: np.ndarray) -> np.ndarray:
    """The widths as they count: 2 WIDEST n d where no width serves."""
    found: np.ndarray = np.minimum(needed, 2 * WIDEST * math.prod(size))
    return found


def ladder_slopes(low: Size, high: Size, needed: Sequence[np.ndarray]) -> np.ndarray:
    """(B,) the slopes on n d of the geometric means over the starts, from the needed widths at both ends."""
    sizes = np.array([math.prod(low), math.prod(high)])
    ends = [counted(size, found) for size, found in zip((low, high), needed, strict=True)]
    return slopes(sizes, np.stack([np.exp(np.log(end).mean(axis=1)) for end in ends], axis=1))


def outgrows(low: Size, high: Size, needed: Sequence[np.ndarray], order: Order) -> np.ndarray:
    """(B,) bool: whether the geometric mean grows by more than n^a d^b does, decided in whole numbers."""
    ends = [counted(size, found).astype(int) for size, found in zip((low, high), needed, strict=True)]
    power = math.lcm(*(part.denominator for part in order))
    count = ends[0].shape[1]
    least, most = (
        math.prod(side ** int(part * power * count) for side, part in zip(size, order, strict=True))
        for size in (low, high)
    )
    before, after = ([math.prod(row) ** power for row in end.tolist()] for end in ends)
    return np.array([b * least > a * most for a, b in zip(before, after, strict=True)])
