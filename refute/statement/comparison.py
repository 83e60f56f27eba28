"""A comparison: what was measured, what the claim says of it, and how far rounding could have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from refute.basics.json_numbers import Amount, Count
from refute.numerics.rounding import unit_roundoff
from refute.statement.real_numbers import Means


class Relation(StrEnum):
    """What a comparison asserts of measured and bound."""

    EQUAL = "=="
    AT_MOST = "<="
    AT_LEAST = ">="


class Outcome(StrEnum):
    """What float64, or an escalation, says of one comparison."""

    HOLDS = "holds"
    TIE = "tie"
    VIOLATED = "violated"


class ComparisonRecord(Struct, frozen=True, kw_only=True):
    """A comparison as JSON files hold it: with the numbers that are derived from it, as docs/json.md says."""

    label: str
    relation: Relation
    measured: float
    bound: float
    rounding: Amount
    attained: bool = False
    settled: Outcome | None = None
    settled_bits: Count = 0
    means: Means = Means.FLOATS
    detail: str = ""
    slack: float
    outcome: Outcome


@dataclass(frozen=True)
class Comparison:
    """`measured relation bound`, where the computed difference is within `rounding` of the true one.

    label: which part of the statement this is. attained: the claim says that on this instance the bound is an
    equality, so that a tie is what it predicts. settled: what better means than floats said, which overrides
    them; means: which (balls of `settled_bits` bits, exact arithmetic, trials). size: what the rounding is to
    be small against, where measured and bound may cancel; by default the larger of the two. detail: one more
    fact for the reader. Raises ValueError if a number or their difference is not finite or the rounding is
    negative: such a comparison decides nothing.
    """

    label: str
    relation: Relation
    measured: float
    bound: float
    rounding: float
    attained: bool = False
    settled: Outcome | None = None
    settled_bits: int = 0
    means: Means = Means.FLOATS
    size: float | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.measured - self.bound) and 0 <= self.rounding < math.inf):
            comparison = f"{self.measured!r} {self.relation} {self.bound!r}"
            raise ValueError(f"{self.label}: cannot compare {comparison} with rounding {self.rounding!r}")

    @property
    def gap(self) -> float:
        """How far the statement is from failing, in the units of the numbers; negative when it fails."""
        if self.relation is Relation.EQUAL:
            return -abs(self.measured - self.bound)
        return self.bound - self.measured if self.relation is Relation.AT_MOST else self.measured - self.bound

    @property
    def scale(self) -> float:
        """The largest of the two numbers and the rounding: what slack and violation are shares of."""
        return max(abs(self.measured), abs(self.bound), self.rounding)

    @property
    def slack(self) -> float:
        """The gap as a share of the scale: 0 is equality; negative fails unless inside the rounding.

        Where an escalation or the trials decided against the sign of the float64 gap, the slack is 0.
        """
        share = self.gap / self.scale if self.scale > 0 else 0.0
        if self.settled is Outcome.HOLDS:
            return max(share, 0.0)
        return min(share, 0.0) if self.settled is Outcome.VIOLATED else share

    @property
    def violation(self) -> float:
        """By how much the statement certainly fails, as a share of the scale; 0 unless VIOLATED."""
        if self.outcome is not Outcome.VIOLATED or self.scale == 0:
            return 0.0
        return max(0.0, -self.gap - (0.0 if self.settled else self.rounding)) / self.scale

    @property
    def outcome(self) -> Outcome:
        """HOLDS or VIOLATED when rounding cannot change it, else TIE. An equality holds within rounding."""
        if self.settled is not None:
            return self.settled
        return outcome_of(self.relation, self.gap, self.rounding)

    @property
    def open(self) -> bool:
        """A tie that the claim did not predict: nothing is decided."""
        return self.outcome is Outcome.TIE and not self.attained

    def weighed(self, dtype: str) -> Comparison:
        """The same comparison, or a tie where its rounding is so large that it decides nothing.

        An equality is never confirmed by more than its rounding, and a tie where a bound is attained is
        accepted. So both need a rounding that leaves half of the digits of the dtype, a share sqrt(u) of the
        size. Other comparisons pay for a large rounding by themselves: they become ties.
        """
        lenient = self.relation is Relation.EQUAL or (self.attained and self.outcome is Outcome.TIE)
        size = max(abs(self.measured), abs(self.bound)) if self.size is None else self.size
        if not lenient or self.settled is not None or self.outcome is Outcome.VIOLATED:
            return self
        if self.rounding <= math.sqrt(unit_roundoff(dtype)) * size:
            return self
        said = f"an allowance of {self.rounding:.2g} on {size:.2g} decides nothing"
        return replace(self, settled=Outcome.TIE, attained=False, detail=said)

    def sentence(self) -> str:
        """The comparison in words, for people."""
        state = {Outcome.HOLDS: "holds", Outcome.TIE: "is inside rounding", Outcome.VIOLATED: "fails"}[
            self.outcome
        ]
        note = f"; {self.detail}" if self.detail else ""
        return (
            f"{self.label}: {self.measured:.12g} {self.relation} {self.bound:.12g} {state}{self.how} "
            f"(slack {self.slack:.3g}, rounding {self.rounding:.2g}){note}"
        )

    @property
    def how(self) -> str:
        """By which means it was decided, where these are not floats: " exactly", " in 128-bit balls"."""
        if self.means is Means.BALLS and self.settled_bits:
            return f" in {self.settled_bits}-bit balls"
        return f" {self.means}" if self.means in (Means.BALLS, Means.EXACT) else ""

    def record(self) -> ComparisonRecord:
        """The comparison with its derived numbers, for JSON files and reports."""
        return ComparisonRecord(
            label=self.label,
            relation=self.relation,
            measured=self.measured,
            bound=self.bound,
            rounding=self.rounding,
            attained=self.attained,
            settled=self.settled,
            settled_bits=self.settled_bits,
            means=self.means,
            detail=self.detail,
            slack=self.slack,
            outcome=self.outcome,
        )


def outcome_of(relation: Relation, gap: float | Fraction, rounding: float | Fraction) -> Outcome:
    """What a gap says, where the rounding bounds how far it may be off."""
    if relation is Relation.EQUAL:
        return Outcome.HOLDS if -gap <= rounding else Outcome.VIOLATED
    if gap >= rounding:
        return Outcome.HOLDS
    return Outcome.VIOLATED if gap < -rounding else Outcome.TIE
