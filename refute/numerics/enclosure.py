"""An interval that contains a real number."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nextafter


@dataclass(frozen=True)
class Enclosure:
    """lower <= the number <= upper, both float64 and finite.

    Raises ValueError if the ends are not finite or not in order.
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

    @property
    def middle(self) -> float:
        """The midpoint, the best single guess."""
        return self.lower + (self.upper - self.lower) / 2

    @property
    def radius(self) -> float:
        """The largest distance from the midpoint to an end, rounded up."""
        distance = max(self.upper - self.middle, self.middle - self.lower)
        return nextafter(distance, inf) if distance > 0 else 0.0

    def scaled(self, factor: float) -> Enclosure:
        """The enclosure of factor times the number, rounded outwards."""
        return Enclosure.around(self.middle * factor, self.radius * abs(factor))
