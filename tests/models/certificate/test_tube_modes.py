"""The reference kernel: its powers against fractions, its course against steps that are taken one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from models.certificate.tube_modes import Modes, course, modes_of, powers, sums
from refute.numerics import gamma

ETA = 0.5


def kernel(N: int, seed: int, top: float = 1.0) -> np.ndarray:
    """Symmetric, eigenvalues between a hundredth of `top` and `top`."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((N, N)))[0]
    values = np.geomspace(top / 100, top, N)
    M = (Q * values) @ Q.T
    symmetric: np.ndarray = (M + M.T) / 2
    return symmetric


def reference(N: int, seed: int, top: float = 1.0) -> tuple[np.ndarray, Modes]:
    M = kernel(N, seed, top)
    modes = modes_of(M, 0.0, ETA)
    assert modes is not None
    return M, modes


def step(modes: Modes) -> np.ndarray:
    """T, up to the rounding of a product and to ||V - Q||."""
    T: np.ndarray = (modes.V * modes.p) @ modes.V.T
    return T


@pytest.mark.parametrize("p", [0.0, 1.0, 0.75, -0.9375, 0.999, -1.0])
def test_powers_and_their_sums_are_those_of_fractions(p: float) -> None:
    times = np.array([0, 1, 2, 3, 7, 8, 100, 1023])
    power, total = powers(np.array([p]), times)
    for column, t in enumerate(times.tolist()):
        exact = Fraction(p) ** t
        size = Fraction(abs(p)) ** t
        assert abs(Fraction(power[0, column]) - exact) <= Fraction(gamma(max(t, 1))) * size
        terms = [Fraction(p) ** k for k in range(t)]
        bound = Fraction(gamma(3 * max(t, 1))) * sum(map(abs, terms), Fraction(0))
        assert abs(Fraction(total[0, column]) - sum(terms, Fraction(0))) <= bound


@pytest.mark.parametrize("N", [1, 2, 6, 24])
def test_the_reference_is_near_the_matrix_and_its_basis_orthogonal(N: int) -> None:
    M, modes = reference(N, N)
    assert np.linalg.norm(M - (modes.V * ((1 - modes.p) / ETA)) @ modes.V.T, 2) <= modes.off <= 2.0**-36
    assert np.linalg.norm(modes.V.T @ modes.V - np.eye(N), 2) <= modes.o
    assert modes.slowest == np.abs(modes.p).max()


def test_an_error_of_the_matrix_is_in_what_the_reference_may_be_off() -> None:
    M, modes = reference(4, 0)
    other = modes_of(M, 2.0**-10, ETA)
    assert other is not None and other.off >= modes.off + 2.0**-10


def test_a_singular_matrix_has_a_reference_that_moves_and_a_step_too_large_has_none() -> None:
    modes = modes_of(np.diag([0.0, 1.0]), 0.0, ETA)
    assert modes is not None and modes.p.max() < 1 and modes.off >= 2.0**-41
    assert modes_of(np.eye(2) * 4.5, 0.0, ETA) is None


@pytest.mark.parametrize(("top", "endless"), [(1.0, False), (1.0, True), (3.9, False), (3.9, True)])
def test_the_course_holds_for_steps_taken_one_by_one(top: float, endless: bool) -> None:
    """top = 3.9: the fastest part changes its sign at every step."""
    n, d = 3, 2
    _, modes = reference(n * d, 7, top)
    E0 = np.random.default_rng(1).standard_normal(n * d)
    times = np.array([0, 3, 4, 12, 40])
    found = course(modes, E0, times, n, endless)
    T = step(modes)
    steps = 4000 if endless else 40
    run = [E0]
    for _ in range(steps):
        run.append(T @ run[-1])
    E = np.array(run)
    slop = gamma(2**14) * np.linalg.norm(E0)  # of the products of this test
    for k, t in enumerate(times.tolist()):
        assert np.linalg.norm(found.E[:, k] - E[t]) <= found.E_off + slop
        V = ETA * E[:t].sum(0)
        assert np.linalg.norm(found.V[:, k] - V) <= found.V_off + slop * 100
        assert np.linalg.norm(sums(modes, E0, times)[:, k] - V) <= found.V_off + slop * 100
        assert (np.linalg.norm(E[t].reshape(n, d), axis=1) <= found.norms[:, k] + slop).all()
    norms = np.linalg.norm(E.reshape(-1, n, d), axis=2)
    stretches = found.summed(found.norms, found.bend)
    for k, (first, last) in enumerate(pairwise(times.tolist())):
        own = ETA * norms[first:last].sum(0)
        assert (own <= stretches[:, k] + slop).all()
        way = np.arange(first, last + 1)
        along = ((way - first) / (last - first))[:, None]
        V = ETA * np.vstack([np.zeros(n * d), np.cumsum(E[:last], 0)])[first : last + 1]
        assert (np.linalg.norm(V - V[0] - along * (V[-1] - V[0]), axis=1) <= found.sway[k] + slop).all()
    if endless:
        assert ETA * np.linalg.norm(E[40:], axis=1).sum() <= found.after + slop
    else:
        assert found.after == 0


@pytest.mark.parametrize("top", [1.0, 3.9])
def test_the_spread_bounds_every_block_of_every_power(top: float) -> None:
    n, d = 2, 3
    _, modes = reference(n * d, 3, top)
    times = np.array([0, 1, 8, 30])
    found = course(modes, np.ones(n * d), times, n, False)
    power = np.eye(n * d)
    for t in range(31):
        k = min(int(np.searchsorted(times, t, side="right")) - 1, len(times) - 2)
        blocks = np.linalg.norm(power.reshape(n, d, n, d).transpose(0, 2, 1, 3), 2, axis=(2, 3))
        share = (t - times[k]) / (times[k + 1] - times[k])
        chord = found.spread[k] * (1 - share) + found.spread[k + 1] * share + found.spread_bend[k]
        assert (blocks <= chord + gamma(2**12)).all()
        assert blocks.max() <= found.spread_most[k] + gamma(2**12)
        power = step(modes) @ power
