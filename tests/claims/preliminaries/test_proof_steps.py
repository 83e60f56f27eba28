"""Identities close if and only if they hold, whichever of the ways to see it is the one that does."""

from __future__ import annotations

import pytest
import sympy

from claims.preliminaries.proof_steps import vanishes

X = sympy.symbols("x", positive=True)
FACTORIALS = sympy.gamma(X + 1) - X * sympy.gamma(X)
TRUE = {
    "products": (X + 1) ** 2 - X**2 - 2 * X - 1,
    "exponentials": sympy.cos(X) ** 2 - (1 + sympy.cos(2 * X)) / 2,
    "simplify alone": FACTORIALS,
}


@pytest.mark.parametrize("way", TRUE)
def test_a_true_identity_closes_and_a_neighbour_does_not(way: str) -> None:
    step = vanishes(way, TRUE[way])
    assert step.closed and step.detail == "0 = 0"
    for wrong in (TRUE[way] + sympy.Rational(1, 10**30), TRUE[way] * X + X / 10**30):
        assert not vanishes(way, wrong).closed


def test_each_case_is_decided_where_it_says() -> None:
    assert sympy.expand(TRUE["products"]) == 0
    assert sympy.expand(TRUE["exponentials"]) != 0
    assert sympy.expand(TRUE["exponentials"].rewrite(sympy.exp)) == 0
    assert sympy.expand(FACTORIALS.rewrite(sympy.exp)) != 0
