"""N1. The square of a sum is at most twice the sum of the squares.

Statement. (x + y)^2 <= 2 x^2 + 2 y^2, with equality exactly when x = y.

Assumptions. None.

Symbols. x, y real.

Refuted by. Two numbers for which the left-hand side is the larger one.

A pass does not show. Anything about numbers that the search did not visit.

Source. The square of x - y is not negative.
"""

from fractions import Fraction

from hypothesis import strategies as st

from refute import Claim, Comparison, Comparisons, Compute, Instance, Kind, Sibling, at_most, settled_exactly
from refute.numerics.rounding import gamma


def check(instance: Instance, _: Compute) -> Comparisons:
    """Both sides in floating point."""
    x = instance.x
    y = instance.y
    rounding = gamma(4) * ((abs(x) + abs(y)) ** 2 + 2 * x * x + 2 * y * y)
    return (at_most("square of the sum", (x + y) ** 2, 2 * x * x + 2 * y * y, rounding),)


def escalate(instance: Instance, comparison: Comparison) -> Comparison:
    """Both sides in fractions."""
    x = Fraction(instance.x)
    y = Fraction(instance.y)
    holds = (x + y) ** 2 <= 2 * x * x + 2 * y * y
    return settled_exactly(comparison, holds)


def three_halves(instance: Instance, _: Compute) -> Comparisons:
    """The false statement."""
    x = instance.x
    y = instance.y
    rounding = gamma(4) * ((abs(x) + abs(y)) ** 2 + 1.5 * x * x + 1.5 * y * y)
    return (at_most("square of the sum", (x + y) ** 2, 1.5 * x * x + 1.5 * y * y, rounding),)


NUMBERS = st.integers(-1000, 1000).map(lambda k: k / 8)

CLAIM = Claim(
    id="N1",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=st.builds(Instance, x=NUMBERS, y=NUMBERS),
    check=check,
    escalate=escalate,
    classes={"x = y": lambda instance: bool(instance.x == instance.y)},
    strata={"x = y": NUMBERS.map(lambda x: Instance(x=x, y=x))},
    uses=("N3",),
    least=3,
    siblings=(
        Sibling(
            name="three-halves",
            statement="(x + y)^2 <= 1.5 x^2 + 1.5 y^2",
            because="at x = y = 1 the left-hand side is 4 and the right-hand side 3",
            falls="square of the sum",
            check=three_halves,
        ),
    ),
)
