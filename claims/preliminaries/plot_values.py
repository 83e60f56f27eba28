"""What the pictures of all chapters share: the widths they are drawn at, and numbers as plots hold them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WIDTHS = tuple(2**k for k in range(5, 14))


def floats(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    """The numbers (N,) of a curve as plots hold them."""
    return tuple(float(value) for value in values)


def thinned_steps(length: int, most: int = 200) -> np.ndarray:
    """At most `most` of the steps 0, ..., length - 1, int, evenly spread with both ends."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).astype(int))
