"""What the code of a claim is: functions of an instance, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from refute.statement.comparison import Comparison
from refute.statement.instance import Instance
from refute.statement.kinds import Compute


@dataclass(frozen=True)
class Unmet:
    """The instance does not meet the premise, so it says nothing; `reason` is counted and reported."""

    reason: str


OUT_OF_DIGITS = "out of digits"
"""A trial's reason that begins so says that the precision ended it and not the statement."""


@dataclass(frozen=True)
class Trials:
    """Independent trials of one instance, in order: `failed[b]` says that the conclusion failed in trial b.

    failed: (B,) bool. why: for each trial a short reason, empty if there is nothing to say ("rate broken at
    step 40"). steps, horizon: steps computed, and the steps that running every trial to its cap would
    have used (0 where there are no steps). measured: (B,) float and finite, one number a trial, such as the
    slope of its ladder; None if there is nothing to show besides success and failure. Raises TypeError where
    `failed` holds anything but true and false (or 1 and 0).
    """

    failed: np.ndarray
    why: tuple[str, ...] = ()
    steps: int = 0
    horizon: int = 0
    measured: np.ndarray | None = None

    def __post_init__(self) -> None:
        failed = np.asarray(self.failed)
        if strange := [value for value in failed.ravel().tolist() if value not in (True, False)]:
            raise TypeError(f"failed says of every trial True or False, and here {strange[0]!r:.60}")
        object.__setattr__(self, "failed", failed.astype(bool))


@dataclass(frozen=True)
class Step:
    """One machine-checked step: the identity or inequality in words, and whether it closed."""

    label: str
    closed: bool
    detail: str = ""


Comparisons = tuple[Comparison, ...]
Check = Callable[[Instance, Compute], Comparisons | Unmet]
"""Deterministic: measures every part of the statement on one instance."""

Escalate = Callable[[Instance, Comparison], Comparison]
"""Decides one undecided finding again, in ball arithmetic."""

Draw = Callable[[Instance, Sequence[np.random.Generator], Compute], Trials | Unmet]
"""One trial per generator; trial b depends on the instance and on generators[b] only."""

FailureProbability = float | Callable[[Instance], float]
"""What a statement with probability admits: a number, or a number for each instance."""

Restriction = Callable[[Instance], Iterable[Instance]]
"""The instances of a used claim that an instance of the claim holds."""


def NO_INSTANCE(_: Instance) -> tuple[Instance, ...]:
    """The restriction to a used claim of whose instances an instance of the claim holds none."""
    return ()


Class = Callable[[Instance], bool]
"""Whether an instance belongs to a named class, for the report of what the search reached."""
