"""What bounds the climb of Hypothesis by steps: scores that never tie, and draws that end.

It goes round for as long as a round improves a score or runs anything. Where no two cases tie, improvements
are no more than cases; and a search that only draws what it has seen is ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, nextafter

from hypothesis.strategies import DrawFn, SearchStrategy, composite

from refute.statement.instance import Instance

# A round of a climb that ran dry draws a few and judges none, and costs as much as hundreds of instances.
IDLE = 64
"""Instances that a search may draw one after the other without one that is new."""


@dataclass
class Scores:
    """Gives no two test cases the same score: a later one that ties gets the next smaller number.

    The climb goes on for as long as a change does not lower the score, and walks in circles among cases that
    tie, without an end and without a new case.
    """

    lowest: dict[float, float] = field(default_factory=dict)
    taken: set[float] = field(default_factory=set)

    def distinct(self, score: float) -> float:
        """The score, or the largest number below it that no case has."""
        free = self.lowest.get(score, score)
        while free in self.taken:
            free = nextafter(free, -inf)
        self.lowest[score] = free
        self.taken.add(free)
        return free


class Enough(Exception):
    """Raised while drawing, to end a search that only draws what Hypothesis then throws away."""


@dataclass
class Draws:
    """Ends a search that has drawn `limit` instances, or IDLE without a new one, while it has no witness.

    known: how many distinct instances were judged so far. found: whether there is a witness. Ending in the
    middle of a draw looks flaky to Hypothesis, so it may say that in place of Enough.
    """

    inner: SearchStrategy[Instance]
    limit: int
    known: Callable[[], int]
    found: Callable[[], bool]
    made: int = 0
    before: int = 0
    idle: int = 0

    @property
    def spent(self) -> bool:
        """Whether nothing more is to be drawn."""
        return (self.made > self.limit or self.idle > IDLE) and not self.found()

    def strategy(self) -> SearchStrategy[Instance]:
        """The inner strategy, counted."""

        def counted(draw: DrawFn) -> Instance:
            self.made += 1
            known = self.known()
            self.idle = self.idle + 1 if known == self.before else 0
            self.before = known
            if self.spent:
                raise Enough
            return draw(self.inner)

        return self.inner if self.inner.is_empty else composite(counted)()
