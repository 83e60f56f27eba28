"""A plot as a record: what a paper declares and an audit stores, validated also when it is read from JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Scale = Literal["linear", "log"]
Style = Literal["line", "points", "dashed", "band", "bars", "heat"]
_EDGED = ("band", "bars")

_ID = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Axis:
    """label: what is shown, with its unit. scale: linear or log. Raises ValueError for any other scale."""

    label: str
    scale: Scale = "linear"

    def __post_init__(self) -> None:
        if self.scale not in get_args(Scale):
            raise ValueError(
                f"the scale of an axis is one of {', '.join(get_args(Scale))}, not {self.scale!r}"
            )


@dataclass(frozen=True)
class Series:
    """One curve. x, y: equally long, not empty, finite. low, high: the edges of a band or of bars around y.

    value: of a heat map, the positive number that colours the place (x, y). Raises ValueError, naming the
    series, if the numbers do not make a curve.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: Style = "line"
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    value: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.style not in get_args(Style):
            known = ", ".join(get_args(Style))
            raise ValueError(f"series {self.label!r}: the style is one of {known}, not {self.style!r}")
        if (self.style in _EDGED) != (self.low is not None and self.high is not None):
            raise ValueError(f"series {self.label!r}: a band or bars, and nothing else, has low and high")
        if (self.style == "heat") != (self.value is not None):
            raise ValueError(f"series {self.label!r}: a heat map, and nothing else, has values")
        if min(self.value or (1.0,)) <= 0:
            raise ValueError(f"series {self.label!r}: a heat map has a logarithmic scale, of positive values")
        for name, values in self.columns().items():
            if len(values) != len(self.x) or not values:
                raise ValueError(
                    f"series {self.label!r}: {name} has {len(values)} values, x has {len(self.x)}"
                )
            if not all(map(math.isfinite, values)):
                raise ValueError(f"series {self.label!r}: {name} holds a number that is not finite")
        if any(low > high for low, high in zip(self.low or (), self.high or (), strict=True)):
            raise ValueError(f"series {self.label!r}: low exceeds high")

    def columns(self) -> dict[str, tuple[float, ...]]:
        """The numbers by name, without those that the style does not have."""
        named = {"x": self.x, "y": self.y, "low": self.low, "high": self.high, "value": self.value}
        return {name: values for name, values in named.items() if values is not None}


@dataclass(frozen=True)
class Mark:
    """A labelled vertical line at x."""

    x: float
    label: str


@dataclass(frozen=True)
class Plot:
    """A figure with its title and caption; heat maps stand side by side in one.

    id: lower-case letters, digits and hyphens, unique in an audit. claims: the labels of the claims that it
    belongs to. numbers: what the figure says in numbers, by name, for a headline to quote. Raises ValueError
    if there is no series, the id is malformed, a logarithmic axis meets a number that is not positive, or one
    of the named numbers is not finite.
    """

    id: str
    title: str
    caption: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    claims: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"a plot's id is lower-case letters, digits and hyphens, not {self.id!r}")
        if not self.series:
            raise ValueError(f"plot {self.id}: there is no series to draw")
        if len({series.style == "heat" for series in self.series}) > 1:
            raise ValueError(f"plot {self.id}: a heat map and a curve do not share a plot")
        if not all(math.isfinite(mark.x) for mark in self.marks):
            raise ValueError(f"plot {self.id}: a mark stands at a number that is not finite")
        for name, number in self.numbers.items():
            if not math.isfinite(number):
                raise ValueError(f"plot {self.id}: its number {name} is not finite")
        for axis, numbers in (("x", self._across()), ("y", self._up())):
            if getattr(self, axis).scale == "log" and min(numbers) <= 0:
                raise ValueError(
                    f"plot {self.id}: the {axis} axis is logarithmic and {min(numbers):g} is not positive"
                )

    def _across(self) -> list[float]:
        return [value for one in self.series for value in one.x] + [mark.x for mark in self.marks]

    def _up(self) -> list[float]:
        columns = [(name, values) for one in self.series for name, values in one.columns().items()]
        return [value for name, values in columns if name not in ("x", "value") for value in values]
