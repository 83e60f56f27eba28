from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from claims.perturbation.exact_numbers import Surd, exceeds_top, norm_square, rational

PAIRS = list(product(range(-3, 4), repeat=2))


@pytest.mark.parametrize("k", [2, 3, 4, 6])
def test_surds_compute_and_compare_like_the_numbers_that_they_are(k: int) -> None:
    numbers = [Surd(Fraction(a), Fraction(b, 2), k) for a, b in PAIRS]
    floats = [a + b / 2 * math.sqrt(k) for a, b in PAIRS]
    for x, value in zip(numbers, floats, strict=True):
        for y, other in zip(numbers, floats, strict=True):
            assert as_float(x + y) == pytest.approx(value + other)
            assert as_float(x - y) == pytest.approx(value - other)
            assert as_float(x * y) == pytest.approx(value * other)
            if y.sign():
                assert as_float(x / y * y) == pytest.approx(value)
            if abs(value - other) > 1e-9:
                assert (x <= y) == (value <= other)


def as_float(x: Surd) -> float:
    return float(x.a) + float(x.b) * math.sqrt(x.k)


def test_a_difference_beyond_float64_has_a_sign() -> None:
    root = Surd(Fraction(0), Fraction(1), 2)
    near = Fraction(math.isqrt(2 * 10**80), 10**40)
    assert float(near) == math.sqrt(2)
    assert (root - near).sign() == 1
    assert (near - root).sign() == -1


def test_a_whole_root_is_a_rational_number() -> None:
    assert Surd(Fraction(-4), Fraction(2), 4).sign() == 0
    with pytest.raises(ZeroDivisionError):
        Surd(Fraction(1), Fraction(0), 4) / Surd(Fraction(-4), Fraction(2), 4)


def test_the_norm_of_a_sum_with_a_root() -> None:
    generator = np.random.default_rng(0)
    plain, rooted = generator.standard_normal((2, 3, 2))
    exact = norm_square(rational(plain), rational(rooted), 6)
    assert as_float(exact) == pytest.approx(np.square(plain + math.sqrt(6) * rooted).sum())


def test_the_top_eigenvalue_is_not_exceeded_by_itself() -> None:
    gram = rational(np.array([[2.0, 1.0], [1.0, 2.0]]))
    tiny = Fraction(1, 2**200)
    assert not exceeds_top(Fraction(3), gram)
    assert exceeds_top(3 + tiny, gram)
    assert not exceeds_top(3 - tiny, gram)
    golden = rational(np.array([[1.0, 1.0], [1.0, 0.0]]))
    top = Surd(Fraction(1, 2), Fraction(1, 2), 5)
    assert not exceeds_top(top, golden)
    assert exceeds_top(top + tiny, golden)
    assert not exceeds_top(top - tiny, golden)
