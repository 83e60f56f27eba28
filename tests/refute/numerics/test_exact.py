"""Floats as fractions: exactly what they are, and formulas on them stay exact."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute import exact


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_fraction_that_it_is(x: float) -> None:
    assert float(exact(x)) == x
    assert exact(np.float64(x)) == exact(x) == Fraction(x)


def test_formulas_on_arrays_are_exact() -> None:
    x = exact(np.array([0.1, 0.2, 0.3]))
    assert x.shape == (3,)
    assert x.sum() == Fraction(0.1) + Fraction(0.2) + Fraction(0.3) != Fraction(0.6)
    assert x @ x == sum(value * value for value in x)
    A = exact(np.arange(6.0).reshape(2, 3))
    assert (A @ x).tolist() == [x[1] + 2 * x[2], 3 * x[0] + 4 * x[1] + 5 * x[2]]
    assert isinstance(exact(np.float32(0.1)), Fraction)


@pytest.mark.parametrize("number", [3, np.int64(3), 10**30])
def test_whole_numbers_are_fractions(number: int) -> None:
    assert exact(number) == Fraction(int(number))


@pytest.mark.parametrize("number", [float("inf"), float("nan"), np.array([1.0, -np.inf])])
def test_what_is_not_finite_is_no_fraction(number: float) -> None:
    with pytest.raises(ValueError, match="is no fraction: only finite numbers are"):
        exact(number)
