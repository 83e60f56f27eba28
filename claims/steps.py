"""Steps of machine-checked proofs: identities closed by computer algebra, inequalities by balls."""

from __future__ import annotations

import sympy

from refute import Step
from refute.numerics.boxes import Answer


def vanishes(label: str, difference: sympy.Expr) -> Step:
    """An identity: it closes if the difference of its sides simplifies to zero."""
    rest = sympy.simplify(difference)
    return Step(label, closed=rest == 0, detail=f"{rest} = 0")


def on_boxes(label: str, answer: Answer) -> Step:
    """An inequality on a whole domain: it closes if balls decided it on every box of a covering."""
    return Step(label, closed=answer.positive is True, detail=f"balls: {answer}")
