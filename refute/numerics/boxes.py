"""Inequalities on boxes of real parameters, proved by bisection in ball arithmetic.

A function of one or more real parameters is given as Python code that works on balls (`arb`) and, for its
derivatives, on power series of balls (`arb_series`): sums, products, quotients, and methods such as sin, cos,
exp, log and sqrt, without branches. Its values over a box are enclosed three times, by the code itself, by
the mean-value form and by monotonicity, and the enclosures are intersected. A box on which the sign stays
open is halved. Near a zero that is known exactly the sign is that of the Taylor coefficient of the zero's
order (Lagrange's remainder), which does not vanish there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flint import arb, arb_series, ctx

from refute.numerics.balls import precision

Side = tuple[float, float]
"""The range of one parameter, ends included; both ends are exact."""

Function = Callable[..., Any]
"""Takes one ball or series per parameter and returns one."""

CAP = 20_000
DEPTH = 40
"""A side is halved at most this often; what is undecided then is called unsettled."""


@dataclass(frozen=True)
class Answer:
    """Whether a function is positive on the whole of a box.

    positive: True if it is, zeros that were stated excepted; False if it is not positive somewhere, and `box`
    is a place (a point, or a box on which it is nowhere positive); None if neither could be settled, and
    `box` is the first part that resisted. boxes: how many parts were looked at.
    """

    positive: bool | None
    boxes: int
    box: tuple[Side, ...] = ()

    def __str__(self) -> str:
        count = f"{self.boxes} box{'' if self.boxes == 1 else 'es'}"
        if self.positive:
            return f"decided on {count}"
        place = " x ".join(f"[{low!r}, {high!r}]" for low, high in self.box)
        return f"{'not positive' if self.positive is False else 'not settled'} on {place}, after {count}"


def is_positive(
    function: Function,
    *sides: Side,
    zeros: Mapping[float, int] | None = None,
    cap: int = CAP,
    bits: int = 128,
) -> Answer:
    """Decide whether function > 0 on the product of `sides`, or say that it is not settled.

    zeros: for one parameter, points of its side at which the function is known to vanish, with a known order;
    they are excepted from the statement. That it vanishes to this order is the caller's to prove: here only a
    coefficient that is certainly not zero is noticed. cap: the most parts to look at. Raises ValueError for
    sides without an interior, for zeros outside of the side or of several parameters, and for a stated zero
    that is none.
    """
    known = dict(zeros or {})
    _require_sides(sides, known)
    with precision(bits):
        for zero, order in known.items():
            _require_zero(function, zero, order)
        return _bisect(function, sides, known, cap)


def enclose(function: Function, *balls: arb) -> arb:
    """A tight ball around the values of the function on a box of balls.

    It is the tightest one, up to rounding, where every partial derivative has a sign.
    """
    ends = [(b.lower(), b.upper()) for b in balls]
    slopes = [_taylor(function, balls, place, 1)[1] for place in range(len(balls))]
    middles = [b.mid() for b in balls]
    linear = arb(0) + function(*middles)
    for slope, b, middle in zip(slopes, balls, middles, strict=True):
        linear += slope * (b - middle)
    found = _tighter(arb(0) + function(*balls), linear)
    signs = [1 if slope > 0 else -1 if slope < 0 else 0 for slope in slopes]
    if not any(signs):
        return found
    least = [(b, low, high)[s] for s, b, (low, high) in zip(signs, balls, ends, strict=True)]
    most = [(b, high, low)[s] for s, b, (low, high) in zip(signs, balls, ends, strict=True)]
    return _tighter(found, (arb(0) + function(*least)).union(arb(0) + function(*most)))


def quotient(function: Function, ball: arb, zero: arb | float, order: int) -> arb:
    """A ball around function(x) / (x - zero)^order for every x in the ball, `zero` itself excepted.

    The function must vanish to this order at `zero`. By Lagrange's remainder the quotient is the Taylor
    coefficient of that order at some point between x and zero.
    """
    return _taylor(function, (ball.union(arb(zero)),), 0, order)[order]


def ball_of(side: Side) -> arb:
    """The ball with these ends, exact where its radius has at most 30 bits."""
    low = arb(side[0])
    high = arb(side[1])
    return (low + high) / 2 + arb(0, (high - low) / 2)


def _bisect(function: Function, sides: Sequence[Side], zeros: Mapping[float, int], cap: int) -> Answer:
    todo = _pieces(sides, zeros)
    resisted: tuple[Side, ...] = ()
    for count in range(1, cap + 1):
        box = todo.pop()
        sign, place = _sign(function, box, zeros)
        if sign < 0:
            return Answer(False, count, place)
        if sign == 0:
            halves = _halves(box, sides)
            todo += halves
            resisted = resisted or (() if halves else box)
        if not todo:
            return Answer(None if resisted else True, count, resisted)
    return Answer(None, cap, resisted or todo[-1])


def _sign(
    function: Function, box: tuple[Side, ...], zeros: Mapping[float, int]
) -> tuple[int, tuple[Side, ...]]:
    """1 or -1 if the function is positive or nowhere positive on the box, and where; 0 if that is open."""
    balls = [ball_of(side) for side in box]
    at = next((zero for zero in zeros if zero in box[0]), None)
    if at is not None:
        coefficient = quotient(function, balls[0], at, zeros[at])
        value = coefficient if box[0][0] == at or zeros[at] % 2 == 0 else -coefficient
    else:
        value = arb(0) + function(*balls)
        if not (value > 0 or value <= 0):
            value = enclose(function, *balls)
    if value > 0:
        return 1, box
    if value <= 0:
        return -1, box
    # One point suffices for a failure, and is found long before a box on which it is certain.
    centre = [_middle(side) for side in box]
    fails = arb(0) + function(*(arb(x) for x in centre)) <= 0
    return (-1, tuple((x, x) for x in centre)) if fails else (0, box)


def _pieces(sides: Sequence[Side], zeros: Mapping[float, int]) -> list[tuple[Side, ...]]:
    """The box, cut so that every part touches at most one stated zero, at an end."""
    if not zeros:
        return [tuple(sides)]
    places = sorted(zeros)
    cuts = {*sides[0], *places, *(_middle(pair) for pair in pairwise(places))}
    return [((low, high),) for low, high in pairwise(sorted(cuts))]


def _halves(box: tuple[Side, ...], sides: Sequence[Side]) -> list[tuple[Side, ...]]:
    """The box halved along the side that is the largest share of its original; none at the last depth."""
    shares = [(high - low) / (b - a) for (low, high), (a, b) in zip(box, sides, strict=True)]
    place = max(range(len(box)), key=shares.__getitem__)
    low, high = box[place]
    middle = _middle(box[place])
    if shares[place] <= 2.0**-DEPTH or not low < middle < high:
        return []
    return [(*box[:place], half, *box[place + 1 :]) for half in ((middle, high), (low, middle))]


def _middle(side: Side) -> float:
    return side[0] + (side[1] - side[0]) / 2


def _taylor(function: Function, balls: Sequence[arb], place: int, order: int) -> list[arb]:
    """The Taylor coefficients in one parameter, up to an order, over a box of centres."""
    with _terms(order + 1):
        series = arb_series([balls[place], 1], order + 1)
        value = function(*balls[:place], series, *balls[place + 1 :])
        if not isinstance(value, arb_series):
            return [arb(0) + value] + [arb(0)] * order
        if value.prec <= order:
            raise ValueError(f"the function loses its Taylor coefficients beyond order {value.prec - 1}")
        return [value[k] for k in range(order + 1)]


@contextmanager
def _terms(count: int) -> Iterator[None]:
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


def _tighter(first: arb, second: arb) -> arb:
    if first.is_finite() and second.is_finite():
        return first.intersection(second)
    return first if first.is_finite() else second


def _require_sides(sides: Sequence[Side], zeros: Mapping[float, int]) -> None:
    if not sides or not all(low < high for low, high in sides):
        raise ValueError(f"every side needs a lower end below its upper end, got {sides}")
    if zeros and len(sides) > 1:
        raise ValueError("zeros are stated for functions of one parameter")
    if outside := [zero for zero in zeros if not sides[0][0] <= zero <= sides[0][1]]:
        raise ValueError(f"the zero {outside[0]!r} lies outside of {sides[0]}")


def _require_zero(function: Function, zero: float, order: int) -> None:
    lower = _taylor(function, (arb(zero),), 0, order)[:order]
    if order < 1 or not all(coefficient.contains(0) for coefficient in lower):
        raise ValueError(f"the function does not vanish to order {order} at {zero!r}")
