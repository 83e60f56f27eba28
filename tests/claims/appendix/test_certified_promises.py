"""What is proved of checkpoints, against long runs in plain NumPy and short ones in balls."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.appendix.certify_report import certify_state
from models.certificate.run_in_balls import norm, row_norms, run_in_balls
from models.networks.regime import REGIMES, Regime
from refute import Certainty, Proof
from refute.numerics import precision
from tests.claims.appendix.checkpoints import KINDS, Run, broken, near_the_end, started


@pytest.mark.parametrize("by", ["C1", "C9"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("regime", REGIMES)
def test_a_long_run_in_numpy_keeps_the_rate_and_stays_within_every_radius(
    regime: Regime, kind: str, by: str
) -> None:
    run, found = near_the_end(regime, kind, by)
    shares = broken(run, found, 4000, 10)
    assert max(shares.values()) <= 1
    # What is promised says something: the run comes near to it.
    assert shares["radius"] > 0.05 and (regime == "weak" or shares["decoder"] > 0.01)


@pytest.mark.parametrize("regime", REGIMES)
def test_a_start_is_proved_by_the_tube_and_the_run_keeps_to_it(regime: Regime) -> None:
    m = {"weak": 256, "joint": 512}[regime]
    run = started(4, 4, m, regime)
    run = Run(run.W, run.A, np.eye(4), 1 / 40, regime)
    found = certify_state(run.state(), lambda _: None)
    assert (found.proof, found.by) == (Proof.PROVED, "C9")
    assert {row.by for row in found.conditions if row.certainty is not Certainty.HOLDS} == {"C1"}
    assert all(row.certainty is Certainty.HOLDS for row in found.conditions if row.by == "C9")
    shares = broken(run, found, 6000, 20)
    assert max(shares.values()) <= 1 and shares["radius"] > 0.05


@pytest.mark.parametrize("by", ["C1", "C9"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("regime", REGIMES)
def test_the_exact_run_in_balls_keeps_the_rate_and_the_radii(regime: Regime, kind: str, by: str) -> None:
    run, found = near_the_end(regime, kind, by)
    numbers = found.numbers
    steps = 24
    W, A = (arb_mat(part.tolist()) for part in (run.W, run.A))
    points = run_in_balls(W, A, run.X.T, run.step, regime, steps)
    with precision(256):
        assert norm(points[0].E) <= numbers["residual"]
        for k, point in enumerate(points):
            envelope = (1 - arb(run.step) * numbers["rate"]) ** k * arb(numbers["residual"]) ** 2
            assert norm(point.E) ** 2 <= envelope
            moved = row_norms(point.W - W)
            assert all(way <= most for way, most in zip(moved, numbers["radius"], strict=True))
            if regime == "joint":
                moved = row_norms(point.A - A)
                assert all(way <= most for way, most in zip(moved, numbers["decoder_radius"], strict=True))


@given(
    st.integers(0, 2**32),
    st.sampled_from(REGIMES),
    st.integers(0, 400),
    st.floats(0.01, 1.0),
    st.sampled_from([0.0, 1e-6, 1e-3]),
)
@settings(deadline=None)
def test_no_perturbed_checkpoint_is_proved_wrongly(
    seed: int, regime: Regime, steps: int, share: float, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    n, d, m = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(1, 40))
    run = started(n, d, m, regime, KINDS[seed % 3], seed).after(steps)
    W = run.W + noise * rng.standard_normal(run.W.shape)
    run = Run(W, run.A, run.X, run.step * 8 * share, regime)
    if not (np.isfinite(run.W).all() and np.linalg.norm(run.residual()) < 1e6):
        return
    found = certify_state(run.state(), lambda _: None)
    if found.proof is Proof.PROVED:
        assert max(broken(run, found, 600, 10).values()) <= 1
