"""How far the residual of a run may be from the centre of its tube, during a piece and at its end.

With the step T of the reference and Delta, whose blocks are within beta, the difference F = E - E_c obeys

    F+ = (T - eta Delta) F - eta Delta E_c,

so ||F+|| <= g ||F|| + eta ||beta ebar||, ebar_i >= ||E_c,i||: norms are summed, as Delta is another one at
every step. Per sample, with Gamma_ij = eta sum ||(T^l)_ij|| over the piece, the path fbar = eta sum ||F_i||
obeys

    fbar <= Gamma (f + beta (pbar + fbar)),

pbar that of the centre. A vector y > 0 with y >= Gamma (f + beta (pbar + y)), every rounding upwards, exceeds
it: the difference d = fbar - y obeys d <= Gamma beta d, and Gamma beta has a spectral radius below 1, as it
takes y to less than y. Which y is found does not matter: it is checked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.certificate.tube_kernel import norm_from_above
from models.certificate.tube_modes import Course, powers
from refute.numerics import gamma

MARGIN = 2.0**-20
"""What a solution of the inequality is raised by before it is checked: its own rounding is far below this."""


@dataclass(frozen=True, eq=False)
class Flow:
    """Bounds from above. path (n,): eta sum ||F_i|| over the piece; length: eta sum ||F||; f (n,), f_all: at
    its end; peak: the largest ||F|| during it.
    """

    path: np.ndarray
    length: float
    f: np.ndarray
    f_all: float
    peak: float


def flow(
    centre: Course, f: np.ndarray, f_all: float, beta: np.ndarray, off: float, g: float, norms: bool
) -> Flow:
    """The flow of a piece that begins with ||F_i|| <= f_i, ||F|| <= f_all; g: what a step multiplies F by.

    off: what blocks may exceed beta by, all together, in the spectral norm. norms: see `TubeTerms`.
    """
    n = len(beta)
    up = 1 + gamma(4 * n + 64) + centre.relative
    delta = norm_from_above(beta)
    sizes = centre.summed(centre.sizes, centre.bend)
    whole = float(sizes.sum()) + centre.after
    if norms:
        pressed = centre.summed(np.linalg.norm(beta @ centre.norms, axis=0), delta * centre.bend)
    else:
        way = np.diff(centre.V, axis=1).reshape(n, -1, len(sizes))
        pressed = np.linalg.norm(beta @ np.linalg.norm(way, axis=1), axis=0)
    sources = (pressed + off * sizes) * up
    rest = (delta + off) * centre.after
    length, end, peak = _all_samples(centre, f_all, sources, rest, g)
    paths = centre.summed(centre.norms, centre.bend).sum(1) + centre.after
    loose = off * (whole + length)
    Gamma, most = _gains(centre)
    fbar = _solved(Gamma * up, f + loose, beta, paths * up)
    path = np.minimum(fbar, length)
    at_end = (centre.spread[-1] @ f + most @ (beta @ (paths + path) + loose)) * up
    f = np.minimum(at_end, end)
    return Flow(path, length, f, min(end, float(np.linalg.norm(f)) * up), peak)


def _all_samples(
    centre: Course, f_all: float, sources: np.ndarray, rest: float, g: float
) -> tuple[float, float, float]:
    """eta sum ||F||, ||F|| at the end, and the largest ||F||; sources (K,): of each stretch.

    What arrives at step l has gone through T - 1 - l steps at the end of T.
    """
    eta = centre.step_size
    up = 1 + gamma(4 * len(sources) + 64) + centre.relative
    if centre.endless:
        total = f_all + float(sources.sum()) + rest
        return total * eta / (1 - g) * up, math.inf, total * up
    T = int(centre.times[-1])
    after = T - centre.times[:-1] - 1
    ends = T - centre.times[1:] if g < 1 else after
    power, total = (row[0] for row in powers(np.array([g]), np.array([T, *after, *ends])))
    K = len(sources)
    length = eta * (f_all * total[0] + float(sources @ total[1 : K + 1])) * up
    end = (f_all * power[0] + float(sources @ power[K + 1 :])) * up
    peak = (f_all + float(sources.sum())) * max(1.0, float(power[0])) * up
    return length, end, peak


def _gains(centre: Course) -> tuple[np.ndarray, np.ndarray]:
    """Gamma (n, n), and the largest norm (n, n) of each block of T^l in the piece."""
    eta_h = centre.step_size * centre.steps
    first, last = centre.weights
    Gamma = np.full(centre.spread.shape[1:], centre.spread_after)
    most = np.zeros_like(Gamma)
    for k in range(len(eta_h)):
        chord = (
            centre.spread[k] * first[k] + centre.spread[k + 1] * last[k] + centre.spread_bend[k] * eta_h[k]
        )
        Gamma += np.minimum(chord, centre.spread_most[k] * eta_h[k])
        highest = np.maximum(centre.spread[k], centre.spread[k + 1]) + centre.spread_bend[k]
        most = np.maximum(most, np.minimum(highest, centre.spread_most[k]))
    return Gamma, most


def _solved(Gamma: np.ndarray, f: np.ndarray, beta: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """(n,) some y > 0 with y >= Gamma (f + beta (paths + y)), infinite where none is found."""
    n = len(f)
    none = np.full(n, math.inf)
    source = Gamma @ (f + beta @ paths)
    try:
        y = np.linalg.solve(np.eye(n) - Gamma @ beta, source) * (1 + MARGIN)
    except np.linalg.LinAlgError:
        return none
    needed = Gamma @ (f + beta @ (paths + y)) * (1 + gamma(4 * n + 16))
    return y if bool((y > 0).all() and (needed < y).all()) else none
