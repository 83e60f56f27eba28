"""The compiled product with a kernel against the definition in float64, and against itself."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.native import build, gram
from models.native.gram import compiled_product
from refute.numerics.rounding import gamma
from tests.models.helpers import name, older, seeds, within
from tests.models.native_sums import (
    OLDER,
    SHARED,
    WIDE,
    Shape,
    case,
    dtypes,
    existing,
    needs,
    no_bit_changes,
    shapes,
)

needs_product = needs("product")


def the_product_is_exact_up_to_rounding(shape: Shape, seed: int, dtype: torch.dtype) -> None:
    _, m, d, n = shape
    rng = np.random.default_rng(seed)
    network, X, _ = case(shape, seed, dtype)
    A = network.A[0]
    D = torch.from_numpy(rng.uniform(size=(m, n)) < 0.5)
    V = torch.from_numpy(rng.standard_normal((n, d))).to(dtype)
    found = existing(compiled_product(A, X, D, V)).double()
    bound = (gamma(m + 2 * n + 2 * d, name(dtype)) + gamma(m + 2 * n + 2 * d)) * applied(A, X, D, V, True)
    assert within(found, applied(A, X, D, V, False), bound)


def applied(A: Tensor, X: Tensor, D: Tensor, V: Tensor, sizes: bool) -> Tensor:
    """sum_r D_ri a_r sum_j D_rj <x_i, x_j> <a_r, v_j> (n, d) in float64; of absolute values with `sizes`."""
    a, x, v = (part.double().abs() if sizes else part.double() for part in (A, X, V))
    return (D * ((D * (a @ v.mT)) @ x.mT @ x)).mT @ a


@needs_product
@given(shapes, seeds, dtypes)
def test_products_are_exact_up_to_rounding(shape: Shape, seed: int, dtype: torch.dtype) -> None:
    the_product_is_exact_up_to_rounding(shape, seed, dtype)


@needs_product
@pytest.mark.parametrize("shape", WIDE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_products_of_wide_networks_are_exact_up_to_rounding(shape: Shape, dtype: torch.dtype) -> None:
    the_product_is_exact_up_to_rounding(shape, 1, dtype)


@needs_product
@given(shapes, seeds, dtypes, st.integers(2, 5))
def test_the_number_of_threads_changes_no_bit(
    shape: Shape, seed: int, dtype: torch.dtype, threads: int
) -> None:
    threads_change_no_bit(shape, seed, dtype, threads)


@needs_product
@pytest.mark.parametrize("shape", SHARED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_sizes_that_threads_share_change_no_bit(shape: Shape, dtype: torch.dtype) -> None:
    threads_change_no_bit(shape, 3, dtype, 3)


def threads_change_no_bit(shape: Shape, seed: int, dtype: torch.dtype, threads: int) -> None:
    network, X, _ = case(shape, seed, dtype)
    pattern = network.W[0] @ X > 0
    no_bit_changes(lambda: [existing(compiled_product(network.A[0], X, pattern, X.mT))], threads)


older_processors = older("product.cpp")


@needs_product
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_vectors_of_another_size_compute_the_same_product(
    older: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(gram, "native", lambda: build.Native(older, "older"))
    for shape in OLDER:
        the_product_is_exact_up_to_rounding(shape, 3, dtype)
