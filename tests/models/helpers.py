"""Random networks, and the rounding bounds against which tests compare two routes to one number."""

from __future__ import annotations

import ctypes
import os
import pickle
import platform
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor

from models.native import build
from models.networks.autoencoder import Network
from refute.numerics.rounding import gamma

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

shapes = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 5), st.integers(1, 6))
"""(B, m, d, n)"""
seeds = st.integers(0, 2**32 - 1)


def tensor(array: np.ndarray, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.from_numpy(np.asarray(array)).to(dtype)


def gaussian(shape: tuple[int, int, int, int], seed: int) -> tuple[Network, Tensor]:
    """A batch with normal weights, and normal data."""
    batch, m, d, n = shape
    rng = np.random.default_rng(seed)
    W, A = (tensor(rng.standard_normal((batch, m, d))) for _ in range(2))
    return Network(W, A), tensor(rng.standard_normal((d, n)))


def integral(shape: tuple[int, int, int, int], seed: int) -> tuple[Network, Tensor]:
    """A batch of small integers, data and weights: products are exact and zero preactivations common."""
    batch, m, d, n = shape
    rng = np.random.default_rng(seed)
    W, A = (tensor(rng.integers(-2, 3, (batch, m, d))) for _ in range(2))
    return Network(W, A), tensor(rng.integers(-2, 3, (d, n)))


def networks() -> st.SearchStrategy[tuple[Network, Tensor]]:
    makers = st.sampled_from([gaussian, integral])
    return st.builds(lambda make, shape, seed: make(shape, seed), makers, shapes, seeds)


def global_state() -> bytes:
    """The state of every global generator, to be compared before and after."""
    legacy = np.random.get_state()  # noqa: NPY002 - read, to show that nothing writes it
    return pickle.dumps((random.getstate(), legacy, torch.random.get_rng_state().numpy()))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def gentle(network: Network, X: Tensor) -> float:
    """A step size small enough that no descent of this network diverges, tied or not."""
    squares = network.W.square().sum() + network.A.square().sum()
    return 0.1 / (1 + float(X.square().sum() * squares))


def output_size(network: Network, X: Tensor) -> Tensor:
    """The sum of the absolute values of the terms of U, entrywise."""
    return network.A.abs().mT @ (network.W.abs() @ X.abs()) / network.scale


def output_bound(network: Network, X: Tensor) -> Tensor:
    """Entrywise bound on the difference of two computed U: each errs by gamma(m + d + 4) of its terms."""
    return 2 * gamma(network.m + network.d + 4, name(X.dtype)) * output_size(network, X)


def gradient_bounds(network: Network, X: Tensor) -> tuple[Tensor, Tensor]:
    """Entrywise bounds on the difference of two computed gradients, for W and for A."""
    E = X.abs() + output_size(network, X)
    k = 2 * (network.m + 2 * network.d + X.shape[1]) + 16
    rounding = 2 * gamma(k, name(X.dtype)) / network.scale
    return (
        rounding * (network.A.abs() @ E) @ X.abs().mT,
        rounding * (network.W.abs() @ X.abs()) @ E.mT,
    )


def step_bounds(network: Network, X: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """Two computed steps of size eta differ by eta times the gradients' rounding, and that of the sum."""
    E = X.abs() + network.A.abs().mT @ (network.W.abs() @ X.abs()) / network.scale
    step_W = eta / network.scale * (network.A.abs() @ E) @ X.abs().mT
    step_A = eta / network.scale * (network.W.abs() @ X.abs()) @ E.mT
    bound_W, bound_A = gradient_bounds(network, X)
    return (
        eta * bound_W + gamma(6) * (network.W.abs() + step_W),
        eta * bound_A + gamma(6) * (network.A.abs() + step_A),
    )


def within(left: Tensor, right: Tensor, bound: Tensor | float) -> bool:
    """Entrywise |left - right| <= bound; a NaN is not within anything."""
    return left.shape == right.shape and bool(((left - right).abs() <= bound).all())


def older_library(source: Path, instructions: str, folder: Path) -> ctypes.CDLL:
    """A C++ file compiled for an older processor of the x86-64 family; skips where that cannot run."""
    if platform.machine() != "x86_64":
        pytest.skip("instruction sets of the x86-64 family")
    if instructions == "x86-64-v3" and not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        pytest.skip("this processor has no AVX2")
    product = folder / f"{source.stem}.so"
    compiler = os.environ.get("CXX", "c++")
    flags = ["-std=c++20", "-O1", f"-march={instructions}", "-fPIC", "-shared"]
    subprocess.run([compiler, *flags, source, "-o", product], check=True)
    return ctypes.CDLL(str(product))


def older(file: str) -> Callable[..., ctypes.CDLL]:
    """The fixture `older`: a C++ file for older processors of the family, with vectors of 16 and 32 bytes."""

    @pytest.fixture(scope="module", params=["x86-64", "x86-64-v3"], name="older")
    def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
        return older_library(build.HERE / file, request.param, tmp_path_factory.mktemp("older"))

    return library
