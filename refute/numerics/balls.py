"""Decisions in ball arithmetic (Arb through python-flint): exact up to a radius that shrinks on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from math import inf, nextafter

from flint import arb, ctx

from refute.numerics.enclosure import Enclosure

PRECISIONS = (128, 256, 512)
"""Bits tried one after the other by an escalation."""


class Order(Enum):
    """How two real numbers compare."""

    LESS = "less"
    EQUAL = "equal"
    GREATER = "greater"
    UNKNOWN = "unknown"


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at `bits` bits inside the block and restore the precision that was set before."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def order(left: arb, right: arb) -> Order:
    """Compare two balls; UNKNOWN when they overlap and are not the same exact number."""
    if left < right:
        return Order.LESS
    if left > right:
        return Order.GREATER
    return Order.EQUAL if left.is_exact() and right.is_exact() and left == right else Order.UNKNOWN


def order_of_smallest_eigenvalue(matrix: Sequence[Sequence[arb]], bound: arb) -> Order:
    """Compare lambda_min of a symmetric matrix of balls with a ball: L D L^T of matrix - bound I.

    All pivots positive: GREATER. A negative diagonal entry or 2x2 minor of a Schur complement: LESS (it is
    not positive semi-definite). An exactly zero Schur complement after positive pivots: EQUAL. Anything else
    is UNKNOWN at this precision. The largest diagonal entry is the next pivot.
    """
    S = [[entry - bound if i == j else entry for j, entry in enumerate(row)] for i, row in enumerate(matrix)]
    while S:
        if any(S[i][i] < 0 for i in range(len(S))):
            return Order.LESS
        best = max(range(len(S)), key=lambda i: float(S[i][i].mid()))
        pivot = S[best][best]
        if not pivot > 0:
            return _order_without_pivot(S)
        rest = [i for i in range(len(S)) if i != best]
        S = [[S[i][j] - S[i][best] * S[best][j] / pivot for j in rest] for i in rest]
    return Order.GREATER


def _order_without_pivot(S: list[list[arb]]) -> Order:
    if all(entry.is_zero() for row in S for entry in row):
        return Order.EQUAL
    minors = (S[i][i] * S[j][j] - S[i][j] * S[j][i] for i in range(len(S)) for j in range(i))
    return Order.LESS if any(minor < 0 for minor in minors) else Order.UNKNOWN


def enclosure_of(ball: arb) -> Enclosure:
    """The float64 enclosure of a ball, rounded outwards. Raises ValueError if the ball is not finite."""
    around = Enclosure.around(float(ball.mid()), float(ball.rad()))
    if ball.is_zero():
        return around
    return Enclosure(nextafter(around.lower, -inf), nextafter(around.upper, inf))


def ball_of(enclosure: Enclosure) -> arb:
    """A ball that holds an enclosure, at the precision in force."""
    return arb(enclosure.lower).union(arb(enclosure.upper))


def at_rising_precision(decide: Callable[[], Order]) -> tuple[Order, int]:
    """Call `decide` at rising precision until it knows; return its answer and the bits that were used."""
    for bits in PRECISIONS:
        with precision(bits):
            answer = decide()
        if answer is not Order.UNKNOWN:
            return answer, bits
    return Order.UNKNOWN, PRECISIONS[-1]
