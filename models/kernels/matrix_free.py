"""The smallest eigenvalue of a tangent kernel that is too large to be formed: products with it, and LOBPCG.

A product with H = J^T J (and H_A) costs 8 m d n operations and memory for m n numbers, bytes where there is
a library; H itself has (n d)^2 entries. Its infinite-width limit (1/d) k (x) I_d is an excellent
preconditioner: it needs one Cholesky factor of the n x n kernel k.

What comes out is an estimate: a Rayleigh quotient is never below the smallest eigenvalue, and no proof says
that it is near. A verdict needs refute.numerics.spectrum, on a matrix.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, lobpcg
from threadpoolctl import threadpool_limits
from torch import Tensor

from models.kernels.limit import limit_kernel
from models.native.gram import compiled_product
from models.networks.argument_checks import require_alike, require_samples
from models.networks.autoencoder import Network, preactivations
from models.networks.regime import Regime, require_regime

Product = Callable[[Tensor], Tensor]
Operator = Callable[[np.ndarray], np.ndarray]
CHUNK_ENTRIES = 2**20
"""Intermediate numbers of a product that are held at a time on a CPU, in memory that is used again: as many
as a cache holds (G11 of `python -m benchmarks.speed --full`). Any value gives the same up to rounding."""
LEAST_NEURONS = 256
"""Neurons of a chunk, at least: shorter products cost more to call than to compute."""
LEAST_ROWS = 5
"""Rows of a kernel from which LOBPCG is used: with fewer, SciPy solves the dense problem instead."""


@dataclass(frozen=True, eq=False)
class SmallestEigenvalue:
    """An estimate from above: value = v^T H v of a unit vector v, residual = ||H v - value v||.

    Some eigenvalue lies within `residual` of `value`, up to rounding. products: with H, that it took.
    converged: whether the residual is as small as was asked for.
    """

    value: float
    residual: float
    products: int
    converged: bool


def tangent_product(network: Network, X: Tensor, regime: Regime) -> Product:
    """V -> H V for one network (B = 1): V (n, d) or (k, n, d), sample-major, dtype and device of X.

    H is that of `finite.tangent_kernel`. The pattern and, in the joint regime, Phi^T Phi are formed
    once. ValueError for a batch of more than one, or arguments that disagree.
    """
    require_regime(regime)
    require_samples(network.W, X)
    if network.batch != 1:
        raise ValueError(f"the product is for one network, got a batch of {network.batch}")
    d, n = X.shape
    Z = preactivations(network.W, X)[0]
    encoder = _encoder_product(network, X, (Z > 0).contiguous())
    Phi = torch.relu_(Z)
    gram = Phi.mT @ Phi if regime == "joint" else None

    def product(V: Tensor) -> Tensor:
        require_alike(X=X, V=V)
        result = torch.empty_like(V, memory_format=torch.contiguous_format)
        for one, into in zip(V.reshape(-1, n, d), result.view(-1, n, d), strict=True):
            into.copy_(encoder(one))
            if gram is not None:
                into.addmm_(gram, one)
        return result.div_(network.m * d)

    return product


def _encoder_product(network: Network, X: Tensor, pattern: Tensor) -> Product:
    """V -> m d H_W V for V (n, d) and the pattern D (m, n), boolean; one compiled pass if there is one."""
    torch_product = cache(partial(_torch_product, network, X, pattern))

    def product(V: Tensor) -> Tensor:
        compiled = compiled_product(network.A[0], X, pattern, V)
        return torch_product()(V) if compiled is None else compiled

    return product


def _torch_product(network: Network, X: Tensor, pattern: Tensor) -> Product:
    A = network.A[0]
    d, n = X.shape
    D = pattern.to(X.dtype)
    Xt = X.mT.contiguous()
    parts = _chunks(network, n)
    most = min(network.m, parts[0].stop)
    held_wide = X.new_empty(most, n)
    held_thin = X.new_empty(most, d)

    def product(V: Tensor) -> Tensor:
        columns = V.mT.contiguous()
        result = X.new_zeros(n, d)
        for part in parts:
            a = A[part]
            on = D[part]
            wide = held_wide[: len(a)]
            thin = held_thin[: len(a)]
            torch.mm(a, columns, out=wide)
            torch.mm(wide.mul_(on), Xt, out=thin)
            torch.mm(thin, X, out=wide)
            result.addmm_(wide.mul_(on).mT, a)
        return result

    return product


def _chunks(network: Network, n: int) -> list[slice]:
    """Slices of the neurons: on a CPU those that fill a cache, as larger intermediates cost page faults."""
    size = max(LEAST_NEURONS, CHUNK_ENTRIES // n) if network.W.device.type == "cpu" else network.m
    return [slice(first, first + size) for first in range(0, network.m, size)]


def smallest_eigenvalue(
    network: Network,
    X: Tensor,
    regime: Regime,
    generator: np.random.Generator,
    *,
    accuracy: float = 2.0**-10,
    most: int = 400,
) -> SmallestEigenvalue:
    """Estimate lambda_min(H) of one network by LOBPCG, preconditioned with the limit kernel.

    It stops when the residual is below `accuracy` times the first Rayleigh quotient, or after `most`
    iterations. The generator draws the start. Products run in the dtype and on the device of the network, the
    small algebra in float64. ValueError as in `tangent_product`, for a kernel of fewer than LEAST_ROWS rows,
    and for data whose limit kernel is singular in float64: there is nothing to precondition with.
    The defaults are for plots: an accuracy of 0.1 %, and many times the iterations that G11 of
    `python -m benchmarks.speed` takes.
    """
    product = tangent_product(network, X, regime)
    size = X.numel()
    if size < LEAST_ROWS:
        raise ValueError(f"the tangent kernel has {size} rows: form it and take its eigenvalues")
    solve = _limit_solver(X, regime)
    counted = 0

    def apply(v: np.ndarray) -> np.ndarray:
        nonlocal counted
        counted += v.size // size
        return _applied(product, v, X)

    start = _unit(solve(generator.standard_normal((size, 1))))
    goal = accuracy * float((start.T @ apply(start))[0, 0])
    v = _lobpcg(apply, solve, start, goal, most)
    Hv = apply(v)
    value = float((v.T @ Hv)[0, 0] / (v.T @ v)[0, 0])
    residual = float(np.linalg.norm(Hv - value * v) / np.linalg.norm(v))
    return SmallestEigenvalue(value, residual, counted, residual <= goal)


def _lobpcg(apply: Operator, solve: Operator, start: np.ndarray, goal: float, most: int) -> np.ndarray:
    """The vector (n d, 1) where LOBPCG ends, by its residual or after `most` iterations."""
    shape = len(start), len(start)
    H = LinearOperator(shape, matvec=apply, matmat=apply, dtype=np.float64)
    M = LinearOperator(shape, matvec=solve, matmat=solve, dtype=np.float64)
    # One thread for the vectors' own algebra: more would be in the way of the products'.
    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # `converged` reports it
        _, v = lobpcg(H, start, M=M, tol=goal, maxiter=most, largest=False)
    vector: np.ndarray = v
    return vector


def _unit(v: np.ndarray) -> np.ndarray:
    unit: np.ndarray = v / np.linalg.norm(v)
    return unit


def _applied(product: Product, v: np.ndarray, X: Tensor) -> np.ndarray:
    """H v (n d, columns), float64, for v (n d,) or (n d, columns); the product runs in the dtype of X."""
    d, n = X.shape
    columns = v.reshape(n * d, -1).T.reshape(-1, n, d)
    moved = product(torch.from_numpy(np.ascontiguousarray(columns)).to(X))
    result: np.ndarray = moved.reshape(len(columns), n * d).T.double().cpu().numpy()
    return result


def _limit_solver(X: Tensor, regime: Regime) -> Operator:
    """V -> ((1/d) k (x) I_d)^-1 V for V (n d, columns)."""
    d, n = X.shape
    factor, info = torch.linalg.cholesky_ex(limit_kernel(X.double(), regime).cpu() / d)
    if int(info):
        raise ValueError(
            "the limit kernel of these samples is singular in float64 (parallel samples?), "
            "so it cannot precondition"
        )

    def solve(V: np.ndarray) -> np.ndarray:
        # By torch, as the products are: the threads of a second library would be in their way.
        solved = torch.cholesky_solve(torch.from_numpy(np.ascontiguousarray(V)).reshape(n, -1), factor)
        result: np.ndarray = solved.reshape(n * d, -1).numpy()
        return result

    return solve
