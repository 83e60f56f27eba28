"""Rounding bounds against exact fractions."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refute.numerics.rounding import gamma, product_rounding, unit_roundoff

# Either zero or far from underflow, so that a product of four is exact up to relative roundings.
ENTRIES = st.one_of(st.just(0.0), st.floats(2.0**-20, 2.0**20), st.floats(-(2.0**20), -(2.0**-20)))
Exact = list[list[Fraction]]


def test_the_unit_roundoff_is_half_the_spacing_at_one() -> None:
    for dtype in (np.float64, np.float32):
        assert unit_roundoff(np.dtype(dtype).name) == float(np.finfo(dtype).eps) / 2
    with pytest.raises(
        ValueError, match="no rounding bounds for dtype 'float16'; use one of float64, float32"
    ):
        unit_roundoff("float16")


@given(st.integers(0, 2**52), st.sampled_from(["float64", "float32"]))
def test_gamma_is_k_u_over_one_minus_k_u(k: int, dtype: str) -> None:
    share = k * Fraction(unit_roundoff(dtype))
    if share >= 1:
        with pytest.raises(ValueError, match="leave no significant digit"):
            gamma(k, dtype)
        return
    exact = share / (1 - share)
    u = Fraction(unit_roundoff())
    # Only the subtraction and the quotient round.
    assert abs(Fraction(gamma(k, dtype)) - exact) <= exact * ((1 + u) / (1 - u) - 1)


def test_gamma_needs_a_significant_digit() -> None:
    for k, dtype in ((2**53, "float64"), (2**24, "float32")):
        assert gamma(k - 1, dtype) == k - 1
        with pytest.raises(ValueError, match=f"{k} operations in {dtype} leave no significant digit"):
            gamma(k, dtype)


def exactly(matrix: np.ndarray) -> Exact:
    return [[Fraction(float(entry)) for entry in row] for row in matrix]


def times(A: Exact, B: Exact) -> Exact:
    return [
        [
            sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0))
            for column in zip(*B, strict=True)
        ]
        for row in A
    ]


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5), st.data(), st.sampled_from(["float64", "float32"])
)
def test_a_product_errs_by_no_more_than_its_bound(sizes: list[int], data: st.DataObject, dtype: str) -> None:
    factors = [
        data.draw(hnp.arrays(np.float64, shape, elements=ENTRIES)).astype(dtype) for shape in pairwise(sizes)
    ]
    computed = exactly(reduce(np.matmul, factors))
    exact = reduce(times, map(exactly, factors))
    error = sum(
        (c - e) ** 2 for rows in zip(computed, exact, strict=True) for c, e in zip(*rows, strict=True)
    )
    bound = product_rounding(sum(sizes[1:-1]), *factors, dtype=dtype)
    assert error <= Fraction(bound) ** 2


def test_the_bound_of_a_product_is_gamma_times_the_product_of_sizes() -> None:
    A = np.array([[3.0, -2.0]])
    B = np.array([[1.0], [0.5]])
    assert product_rounding(2, A, B) == 4.0 * gamma(2)
    assert product_rounding(5, A) == gamma(5) * float(np.linalg.norm(A))
    assert product_rounding(2, A, B, dtype="float32") == 4.0 * gamma(2, "float32")
