"""An interval that contains a real number."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nextafter, sqrt


@dataclass(frozen=True)
class Enclosure:
    """lower <= the number <= upper, both float64 and finite.

    A claim compares enclosures and calculates with them as with numbers: sums, products, quotients and roots
    are rounded outwards, and what it asks is whether the number is certainly above or below another. The ends
    are for what is shown. Raises ValueError if the ends are not finite or not in order.
    """

    lower: float
    upper: float

    def __post_init__(self) -> None:
        if not (isfinite(self.lower) and isfinite(self.upper) and self.lower <= self.upper):
            raise ValueError(f"[{self.lower!r}, {self.upper!r}] encloses nothing")

    @classmethod
    def around(cls, value: float, radius: float) -> Enclosure:
        """The enclosure [value - radius, value + radius], rounded outwards.

        The slop covers four roundings of value and radius: two happen here, two are left to the caller.
        """
        slop = 2.0**-51 * (abs(value) + abs(radius))
        return cls(value - radius - slop, value + radius + slop)

    @classmethod
    def of(cls, number: float | Enclosure) -> Enclosure:
        """The number itself, as an enclosure of no width."""
        return number if isinstance(number, Enclosure) else cls(float(number), float(number))

    @property
    def middle(self) -> float:
        """The midpoint, the best single guess."""
        return self.lower + (self.upper - self.lower) / 2

    @property
    def radius(self) -> float:
        """The largest distance from the midpoint to an end, rounded up."""
        distance = max(self.upper - self.middle, self.middle - self.lower)
        return nextafter(distance, inf) if distance > 0 else 0.0

    def certainly_above(self, other: float | Enclosure) -> bool:
        """Whether every number in here is greater than the other, or than every number in it."""
        return self.lower > Enclosure.of(other).upper

    def certainly_below(self, other: float | Enclosure) -> bool:
        """Whether every number in here is less than the other, or than every number in it."""
        return self.upper < Enclosure.of(other).lower

    def scaled(self, factor: float) -> Enclosure:
        """The enclosure of factor times the number, rounded outwards."""
        return Enclosure.around(self.middle * factor, self.radius * abs(factor))

    def smaller(self, other: float | Enclosure) -> Enclosure:
        """The enclosure of the smaller of the two numbers."""
        second = Enclosure.of(other)
        return Enclosure(min(self.lower, second.lower), min(self.upper, second.upper))

    def larger(self, other: float | Enclosure) -> Enclosure:
        """The enclosure of the larger of the two numbers."""
        second = Enclosure.of(other)
        return Enclosure(max(self.lower, second.lower), max(self.upper, second.upper))

    def root(self) -> Enclosure:
        """The square root. Raises ValueError if no number in here has one; negative ones count as 0."""
        if self.upper < 0:
            raise ValueError(f"[{self.lower!r}, {self.upper!r}] has no square root")
        return _outwards([sqrt(max(self.lower, 0.0)), sqrt(self.upper)]).larger(0.0)

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.upper, -self.lower)

    def __add__(self, other: float | Enclosure) -> Enclosure:
        second = Enclosure.of(other)
        return _outwards([self.lower + second.lower, self.upper + second.upper])

    def __sub__(self, other: float | Enclosure) -> Enclosure:
        return self + -Enclosure.of(other)

    def __rsub__(self, other: float) -> Enclosure:
        return -self + other

    def __mul__(self, other: float | Enclosure) -> Enclosure:
        second = Enclosure.of(other)
        return _outwards([a * b for a in (self.lower, self.upper) for b in (second.lower, second.upper)])

    def __truediv__(self, other: float | Enclosure) -> Enclosure:
        second = Enclosure.of(other)
        if second.lower <= 0 <= second.upper:
            raise ZeroDivisionError(f"[{second.lower!r}, {second.upper!r}] may be 0")
        return _outwards([a / b for a in (self.lower, self.upper) for b in (second.lower, second.upper)])

    def __rtruediv__(self, other: float) -> Enclosure:
        return Enclosure.of(other) / self

    def __pow__(self, power: int) -> Enclosure:
        """A whole power, at least 1, of a number that is not negative in here."""
        result = self
        for _ in range(power - 1):
            result = result * self
        return result

    __radd__ = __add__
    __rmul__ = __mul__


def _outwards(values: list[float]) -> Enclosure:
    """The enclosure of rounded results: each is within one unit in the last place of its exact value."""
    return Enclosure(nextafter(min(values), -inf), nextafter(max(values), inf))
