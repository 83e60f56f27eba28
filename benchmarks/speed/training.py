"""G1 to G7 and the certificate: training, against ordinary loops and against the machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.speed.rivals import module_loop, vmap_loop
from benchmarks.speed.sizes import MODULE, STEP, Plan, Row, Size, flops, moved_bytes
from benchmarks.speed.timing import Work, ratio, rounds_of, share
from models.certificate.certificate import certify_rate
from models.certificate.certified_run import CertifiedRun, run_until_certified
from models.kernels.limit import limit_kernel
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.torch_loop import Setting, torch_loop


@dataclass(frozen=True)
class Case:
    """What is trained, how long, and the least ratios to the loop, to vmap, and of torch alone to the loop.

    few, loop_steps: networks and steps of the loop, where these are fewer; times are compared by the step.
    """

    goal: str
    size: Size
    regime: Regime
    steps: int
    few: int
    needed: float
    needed_vmap: float | None = None
    needed_torch: float | None = None
    loop_steps: int | None = None

    @property
    def goals(self) -> tuple[str, ...]:
        """The goals that its rows speak of."""
        limit = () if self.size.B == 1 else ("G6",)
        return (self.goal, *limit, *(() if self.needed_torch is None else ("G7",)))

    @property
    def more(self) -> float:
        """How many times more steps of a network our call does than the loop's."""
        return self.size.B / self.few * self.steps / (self.loop_steps or self.steps)

    def __str__(self) -> str:
        return f"{self.steps} steps, {self.size}, {self.regime}"


LARGE = Size(1, 10, 10, 10**6, torch.float32)
TRAINING = (
    Case("G1", Size(1000, 2, 5, 256), "weak", 64, 2, 600.0, 20.0, 35.0),
    Case("G2", Size(256, 5, 5, 1024), "weak", 64, 2, 150.0, 20.0, 10.0),
    Case("G3", Size(64, 10, 10, 4096), "weak", 64, 2, 20.0, 8.0, 2.5),
    Case("G3", Size(64, 10, 10, 4096), "joint", 64, 2, 15.0),
    Case("G4", Size(64, 20, 20, 1024), "weak", 64, 2, 10.0, None, 2.5),
    Case("G4", Size(64, 20, 20, 1024, torch.float32), "weak", 64, 2, 16.0),
    Case("G5", LARGE, "weak", 64, 1, 20.0, loop_steps=6),
    Case("G5", LARGE, "joint", 64, 1, 20.0, loop_steps=6),
)


def training(plan: Plan) -> Iterator[Row]:
    """G1 to G7: the compiled loop against an ordinary loop, vmap and torch's own loop."""
    for case in TRAINING:
        if plan.wants(*case.goals):
            yield from _training_rows(case, plan)


def _training_rows(case: Case, plan: Plan) -> Iterator[Row]:
    taken = rounds_of(_training_works(case), plan.rounds)
    what = str(case)
    rounds = plan.rounds
    work = flops(case.size, case.regime) * case.steps
    reached = share(work, taken["ours"], plan.gemm(case.size.dtype))
    found = ratio(taken["loop"], taken["ours"], case.more)
    whole = case.needed if case.size.B > 1 else None
    yield Row(case.goal, what, MODULE, found, whole, rounds, share=reached, of="gemm")
    if case.size.B == 1:
        found = ratio(_step(taken, "loop", case), _step(taken, "ours", case))
        yield Row(case.goal, f"a step, {case.size}, {case.regime}", MODULE, found, case.needed, rounds)
    if case.needed_vmap is not None:
        found = ratio(taken["vmap"], taken["ours"])
        yield Row(case.goal, what, "vmap of grad", found, case.needed_vmap, rounds)
    steps = [seconds / case.steps for seconds in taken["ours"]]
    yield from _limit_rows(case.size, case.regime, what, steps, plan)
    if case.needed_torch is not None:
        alone = ratio(taken["loop"], taken["torch"], case.more)
        yield Row("G7", f"{what}, torch alone", MODULE, alone, case.needed_torch, rounds)


def _step(taken: dict[str, list[float]], name: str, case: Case) -> list[float]:
    """Seconds a step once a run is under way: the longer run less the shorter one, round by round."""
    more, fewer = _lengths(case)[name]
    both = zip(taken[name], taken[f"short {name}"], strict=True)
    return [(long - short) / (more - fewer) for long, short in both]


def _lengths(case: Case) -> dict[str, tuple[int, int]]:
    """Steps of the longer and of the shorter run, ours and the loop's."""
    return {"ours": (case.steps, case.steps // 2), "loop": (case.loop_steps or case.steps, 2)}


def _training_works(case: Case) -> dict[str, Work]:
    steps = case.steps
    regime = case.regime
    network, X = case.size.make()
    few = network.select(slice(case.few))
    fewer = case.loop_steps or steps
    works: dict[str, Work] = {
        "ours": lambda: descend(network, X, STEP, steps, regime),
        "loop": lambda: module_loop(few, X, STEP, fewer, regime),
    }
    if case.size.B == 1:
        short = {name: fewer for name, (_, fewer) in _lengths(case).items()}
        works["short ours"] = lambda: descend(network, X, STEP, short["ours"], regime)
        works["short loop"] = lambda: module_loop(few, X, STEP, short["loop"], regime)
    if case.needed_torch is not None:
        works["torch"] = lambda: torch_alone(network, X, steps, regime)
    if case.needed_vmap is not None:
        works["vmap"] = lambda: vmap_loop(network, X, STEP, steps, regime)
    return works


def _limit_rows(size: Size, regime: Regime, what: str, steps: list[float], plan: Plan) -> Iterator[Row]:
    """G6, and of one large network the part of both limits: seconds a step against those at the limit."""
    at_gemm = flops(size, regime) / plan.gemm(size.dtype) / 1e9
    large = size.B == 1
    least = 0.65 if 5 <= size.d <= 10 else 0.5
    found = ratio([at_gemm] * len(steps), steps)
    yield Row("G5" if large else "G6", what, "share of gemm", found, None if large else least, plan.rounds)
    if large:
        at_copy = moved_bytes(size, regime) / plan.limits["copy_gbytes"] / 1e9
        yield Row("G5", what, "share of copy", ratio([at_copy] * len(steps), steps), None, plan.rounds)


def torch_alone(network: Network, X: Tensor, steps: int, regime: Regime) -> None:
    """The same steps and records by torch operations."""
    rate = torch.full((network.batch,), STEP / network.scale, dtype=X.dtype)
    setting = Setting(network.W, network.A, X, rate, 1 / network.scale, network.W, regime == "joint")
    records = X.new_empty(2, steps + 1, network.batch)
    with torch.no_grad():
        torch_loop(setting).proceed(records[0], records[1])


def certificates(plan: Plan) -> Iterator[Row]:
    """What the certificate that ends a run costs over the run, and what finding its moment costs besides."""
    size = Size(8, 10, 10, 1024)
    rounds = min(plan.rounds, 3)
    for regime in REGIMES:
        network, X = size.make()
        works, result = _certificate_works(network, X, regime)
        taken = rounds_of(works, rounds)
        certified = int((result.certified_at >= 0).sum())
        note = f"{certified} of {size.B} certified, after {int(np.median(result.steps))} steps"
        both = [steps + proof for steps, proof in zip(taken["steps"], taken["proof"], strict=True)]
        shares = {
            "steps over steps and proof": ratio(taken["steps"], both),
            "steps over all of following": ratio(taken["steps"], taken["all"]),
        }
        for rival, found in shares.items():
            yield Row("certificate", f"{size}, {regime}", rival, found, 0.8, rounds, note)


def _certificate_works(network: Network, X: Tensor, regime: Regime) -> tuple[dict[str, Work], CertifiedRun]:
    """With the step size and the rate that the claims of convergence use."""
    d = len(X)
    both = float(torch.linalg.eigvalsh(limit_kernel(X, "joint"))[-1])
    own = float(torch.linalg.eigvalsh(limit_kernel(X, regime))[0])
    eta = d / (2 * both)
    rate = own / (2 * d)

    def whole() -> CertifiedRun:
        return run_until_certified(network, X, eta, regime, promised=rate)

    result = whole()

    def steps() -> None:
        for b, length in enumerate(result.steps):
            descend(network.select(b), X, eta, int(length), regime)

    def proof() -> None:
        certify_rate(result.network, X, eta, regime, rate)

    return {"all": whole, "steps": steps, "proof": proof}, result
