"""What the tests of the compiled sums over neurons share: networks, the definition, and threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor

from models.native import build
from models.networks.autoencoder import Network
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, name

dtypes = st.sampled_from([torch.float64, torch.float32])
# Around vectors and their shuffles (4 to 32 numbers), blocks (4 samples), parts (1024), chunks (256, 4096).
widths = st.one_of(st.integers(1, 40), st.sampled_from([127, 129, 1023, 1025, 1100]))
shapes = st.tuples(st.integers(1, 3), widths, st.integers(1, 10), st.integers(1, 10))
WIDE = [(1, 1025, 5, 5), (1, 4097, 3, 10), (1, 9000, 6, 4), (2, 70, 35, 6), (1, 60, 17, 3), (1, 50, 2, 70)]
WIDE += [(1, 30, 2, n) for n in (64, 65, 66)]
OLDER = (*WIDE, (2, 7, 1, 1), (1, 33, 3, 7), (1, 300, 5, 5))
"""What vectors of another size are tried on."""
SHARED = [(1, 20_001, 10, 10), (3, 9000, 5, 5), (40, 700, 6, 5), (1, 30_000, 1, 9)]
"""Sizes that threads share."""

Shape = tuple[int, int, int, int]
Found = TypeVar("Found")


def needs(function: str) -> pytest.MarkDecorator:
    """Skips where the library is not there, or was built without the file of this function."""
    there = hasattr(build.native().library, f"{function}_float64")
    return pytest.mark.skipif(not there, reason=f"{function} is not compiled here: {build.native().message}")


def case(shape: Shape, seed: int, dtype: torch.dtype) -> tuple[Network, Tensor, Tensor]:
    """A network, data, and a random half of the neurons without those whose signs rounding may change."""
    network, X = gaussian(shape, seed)
    network = Network(network.W.to(dtype), network.A.to(dtype))
    X = X.to(dtype)
    sure = decided(network.W, X).all(2)
    half = torch.from_numpy(np.random.default_rng(seed).uniform(size=shape[:2])) < 0.5
    return network, X, sure & half


def decided(W: Tensor, X: Tensor) -> Tensor:
    """Which preactivations W X have a sign that no rounding changes."""
    w = W.double()
    x = X.double()
    return (w @ x).abs() > gamma(2 * len(X) + 8, name(X.dtype)) * (w.abs() @ x.abs())


def naive(D: Tensor, A: Tensor) -> Tensor:
    """sum_r D_ri D_rj a_rp a_rq (B, nd, nd) in float64, for D (B, m, n) and A (B, m, d)."""
    F = (D.double()[..., None] * A.double()[:, :, None, :]).flatten(2)
    return F.mT @ F


def spread(M: Tensor, d: int) -> Tensor:
    return M.repeat_interleave(d, -2).repeat_interleave(d, -1)


def existing(found: Found | None) -> Found:
    assert found is not None
    return found


def no_bit_changes(work: Callable[[], list[Tensor]], threads: int) -> None:
    """Between one thread and that many."""
    before = torch.get_num_threads()
    found = []
    try:
        for count in (1, threads):
            torch.set_num_threads(count)
            found.append(work())
    finally:
        torch.set_num_threads(before)
    assert all(map(torch.equal, *found))
