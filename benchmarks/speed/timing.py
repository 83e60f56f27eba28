"""Times of things that do the same work, taken in turns, and what the machine could do at best."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

Work = Callable[[], object]
Clock = Callable[[], float]
"""Does some work and returns its seconds."""


@dataclass(frozen=True)
class Ratio:
    """How many times longer the rival takes for a unit of work: median and range over the rounds."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.3g} ({self.low:.3g} - {self.high:.3g})"


def seconds(work: Work) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def rounds_of(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Seconds of every work in every round, after one call of each."""
    for work in works.values():
        work()
    return turns({name: partial(seconds, work) for name, work in works.items()}, rounds)


def turns(clocks: Mapping[str, Clock], rounds: int) -> dict[str, list[float]]:
    """What every clock says in every round. A round asks each once: all meet the same disturbances."""
    taken: dict[str, list[float]] = {name: [] for name in clocks}
    for _ in range(rounds):
        for name, clock in clocks.items():
            taken[name].append(clock())
    return taken


def ratio(rival: list[float], ours: list[float], units: float = 1.0) -> Ratio:
    """The rival's time over ours, round by round; `units`: how much more work our call does."""
    shares = sorted(units * slow / fast for slow, fast in zip(rival, ours, strict=True))
    return Ratio(statistics.median(shares), shares[0], shares[-1])


def exactly(value: float) -> Ratio:
    """A ratio that was found once."""
    return Ratio(value, value, value)


def share(work: float, taken: list[float], limit: float) -> float:
    """Which part of a limit (in 1e9 a second) the median round reaches; `work`: operations or bytes."""
    return work / statistics.median(taken) / 1e9 / limit


def limits() -> dict[str, float]:
    """What this machine reaches: products of 2048 x 2048 (GF/s), a copy beyond every cache (GB/s)."""
    found = {}
    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        M = torch.rand(2048, 2048, dtype=dtype, generator=torch.Generator())
        out = torch.empty_like(M)
        taken = rounds_of({"gemm": partial(torch.mm, M, M, out=out)}, 5)["gemm"]
        found[f"gemm_{name}_gflops"] = 2 * 2048**3 / min(taken) / 1e9
    source = torch.zeros(2**25, dtype=torch.float64)
    target = torch.empty_like(source)
    taken = rounds_of({"copy": lambda: target.copy_(source)}, 5)["copy"]
    found["copy_gbytes"] = 2 * source.numel() * 8 / min(taken) / 1e9
    return found


def peak_mebibytes() -> float:
    """The largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
