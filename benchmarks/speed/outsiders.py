"""Rivals that need an environment of their own: neural-tangents for G8 and G9, curvlinops for G11.

No ratio is told before the results agree: in float64 for a few neurons, and in the dtype that is timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.agreement import CHECKED, compare, few, kernel_bound, product_bound
from benchmarks.speed.child import Child, child
from benchmarks.speed.eigenvalues import direction, product_size
from benchmarks.speed.kernels import LARGE, SMALL, require_memory
from benchmarks.speed.memory import peak
from benchmarks.speed.sizes import LeftOutError, Plan, Row
from benchmarks.speed.timing import Clock, exactly, ratio, seconds, turns
from models.kernels.finite import tangent_kernel
from models.kernels.matrix_free import tangent_product
from models.networks.autoencoder import Network

GRAMS = (("G9", SMALL, 5.0, None), ("G8", LARGE, 60.0, 150.0))
"""Goal, size, least ratio of times and of peak memory."""


def gram_rows(plan: Plan, route: str) -> Iterator[Row]:
    """G8 and G9 against one implementation of neural-tangents; the faster of the two decides the goal."""
    python = plan.neural_tangents
    for goal, size, needed, lean in GRAMS:
        if python is None or not plan.wants(goal) or (goal == "G8" and not plan.full):
            continue
        require_memory(f"neural-tangents at {size}", size)
        rounds = min(plan.rounds, 3) if goal == "G8" else plan.rounds
        network, X = size.make()
        with child(python, route, plan.threads, _arrays(network, X)) as rival:
            agreed = _agreed_kernels(rival, network, X)
            own: Clock = partial(seconds, partial(tangent_kernel, network, X, "joint"))
            taken = _turns(own, rival, rounds)
            theirs = rival.mebibytes()
        asks = ("--full " if goal == "G8" else "") + "--neural-tangents PYTHON"
        name = f"neural-tangents, {route}"
        found = ratio(taken["rival"], taken["ours"])
        yield Row(goal, f"tangent kernel, {size}", name, found, needed, rounds, agreed, asks)
        ours = peak("ours", size, plan.threads)
        note = f"{theirs:.1f} MiB and {ours:.1f} MiB"
        what = f"peak memory of the kernel, {size}"
        less = exactly(theirs / ours)
        yield Row(goal, what, name, less, lean, 1, note, asks)


def product_rows(plan: Plan) -> Iterator[Row]:
    """G11: the product against curvlinops."""
    if plan.curvlinops is None or not plan.wants("G11"):
        return
    size = product_size(plan)
    network, X = size.make()
    v = direction(X)
    product = tangent_product(network, X, "weak")
    V = torch.from_numpy(v).view(size.n, size.d)
    with child(plan.curvlinops, "curvlinops", plan.threads, {**_arrays(network, X), "v": v}) as rival:
        agreed = _agreed_products(rival, network, X, v)
        taken = _turns(partial(seconds, lambda: product(V)), rival, plan.rounds)
    asks = ("--full " if plan.full else "") + "--curvlinops PYTHON"
    what = f"product H v, {size}, weak"
    found = ratio(taken["rival"], taken["ours"])
    yield Row("G11", what, "curvlinops J J^T v", found, 4.0, plan.rounds, agreed, asks)


def _turns(own: Clock, rival: Child, rounds: int) -> dict[str, list[float]]:
    """Seconds of both, in turns, after one call of ours; the rival is warm."""
    own()
    return turns({"ours": own, "rival": rival.seconds}, rounds)


def _arrays(network: Network, X: Tensor) -> dict[str, np.ndarray]:
    W = network.W[0].numpy()
    A = network.A[0].numpy()
    return {"W": W, "A": A, "X": X.numpy(), "neurons": np.array(CHECKED)}


def _agreed_kernels(rival: Child, network: Network, X: Tensor) -> str:
    told = []
    for theirs, problem in ((rival.checked, few(network, X)), (rival.timed, (network, X))):
        ours = tangent_kernel(*problem, "joint")[0].numpy()
        told.append(_agreed(rival, ours, theirs, kernel_bound(*problem, "joint")))
    return _words(told, network, X)


def _agreed_products(rival: Child, network: Network, X: Tensor, v: np.ndarray) -> str:
    told = []
    for theirs, problem in ((rival.checked, few(network, X)), (rival.timed, (network, X))):
        V = torch.from_numpy(v).to(problem[1]).view(X.shape[1], X.shape[0])
        ours = tangent_product(*problem, "weak")(V).flatten().numpy()
        told.append(_agreed(rival, ours, theirs, product_bound(*problem, v)))
    return _words(told, network, X)


def _agreed(rival: Child, ours: np.ndarray, theirs: np.ndarray, bound: float) -> str:
    """The difference and its bound, in words; LeftOutError if rounding does not explain it."""
    try:
        found = compare(ours, theirs, bound)
    except ValueError as error:
        raise LeftOutError(f"{rival.route}: its result is not ours: {error}") from None
    if not found.holds:
        raise LeftOutError(f"{rival.route}: its result is not ours: they differ by {found}")
    return f"{found}, largest entry {np.abs(ours).max():.1e}"


def _words(told: list[str], network: Network, X: Tensor) -> str:
    size = f"float64 m={min(CHECKED, network.m)}"
    if X.dtype == torch.float64 and network.m <= CHECKED:
        return f"results differ by {told[0]}"
    return f"results differ by {told[0]} ({size}); {told[1]} (timed)"
