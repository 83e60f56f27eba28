"""The flow against differences that are driven as badly as their bounds allow."""

from __future__ import annotations

import numpy as np
import pytest

from models.certificate.tube_flow import flow
from models.certificate.tube_kernel import norm_from_above
from models.certificate.tube_modes import course, modes_of
from refute.numerics import gamma
from tests.models.certificate.test_tube_modes import ETA, reference, step

N_SAMPLES, D = 3, 2


def worst(beta: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """(N, N) a Delta with ||Delta_ij|| = beta_ij, by the rotations `ways` (n, n, d, d)."""
    blocks = beta[:, :, None, None] * ways
    found: np.ndarray = blocks.transpose(0, 2, 1, 3).reshape(N_SAMPLES * D, -1)
    return found


@pytest.mark.parametrize(
    ("top", "scale", "endless"),
    [
        (1.0, 2.0**-9, False),
        (1.0, 2.0**-9, True),
        (1.0, 2.0**-5, False),  # nothing contracts
        (3.9, 2.0**-9, False),
        (3.9, 2.0**-9, True),
    ],
)
def test_no_difference_exceeds_its_bounds(top: float, scale: float, endless: bool) -> None:
    rng = np.random.default_rng(4)
    _, modes = reference(N_SAMPLES * D, 5, top)
    T = step(modes)
    beta = scale * rng.random((N_SAMPLES, N_SAMPLES))
    beta = (beta + beta.T) / 2
    off = scale / 64
    g = (modes.slowest + ETA * (norm_from_above(beta) + off)) * (1 + gamma(8))
    assert (g < 1) == (scale < 2.0**-6)
    E0 = rng.standard_normal(N_SAMPLES * D)
    times = np.array([0, 2, 5, 24])
    centre = course(modes, E0, times, N_SAMPLES, endless)
    F0 = scale * rng.standard_normal((N_SAMPLES, D))
    f = np.linalg.norm(F0, axis=1)
    bound = flow(centre, f, float(np.linalg.norm(f)), beta, off, g, True)
    for trial in range(6):
        F, E = F0.ravel(), E0.copy()
        path, length, peak = np.zeros(N_SAMPLES), 0.0, 0.0
        for _ in range(2000 if endless else 24):
            own = np.linalg.norm(F.reshape(N_SAMPLES, D), axis=1)
            path += ETA * own
            length += ETA * float(np.linalg.norm(F))
            peak = max(peak, float(np.linalg.norm(F)))
            angles = (
                rng.uniform(0, 2 * np.pi, (N_SAMPLES, N_SAMPLES)) if trial else np.zeros((N_SAMPLES,) * 2)
            )
            turns = np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], -1)
            Delta = worst(beta, turns.reshape(N_SAMPLES, N_SAMPLES, D, D))
            Delta += off * np.linalg.qr(rng.standard_normal((N_SAMPLES * D,) * 2))[0]
            F = T @ F - ETA * Delta @ (F + E)
            E = T @ E
        assert (path <= bound.path).all()
        assert length <= bound.length and peak <= bound.peak
        if not endless:
            assert (np.linalg.norm(F.reshape(N_SAMPLES, D), axis=1) <= bound.f).all()
            assert np.linalg.norm(F) <= bound.f_all


def test_the_norm_of_sums_is_less_than_the_sum_of_norms() -> None:
    _, modes = reference(N_SAMPLES * D, 5, 3.9)
    centre = course(modes, np.ones(N_SAMPLES * D), np.array([0, 8]), N_SAMPLES, False)
    beta = np.full((N_SAMPLES, N_SAMPLES), 2.0**-8)
    f = np.zeros(N_SAMPLES)
    whole = flow(centre, f, 0.0, beta, 0.0, 1.0, True)
    assert flow(centre, f, 0.0, beta, 0.0, 1.0, False).f_all < whole.f_all


def test_samples_that_do_not_meet_are_bounded_alone() -> None:
    """A diagonal beta and a reference without coupling: what drives one sample leaves the others at 0."""
    modes = modes_of(np.diag([0.5, 0.5, 0.25, 0.25, 0.125, 0.125]), 0.0, ETA)
    assert modes is not None
    centre = course(modes, np.ones(6), np.array([0, 4, 8]), N_SAMPLES, False)
    found = flow(centre, np.zeros(3), 0.0, np.diag([2.0**-6, 0.0, 0.0]), 0.0, 1.0, True)
    assert found.path[0] > 2.0**-9
    assert found.path[1:].max() < 2.0**-40
