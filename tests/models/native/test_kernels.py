"""Compiled tangent kernels and their change, against the definition by einsum in float64 and themselves."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.kernels.finite import decoder_gram, encoder_gram, tangent_kernel
from models.kernels.tracking import track, update
from models.native import build, gram
from models.native.gram import compiled_kernel, compiled_moves
from models.networks.autoencoder import Network
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, name, older, seeds, within
from tests.models.native_sums import (
    OLDER,
    SHARED,
    WIDE,
    Shape,
    case,
    decided,
    dtypes,
    existing,
    naive,
    needs,
    no_bit_changes,
    shapes,
    spread,
)

needs_kernels = needs("kernel")


def the_encoder_is_exact_up_to_rounding(shape: Shape, seed: int, dtype: torch.dtype) -> None:
    network, X, keep = case(shape, seed, dtype)
    _, m, d, _ = shape
    Y = X.double()
    D = (network.W.double() @ Y > 0) & keep[:, :, None]
    H = existing(compiled_kernel(network.W, network.A, X, keep, False))
    exact = naive(D, network.A)
    size = naive(D, network.A.abs())
    bound = (
        (gamma(m + d + 4, name(dtype)) + gamma(m + d + 4)) * size * spread(Y.abs().mT @ Y.abs(), d) / (m * d)
    )
    assert H.dtype == dtype and torch.equal(H, H.mT)
    assert within(H.double(), exact * spread(Y.mT @ Y, d) / (m * d), bound)


def the_decoder_is_exact_up_to_rounding(shape: Shape, seed: int, dtype: torch.dtype) -> None:
    network, X, _ = case(shape, seed, dtype)
    _, m, d, n = shape
    W = network.W.double()
    Y = X.double()
    H = existing(compiled_kernel(network.W, None, X, None, True)).double()
    Phi = torch.relu(W @ Y)
    size = W.abs() @ Y.abs()
    bound = (gamma(m + 2 * d + 4, name(dtype)) + gamma(m + 2 * d + 4)) * (size.mT @ size) / (m * d)
    same_output = torch.eye(d, dtype=torch.float64).repeat(n, n)
    assert torch.equal(H, H.mT)
    assert within(H, spread(Phi.mT @ Phi, d) / (m * d) * same_output, spread(bound, d) * same_output)


@needs_kernels
@given(shapes, seeds, dtypes)
def test_kernels_are_exact_up_to_rounding(shape: Shape, seed: int, dtype: torch.dtype) -> None:
    the_encoder_is_exact_up_to_rounding(shape, seed, dtype)
    the_decoder_is_exact_up_to_rounding(shape, seed, dtype)


@needs_kernels
@pytest.mark.parametrize("shape", WIDE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_wide_kernels_are_exact_up_to_rounding(shape: Shape, dtype: torch.dtype) -> None:
    the_encoder_is_exact_up_to_rounding(shape, 1, dtype)
    the_decoder_is_exact_up_to_rounding(shape, 1, dtype)


@needs_kernels
@given(shapes, seeds, dtypes)
def test_one_pass_for_both_layers_gives_the_sum_of_their_kernels(
    shape: Shape, seed: int, dtype: torch.dtype
) -> None:
    network, X, keep = case(shape, seed, dtype)
    W = network.W
    A = network.A
    parts = compiled_kernel(W, A, X, keep, False), compiled_kernel(W, None, X, None, True)
    together = existing(compiled_kernel(W, A, X, keep, True))
    assert torch.equal(together, existing(parts[0]) + existing(parts[1]))


@needs_kernels
@given(shapes, seeds, dtypes, st.floats(0, 1))
def test_a_change_of_pattern_is_summed_up_to_rounding(
    shape: Shape, seed: int, dtype: torch.dtype, share: float
) -> None:
    _, m, d, n = shape
    rng = np.random.default_rng(seed)
    network, X, _ = case((1, *shape[1:]), seed, dtype)
    W = network.W[0]
    A = network.A[0]
    now = network.W[0].double() @ X.double() > 0
    before = torch.from_numpy(rng.uniform(size=(m, n)) < share)
    start = X.new_zeros(n * (n + 1) // 2, d * (d + 1) // 2)
    kernel, sums, pattern, changed = existing(compiled_moves(W, A, X, before, start))
    assert not bool(((now != pattern) & decided(W, X)).any())
    assert changed == int((pattern != before).any(1).sum())
    moved = (pattern != before).any(1)
    # Of the neurons that changed alone: the others would cancel up to a rounding relative to their own size.
    new = (pattern & moved[:, None])[None]
    old = (before & moved[:, None])[None]
    gained = naive(new, A[None])[0] - naive(old, A[None])[0]
    size = naive(new, A.abs()[None])[0] + naive(old, A.abs()[None])[0]
    rounding = gamma(2 * changed + d + 4, name(dtype)) + gamma(4 * m + d + 4)
    everything = size + naive(torch.ones_like(before)[None], A.abs()[None])[0] * gamma(4 * m)
    inner = spread(X.double().abs().mT @ X.double().abs(), d) / (m * d)
    assert within(
        kernel.double(),
        gained * spread(X.double().mT @ X.double(), d) / (m * d),
        rounding * everything * inner,
    )
    assert torch.equal(kernel, kernel.mT) and torch.equal(start, torch.zeros_like(start))
    assert sums.shape == start.shape


@needs_kernels
@given(shapes, seeds, dtypes, st.integers(2, 5))
def test_the_number_of_threads_changes_no_bit(
    shape: Shape, seed: int, dtype: torch.dtype, threads: int
) -> None:
    threads_change_no_bit(shape, seed, dtype, threads)


@needs_kernels
@pytest.mark.parametrize("shape", SHARED)
def test_sizes_that_threads_share_change_no_bit(shape: Shape) -> None:
    for dtype in (torch.float64, torch.float32):
        threads_change_no_bit(shape, 3, dtype, 3)


def threads_change_no_bit(shape: Shape, seed: int, dtype: torch.dtype, threads: int) -> None:
    network, X, keep = case(shape, seed, dtype)
    _, m, d, n = shape
    W = network.W
    A = network.A
    pattern = torch.zeros(m, n, dtype=torch.bool)
    sums = X.new_zeros(n * (n + 1) // 2, d * (d + 1) // 2)

    def work() -> list[Tensor]:
        kernels = [
            compiled_kernel(W, A, X, keep, False),
            compiled_kernel(W, None, X, None, True),
            compiled_kernel(W, A, X, keep, True),
        ]
        return [*map(existing, kernels), *existing(compiled_moves(W[0], A[0], X, pattern, sums))[:3]]

    no_bit_changes(work, threads)


@needs_kernels
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_what_is_not_finite_shows_exactly_where_its_neuron_is_active_on_both(bad: float) -> None:
    network, X = gaussian((2, 50, 2, 9), 1)
    A = network.A.clone()
    active = network.W[0, 7] @ X > 0
    A[0, 7] = bad
    H = existing(compiled_kernel(network.W, A, X, None, False))
    both = active[:, None] & active[None, :]
    assert bool(both.any()) and not bool(both.all())
    assert torch.equal(~torch.isfinite(H[0]), spread(both, 2))
    assert bool(torch.isfinite(H[1]).all())


@needs_kernels
def test_preactivations_that_are_not_finite_show_in_the_decoder_kernel() -> None:
    network, X = gaussian((2, 50, 2, 3), 1)
    W = network.W.clone()
    W[0, 7, 0] = torch.nan
    H = decoder_gram(Network(W, network.A), X)
    assert bool(torch.isnan(H[0].diagonal()).all()) and bool(torch.isfinite(H[1]).all())


@needs_kernels
def test_arguments_may_be_views_and_are_left_alone() -> None:
    network, X = gaussian((4, 9, 3, 5), 0)
    W = network.W[::2]
    A = network.A[::2]
    keep = torch.arange(9 * 4).view(9, 4).mT[::2] % 3 > 0
    columns = X.mT.contiguous().mT
    before = W.clone(), A.clone(), columns.clone()
    found = existing(compiled_kernel(W, A, columns, keep, False))
    assert torch.equal(found, existing(compiled_kernel(W.clone(), A.clone(), X, keep.contiguous(), False)))
    assert all(map(torch.equal, before, (W, A, columns)))


older_processors = older("kernels.cpp")


@needs_kernels
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_vectors_of_another_size_compute_the_same_sums(
    older: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(gram, "native", lambda: build.Native(older, "older"))
    for shape in OLDER:
        the_encoder_is_exact_up_to_rounding(shape, 3, dtype)
        the_decoder_is_exact_up_to_rounding(shape, 3, dtype)


@pytest.mark.parametrize("library", [None, ctypes.CDLL(None)])
def test_without_the_compiled_functions_the_callers_have_their_own_route(
    library: ctypes.CDLL | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, X, keep = case((1, 60, 3, 4), 2, torch.float64)
    later = Network(network.W + 0.05, network.A)
    found = routes(network, later, X, keep)
    monkeypatch.setattr(gram, "native", lambda: build.Native(library, "none"))
    assert compiled_kernel(network.W, network.A, X, None, False) is None
    for (compiled, error), (alone, other) in zip(found, routes(network, later, X, keep), strict=True):
        assert within(compiled, alone, error + other)


def routes(network: Network, later: Network, X: Tensor, keep: Tensor) -> list[tuple[Tensor, float]]:
    """Kernels, each with what it may err: no entry of the absolute values exceeds their trace."""
    _, m, d = network.W.shape
    tracked = update(track(network, X), later, X)
    squares = X.square().sum() * (network.A.square().sum() + network.W.square().sum())
    error = gamma(m + 2 * d + 8) * float(squares) / (m * d)
    return [
        (encoder_gram(network, X, keep), error),
        (decoder_gram(network, X), error),
        (tangent_kernel(network, X, "joint", keep), error),
        (tracked.kernel, tracked.error),
    ]
