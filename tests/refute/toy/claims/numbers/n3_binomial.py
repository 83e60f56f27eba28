"""N3. The binomial formula.

Statement. (x + y)^2 = x^2 + 2 x y + y^2.

Assumptions. None.

Symbols. x, y whole numbers.

Refuted by. Two numbers for which the sides differ.

A pass does not show. Anything; the formula is proved.

Source. Multiplication is distributive.
"""

from collections.abc import Sequence
from functools import partial

import sympy
from hypothesis import strategies as st

from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Step, equal


def check(mixed: int, instance: Instance, _: Compute) -> Comparisons:
    """Both sides in whole numbers that float64 holds exactly."""
    x = instance.x
    y = instance.y
    return (equal("square of the sum", (x + y) ** 2, x * x + mixed * x * y + y * y, rounding=0.0),)


def proof() -> Sequence[Step]:
    """The difference expands to zero."""
    x, y = sympy.symbols("x y")
    rest = sympy.expand((x + y) ** 2 - x**2 - 2 * x * y - y**2)
    return (Step("the difference expands to zero", rest == 0),)


CLAIM = Claim(
    id="N3",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=st.builds(Instance, x=st.integers(-1000, 1000), y=st.integers(-1000, 1000)),
    check=partial(check, 2),
    proof=proof,
    examples=(Instance(x=3, y=4),),
    least=3,
    siblings=(
        Sibling(
            name="no-mixed-term",
            statement="(x + y)^2 = x^2 + y^2",
            because="at x = y = 1 the left-hand side is 4 and the right-hand side 2",
            falls="square of the sum",
            check=partial(check, 0),
        ),
    ),
)
