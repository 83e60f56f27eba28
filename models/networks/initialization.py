"""The laws from which networks start. Network b of a batch depends on the NumPy generator b alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.networks.argument_checks import FLOATS
from models.networks.autoencoder import Network

LAWS = ("rademacher", "gaussian", "symmetric")
"""Laws of the decoder. In all of them the encoder vectors are standard Gaussian.

"rademacher": every entry of a_r is a fair sign. "gaussian": standard normal entries. "symmetric": fair signs,
and neurons 2k, 2k + 1 are (w, a), (w, -a), so that every output is zero at the start, up to the rounding of a
sum that does not add the two of a pair first.
"""


def draw_network(
    law: str,
    m: int,
    d: int,
    generators: Sequence[np.random.Generator],
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float64,
) -> Network:
    """A batch of len(generators) networks of width m on R^d, drawn from a law of LAWS.

    Drawn in float64 by NumPy, encoder before decoder, then cast and copied: the draw does not depend on
    device, and depends on dtype only by rounding. ValueError for an unknown law, a size below 1, an odd m
    with "symmetric", no generator, or one generator given twice.
    """
    if law not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}, got {law!r}")
    if law == "symmetric" and m % 2:
        raise ValueError(f"m must be even for the symmetric law, whose neurons come in pairs, got {m}")
    _require_draw(m, d, generators, dtype)
    pairs = [_draw_one(law, m, d, generator) for generator in generators]
    W, A = (
        torch.from_numpy(np.stack(arrays)).to(device=device, dtype=dtype)
        for arrays in zip(*pairs, strict=True)
    )
    return Network(W, A)


def draw_tied(
    m: int,
    d: int,
    generators: Sequence[np.random.Generator],
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float64,
) -> Tensor:
    """Standard Gaussian weights (B, m, d) of weight-tied networks, equal to the encoders of `draw_network`.

    Cast, copied and checked as there.
    """
    _require_draw(m, d, generators, dtype)
    arrays = [generator.standard_normal((m, d)) for generator in generators]
    return torch.from_numpy(np.stack(arrays)).to(device=device, dtype=dtype)


def _draw_one(law: str, m: int, d: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if law == "symmetric":
        w, a = _draw_one("rademacher", m // 2, d, generator)
        return np.repeat(w, 2, axis=0), np.stack((a, -a), axis=1).reshape(m, d)
    w = generator.standard_normal((m, d))
    if law == "gaussian":
        return w, generator.standard_normal((m, d))
    return w, 2.0 * generator.integers(0, 2, size=(m, d)) - 1.0


def _require_draw(m: int, d: int, generators: Sequence[np.random.Generator], dtype: torch.dtype) -> None:
    for name, size in (("m", m), ("d", d)):
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}")
    if not generators:
        raise ValueError("generators must hold at least one numpy.random.Generator, one per network")
    if len({id(generator) for generator in generators}) < len(generators):
        raise ValueError(
            "generators holds one generator twice, so its networks would depend on the order of drawing"
        )
    if dtype not in FLOATS:
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
