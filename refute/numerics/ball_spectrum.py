"""The smallest eigenvalue of a small matrix of balls, enclosed by bisection where float64 cannot decide.

Floating-point arithmetic resolves eigenvalues to about u times the norm; the sign of a smaller one is a
matter of precision. Here trial values are compared with lambda_min by L D L^T in balls, at rising precision,
so that the enclosure is verified and as narrow, relative to the eigenvalue, as is asked for. An eigenvalue of
zero, in a matrix that is not exactly representable, is never told from one of 2^-500; then the enclosure
contains zero and is as short as the precision allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nextafter, sqrt

from flint import arb, ctx

from refute.numerics.balls import Order, at_rising_precision, order_of_smallest_eigenvalue
from refute.numerics.enclosure import Enclosure

LARGEST_MATRIX = 16
"""Order of a matrix beyond which ball arithmetic is slow (an L D L^T takes milliseconds at this order)."""
_SMALLEST = 2.0**-1000
_ACCURACY = 2.0**-20

Build = Callable[[], Sequence[Sequence[arb]]]
"""Builds the symmetric matrix at the precision set in flint's context."""


def smallest_eigenvalue_in_balls(
    build: Build, around: Enclosure, accuracy: float = _ACCURACY, smallest: float = _SMALLEST
) -> Enclosure:
    """A verified enclosure of lambda_min inside `around`, of relative width at most `accuracy`.

    build: the matrix, of order 16 or so. around: any verified enclosure, such as float64's. An eigenvalue
    that is not told from zero by `smallest` (or whose sign no precision decides) is enclosed around zero. The
    width is larger only where balls of 512 bits do not decide.
    """
    compare = _comparison(build)
    sign = _sign(compare, around)
    if sign is Order.EQUAL:
        return Enclosure(0.0, 0.0)
    if sign is Order.GREATER:
        low, high = _magnitude(compare, around.upper, accuracy, smallest)
        return Enclosure(max(low, around.lower), high)
    mirrored = _mirrored(compare)
    if sign is Order.LESS:
        low, high = _magnitude(mirrored, -around.lower, accuracy, smallest)
        return Enclosure(-high, min(-low, around.upper))
    return Enclosure(-_least(mirrored, -around.lower, smallest), _least(compare, around.upper, smallest))


Comparison = Callable[[float], Order]
"""How lambda_min compares with a number."""


def _comparison(build: Build) -> Comparison:
    matrices: dict[int, Sequence[Sequence[arb]]] = {}

    def at(number: float) -> Order:
        if ctx.prec not in matrices:
            matrices[ctx.prec] = build()
        return order_of_smallest_eigenvalue(matrices[ctx.prec], arb(number))

    return lambda number: at_rising_precision(lambda: at(number))[0]


def _mirrored(compare: Comparison) -> Comparison:
    """How -lambda_min compares with a number."""
    swapped = {Order.LESS: Order.GREATER, Order.GREATER: Order.LESS}
    return lambda number: swapped.get(found := compare(-number), found)


def _sign(compare: Comparison, around: Enclosure) -> Order:
    if around.lower > 0:
        return Order.GREATER
    return Order.LESS if around.upper < 0 else compare(0.0)


def _magnitude(compare: Comparison, high: float, accuracy: float, smallest: float) -> tuple[float, float]:
    """Ends of a positive number that is at most `high`: (0, `smallest`) if it is smaller than that."""
    low = max(high / 2, smallest)
    factor = 0.5
    high = nextafter(high, inf)
    while (found := compare(low)) is not Order.GREATER:
        if found is Order.EQUAL:
            return low, low
        high = low if found is Order.LESS else high
        if low <= smallest:
            return 0.0, high
        low = max(low * factor, smallest)
        factor = factor * factor
    while high - low > accuracy * low:
        middle = sqrt(low) * sqrt(high) if high > 2 * low else low + (high - low) / 2
        found = compare(middle)
        if found is Order.UNKNOWN:
            return low, high
        low = low if found is Order.LESS else middle
        high = high if found is Order.GREATER else middle
    return low, high


def _least(compare: Comparison, high: float, smallest: float) -> float:
    """A number that the eigenvalue is certainly below, within a factor of 2 of the least one found."""
    high = nextafter(high, inf)
    low = smallest
    while high > 2 * low:
        middle = sqrt(low) * sqrt(high)
        low, high = (low, middle) if compare(middle) is Order.LESS else (middle, high)
    return high
