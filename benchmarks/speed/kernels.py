"""G8 to G12: tangent kernels and their smallest eigenvalues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from benchmarks.speed.rivals import func_product, jacrev_gram
from benchmarks.speed.sizes import Row, Size
from benchmarks.speed.timing import Work, ratio, rounds_of
from benchmarks.speed.training import torch_alone
from models.autoencoder import Network
from models.descent import descend
from models.kernels import tangent_kernel
from models.matrix_free import SmallestEigenvalue, smallest_eigenvalue, tangent_product
from models.tracking import track, update

LOOKS = 3
"""Looks at the smallest eigenvalue, ten steps apart."""


def grams(rounds: int, full: bool) -> Iterator[Row]:
    """G8 and G9: the tangent kernel of one network, both layers trained, against jacrev."""
    cases = [("G9", Size(1, 10, 5, 4096), 15.0, rounds)]
    if full:
        cases.append(("G8", Size(1, 20, 20, 65536, torch.float32), 200.0, 1))
    for goal, size, needed, count in cases:
        taken = rounds_of(_gram_works(*size.make()), count)
        found = ratio(taken["jacrev"], taken["ours"])
        yield Row(goal, f"tangent kernel, {size}", "jacrev", found, needed, count)


def _gram_works(network: Network, X: Tensor) -> dict[str, Work]:
    return {
        "ours": lambda: tangent_kernel(network, X, "joint"),
        "jacrev": lambda: jacrev_gram(network, X, "joint"),
    }


def smallest(rounds: int, full: bool) -> Iterator[Row]:
    """G10 and G11: the smallest eigenvalue without the matrix."""
    size = Size(1, 64, 500, 16384, torch.float32) if full else Size(1, 32, 100, 8192, torch.float32)
    network, X = size.make()
    ours, theirs = tangent_product(network, X, "weak"), func_product(network, X)
    v = torch.from_numpy(np.random.default_rng(0).standard_normal(X.numel())).to(X)
    works: dict[str, Work] = {"ours": lambda: ours(v.view(size.n, size.d)), "func": lambda: theirs(v)}
    taken = rounds_of(works, rounds)
    found = ratio(taken["func"], taken["ours"])
    yield Row("G11", f"product H v, {size}, weak", "torch.func vjp, jvp", found, 4.0, rounds)
    yield _eigsh_row(network, X, size, theirs)
    if full:
        yield _dense_row()


class _EnoughError(Exception):
    """The rival has had its share of products."""


def _eigsh_row(network: Network, X: Tensor, size: Size, theirs: Callable[[Tensor], Tensor]) -> Row:
    """End to end; the rival is stopped at ten times our products, and its time is then a lower bound."""
    found, counted = _ours(network, X), 0

    def apply(v: np.ndarray) -> np.ndarray:
        nonlocal counted
        counted += 1
        if counted > 10 * found.products:
            raise _EnoughError
        result: np.ndarray = theirs(torch.from_numpy(v).to(X).flatten()).double().numpy()
        return result

    def rival() -> None:
        nonlocal counted
        counted = 0
        H = LinearOperator((X.numel(), X.numel()), matvec=apply, dtype=np.float64)
        start = np.random.default_rng(0).standard_normal(X.numel())
        with suppress(_EnoughError):
            eigsh(H, k=1, which="SA", tol=1e-4, v0=start)

    taken = rounds_of({"ours": partial(_ours, network, X), "eigsh": rival}, 1)
    note = f"{found.products} products, residual {found.residual:.1e}; eigsh stopped at {counted} products"
    times = ratio(taken["eigsh"], taken["ours"])
    return Row("G11", f"lambda_min, {size}", "eigsh on torch.func", times, 25.0, 1, note)


def _dense_row() -> Row:
    """G10, whose rival forms the matrix by Khatri-Rao products and takes all of its eigenvalues."""
    size = Size(1, 64, 100, 65536, torch.float32)
    network, X = size.make()

    def rival() -> None:
        torch.linalg.eigvalsh(_khatri_rao(network, X))

    taken = rounds_of({"ours": partial(_ours, network, X), "dense": rival}, 1)
    times = ratio(taken["dense"], taken["ours"])
    return Row("G10", f"lambda_min, {size}", "Khatri-Rao, eigvalsh", times, 12.0, 1)


def _ours(network: Network, X: Tensor) -> SmallestEigenvalue:
    return smallest_eigenvalue(network, X, "weak", np.random.default_rng(0))


def _khatri_rao(network: Network, X: Tensor) -> Tensor:
    (d, n), m = X.shape, network.m
    total = X.new_zeros(n * d, n * d)
    for first in range(0, m, 4096):
        part = slice(first, first + 4096)
        D = (network.W[0, part] @ X > 0).to(X.dtype)
        F = (D[:, :, None] * network.A[0, part, None, :]).flatten(1)
        total.addmm_(F.mT, F)
    return total * (X.mT @ X).repeat_interleave(d, 0).repeat_interleave(d, 1) / (m * d)


def tracking(rounds: int) -> Iterator[Row]:
    """G12: the kernel every ten steps of a weak run, against forming it anew and against the steps."""
    for size, needed in ((Size(1, 5, 5, 4096), None), (Size(1, 10, 10, 16384), 100.0)):
        taken = rounds_of(_tracking_works(*size.make()), rounds)
        what = f"lambda_min every 10 steps, {size}"
        found = ratio(taken["jacrev"], taken["ours"], LOOKS)
        yield Row("G12", what, "jacrev and eigvalsh", found, needed, rounds)
        # The rival's work is 40 torch steps: twenty times the two that a look may cost.
        found = ratio(taken["steps"], taken["ours"], LOOKS / 20)
        yield Row("G12", what, "two torch steps a look", found, 1.0, rounds)


def _tracking_works(network: Network, X: Tensor) -> dict[str, Work]:
    points = [network]
    for _ in range(LOOKS):
        points.append(descend(points[-1], X, 1.0, 10, "weak").network)
    states = [track(network, X)]
    for point in points[1:-1]:
        states.append(update(states[-1], point, X))

    def ours() -> None:
        for state, point in zip(states, points[1:], strict=True):
            torch.linalg.eigvalsh(update(state, point, X).kernel)

    return {
        "ours": ours,
        "jacrev": lambda: torch.linalg.eigvalsh(jacrev_gram(network, X, "weak")),
        "steps": lambda: torch_alone(network, X, 40, "weak"),
    }
