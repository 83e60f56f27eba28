"""A comparison: what was measured, what the claim says of it, and how far rounding could have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from msgspec import Struct

from refute.basics.json_numbers import Amount, Count
from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import unit_roundoff


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
    detail: str = ""
    slack: float
    outcome: Outcome


@dataclass(frozen=True)
class Comparison:
    """`measured relation bound`, where the computed difference is within `rounding` of the true one.

    label: which part of the statement this is. attained: the claim says that on this instance the bound is an
    equality, so that a tie is what it predicts. settled: the outcome of an escalation to ball arithmetic (its
    bits in `settled_bits`), which overrides float64. detail: one more fact for the reader. Raises ValueError
    if a number or their difference is not finite or the rounding is negative: such a comparison decides
    nothing.
    """

    label: str
    relation: Relation
    measured: float
    bound: float
    rounding: float
    attained: bool = False
    settled: Outcome | None = None
    settled_bits: int = 0
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
        return (-self.gap - (0.0 if self.settled else self.rounding)) / self.scale

    @property
    def outcome(self) -> Outcome:
        """HOLDS or VIOLATED when rounding cannot change it, else TIE. An equality holds within rounding."""
        if self.settled is not None:
            return self.settled
        if self.relation is Relation.EQUAL:
            return Outcome.HOLDS if -self.gap <= self.rounding else Outcome.VIOLATED
        if self.gap >= self.rounding:
            return Outcome.HOLDS
        return Outcome.VIOLATED if self.gap < -self.rounding else Outcome.TIE

    @property
    def open(self) -> bool:
        """A tie that the claim did not predict: nothing is decided."""
        return self.outcome is Outcome.TIE and not self.attained

    def decided(self, outcome: Outcome, bits: int) -> Comparison:
        """The same comparison, decided by an escalation at `bits` bits."""
        return replace(self, settled=outcome, settled_bits=bits)

    def sentence(self) -> str:
        """The comparison in words, for people."""
        state = {Outcome.HOLDS: "holds", Outcome.TIE: "is inside rounding", Outcome.VIOLATED: "fails"}[
            self.outcome
        ]
        how = f" in {self.settled_bits}-bit balls" if self.settled_bits else ""
        note = f"; {self.detail}" if self.detail else ""
        return (
            f"{self.label}: {self.measured:.12g} {self.relation} {self.bound:.12g} {state}{how} "
            f"(slack {self.slack:.3g}, rounding {self.rounding:.2g}){note}"
        )

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
            detail=self.detail,
            slack=self.slack,
            outcome=self.outcome,
        )


def equal(
    label: str, measured: float | Enclosure, bound: float | Enclosure, rounding: float = 0.0
) -> Comparison:
    """measured == bound up to rounding; an enclosure adds its radius to the rounding."""
    return _comparison(label, Relation.EQUAL, measured, bound, rounding, False)


def at_most(
    label: str,
    measured: float | Enclosure,
    bound: float | Enclosure,
    rounding: float = 0.0,
    *,
    attained: bool = False,
) -> Comparison:
    """measured <= bound; `attained` says that equality is what the claim predicts on this instance."""
    return _comparison(label, Relation.AT_MOST, measured, bound, rounding, attained)


def at_least(
    label: str,
    measured: float | Enclosure,
    bound: float | Enclosure,
    rounding: float = 0.0,
    *,
    attained: bool = False,
) -> Comparison:
    """measured >= bound; `attained` as for `at_most`."""
    return _comparison(label, Relation.AT_LEAST, measured, bound, rounding, attained)


def _comparison(
    label: str,
    relation: Relation,
    measured: float | Enclosure,
    bound: float | Enclosure,
    rounding: float,
    attained: bool,
) -> Comparison:
    left, left_radius = _split(measured)
    right, right_radius = _split(bound)
    total = _widened(float(rounding) + left_radius + right_radius, left - right)
    return Comparison(label, relation, left, right, total, attained)


def _widened(total: float, gap: float) -> float:
    """A rounding that also covers the roundings of its own sum and of the difference; 0 stays 0."""
    if total == 0:
        return 0.0
    return math.nextafter(total + 4 * unit_roundoff() * (total + abs(gap)), math.inf)


def _split(number: float | Enclosure) -> tuple[float, float]:
    return (number.middle, number.radius) if isinstance(number, Enclosure) else (float(number), 0.0)
