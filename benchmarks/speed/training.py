"""G1 to G7 and the certificate: training, against ordinary loops and against the machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.rivals import module_loop, vmap_loop
from benchmarks.speed.sizes import MODULE, STEP, Row, Size, flops, name
from benchmarks.speed.timing import Work, ratio, rounds_of
from models.autoencoder import Network
from models.descent import REGIMES, Regime, descend
from models.journey import Journey, follow
from models.kernels import limit_kernel
from models.torch_loop import Setting, torch_loop

Case = tuple[str, Size, Regime, int, int, float, float | None, float | None]
"""Goal, size, regime, steps, networks of the rival; least ratio to the loop, to vmap, of torch alone."""

TRAINING: tuple[Case, ...] = (
    ("G1", Size(1000, 2, 5, 256), "weak", 32, 2, 600.0, 20.0, 35.0),
    ("G2", Size(256, 5, 5, 1024), "weak", 32, 2, 150.0, 20.0, 10.0),
    ("G3", Size(64, 10, 10, 4096), "weak", 16, 2, 20.0, 8.0, 2.5),
    ("G3", Size(64, 10, 10, 4096), "joint", 16, 2, 15.0, None, None),
    ("G4", Size(64, 20, 20, 1024), "weak", 16, 2, 10.0, None, 2.5),
    ("G4", Size(64, 20, 20, 1024, torch.float32), "weak", 16, 2, 16.0, None, None),
    ("G5", Size(1, 10, 10, 10**6, torch.float32), "weak", 6, 1, 20.0, None, None),
    ("G5", Size(1, 10, 10, 10**6, torch.float32), "joint", 6, 1, 20.0, None, None),
)


def training(rounds: int, gemm: dict[str, float]) -> Iterator[Row]:
    """G1 to G7: the compiled loop against an ordinary loop, vmap and torch's own loop."""
    for case in TRAINING:
        yield from _training_rows(case, rounds, gemm)


def _training_rows(case: Case, rounds: int, gemm: dict[str, float]) -> Iterator[Row]:
    goal, size, regime, steps, few, needed, needed_vmap, needed_torch = case
    network, X = size.make()
    works: dict[str, Work] = {
        "ours": lambda: descend(network, X, STEP, steps, regime),
        "loop": lambda: module_loop(network.select(slice(few)), X, STEP, steps, regime),
        "torch": lambda: torch_alone(network, X, steps, regime),
    }
    if needed_vmap is not None:
        works["vmap"] = lambda: vmap_loop(network, X, STEP, steps, regime)
    taken, more = rounds_of(works, rounds), size.B / few
    what = f"{steps} steps, {size}, {regime}"
    yield Row(goal, what, MODULE, ratio(taken["loop"], taken["ours"], more), needed, rounds)
    if needed_vmap is not None:
        yield Row(goal, what, "vmap of grad", ratio(taken["vmap"], taken["ours"]), needed_vmap, rounds)
    speed = [flops(size, regime) * steps / t / 1e9 for t in taken["ours"]]
    share = ratio(speed, [gemm[f"gemm_{name(size.dtype)}_gflops"]] * rounds)
    least = None if size.B == 1 else 0.65 if 5 <= size.d <= 10 else 0.5
    yield Row("G5" if size.B == 1 else "G6", what, "share of gemm", share, least, rounds)
    if needed_torch is not None:
        alone = ratio(taken["loop"], taken["torch"], more)
        yield Row("G7", f"{what}, torch alone", MODULE, alone, needed_torch, rounds)


def torch_alone(network: Network, X: Tensor, steps: int, regime: Regime) -> None:
    """The same steps and records by torch operations."""
    rate = torch.full((network.batch,), STEP / network.scale, dtype=X.dtype)
    setting = Setting(network.W, network.A, X, rate, 1 / network.scale, network.W, regime == "joint")
    records = X.new_empty(2, steps + 1, network.batch)
    with torch.no_grad():
        torch_loop(setting).proceed(records[0], records[1])


def certificates(rounds: int) -> Iterator[Row]:
    """What following a run until it is certified costs, over its steps alone."""
    size = Size(8, 10, 10, 1024)
    for regime in REGIMES:
        network, X = size.make()
        works, journey = _certificate_works(network, X, regime)
        taken = rounds_of(works, rounds)
        found = ratio(taken["steps"], taken["all"])
        certified = int((journey.certified_at >= 0).sum())
        note = f"{certified} of {size.B} certified, after {int(np.median(journey.steps))} steps"
        yield Row("certificate", f"{size}, {regime}", "steps alone over all", found, 0.8, rounds, note)


def _certificate_works(network: Network, X: Tensor, regime: Regime) -> tuple[dict[str, Work], Journey]:
    """With the step size and the rate that the claims of convergence use."""
    d = len(X)
    both = float(torch.linalg.eigvalsh(limit_kernel(X, "joint"))[-1])
    own = float(torch.linalg.eigvalsh(limit_kernel(X, regime))[0])
    eta, rate = d / (2 * both), own / (2 * d)

    def whole() -> Journey:
        return follow(network, X, eta, regime, promised=rate)

    journey = whole()

    def steps() -> None:
        for b, length in enumerate(journey.steps):
            descend(network.select(b), X, eta, int(length), regime)

    return {"all": whole, "steps": steps}, journey
