"""Whether the code of a claim drew from a generator that all of a process share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
_SOURCES = ("random", "getrandbits")
"""The methods of a generator of `random` that all others draw from."""


def without_global_randomness(label: str, work: Callable[[], T]) -> T:
    """What the work answers; ValueError, with the label, if it drew from the generator of NumPy or `random`.

    What comes from these depends on all that ran before, and neither replays nor is independent. Work whose
    generator of `random` has moved is done once more and listened to: other threads, as those of a cluster's
    worker, draw from it as well.
    """
    before = _states()
    found = work()
    for name, old, new in zip(("numpy.random", "random"), before, _states(), strict=True):
        if old != new and (name == "numpy.random" or _draws(work)):
            raise ValueError(
                f"{label}: draws from the global generator of {name}; chance comes from the generators that "
                "draw is given, and what a check needs of it is part of the instance"
            )
    return found


def _draws(work: Callable[[], object]) -> bool:
    """Whether this thread draws from the generator of `random` in the work."""
    shared = _shared()
    heard: list[bool] = []

    def listen(_: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _SOURCES and getattr(called, "__self__", 0) is shared:
            heard.append(True)

    before = sys.getprofile()
    sys.setprofile(listen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return bool(heard)


def _shared() -> Any:
    """The generator behind the functions of `random`, whose import is against the rules here.

    Hypothesis loads it.
    """
    return getattr(sys.modules.get("random"), "_inst", None)


def _states() -> tuple[object, object]:
    """Where each of the two generators is."""
    legacy: Any = np.random.get_state()  # noqa: NPY002, it is read and left alone
    other = _shared()
    return (legacy[1].tobytes(), *legacy[2:]), other and other.getstate()
