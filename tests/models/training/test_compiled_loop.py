"""The compiled loop against torch's: the same steps, up to the rounding of sums in another order."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.native import build
from models.networks.autoencoder import Network
from models.training.compiled_loop import compiled_loop
from models.training.torch_loop import Loop, Setting, torch_loop
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, gentle, name, older, seeds, within

needs_compiler = pytest.mark.skipif(
    build.native().library is None, reason=f"no compiled loop here: {build.native().message}"
)
REGIMES = ("weak", "joint", "tied")
regimes = st.sampled_from(REGIMES)
dtypes = st.sampled_from([torch.float64, torch.float32])
# Around the blocks (up to 64 neurons), groups (up to 1024) and register tiles (up to 5 rows) of the kernel.
widths = st.one_of(
    st.integers(1, 40), st.sampled_from([63, 64, 65, 127, 128, 129, 255, 256, 257, 513, 600, 1025, 1100])
)
shapes = st.tuples(st.integers(1, 3), widths, st.integers(1, 12), st.integers(1, 12))


def setting(shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str) -> Setting:
    network, X = gaussian(shape, seed)
    eta = gentle(network, X)
    batch, m, *_ = shape
    factor = 2.0 / m if regime == "tied" else 1 / network.scale
    rate = torch.full((batch,), eta * factor, dtype=dtype)
    A = None if regime == "tied" else network.A.to(dtype)
    W = network.W.to(dtype)
    return Setting(W, A, X.to(dtype), rate, factor, W, regime != "weak")


def go(
    loop: Loop | None, rows: int, like: Tensor, first: int | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """W, A and the two records after `rows` looks, at once or `first` of them and then the others."""
    assert loop is not None
    residual, movement = (like.new_full((rows, like.shape[0]), torch.nan) for _ in range(2))
    for part in (slice(first), slice(first or rows, None)):
        if len(residual[part]):
            loop.proceed(residual[part], movement[part])
    return (*loop.end(), residual, movement)


def exact(task: Setting) -> Setting:
    """The same numbers in float64."""
    wide = {field: getattr(task, field).double() for field in ("W", "X", "rate", "origin")}
    return replace(task, A=None if task.A is None else task.A.double(), **wide)


def step_size_bounds(task: Setting, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """What one computed E, step of W and step of A of the setting may err, entry by entry, as derived from
    the sums over absolute values: every term passes fewer than m + 2 d + 2 n + 16 roundings.
    """
    W = task.W.double().abs()
    X = task.X.double().abs()
    factor = task.factor
    A = W if task.A is None else task.A.double().abs()
    _, m, d = W.shape
    n = X.shape[1]
    relative = gamma(m + 2 * d + 2 * n + 16, name(dtype))
    Phi = W @ X
    E = X + factor * A.mT @ Phi
    scaled = task.rate.double()[:, None, None] * E
    step_W = A @ scaled @ X.mT
    step_A = Phi @ scaled.mT
    if task.A is None:
        step_W = step_W + step_A
    u = gamma(4, name(dtype))
    return relative * E, relative * step_W + u * (W + step_W), relative * step_A + u * (A + step_A)


def decided(task: Setting, dtype: torch.dtype) -> Tensor:
    """(B, m): neurons none of whose preactivations is within its rounding of 0."""
    W = task.W.double()
    X = task.X.double()
    return ((W @ X).abs() > gamma(2 * W.shape[2] + 8, name(dtype)) * (W.abs() @ X.abs())).all(2)


@needs_compiler
@given(shapes, seeds, dtypes, regimes)
def test_a_compiled_step_is_the_exact_step_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str
) -> None:
    is_exact_up_to_rounding(shape, seed, dtype, regime)


def is_exact_up_to_rounding(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str
) -> None:
    task = setting(shape, seed, dtype, regime)
    E_bound, W_bound, A_bound = step_size_bounds(task, dtype)
    W, A, residual, movement = (part.double() for part in go(compiled_loop(task), 2, task.W))
    sure = decided(task, dtype)[:, :, None]
    reference = [part.double() for part in go(torch_loop(exact(task)), 2, task.W.double())]
    assert within(W * sure, reference[0] * sure, 2 * W_bound)
    if regime == "joint":
        assert within(A * sure, reference[1] * sure, 2 * A_bound)
    if regime == "weak" and task.A is not None:
        assert torch.equal(A, task.A.double())
    summed = gamma(E_bound[0].numel() + 8, name(dtype)) * reference[2][0]
    assert within(residual[0], reference[2][0], 2 * E_bound.flatten(1).norm(dim=1) + 2 * summed)
    assert torch.equal(movement[0], torch.zeros_like(movement[0]))
    if bool(sure.all()):
        moved = 2 * W_bound.norm(dim=2).amax(dim=1) + gamma(2 * shape[2] + 8, name(dtype)) * reference[3][1]
        assert within(movement[1], reference[3][1], moved)


older_processors = older("descent.cpp")


@needs_compiler
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_vectors_of_another_size_compute_the_same_steps(
    older: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, regime: str
) -> None:
    monkeypatch.setattr("models.training.compiled_loop.native", lambda: build.Native(older, "older"))
    for shape in ((2, 7, 1, 2), (1, 33, 3, 7), (2, 300, 5, 5), (1, 1100, 11, 6)):
        is_exact_up_to_rounding(shape, 3, dtype, regime)


@needs_compiler
@given(shapes, seeds, dtypes, regimes, st.integers(2, 6))
def test_the_number_of_threads_changes_no_bit(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str, threads: int
) -> None:
    task = setting(shape, seed, dtype, regime)
    one, several = (with_threads(count, task, rows=4) for count in (1, threads))
    assert all(map(torch.equal, one, several))


@needs_compiler
@given(shapes, seeds, dtypes, st.sampled_from(["joint", "tied"]))
def test_phi_formed_anew_changes_no_bit(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str
) -> None:
    """As for networks too large for a cache, where nothing of Phi is kept from one step to the next."""
    task = setting(shape, seed, dtype, regime)
    kept = go(compiled_loop(task), 4, task.W)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.training.compiled_loop._CACHED_BYTES", 0)
        anew = go(compiled_loop(task), 4, task.W)
    assert all(map(torch.equal, kept, anew))


@needs_compiler
@given(shapes, seeds, dtypes, regimes, st.integers(1, 4), st.integers(1, 3))
def test_going_on_in_parts_changes_no_bit(
    shape: tuple[int, int, int, int], seed: int, dtype: torch.dtype, regime: str, threads: int, first: int
) -> None:
    """Whether each network keeps its place in the kernel's storage in between or is brought there anew."""
    task = setting(shape, seed, dtype, regime)
    whole = with_threads(1, task, rows=5)
    assert all(map(torch.equal, whole, with_threads(threads, task, 5, first)))


@needs_compiler
@pytest.mark.parametrize(("created", "used"), [(1, 3), (3, 1)])
@pytest.mark.parametrize("batch", [2, 5])
def test_the_number_of_threads_may_change_on_the_way(created: int, used: int, batch: int) -> None:
    for regime in REGIMES:
        task = setting((batch, 9_000, 2, 3), 5, torch.float64, regime)
        whole = with_threads(1, task, rows=4)
        with number_of_threads(created):
            begun = compiled_loop(task)
        with number_of_threads(used):
            assert all(map(torch.equal, whole, go(begun, 4, task.W, first=2)))


@needs_compiler
def test_a_wide_network_is_shared_by_threads_and_changes_no_bit() -> None:
    """Wide enough for several chunks of one network, with a ragged last one."""
    for regime in REGIMES:
        task = setting((1, 20_001, 3, 4), 7, torch.float64, regime)
        one, several = (with_threads(count, task, rows=5) for count in (1, 3))
        assert all(map(torch.equal, one, several))
        E_bound, W_bound, _ = step_size_bounds(task, torch.float64)
        W, _, residual, _ = go(compiled_loop(task), 2, task.W)
        reference = go(torch_loop(task), 2, task.W)
        assert within(residual[0], reference[2][0], 4 * E_bound.flatten(1).norm(dim=1))
        assert within(W, reference[0], 4 * W_bound)


def with_threads(count: int, task: Setting, rows: int, first: int | None = None) -> tuple[Tensor, ...]:
    with number_of_threads(count):
        return go(compiled_loop(task), rows, task.W, first)


@contextmanager
def number_of_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@needs_compiler
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("width", [3, 300])
def test_what_is_not_finite_shows_in_both_records_and_in_no_other_network(
    regime: str, bad: float, width: int
) -> None:
    task = setting((2, width, 3, 2), 1, torch.float64, regime)
    W = task.W.clone()
    W[0, width // 2] = bad
    spoiled = replace(task, W=W)
    _, _, residual, movement = go(compiled_loop(spoiled), 3, W)
    assert not bool(torch.isfinite(residual[1:, 0]).any())
    assert not bool(torch.isfinite(movement[:, 0]).any())
    clean = go(compiled_loop(task), 3, task.W)
    assert torch.equal(residual[:, 1], clean[2][:, 1])
    assert torch.equal(movement[:, 1], clean[3][:, 1])


@needs_compiler
def test_the_arguments_are_left_alone_and_may_be_views() -> None:
    network, X = gaussian((4, 9, 3, 5), 0)
    rate = torch.full((2,), 0.01, dtype=torch.float64)
    every_other = Network(network.W[::2], network.A[::2])
    view = Setting(every_other.W, every_other.A, X.mT.contiguous().mT, rate, 0.2, every_other.W, True)
    copy = replace(view, W=view.W.clone(), A=every_other.A.clone(), X=X.clone(), origin=view.W.clone())
    before = network.W.clone(), network.A.clone(), X.clone()
    assert all(map(torch.equal, go(compiled_loop(view), 3, view.W), go(compiled_loop(copy), 3, copy.W)))
    assert all(map(torch.equal, before, (network.W, network.A, X)))
