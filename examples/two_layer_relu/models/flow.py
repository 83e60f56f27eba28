"""The gradient flow of a two-layer ReLU network, followed from kink to kink, with a bound on its error.

While no neuron changes its pattern, the residual rho = y - u is exp(-H t) rho, and the neurons move along its
integral: both are known from the eigenvectors of H. The flow is left at times at which, by a bound on second
derivatives, nothing can have changed. So no kink is passed over, and the times close in on it like Newton's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.gram import gram

NEAR = 2.0**-44
"""How near to a kink, as a share of the speed times the time scale, a neuron is taken to be on it."""
_EPSILON = 2.0**-53


class Undecided(Exception):
    """The flow meets what is not followed: a neuron that slides along a kink, or two kinks at once."""


@dataclass
class Flow:
    """A point of the flow: neurons W (m, d), residuals rho (n,), patterns active (m, n), and its time.

    X (n, d) samples and a (m,) signs stay. error: a bound on how far rho is off in the norm; moved_error:
    the same for each neuron.
    """

    X: np.ndarray
    a: np.ndarray
    W: np.ndarray
    rho: np.ndarray
    time: float = 0.0
    error: float = 0.0
    moved_error: float = 0.0
    active: np.ndarray = field(init=False)
    sides: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.sides = self.W @ self.X.T
        self.active = self.sides > 0

    @property
    def size(self) -> float:
        """The norm of X."""
        return float(np.linalg.norm(self.X, ord=2))

    def follow(self, horizon: float, most: int = 400) -> Iterator[Flow]:
        """The flow after every step up to the horizon. Raises Undecided."""
        if (self.sides == 0).any():
            raise Undecided("a neuron starts on a kink")
        for _ in range(most):
            safe, where = self._safe()
            if self._on_kink(where):
                self._cross(where)
            else:
                self._advance(min(safe, horizon - self.time))
                self._check_grazes()
            yield self
            if self.time >= horizon:
                return
        raise Undecided("more steps than are followed")

    def _rates(self) -> np.ndarray:
        """(m, n) the speeds of <w_r, x_i>."""
        forces = self.a[:, None] * self.active * self.rho
        return np.asarray(forces @ (self.X @ self.X.T)) / math.sqrt(len(self.W))

    @property
    def _still(self) -> np.ndarray:
        """(m, n) where <w_r, x_i> does not move: no sample that is not at right angles to x_i drives w_r."""
        return np.asarray(self.active.astype(int) @ (self.X @ self.X.T != 0) == 0)

    @property
    def _bend(self) -> float:
        """A bound on the second derivative of every <w_r, x_i> from here on: |H| <= |X|^2."""
        longest = float(np.linalg.norm(self.X, axis=1).max())
        return longest * self.size**3 * float(np.linalg.norm(self.rho)) / math.sqrt(len(self.W))

    def _safe(self) -> tuple[float, tuple[int, int]]:
        """A time in which no neuron can reach a kink, and the neuron and sample that come first."""
        away = np.where(self.active, 1.0, -1.0)
        gap = away * self.sides
        speed = away * self._rates()
        bend = self._bend
        if bend == 0:
            return math.inf, (0, 0)
        gap = np.maximum(gap, 0.0)
        # The positive root of gap + speed t - bend t^2 / 2, without cancellation where speed < 0.
        root = np.abs(speed) + np.sqrt(speed**2 + 2 * bend * gap)
        times = np.where(speed > 0, root / bend, 2 * gap / np.where(root > 0, root, 1.0))
        times[self._still] = math.inf
        r, i = np.unravel_index(int(times.argmin()), times.shape)
        return float(times[r, i]), (int(r), int(i))

    def _on_kink(self, where: tuple[int, int]) -> bool:
        away = 1.0 if self.active[where] else -1.0
        speed = away * float(self._rates()[where])
        near = max(NEAR * -speed / self.size**2, self._uncertain)
        return speed < 0 and away * float(self.sides[where]) <= near

    def _advance(self, time: float) -> None:
        m, n = self.active.shape
        values, vectors = np.linalg.eigh(gram(self.X, self.active, 1 / m))
        parts = vectors.T @ self.rho
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(values * time > _EPSILON, -np.expm1(-values * time) / values, time)
        integral = vectors @ (shares * parts)
        before = float(np.linalg.norm(self.rho))
        moves = (self.a[:, None] * self.active * integral) @ self.X / math.sqrt(m)
        self.rho = vectors @ (np.exp(-values * time) * parts)
        self.W = self.W + moves
        self.sides = self.sides + moves @ self.X.T
        self.time += time
        # Eigenvectors are off by some n^2 roundings of |H|, which time turns into this.
        rounds = 64 * n**2 * _EPSILON * (1 + time * self.size**2)
        self.moved_error += self.size / math.sqrt(m) * time * (self.error + rounds * before)
        self.moved_error += 8 * (m + n) * _EPSILON * float(np.abs(self.W).max())
        self.error += rounds * before

    def _check_grazes(self) -> None:
        """Raise Undecided where the error leaves open whether a neuron that turns has reached a kink."""
        away = np.where(self.active, 1.0, -1.0)
        near = (away * self.sides <= self._uncertain) & ~self._still
        slow = self._rates() ** 2 <= 8 * self._bend * self._uncertain
        if (near & slow).any():
            raise Undecided("a neuron grazes a kink")

    @property
    def _uncertain(self) -> float:
        """How far any <w_r, x_i> may be off."""
        return self.size * self.moved_error

    def _cross(self, where: tuple[int, int]) -> None:
        """Change the pattern of a neuron on one sample, and take the neuron to be on the kink."""
        m = len(self.W)
        old = float(self._rates()[where])
        self.active[where] = not self.active[where]
        new = float(self._rates()[where])
        stops = bool(self._still[where])
        if old * new <= 0 and not stops:
            raise Undecided("a neuron slides along a kink")
        open_gap = abs(float(self.sides[where])) + self._uncertain
        if old**2 <= 4 * self._bend * open_gap:
            raise Undecided("a neuron grazes a kink")
        length = float(np.linalg.norm(self.X[where[1]]))
        late = 2 * open_gap / (abs(old) if stops else min(abs(old), abs(new)))
        self.sides[where] = 0.0
        gaps = np.abs(self.sides)
        gaps[where] = math.inf
        gaps[self._still] = math.inf
        reach = late * float(np.abs(self._rates()).max()) + self._uncertain
        if (gaps <= reach).any():
            raise Undecided("two kinks at once")
        strength = self.size * float(np.linalg.norm(self.rho))
        self.error += 2 * late * length * strength / m
        self.moved_error += 2 * late * strength / math.sqrt(m)
