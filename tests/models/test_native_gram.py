"""The compiled sums over neurons against the definition, by einsum in float64, and against themselves."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.autoencoder import Network
from models.ball_sums import PointSums, Reach, _balls, _sizes, pair_sums
from models.kernels import decoder_gram, encoder_gram, tangent_kernel
from models.native import build, gram
from models.native.gram import (
    compiled_balls,
    compiled_kernel,
    compiled_moves,
    compiled_product,
    compiled_sizes,
)
from models.pair_form import pair_form, pairs
from models.tracking import track, update
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, name, older_library, seeds, within

HERE = build.native().library
needs_compiler = pytest.mark.skipif(
    HERE is None or not hasattr(HERE, "kernel_float64"), reason=f"not compiled here: {build.native().words}"
)
dtypes = st.sampled_from([torch.float64, torch.float32])
# Around vectors and their shuffles (4 to 32 numbers), blocks (4 samples), parts (1024), chunks (256, 4096).
widths = st.one_of(st.integers(1, 40), st.sampled_from([127, 129, 1023, 1025, 1100]))
shapes = st.tuples(st.integers(1, 3), widths, st.integers(1, 10), st.integers(1, 10))
WIDE = [(1, 1025, 5, 5), (1, 4097, 3, 10), (1, 9000, 6, 4), (2, 70, 35, 6), (1, 60, 17, 3), (1, 50, 2, 70)]
WIDE += [(1, 30, 2, n) for n in (64, 65, 66)]

Found = TypeVar("Found")


def case(shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype) -> tuple[Network, Tensor, Tensor]:
    """A network, data, and a random half of the neurons without those whose signs rounding may change."""
    network, X = gaussian(shape, seed)
    network, X = Network(network.W.to(dtype), network.A.to(dtype)), X.to(dtype)
    sure = decided(network.W, X).all(2)
    half = torch.from_numpy(np.random.default_rng(seed).uniform(size=shape[:2])) < 0.5
    return network, X, sure & half


def decided(W: Tensor, X: Tensor) -> Tensor:
    """Which preactivations W X have a sign that no rounding changes."""
    w, x = W.double(), X.double()
    return (w @ x).abs() > gamma(2 * len(X) + 8, name(X.dtype)) * (w.abs() @ x.abs())


def naive(D: Tensor, A: Tensor) -> Tensor:
    """sum_r D_ri D_rj a_rp a_rq (B, nd, nd) in float64, for D (B, m, n) and A (B, m, d)."""
    F = (D.double()[..., None] * A.double()[:, :, None, :]).flatten(2)
    return F.mT @ F


def spread(M: Tensor, d: int) -> Tensor:
    return M.repeat_interleave(d, -2).repeat_interleave(d, -1)


def existing(found: Found | None) -> Found:
    assert found is not None
    return found


def with_threads(count: int, work: Callable[[], Found | None]) -> Found:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        return existing(work())
    finally:
        torch.set_num_threads(before)


def the_encoder_is_exact_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype
) -> None:
    network, X, keep = case(shape, seed, dtype)
    (_, m, d, _), Y = shape, X.double()
    D = (network.W.double() @ Y > 0) & keep[:, :, None]
    H = existing(compiled_kernel(network.W, network.A, X, keep, False))
    exact, size = naive(D, network.A), naive(D, network.A.abs())
    bound = (
        (gamma(m + d + 4, name(dtype)) + gamma(m + d + 4)) * size * spread(Y.abs().mT @ Y.abs(), d) / (m * d)
    )
    assert H.dtype == dtype and torch.equal(H, H.mT)
    assert within(H.double(), exact * spread(Y.mT @ Y, d) / (m * d), bound)


def the_decoder_is_exact_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype
) -> None:
    network, X, _ = case(shape, seed, dtype)
    (_, m, d, n), W, Y = shape, network.W.double(), X.double()
    H = existing(compiled_kernel(network.W, None, X, None, True)).double()
    Phi, size = torch.relu(W @ Y), W.abs() @ Y.abs()
    bound = (gamma(m + 2 * d + 4, name(dtype)) + gamma(m + 2 * d + 4)) * (size.mT @ size) / (m * d)
    same_output = torch.eye(d, dtype=torch.float64).repeat(n, n)
    assert torch.equal(H, H.mT)
    assert within(H, spread(Phi.mT @ Phi, d) / (m * d) * same_output, spread(bound, d) * same_output)


def the_product_is_exact_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype
) -> None:
    (_, m, d, n), rng = shape, np.random.default_rng(seed)
    network, X, _ = case(shape, seed, dtype)
    A, D = network.A[0], torch.from_numpy(rng.uniform(size=(m, n)) < 0.5)
    V = torch.from_numpy(rng.standard_normal((n, d))).to(dtype)
    found = existing(compiled_product(A, X, D, V)).double()
    bound = (gamma(m + 2 * n + 2 * d, name(dtype)) + gamma(m + 2 * n + 2 * d)) * applied(A, X, D, V, True)
    assert within(found, applied(A, X, D, V, False), bound)


def applied(A: Tensor, X: Tensor, D: Tensor, V: Tensor, sizes: bool) -> Tensor:
    """sum_r D_ri a_r sum_j D_rj <x_i, x_j> <a_r, v_j> (n, d) in float64; of absolute values with `sizes`."""
    a, x, v = (part.double().abs() if sizes else part.double() for part in (A, X, V))
    return (D * ((D * (a @ v.mT)) @ x.mT @ x)).mT @ a


@needs_compiler
@given(shapes, seeds, dtypes)
def test_kernels_are_exact_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype
) -> None:
    the_encoder_is_exact_up_to_rounding(shape, seed, dtype)
    the_decoder_is_exact_up_to_rounding(shape, seed, dtype)
    the_product_is_exact_up_to_rounding(shape, seed, dtype)


@needs_compiler
@pytest.mark.parametrize("shape", WIDE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_wide_kernels_are_exact_up_to_rounding(shape: tuple[int, int, int, int], dtype: torch.dtype) -> None:
    the_encoder_is_exact_up_to_rounding(shape, 1, dtype)
    the_decoder_is_exact_up_to_rounding(shape, 1, dtype)
    the_product_is_exact_up_to_rounding(shape, 1, dtype)


@needs_compiler
@given(shapes, seeds, dtypes)
def test_one_pass_for_both_layers_gives_the_sum_of_their_kernels(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype
) -> None:
    network, X, keep = case(shape, seed, dtype)
    W, A = network.W, network.A
    parts = compiled_kernel(W, A, X, keep, False), compiled_kernel(W, None, X, None, True)
    together = existing(compiled_kernel(W, A, X, keep, True))
    assert torch.equal(together, existing(parts[0]) + existing(parts[1]))


def certificate_sums(shape: tuple[int, int, int, int], seed: int) -> list[list[np.ndarray]]:
    """The sums of points and of a ball: as compiled, by numpy, and how far these may be apart."""
    network, X = gaussian(shape, seed)
    (batch, m, d, n), Y = shape, X.numpy()
    W, A = network.W.numpy(), network.A.numpy()
    size, slack = (
        PointSums(*_sizes(np.abs(W), np.abs(A), np.abs(Y), True)),
        np.full((batch, m), gamma(16 * d)),
    )
    radius = np.random.default_rng(seed).uniform(-0.5, 1, (batch, m)) * size.w_norms
    every, numbers = np.ones((n, m)), (0.25, 1.0, 3.0)
    sums = np.stack([pair_sums(every, a.T) for a in np.abs(A)]) / (m * d)
    inner, blocks = (np.abs(Y).T @ np.abs(Y))[pairs(n)][:, None], 3 * sums[:, pair_form(n, d).samples]
    *ball, stuck = existing(compiled_balls((W, A, Y, slack, radius), numbers))
    *other, same = _balls(W, A, Y, Reach(slack, radius, numbers[0]), *numbers[1:])
    assert np.array_equal(stuck, same)
    allowed = [size.w_norms, size.a_norms, size.U, size.G, sums * inner, sums * inner, blocks]
    return [
        [*existing(compiled_sizes(W, A, Y, True)), *ball],
        [*_sizes(W, A, Y, True), *other],
        [2 * gamma(m + 2 * d + 8) * part for part in allowed],
    ]


def the_sums_of_the_certificate_are_exact_up_to_rounding(shape: tuple[int, int, int, int], seed: int) -> None:
    for compiled, alone, bound in zip(*certificate_sums(shape, seed), strict=True):
        assert (np.abs(compiled - alone) <= bound).all()


@needs_compiler
@given(shapes, seeds)
def test_the_sums_of_the_certificate_are_those_of_numpy_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int
) -> None:
    the_sums_of_the_certificate_are_exact_up_to_rounding(shape, seed)


@needs_compiler
@pytest.mark.parametrize("shape", WIDE)
def test_the_sums_of_the_certificate_of_wide_networks_are_those_of_numpy(
    shape: tuple[int, int, int, int],
) -> None:
    the_sums_of_the_certificate_are_exact_up_to_rounding(shape, 5)


@needs_compiler
@given(shapes, seeds, dtypes, st.floats(0, 1))
def test_a_change_of_pattern_is_summed_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, share: float
) -> None:
    (_, m, d, n), rng = shape, np.random.default_rng(seed)
    network, X, _ = case((1, *shape[1:]), seed, dtype)
    W, A, now = network.W[0], network.A[0], network.W[0].double() @ X.double() > 0
    before = torch.from_numpy(rng.uniform(size=(m, n)) < share)
    start = X.new_zeros(n * (n + 1) // 2, d * (d + 1) // 2)
    kernel, sums, pattern, changed = existing(compiled_moves(W, A, X, before, start))
    assert not bool(((now != pattern) & decided(W, X)).any())
    assert changed == int((pattern != before).any(1).sum())
    moved = (pattern != before).any(1)
    gained = naive(pattern[None], A[None])[0] - naive(before[None], A[None])[0]
    size = naive((pattern & moved[:, None])[None], A.abs()[None])[0]
    size += naive((before & moved[:, None])[None], A.abs()[None])[0]
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


@needs_compiler
@given(shapes, seeds, dtypes, st.integers(2, 5))
def test_the_number_of_threads_changes_no_bit(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, threads: int
) -> None:
    no_bit_changes(shape, seed, dtype, threads)


@needs_compiler
@pytest.mark.parametrize("shape", [(1, 20_001, 10, 10), (3, 9000, 5, 5), (40, 700, 6, 5), (1, 30_000, 1, 9)])
def test_sizes_that_threads_share_change_no_bit(shape: tuple[int, int, int, int]) -> None:
    for dtype in (torch.float64, torch.float32):
        no_bit_changes(shape, 3, dtype, 3)


def no_bit_changes(shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, threads: int) -> None:
    network, X, keep = case(shape, seed, dtype)
    (batch, m, d, n), W, A = shape, network.W, network.A
    pattern, sums = torch.zeros(m, n, dtype=torch.bool), X.new_zeros(n * (n + 1) // 2, d * (d + 1) // 2)
    radius = np.random.default_rng(seed).uniform(-0.5, 1, (batch, m))
    weights, decoders, Y = (part.double().numpy() for part in (W, A, X))
    arrays, numbers = (weights, decoders, Y, np.zeros((batch, m)), radius), (1.0, 1.0, 2.0)
    works: list[Callable[[], Tensor | None]] = [
        lambda: compiled_kernel(W, A, X, keep, False),
        lambda: compiled_kernel(W, None, X, None, True),
        lambda: compiled_kernel(W, A, X, keep, True),
        *(lambda k=k: torch.from_numpy(existing(compiled_balls(arrays, numbers))[k]) for k in range(3)),
        *(
            lambda k=k: torch.from_numpy(existing(compiled_sizes(weights, decoders, Y, True))[k])
            for k in range(4)
        ),
        lambda: existing(compiled_moves(W[0], A[0], X, pattern, sums))[0],
        lambda: compiled_product(A[0], X, W[0] @ X > 0, X.mT),
    ]
    for work in works:
        assert torch.equal(with_threads(1, work), with_threads(threads, work))


@needs_compiler
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_what_is_not_finite_shows_exactly_where_its_neuron_is_active_on_both(bad: float) -> None:
    network, X = gaussian((2, 50, 2, 9), 1)
    A, active = network.A.clone(), network.W[0, 7] @ X > 0
    A[0, 7] = bad
    H = existing(compiled_kernel(network.W, A, X, None, False))
    both = active[:, None] & active[None, :]
    assert bool(both.any()) and not bool(both.all())
    assert torch.equal(~torch.isfinite(H[0]), spread(both, 2))
    assert bool(torch.isfinite(H[1]).all())


@needs_compiler
def test_preactivations_that_are_not_finite_show_in_the_decoder_kernel() -> None:
    network, X = gaussian((2, 50, 2, 3), 1)
    W = network.W.clone()
    W[0, 7, 0] = torch.nan
    H = decoder_gram(Network(W, network.A), X)
    assert bool(torch.isnan(H[0].diagonal()).all()) and bool(torch.isfinite(H[1]).all())


@needs_compiler
def test_arguments_may_be_views_and_are_left_alone() -> None:
    network, X = gaussian((4, 9, 3, 5), 0)
    W, A, keep = network.W[::2], network.A[::2], torch.arange(9 * 4).view(9, 4).mT[::2] % 3 > 0
    columns = X.mT.contiguous().mT
    before = W.clone(), A.clone(), columns.clone()
    found = existing(compiled_kernel(W, A, columns, keep, False))
    assert torch.equal(found, existing(compiled_kernel(W.clone(), A.clone(), X, keep.contiguous(), False)))
    assert all(map(torch.equal, before, (W, A, columns)))


@pytest.fixture(scope="module", params=["x86-64", "x86-64-v3"])
def older(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The sums as an older processor of the family would have them, with vectors of 16 and 32 bytes."""
    return older_library(build.HERE / "gram.cpp", request.param, tmp_path_factory.mktemp("older"))


@needs_compiler
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_vectors_of_another_size_compute_the_same_sums(
    older: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(gram, "native", lambda: build.Native(older, "older"))
    for shape in (*WIDE, (2, 7, 1, 1), (1, 33, 3, 7), (1, 300, 5, 5)):
        the_encoder_is_exact_up_to_rounding(shape, 3, dtype)
        the_decoder_is_exact_up_to_rounding(shape, 3, dtype)
        the_sums_of_the_certificate_are_exact_up_to_rounding(shape, 3)
        the_product_is_exact_up_to_rounding(shape, 3, dtype)


@pytest.mark.parametrize("library", [None, ctypes.CDLL(None)])
def test_without_the_compiled_functions_the_callers_have_their_own_route(
    library: ctypes.CDLL | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, X, keep = case((1, 60, 3, 4), 2, torch.float64)
    later = Network(network.W + 0.05, network.A)
    found = routes(network, later, X, keep)
    monkeypatch.setattr(gram, "native", lambda: build.Native(library, "none"))
    assert compiled_kernel(network.W, network.A, X, None, False) is None
    W, A, Y = network.W.numpy(), network.A.numpy(), X.numpy()
    assert compiled_sizes(W, A, Y, True) is None
    assert compiled_balls((W, A, Y, Y, Y), (1.0, 1.0, 1.0)) is None
    for (compiled, error), (alone, other) in zip(found, routes(network, later, X, keep), strict=True):
        assert within(compiled, alone, error + other)


def routes(network: Network, later: Network, X: Tensor, keep: Tensor) -> list[tuple[Tensor, float]]:
    """Kernels, each with what it may err: no entry of the absolute values exceeds their trace."""
    (_, m, d), tracked = network.W.shape, update(track(network, X), later, X)
    squares = X.square().sum() * (network.A.square().sum() + network.W.square().sum())
    error = gamma(m + 2 * d + 8) * float(squares) / (m * d)
    return [
        (encoder_gram(network, X, keep), error),
        (decoder_gram(network, X), error),
        (tangent_kernel(network, X, "joint", keep), error),
        (tracked.kernel, tracked.error),
    ]
