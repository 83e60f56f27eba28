"""How long the rest of some work should take, as a range, from what the finished parts of it took."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Fewer than three have no quartiles; with three, a range is shown early and corrects itself.
_ENOUGH = 3


@dataclass(frozen=True)
class Part:
    """A part of the work. expected: what it should take, in any unit. spent: seconds of work so far."""

    expected: float
    spent: float
    done: bool


def remaining(parts: Sequence[Part], busy: float, elapsed: float) -> tuple[float, float] | None:
    """Between which seconds the rest should take; None until three parts are done and something was done now.

    Finished parts say how their time compares with what was expected of them. The range is that of the
    quartiles of this ratio, at the pace at which work was done so far. busy: seconds of work that were done
    now, by all who worked, in `elapsed` seconds.
    """
    ratios = sorted(part.spent / part.expected for part in parts if part.done and part.spent > 0)
    if len(ratios) < _ENOUGH or busy <= 0:
        return None
    # Quartiles: a part far off its expected time, as the first ones are, says little of the rest.
    last = len(ratios) - 1
    pace = busy / elapsed
    low, high = (
        sum(max(ratio * part.expected - part.spent, 0.0) for part in parts if not part.done)
        for ratio in (ratios[last // 4], ratios[math.ceil(3 * last / 4)])
    )
    return low / pace, high / pace


def in_words(rest: tuple[float, float] | None) -> str:
    """The range in words: "about 2 to 3 min left"."""
    if rest is None:
        return "remaining time not known yet"
    least, most = map(_duration, rest)
    return f"about {least} to {most} left" if least != most else f"about {least} left"


def _duration(seconds: float) -> str:
    """Two digits of minutes, or whole seconds: an estimate is no better."""
    return f"{seconds / 60:.2g} min" if seconds >= 90 else f"{seconds:.0f} s"
