"""The compiled sums of the contraction certificate against those of numpy, and against themselves."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.certificate.ball_sums import PointSums, Reach, _balls, _sizes, pair_sums
from models.certificate.pair_form import pair_form, pairs
from models.native import build, gram
from models.native.gram import compiled_balls, compiled_sizes
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, older, seeds
from tests.models.native_sums import OLDER, SHARED, WIDE, Shape, existing, needs, no_bit_changes, shapes

needs_sums = needs("sizes")


def certificate_sums(shape: Shape, seed: int) -> list[list[np.ndarray]]:
    """The sums of points and of a ball: as compiled, by numpy, and how far these may be apart."""
    network, X = gaussian(shape, seed)
    batch, m, d, n = shape
    Y = X.numpy()
    W = network.W.numpy()
    A = network.A.numpy()
    size = PointSums(*_sizes(np.abs(W), np.abs(A), np.abs(Y), True))
    slack = np.full((batch, m), gamma(16 * d))
    radius = np.random.default_rng(seed).uniform(-0.5, 1, (batch, m)) * size.w_norms
    every = np.ones((n, m))
    numbers = (0.25, 1.0, 3.0)
    sums = np.stack([pair_sums(every, a.T) for a in np.abs(A)]) / (m * d)
    inner = (np.abs(Y).T @ np.abs(Y))[pairs(n)][:, None]
    blocks = 3 * sums[:, pair_form(n, d).samples]
    *ball, unstable = existing(compiled_balls((W, A, Y, slack, radius), numbers))
    *other, same = _balls(W, A, Y, Reach(slack, radius, numbers[0]), *numbers[1:])
    assert np.array_equal(unstable, same)
    allowed = [size.w_norms, size.a_norms, size.U, size.G, *[sums * inner] * 3, blocks]
    return [
        [*existing(compiled_sizes(W, A, Y, True)), *ball],
        [*_sizes(W, A, Y, True), *other],
        [2 * gamma(m + 2 * d + 8) * part for part in allowed],
    ]


def the_sums_of_the_certificate_are_exact_up_to_rounding(shape: Shape, seed: int) -> None:
    for compiled, alone, bound in zip(*certificate_sums(shape, seed), strict=True):
        assert (np.abs(compiled - alone) <= bound).all()


@needs_sums
@given(shapes, seeds)
def test_the_sums_of_the_certificate_are_those_of_numpy_up_to_rounding(shape: Shape, seed: int) -> None:
    the_sums_of_the_certificate_are_exact_up_to_rounding(shape, seed)


@needs_sums
@pytest.mark.parametrize("shape", WIDE)
def test_the_sums_of_the_certificate_of_wide_networks_are_those_of_numpy(
    shape: Shape,
) -> None:
    the_sums_of_the_certificate_are_exact_up_to_rounding(shape, 5)


@needs_sums
@given(shapes, seeds, st.integers(2, 5))
def test_the_number_of_threads_changes_no_bit(shape: Shape, seed: int, threads: int) -> None:
    threads_change_no_bit(shape, seed, threads)


@needs_sums
@pytest.mark.parametrize("shape", SHARED)
def test_sizes_that_threads_share_change_no_bit(shape: Shape) -> None:
    threads_change_no_bit(shape, 3, 3)


def threads_change_no_bit(shape: Shape, seed: int, threads: int) -> None:
    network, X = gaussian(shape, seed)
    W, A, Y = (part.numpy() for part in (network.W, network.A, X))
    radius = np.random.default_rng(seed).uniform(-0.5, 1, shape[:2])
    arrays = (W, A, Y, np.zeros(shape[:2]), radius)
    numbers = (1.0, 1.0, 2.0)

    def work() -> list[Tensor]:
        found = *existing(compiled_balls(arrays, numbers)), *existing(compiled_sizes(W, A, Y, True))
        return [torch.from_numpy(part) for part in found]

    no_bit_changes(work, threads)


older_processors = older("certificate.cpp")


@needs_sums
def test_vectors_of_another_size_compute_the_same_sums(
    older: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gram, "native", lambda: build.Native(older, "older"))
    for shape in OLDER:
        the_sums_of_the_certificate_are_exact_up_to_rounding(shape, 3)


@pytest.mark.parametrize("library", [None, ctypes.CDLL(None)])
def test_without_the_compiled_functions_there_is_no_result(
    library: ctypes.CDLL | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, X = gaussian((1, 60, 3, 4), 2)
    W, A, Y = (part.numpy() for part in (network.W, network.A, X))
    monkeypatch.setattr(gram, "native", lambda: build.Native(library, "none"))
    assert compiled_sizes(W, A, Y, True) is None
    assert compiled_balls((W, A, Y, Y, Y), (1.0, 1.0, 1.0)) is None
