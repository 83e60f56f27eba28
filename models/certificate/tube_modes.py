"""A reference kernel of which every power is known: what the tube's centre obeys, exactly.

For a symmetric matrix M (N, N), N = n d, floats V and p are computed such that

    M ~ Q diag((1 - p) / eta) Q^T,    Q the orthogonal matrix nearest to V

The right side, with the floats p as exact numbers, is the reference. How far M is from it is bounded (`off`),
and belongs to what the tube allows for; the reference itself has no rounding at all. Its step is
T = Q diag(p) Q^T, so that

    T^t E = Q diag(p^t) Q^T E,    eta sum_{l < t} T^l E = Q diag(eta (1 + p + ... + p^{t-1})) Q^T E

What is computed of these is off by `rounding` times ||E|| and the largest factor: V is within `o` of Q, where
||V^T V - I|| <= o; a power and a sum of t terms pass through 3 t roundings at most. Sequences of steps are
known at some times; between two of them, h steps apart, a sequence is within

    (max l (h - l) / 2) times its largest second difference

of its chord, and what is convex, like a norm, is below the chord of its values up to that. All of this holds
barring underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from refute.numerics import gamma, unit_roundoff

SMALLEST_RATE = 2.0**-40
"""Eigenvalues below this share of the largest count as this share: the reference then still moves."""


@dataclass(frozen=True, eq=False)
class Modes:
    """The reference: V (N, N), p (N,), |p| <= 1; off: ||M - reference|| in the spectral norm, from above.

    o: ||V - Q|| from above.
    """

    V: np.ndarray
    p: np.ndarray
    off: float
    o: float
    step_size: float

    @property
    def slowest(self) -> float:
        """max |p|: the norm of a step of the reference, exactly."""
        return float(np.abs(self.p).max())

    def rounding(self, t: int) -> float:
        """What t steps, computed, are off by, relative to ||E|| and the largest factor."""
        N = len(self.p)
        return 4 * self.o + 4 * N * gamma(2 * N + 4 * t + 16)


def modes_of(matrix: np.ndarray, error: float, step_size: float) -> Modes | None:
    """The reference of every symmetric matrix within `error` (spectral norm) of `matrix`, symmetric (N, N).

    None where the step is too large, |p| > 1, or V is no basis.
    """
    N = len(matrix)
    values, V = np.linalg.eigh(matrix)
    values = np.maximum(values, SMALLEST_RATE * max(float(values[-1]), 0.0))
    p = 1 - step_size * values
    o = float(np.linalg.norm(V.T @ V - np.eye(N))) * (1 + gamma(N * N + 8)) + gamma(N + 2) * 2 * N
    if not (np.abs(p).max() <= 1 and o < 2.0**-10):
        return None
    top = float(values[-1])
    product = (V * values) @ V.T
    # An entry has N + 2 roundings, relative to |V| |values| |V|^T, whose norm is N top at most.
    found = float(np.linalg.norm(matrix - product)) * (1 + gamma(N * N + 8))
    rounding = gamma(N + 4) * 2 * N * top + unit_roundoff() * float(np.linalg.norm(matrix)) * 2
    moved = 3 * o * top + 4 * unit_roundoff() * (1 / step_size + top)  # V for Q; (1 - p) / eta for the values
    return Modes(V, p, (found + rounding + moved + error) * (1 + gamma(16)), o, step_size)


def powers(p: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p^t and 1 + p + ... + p^{t-1}, both (N, K), for p (N,) and whole times t >= 0 (K,).

    By doubling and adding: a power has at most t roundings, a sum at most 3 t, relative to that of |p|.
    """
    power = np.ones((len(p), len(times)))
    total = np.zeros((len(p), len(times)))
    column = p[:, None]
    for bit in range(int(times.max()).bit_length() - 1, -1, -1):
        total = total * (1 + power)
        power = power * power
        odd = (times >> bit) & 1 == 1
        total[:, odd] = total[:, odd] * column + 1
        power[:, odd] = power[:, odd] * column
    return power, total


@dataclass(frozen=True, eq=False)
class Course:
    """The centre at times t_0 = 0 < ... < t_K of a piece, and what lies between them, from above.

    E, V (N, K + 1): the residual and its sum eta sum_{l < t_k} E(l), within E_off and V_off of the exact ones
    in norm. steps (K,): h. norms (n, K + 1): of each sample's part of E, sizes (K + 1,): of E. bend, sway
    (K,): how far E and V may be from their chords between two times. spread (K + 1, n, n): of each block of
    T^t the norm, spread_bend (K, n, n): how far it may be above its chord, spread_most (K,): no block exceeds
    it. slowest: max |p|. after: the path eta sum ||E(l)|| from t_K on, 0 for a piece that ends there;
    spread_after: the same of ||T^l||. relative: what the powers are off by, relative to the largest.
    """

    times: np.ndarray
    E: np.ndarray
    V: np.ndarray
    E_off: float
    V_off: float
    norms: np.ndarray
    sizes: np.ndarray
    bend: np.ndarray
    sway: np.ndarray
    spread: np.ndarray
    spread_bend: np.ndarray
    spread_most: np.ndarray
    after: float
    spread_after: float
    step_size: float
    relative: float
    endless: bool

    @property
    def steps(self) -> np.ndarray:
        """(K,) the steps between two times."""
        return np.diff(self.times)

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """(K,) each: eta times the sum of the chord's two shares, over the steps of each stretch."""
        return self.step_size * (self.steps + 1) / 2, self.step_size * (self.steps - 1) / 2

    def summed(self, values: np.ndarray, bends: np.ndarray) -> np.ndarray:
        """(..., K) of each stretch, from above: eta times the sum over its steps of a convex quantity.

        values (..., K + 1): it at the times; bends (..., K): how far it may exceed its chord.
        """
        first, last = self.weights
        total = values[..., :-1] * first + values[..., 1:] * last + bends * (self.step_size * self.steps)
        result: np.ndarray = total * (1 + gamma(16))
        return result


def sums(modes: Modes, E: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(N, K) about eta sum_{l < t} T^l E at the times (K,), with no bound on its rounding."""
    factors = powers(modes.p, times)[1]
    found: np.ndarray = modes.V @ (modes.step_size * factors * (modes.V.T @ E)[:, None])
    return found


def course(modes: Modes, E: np.ndarray, times: np.ndarray, n: int, endless: bool) -> Course:
    """The course of the centre from E (N,) on; endless: whether the piece goes on after the last time."""
    N = len(E)
    eta = modes.step_size
    up = 1 + gamma(2 * N + 32)
    relative = modes.rounding(int(times[-1]))
    size = float(np.linalg.norm(E)) * up
    power, total = powers(modes.p, times)
    most = float(powers(np.abs(modes.p), times[-1:])[1].max())
    c = modes.V.T @ E
    E_off = relative * size
    V_off = relative * size * eta * most * (1 + relative) * up
    at = modes.V @ (power * c[:, None])
    parts = at.reshape(n, N // n, -1)
    rates = (1 - modes.p)[:, None]
    h = np.diff(times)
    bow = (h * h // 4) / 2 * up  # the largest l (h - l) / 2
    worst = float(rates.max())
    bend = bow * (np.linalg.norm(rates**2 * power * c[:, None], axis=0)[:-1] * up + worst**2 * E_off)
    sway = eta * bow * (np.linalg.norm(rates * power * c[:, None], axis=0)[:-1] * up + worst * E_off)
    slow = modes.slowest
    left = slow ** int(times[-1]) * (1 + relative) if endless else 0.0
    open_end = endless and slow < 1
    after = eta / (1 - slow) * up if open_end else (math.inf if endless else 0.0)
    sizes = np.linalg.norm(at, axis=0) * up + E_off
    spread, spread_bend, spread_most = _spread(modes, power, bow, n, relative)
    return Course(
        times=times,
        E=at,
        V=modes.V @ (eta * total * c[:, None]),
        E_off=E_off,
        V_off=V_off,
        norms=np.linalg.norm(parts, axis=1) * up + E_off,
        sizes=sizes,
        bend=bend,
        sway=sway,
        spread=spread,
        spread_bend=spread_bend,
        spread_most=spread_most,
        after=float(sizes[-1]) * after if endless else 0.0,
        spread_after=left * after if endless else 0.0,
        step_size=eta,
        relative=relative,
        endless=endless,
    )


def _spread(
    modes: Modes, power: np.ndarray, bow: np.ndarray, n: int, relative: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Norms of the blocks of T^t, from above: at the times, how far above the chord, and at most.

    No block of T^t exceeds 1. A second difference after t is Q diag(c) Q^T with |c| <= (1 - p)^2 |p|^t, whose
    blocks have at most the norms of those of |Q| diag((1 - p)^2 |p|^t) |Q|^T, and of the largest c.
    """
    up = 1 + gamma(2 * len(modes.p) + 32)
    found = [_block_norms(modes.V, column, n) * up + relative for column in power.T]
    bends = (1 - modes.p)[:, None] ** 2 * np.abs(power[:, :-1])
    tops = bends.max(0) * (1 + relative)
    rows = [_block_norms(np.abs(modes.V), column, n) * up + 4 * relative for column in bends.T]
    bend = bow[:, None, None] * np.minimum(np.stack(rows), tops[:, None, None])
    return np.minimum(np.stack(found), 1.0), bend, np.abs(power).max(0)[:-1] * (1 + relative)


def _block_norms(V: np.ndarray, factors: np.ndarray, n: int) -> np.ndarray:
    """(n, n) of V diag(factors) V^T: sqrt(||.||_1 ||.||_inf) or the Frobenius norm, which bound ||.||."""
    sizes = np.abs((V * factors) @ V.T).reshape(n, len(V) // n, n, len(V) // n)
    sums = sizes.sum(3).max(1) * sizes.sum(1).max(2)
    norms: np.ndarray = np.sqrt(np.minimum(sums, (sizes * sizes).sum((1, 3))))
    return norms
