"""The symbols that the proofs start from are the kernels that the checks evaluate, written by other hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy
from flint import arb

from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_profile, encoder_profile
from refute.numerics.balls import precision

ROUTES = [(encoder_symbol, encoder_profile), (decoder_symbol, decoder_profile)]
DIGITS = 30


@pytest.mark.parametrize(("symbol", "profile"), ROUTES)
@pytest.mark.parametrize("angle", [sympy.Rational(1, 7), sympy.Integer(1), sympy.Rational(31, 10)])
def test_the_symbols_are_the_profiles_in_balls(
    symbol: Callable[[Any], Any], profile: Callable[[Any], Any], angle: sympy.Rational
) -> None:
    with precision(128):
        ball = profile(arb(int(angle.p)) / int(angle.q))
        digits = arb(str(sympy.N(symbol(angle), DIGITS)))
        assert abs(ball - digits) < arb(10) ** (3 - DIGITS)


def test_the_ends_of_the_range_are_exact() -> None:
    assert encoder_symbol(sympy.Integer(0)) == decoder_symbol(sympy.Integer(0)) == sympy.Rational(1, 2)
    assert encoder_symbol(sympy.pi) == decoder_symbol(sympy.pi) == 0
    assert encoder_symbol(sympy.pi / 2) == 0
    assert decoder_symbol(sympy.pi / 2) == 1 / (2 * sympy.pi)
