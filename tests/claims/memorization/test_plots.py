import math

import numpy as np
import pytest

from claims.memorization.m3_local_memorization import FACTOR, gap
from claims.memorization.m4_finite_width import fresh_points, ladders, widths
from claims.memorization.plots import ANGLES, circle, local_plot, width_plot
from claims.memorization.trained_limit import limit
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import pair_angles
from claims.preliminaries.fixed_data import sphere
from models.kernels.limit_predictor import limit_predictor
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Plot, Series, Unmet, stream_key, trial_generators

X = sphere(3, 4, 0)


def named(plot: Plot, start: str) -> Series:
    return next(series for series in plot.series if series.label.startswith(start))


def test_the_circle_has_the_angles_that_are_shown() -> None:
    Y = circle(X, ANGLES)
    seen = [pair_angles(np.column_stack([X[:, 0], y]))[0] for y in Y.T]
    np.testing.assert_allclose(seen, ANGLES, rtol=1e-9)
    (second,) = pair_angles(X[:, :2])
    np.testing.assert_allclose(circle(X, np.array([second]))[:, 0], X[:, 1], rtol=1e-12)


@pytest.mark.parametrize("regime", REGIMES)
def test_answers_lie_below_both_bounds_and_reach_the_second_sample(regime: Regime) -> None:
    plot = local_plot(regime, 0, Compute())
    moved = np.array(named(plot, "infinite width").y)
    Y = circle(X, ANGLES)
    answer = array(limit_predictor(tensor(X, Compute()), tensor(Y, Compute()), regime))
    np.testing.assert_allclose(moved, np.linalg.norm(answer - X[:, :1], axis=0), rtol=1e-9)
    for bound in ("bound (a)", "bound (b)"):
        assert (moved < np.array(named(plot, bound).y)).all()
    (mark,) = plot.marks
    nearest = int(np.abs(ANGLES - mark.x).argmin())
    there = math.sqrt(2 * FACTOR[regime] * gap(abs(ANGLES[nearest] - mark.x), regime))
    assert abs(moved[nearest] - np.linalg.norm(X[:, 1] - X[:, 0])) <= there < 0.5


@pytest.mark.parametrize("regime", REGIMES)
def test_finite_networks_stay_near_the_infinite_one(regime: Regime) -> None:
    plot = local_plot(regime, 0, Compute())
    band = named(plot, "width 256")
    moved = np.array(named(plot, "infinite width").y)
    assert band.low is not None and band.high is not None
    assert (np.array(band.low) < 1.5 * moved).all() and (np.array(band.high) > moved / 1.5).all()
    assert local_plot(regime, 0, Compute()) == plot


@pytest.mark.parametrize("regime", REGIMES)
def test_the_dashed_line_has_slope_one_half_and_the_height_of_the_median(regime: Regime) -> None:
    plot = width_plot(4, 0, Compute())
    told = named(plot, f"{regime}, median")
    line = named(plot, f"{regime}, slope")
    assert told.x == line.x == tuple(map(float, widths(3, 4)))
    np.testing.assert_allclose(np.diff(np.log(line.y)) / np.diff(np.log(line.x)), -0.5, rtol=1e-12)
    assert float(np.log(line.y).mean()) == pytest.approx(float(np.log(told.y).mean()), abs=1e-12)
    at = limit(X, fresh_points(4), regime, Compute())
    assert not isinstance(at, Unmet)
    key = stream_key(0, f"plot/width/{regime}", Instance(X=X))
    deviations, ended, _ = ladders(X, regime, at, trial_generators(key, 0, 4), Compute())
    assert ended.all()
    assert told.low == tuple(deviations.min(axis=0)) and told.high == tuple(deviations.max(axis=0))
