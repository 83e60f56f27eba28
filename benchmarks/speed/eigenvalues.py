"""G10 and G11: the smallest eigenvalue of a tangent kernel without the matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from benchmarks.speed.rivals import func_product, khatri_rao
from benchmarks.speed.sizes import Plan, Row, Size, flops, kernel_flops
from benchmarks.speed.timing import Work, exactly, ratio, rounds_of, seconds, share, turns
from models.kernels.finite import encoder_gram
from models.kernels.matrix_free import SmallestEigenvalue, smallest_eigenvalue, tangent_product
from models.networks.autoencoder import Network

DENSE = Size(1, 64, 100, 65536, torch.float32)


def product_size(plan: Plan) -> Size:
    """The kernel of G11; a smaller one without --full."""
    return Size(1, 64, 500, 16384, torch.float32) if plan.full else Size(1, 32, 100, 8192, torch.float32)


def direction(X: Tensor) -> np.ndarray:
    """The vector (n d,) that the product is taken with, in the dtype of X."""
    drawn: np.ndarray = torch.from_numpy(np.random.default_rng(0).standard_normal(X.numel())).to(X).numpy()
    return drawn


def smallest(plan: Plan) -> Iterator[Row]:
    """G11: one product and the whole estimate, against torch.func."""
    if not plan.wants("G11"):
        return
    size = product_size(plan)
    asks = "--full" if plan.full else ""
    network, X = size.make()
    ours = tangent_product(network, X, "weak")
    theirs = func_product(network, X)
    v = torch.from_numpy(direction(X))
    works: dict[str, Work] = {"ours": lambda: ours(v.view(size.n, size.d)), "func": lambda: theirs(v)}
    taken = rounds_of(works, plan.rounds)
    found = ratio(taken["func"], taken["ours"])
    reached = share(flops(size, "weak"), taken["ours"], plan.gemm(size.dtype))
    what = f"product H v, {size}, weak"
    rival = "torch.func vjp, jvp"
    yield Row("G11", what, rival, found, 4.0, plan.rounds, asks=asks, share=reached, of="gemm")
    yield from _eigsh_rows(network, X, size, theirs, asks)


class _EnoughError(Exception):
    """The rival has had its share of products."""


def _eigsh_rows(
    network: Network, X: Tensor, size: Size, theirs: Callable[[Tensor], Tensor], asks: str
) -> Iterator[Row]:
    """End to end; the rival is stopped at ten times our products, and its time is then a lower bound."""
    found = estimate(network, X)
    counted = 0

    def apply(v: np.ndarray) -> np.ndarray:
        nonlocal counted
        counted += 1
        if counted > 10 * found.products:
            raise _EnoughError
        result: np.ndarray = theirs(torch.from_numpy(v).to(X).flatten()).double().numpy()
        return result

    def rival() -> None:
        H = LinearOperator((X.numel(), X.numel()), matvec=apply, dtype=np.float64)
        start = np.random.default_rng(0).standard_normal(X.numel())
        with suppress(_EnoughError):
            eigsh(H, k=1, which="SA", tol=1e-4, v0=start)

    clocks = {"ours": partial(seconds, partial(estimate, network, X)), "eigsh": partial(seconds, rival)}
    taken = turns(clocks, 1)
    note = f"{found.products} products, residual {found.residual:.1e}; eigsh stopped at {counted} products"
    what = f"lambda_min, {size}"
    times = ratio(taken["eigsh"], taken["ours"])
    yield Row("G11", what, "eigsh on torch.func", times, 25.0, 1, note, asks)
    yield Row("G11", what, "60 products", exactly(60 / found.products), 1.0, 1, note, asks)


def dense(plan: Plan) -> Iterator[Row]:
    """G10: against forming the matrix by Khatri-Rao products and taking all of its eigenvalues.

    The matrix is formed by pairs as well. Nothing is warmed up at this size, which takes minutes.
    """
    if not (plan.full and plan.wants("G10")):
        return
    network, X = DENSE.make()
    matrix = X.new_empty(0)

    def form() -> None:
        nonlocal matrix
        matrix = khatri_rao(network, X)

    works: dict[str, Work] = {
        "ours": partial(estimate, network, X),
        "form": form,
        "solve": lambda: torch.linalg.eigvalsh(matrix),
        "pairs": partial(encoder_gram, network, X),
    }
    taken = turns({name: partial(seconds, work) for name, work in works.items()}, 1)
    whole = [taken["form"][0] + taken["solve"][0]]
    what = f"lambda_min, {DENSE}"
    times = ratio(whole, taken["ours"])
    yield Row("G10", what, "Khatri-Rao, eigvalsh", times, 12.0, 1, asks="--full")
    reached = share(kernel_flops(DENSE), taken["pairs"], plan.gemm(DENSE.dtype))
    times = ratio(taken["form"], taken["pairs"])
    what = f"kernel by pairs, {DENSE}, weak"
    yield Row("G10", what, "Khatri-Rao", times, 3.3, 1, asks="--full", share=reached, of="gemm")


def estimate(network: Network, X: Tensor) -> SmallestEigenvalue:
    """Ours, from a fixed start."""
    return smallest_eigenvalue(network, X, "weak", np.random.default_rng(0))
