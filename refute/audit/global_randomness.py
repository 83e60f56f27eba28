"""Whether the code of a claim drew from a generator that all of a process share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def no_global_randomness(label: str) -> Iterator[None]:
    """Raise ValueError, with the label, where the block changed the global generator of NumPy or `random`.

    What comes from these depends on all that ran before, and neither replays nor is independent.
    """
    before = _states()
    yield
    for name, old, new in zip(("numpy.random", "random"), before, _states(), strict=True):
        if old != new:
            raise ValueError(
                f"{label}: draws from the global generator of {name}; chance comes from the generators that "
                "draw is given, and what a check needs of it is part of the instance"
            )


def _states() -> tuple[object, object]:
    """Where each of the two generators is."""
    legacy: Any = np.random.get_state()  # noqa: NPY002, it is read and left alone
    other = sys.modules.get("random")  # whose import is against the rules here, and which Hypothesis loads
    return (legacy[1].tobytes(), *legacy[2:]), other and other.getstate()
