"""Peak memory, in a fresh process for every route.

`python -m benchmarks.speed.memory ROUTE B d n m DTYPE THREADS` prints the MiB by which the process grew
beyond what it held after imports, inputs and a small call.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.speed.eigenvalues import estimate, product_size
from benchmarks.speed.kernels import LARGE, SMALL, require_memory
from benchmarks.speed.outside import growth
from benchmarks.speed.rivals import jacrev_gram
from benchmarks.speed.sizes import LeftOutError, Plan, Row, Size, name
from benchmarks.speed.timing import exactly, ratio
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES_ALLOWED = 200
PAGE = 4096 / 2**20
"""MiB that any route is counted with at least."""

ROUTES: dict[str, Callable[[Network, Tensor], object]] = {
    "ours": lambda network, X: tangent_kernel(network, X, "joint"),
    "jacrev": lambda network, X: jacrev_gram(network, X, "joint"),
    "lambda_min": estimate,
}


def memory(plan: Plan) -> Iterator[Row]:
    """G8, G9 and G11: how far memory grows while a kernel is formed, or its smallest eigenvalue estimated."""
    if plan.wants("G9"):
        yield _kernel_row("G9", SMALL, None, min(plan.rounds, 3), plan.threads)
    if plan.full and plan.wants("G8"):
        yield _kernel_row("G8", LARGE, 200.0, 1, plan.threads)
    if plan.full and plan.wants("G11"):
        size = product_size(plan)
        used = peak("lambda_min", size, plan.threads) * 2**20 / 1e6
        what = f"peak memory of lambda_min, {size}"
        allowed = exactly(MEGABYTES_ALLOWED / used)
        yield Row("G11", what, f"{MEGABYTES_ALLOWED} MB", allowed, 1.0, 1, f"{used:.0f} MB", "--full")


def _kernel_row(goal: str, size: Size, needed: float | None, rounds: int, threads: int) -> Row:
    require_memory(f"jacrev at {size}", size)
    found = {route: [peak(route, size, threads) for _ in range(rounds)] for route in ("jacrev", "ours")}
    note = f"{found['jacrev'][0]:.1f} MiB and {found['ours'][0]:.1f} MiB"
    what = f"peak memory of the kernel, {size}"
    asks = "--full" if goal == "G8" else ""
    return Row(goal, what, "jacrev", ratio(found["jacrev"], found["ours"]), needed, rounds, note, asks)


def peak(route: str, size: Size, threads: int) -> float:
    """MiB of one call of a route in a process of its own, at least a page; LeftOutError if it fails."""
    numbers = [str(number) for number in (size.B, size.d, size.n, size.m)]
    asked = [route, *numbers, name(size.dtype), str(threads)]
    command = [sys.executable, "-m", "benchmarks.speed.memory", *asked]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        told = (ran.stderr.strip() or f"exit status {ran.returncode}").splitlines()[-1]
        raise LeftOutError(f"memory of {route} at {size}: {told}")
    return max(float(ran.stdout), PAGE)


def main(asked: list[str]) -> None:
    """Run one route in this process and print its MiB."""
    route, B, d, n, m, dtype, threads = asked
    torch.set_num_threads(int(threads))
    size = Size(int(B), int(d), int(n), int(m), {"float32": torch.float32, "float64": torch.float64}[dtype])
    ROUTES[route](*replace(size, m=1024).make())
    network, X = size.make()
    print(growth(lambda: ROUTES[route](network, X)))


if __name__ == "__main__":
    main(sys.argv[1:])
