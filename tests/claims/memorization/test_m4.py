import numpy as np
import pytest

from claims.memorization import m4_finite_width as m4
from claims.memorization import trained_limit
from claims.memorization.m4_finite_width import draw, fresh_points, ladders, weak_predictor
from claims.memorization.trained_limit import STOPPED, Limit, limit
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import pair, sphere
from models.kernels.limit import limit_kernel
from models.kernels.limit_predictor import kernel_descent
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Trials, Unmet

X = sphere(2, 3, 0)


def streams(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng([11, trial]) for trial in range(count)]


def at(regime: Regime) -> Limit:
    found = limit(X, fresh_points(3), regime, Compute())
    assert isinstance(found, Limit)
    return found


@pytest.mark.parametrize("regime", REGIMES)
def test_what_stopping_leaves_is_the_residual_times_the_weights(regime: Regime) -> None:
    data = tensor(X, Compute())
    fresh = tensor(fresh_points(3), Compute())
    found = at(regime)
    k = limit_kernel(data, regime)
    for doublings in (1, 3):
        step_size = 1 / found.largest
        left = array(found.prediction - kernel_descent(data, fresh, regime, step_size, doublings))
        residual = array(data - kernel_descent(data, data, regime, step_size, doublings))
        weights = np.linalg.solve(array(k), array(limit_kernel(data, regime, fresh)))
        np.testing.assert_allclose(left, residual @ weights, atol=1e-12)
        assert np.linalg.norm(left, axis=0).max() <= np.linalg.norm(residual) * found.weight


def test_the_limit_is_trained_within_the_steps_it_is_said_to_need() -> None:
    data = tensor(X, Compute())
    found = at("weak")
    k = array(limit_kernel(data, "weak"))
    steps = found.steps(256, 2)
    eta = found.step_size(3) / 3
    assert eta == 0.5 / found.largest
    residual = X @ np.linalg.matrix_power(np.eye(2) - eta * k, steps)
    assert np.linalg.norm(residual) <= found.tolerance(256)
    assert found.tolerance(256) * found.weight == pytest.approx(STOPPED / 16)


def two_widths(_: int, __: int) -> tuple[int, ...]:
    return (16, 32)


def test_a_ladder_depends_on_its_own_generator_only() -> None:
    found = at("joint")
    together, ended, steps = ladders(X, "joint", found, streams(3), Compute(), two_widths)
    alone, _, _ = ladders(X, "joint", found, streams(3)[2:], Compute(), two_widths)
    assert together.shape == (3, 2) and ended.shape == (3,) and steps > 0
    np.testing.assert_allclose(alone[0], together[2], rtol=2 * STOPPED)


def test_a_run_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "steps", lambda self, m, n: 0)
    found = draw(Instance(X=X, regime="weak"), streams(2), Compute(), ladder=two_widths)
    assert isinstance(found, Trials) and found.failed.all()
    assert set(found.why) == {"not trained to the end"}


def test_slopes_are_measured_and_judged() -> None:
    instance = Instance(X=X, regime="joint")
    right = draw(instance, streams(4), Compute(), ladder=lambda n, d: (64, 512, 4096))
    wrong = draw(
        instance, streams(4), Compute(), ladder=lambda n, d: (64, 512, 4096), predictor=weak_predictor
    )
    assert isinstance(right, Trials) and isinstance(wrong, Trials)
    assert right.measured is not None and wrong.measured is not None
    assert -0.8 < float(np.median(right.measured)) < -0.2 < float(np.median(wrong.measured))
    assert not right.failed.any() and set(right.why) == {""}
    assert wrong.failed.mean() >= 0.5 and "slope outside the window" in wrong.why


def test_crowded_data_are_not_judged() -> None:
    found = draw(Instance(X=pair(0.01, 3), regime="weak"), streams(1), Compute())
    assert isinstance(found, Unmet) and "condition" in found.reason


def test_the_closest_pairs_that_the_search_draws_are_the_closest_of_the_statement() -> None:
    for regime in REGIMES:
        points = fresh_points(3)
        assert isinstance(limit(pair(m4.CLOSE[regime] - 0.001, 3), points, regime, Compute()), Unmet)
        assert isinstance(limit(pair(m4.CLOSE[regime], 3), points, regime, Compute()), Limit)


def test_in_the_plane_slopes_spread_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the claim begins in space: on a pair of the plane more than a tenth of the ladders fails."""
    monkeypatch.setattr(m4, "LEAST_DIMENSION", 2)
    monkeypatch.setattr(trained_limit, "CONDITION", 16)
    plane, space = (draw(Instance(X=pair(0.27, d), regime="weak"), streams(60), Compute()) for d in (2, 3))
    assert isinstance(plane, Trials) and isinstance(space, Trials)
    assert plane.failed.sum() >= 6 > space.failed.sum()


def test_a_ladder_begins_at_sixteen_neurons_a_sample_and_a_dimension_and_ends_32_times_as_wide() -> None:
    assert m4.widths(3, 4) == m4.widths(2, 2) == (64, 128, 256, 512, 1024, 2048)
    assert m4.widths(8, 12) == m4.widths(16, 3) == (256, 512, 1024, 2048, 4096, 8192)
    assert m4.widths(5, 4)[0] == 128


def test_the_ladder_of_small_data_is_not_trained_to_the_end_on_eight_samples() -> None:
    fixed = draw(m4.CORRELATED, streams(8), Compute(), ladder=m4.fixed_widths)
    grown = draw(m4.CORRELATED, streams(8), Compute())
    assert isinstance(fixed, Trials) and isinstance(grown, Trials)
    assert fixed.why.count("not trained to the end") >= 6
    assert not grown.failed.any()


def test_what_the_caps_leave_out_is_not_judged() -> None:
    for n, d in ((17, 24), (2, 25), (2, 2)):
        found = draw(Instance(X=sphere(n, d, 0), regime="weak"), streams(1), Compute())
        assert isinstance(found, Unmet) and "range" in found.reason
