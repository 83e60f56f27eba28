"""What the torch loop does between two looks at the stop rule: queued work alone, so a device never waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from models.training.torch_loop import Setting, torch_loop

STEPS = 5


class Recorded(TorchDispatchMode):
    """The names of the operations that were dispatched."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def setting(regime: str, device: str) -> Setting:
    W, A = (torch.ones(3, 8, 2, dtype=torch.float64, device=device) * factor for factor in (1.0, 0.5))
    X = torch.ones(2, 4, dtype=torch.float64, device=device)
    rate = torch.full((3,), 2.0**-6, dtype=torch.float64, device=device)
    return Setting(W, None if regime == "tied" else A, X, rate, 0.25, W, regime != "weak")


@pytest.mark.parametrize("regime", ["weak", "joint", "tied"])
def test_no_step_reads_a_number_back(regime: str) -> None:
    """On the meta device no tensor has values: whatever waits for one fails there."""
    loop = torch_loop(setting(regime, "meta"))
    records = torch.empty(2, STEPS + 1, 3, dtype=torch.float64, device="meta")
    loop.proceed(records[0], records[1])
    with pytest.raises(RuntimeError):
        bool(records[0, -1, 0] > 0)  # the device does refuse


@pytest.mark.parametrize("regime", ["weak", "joint", "tied"])
def test_every_step_is_the_same_queue_of_operations(regime: str) -> None:
    """So one step, captured once, could be replayed: no operation depends on a value."""
    loop = torch_loop(setting(regime, "cpu"))
    records = torch.empty(2, 3 * STEPS + 1, 3, dtype=torch.float64)
    loop.proceed(records[0, :1], records[1, :1])
    queues = []
    for k in range(3):
        rows = slice(1 + k * STEPS, 1 + (k + 1) * STEPS)
        with Recorded() as seen:
            loop.proceed(records[0, rows], records[1, rows])
        queues.append(seen.names)
    assert queues[0] == queues[1] == queues[2]
    assert len(queues[0]) > STEPS
    assert not any("_local_scalar_dense" in name for name in queues[0])
