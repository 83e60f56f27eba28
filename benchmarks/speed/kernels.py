"""G8, G9 and G12: tangent kernels, once and along a run."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.speed.rivals import jacrev_gram
from benchmarks.speed.sizes import LeftOutError, Plan, Row, Size, kernel_flops
from benchmarks.speed.timing import Work, ratio, rounds_of, share
from benchmarks.speed.training import torch_alone
from models.kernels.finite import tangent_kernel
from models.kernels.tracking import track, update
from models.networks.autoencoder import Network
from models.training.descent import descend

SMALL = Size(1, 10, 5, 4096)
LARGE = Size(1, 20, 20, 65536, torch.float32)
"""The kernels of G9 and of G8."""
LOOKS = 3
"""Looks at the smallest eigenvalue, ten steps apart."""


def grams(plan: Plan) -> Iterator[Row]:
    """G8 and G9: the tangent kernel of one network, both layers trained, against jacrev."""
    if plan.wants("G9"):
        yield _gram_row("G9", SMALL, 15.0, plan.rounds, plan)
    if plan.full and plan.wants("G8"):
        yield _gram_row("G8", LARGE, 200.0, 1, plan)


def _gram_row(goal: str, size: Size, needed: float, rounds: int, plan: Plan) -> Row:
    require_memory(f"jacrev at {size}", size)
    taken = rounds_of(_gram_works(*size.make()), rounds)
    found = ratio(taken["jacrev"], taken["ours"])
    asks = "--full" if goal == "G8" else ""
    reached = share(kernel_flops(size), taken["ours"], plan.gemm(size.dtype))
    what = f"tangent kernel, {size}"
    return Row(goal, what, "jacrev", found, needed, rounds, asks=asks, share=reached, of="gemm")


def require_memory(what: str, size: Size) -> None:
    """Raise LeftOutError unless twice the Jacobians of both layers would fit into the memory left."""
    needed = 4 * size.n * size.d**2 * size.m * torch.finfo(size.dtype).bits / 8
    with open("/proc/meminfo", encoding="ascii") as told:
        free = next(1024 * float(line.split()[1]) for line in told if line.startswith("MemAvailable"))
    if needed > free:
        raise LeftOutError(f"{what} needs {needed / 2**30:.1f} GiB of memory, {free / 2**30:.1f} are free")


def _gram_works(network: Network, X: Tensor) -> dict[str, Work]:
    return {
        "ours": lambda: tangent_kernel(network, X, "joint"),
        "jacrev": lambda: jacrev_gram(network, X, "joint"),
    }


def tracking(plan: Plan) -> Iterator[Row]:
    """G12: the kernel every ten steps of a weak run, against forming it anew and against the steps."""
    for size, needed in ((Size(1, 5, 5, 4096), None), (Size(1, 10, 10, 16384), 100.0)):
        taken = rounds_of(_tracking_works(*size.make()), plan.rounds)
        rounds = plan.rounds
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
