"""Runs in plain NumPy, and their checkpoints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from claims.appendix.certify_report import certify_state
from models.networks.autoencoder import Network
from models.networks.regime import Regime
from models.training.rounding import rounding_floors
from refute import Certified, State

KINDS = ("unit", "long", "short")
"""Rows of unit length, and of lengths from 1 to 3 and from 1/4 to 1: no certificate needs unit rows."""


@dataclass(frozen=True, eq=False)
class Run:
    """Plain gradient descent in NumPy: W, A (m, d) with neurons in rows, X (n, d) with samples in rows."""

    W: np.ndarray
    A: np.ndarray
    X: np.ndarray
    step: float
    regime: Regime

    def state(self, **changed: Any) -> State:
        values = {**vars(self), **changed}
        arrays = {name: np.asarray(values[name], dtype=np.float64) for name in ("W", "A", "X")}
        return State("here", arrays, {"step_size": values["step"]}, {"regime": values["regime"]})

    def residual(self) -> np.ndarray:
        E: np.ndarray = self.X - np.maximum(self.X @ self.W.T, 0) @ self.A / math.sqrt(self.A.size)
        return E

    def after(self, steps: int) -> Run:
        W, A = self.W.copy(), self.A.copy()
        s = math.sqrt(A.size)
        for _ in range(steps):
            Z = self.X @ W.T
            Phi = np.maximum(Z, 0)
            E = self.X - Phi @ A / s
            move = ((E @ A.T) * (Z > 0)).T @ self.X / s
            if self.regime == "joint":
                A = A + self.step * Phi.T @ E / s
            W = W + self.step * move
        return Run(W, A, self.X, self.step, self.regime)


def started(n: int, d: int, m: int, regime: Regime, kind: str = "unit", seed: int = 0) -> Run:
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((n, d))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    low, high = {"unit": (1.0, 1.0), "long": (1.0, 3.0), "short": (0.25, 1.0)}[kind]
    X *= rng.uniform(low, high, (n, 1))
    W = rng.standard_normal((m, d))
    A = 2.0 * rng.integers(0, 2, (m, d)) - 1
    return Run(W, A, X, 0.25 * d / float(np.linalg.norm(X, 2)) ** 2, regime)


@cache
def near_the_end(regime: Regime, kind: str, by: str = "C1") -> tuple[Run, Certified]:
    """A point of a run that is proved from there on by this claim, and not much earlier."""
    run = started(2, 3, 128, regime, kind)
    for steps in (8, 8, 16, 32, 64, 128, 256):
        run = run.after(steps)
        found = certify_state(run.state(), lambda _: None)
        if found.by == by:
            return run, found
    raise AssertionError("nothing was proved")


def broken(run: Run, found: Certified, steps: int, every: int) -> dict[str, float]:
    """The largest shares of what is promised: of the residual, the radii of W and of A, along a long run."""
    numbers = found.numbers
    start = Network(torch.from_numpy(run.W)[None], torch.from_numpy(run.A)[None])
    radius = np.array(numbers["radius"])
    decoder = np.array(numbers["decoder_radius"] or np.zeros(len(radius)))
    shares = {"residual": 0.0, "radius": 0.0, "decoder": 0.0}
    here = run
    X = torch.from_numpy(run.X.T.copy())
    for k in range(every, steps + 1, every):
        here = here.after(every)
        floor = float(rounding_floors(start, X, run.step, np.array([k]), run.regime)[0, 0])
        envelope = (1 - run.step * numbers["rate"]) ** (k / 2) * numbers["residual"]
        shares["residual"] = max(shares["residual"], np.linalg.norm(here.residual()) / (envelope + floor))
        moved = np.linalg.norm(here.W - run.W, axis=1) / (radius + floor)
        shares["radius"] = max(shares["radius"], moved.max())
        if run.regime == "joint":
            moved = np.linalg.norm(here.A - run.A, axis=1) / (decoder + floor)
            shares["decoder"] = max(shares["decoder"], moved.max())
    return shares
