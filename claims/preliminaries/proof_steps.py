"""Steps of machine-checked proofs: identities closed by computer algebra, inequalities by balls."""

from __future__ import annotations

import sympy

from refute import Step
from refute.numerics import Answer


def vanishes(label: str, difference: sympy.Expr) -> Step:
    """An identity: it closes if the difference of its sides expands or simplifies to zero."""
    rest = sympy.Integer(0) if _expands_to_zero(difference) else sympy.simplify(difference)
    return Step(label, closed=rest == 0, detail=f"{rest} = 0")


# Asked first, because simplify tries a hundred ways before it says the same.
def _expands_to_zero(difference: sympy.Expr) -> bool:
    """Whether the products, or the exponentials behind the functions, cancel term by term."""
    return bool(sympy.expand(difference) == 0 or sympy.expand(difference.rewrite(sympy.exp)) == 0)


def on_boxes(label: str, answer: Answer) -> Step:
    """An inequality on a whole domain: it closes if balls decided it on every box of a covering."""
    return Step(label, closed=answer.positive is True, detail=f"balls: {answer}")
