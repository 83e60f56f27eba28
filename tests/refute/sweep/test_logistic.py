"""Logistic thresholds against closed forms, an independent likelihood and the delta method."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from refute.sweep.logistic import Counts, chance, counts, fit, log_thresholds, resampled

Cells = list[list[tuple[float, int, int]]]
THREE: Cells = [
    [(4.0, 8, 0), (8.0, 16, 3), (16.0, 16, 13), (32.0, 8, 8)],
    [(2.0, 24, 3), (16.0, 8, 7)],
    [(100.0, 12, 5), (110.0, 20, 11), (400.0, 8, 8)],
]
ONE_LEVEL: Cells = [[(8.0, 16, 12)], [(4.0, 8, 1), (16.0, 8, 7)]]


def curve(slope: float, intercept: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    return np.array([intercept]), np.array([slope])


def test_the_table_holds_every_cell_and_pads_with_no_trials() -> None:
    data = counts(THREE)
    assert data.trials.tolist() == [[8, 16, 16, 8], [24, 8, 0, 0], [12, 20, 8, 0]]
    assert data.successes.tolist() == [[0, 3, 13, 8], [3, 7, 0, 0], [5, 11, 8, 0]]
    for row, cell in enumerate(THREE):
        logs = [math.log(level) for level, *_ in cell]
        assert data.centre[row] == pytest.approx((min(logs) + max(logs)) / 2)
        assert data.span[row] == pytest.approx((max(logs) - min(logs)) / 2)
        assert data.x[row, : len(cell)] + data.centre[row] == pytest.approx(logs)
        assert not data.x[row, len(cell) :].any()


def score(x: np.ndarray, trials: np.ndarray, good: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The gradient of the penalized likelihood, its leverages from the hat matrix."""
    rows = np.stack([np.ones_like(x), x], axis=1)
    p = 1 / (1 + np.exp(-rows @ at))
    w = trials * p * (1 - p)
    leverage = w * np.einsum("ij,jk,ik->i", rows, np.linalg.inv(rows.T @ (w[:, None] * rows)), rows)
    return np.asarray(rows.T @ (good - trials * p + leverage * (0.5 - p)))


@pytest.mark.parametrize("generator", [np.random.default_rng(seed) for seed in range(4)])
def test_the_score_vanishes_at_the_fit(generator: np.random.Generator) -> None:
    cells: Cells = []
    for _ in range(6):
        levels = np.exp(np.sort(generator.uniform(0, 6, 4)))
        trials = generator.integers(4, 60, 4)
        cells.append(
            [(float(m), int(n), int(generator.integers(n + 1))) for m, n in zip(levels, trials, strict=True)]
        )
    data = counts(cells)
    a, b = fit(data)
    for row in range(len(cells)):
        told = score(data.x[row], data.trials[row], data.successes[row], np.array([a[row], b[row]]))
        # The last step was below 1e-7; the information is at most n / 4 times 1 + span^2 <= 10 there.
        assert np.abs(told).max() <= 1e-7 * data.trials[row].sum() * 10


def test_outcomes_that_separate_far_off_centre_are_fitted_too() -> None:
    cells: Cells = [[(1.0, 400, 0), (2.0, 400, 399), (1000.0, 400, 400)]]
    data = counts(cells)
    a, b = fit(data)
    told = score(data.x[0], data.trials[0], data.successes[0], np.array([a[0], b[0]]))
    assert np.abs(told).max() <= 1e-7 * 1200 * 10 and b[0] > 5
    assert 1 < math.exp(log_thresholds(data, a, b, 0.5)[0]) < 2


def test_several_outcomes_are_fitted_like_each_alone() -> None:
    data = counts(THREE)
    generator = np.random.default_rng(1)
    drawn = generator.binomial(data.trials.astype(int), 0.5, size=(5, *data.trials.shape)).astype(float)
    a, b = fit(data, drawn)
    assert a.shape == b.shape == (5, 3)
    for row in range(5):
        for cell in range(3):
            one = Counts(*(part[cell : cell + 1] for part in vars(data).values()))
            single = fit(one, drawn[row, cell : cell + 1])
            assert (a[row, cell], b[row, cell]) == pytest.approx((single[0][0], single[1][0]), abs=1e-6)


def test_trials_at_one_level_determine_no_curve_and_disturb_no_other_cell() -> None:
    data = counts(ONE_LEVEL)
    a, b = fit(data)
    assert (a[0], b[0]) == (0.0, 0.0) and b[1] > 0
    assert log_thresholds(data, a, b, 0.5)[0] == math.log(8)


def test_the_fit_is_where_the_likelihood_written_out_is_largest() -> None:
    data = counts([THREE[2]])
    x = data.x[0]
    n = data.trials[0]
    y = data.successes[0]

    def penalized(at: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-(at[0] + at[1] * x)))
        w = n * p * (1 - p)
        information = np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])
        return -float(y @ np.log(p) + (n - y) @ np.log1p(-p) + 0.5 * math.log(np.linalg.det(information)))

    best = minimize(penalized, [0.1, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    a, b = fit(data)
    assert (a[0], b[0]) == pytest.approx(tuple(best.x), abs=1e-4)


def test_the_chance_is_logistic_and_stays_off_zero_and_one() -> None:
    data = counts([[(1.0, 8, 0), (math.exp(2.0), 8, 8)]])
    assert chance(data, *curve(3.0, 0.5))[0] == pytest.approx(
        [1 / (1 + math.exp(2.5)), 1 / (1 + math.exp(-3.5))]
    )
    assert chance(data, *curve(1000.0))[0] == pytest.approx(
        [1 / (1 + math.exp(30)), 1 / (1 + math.exp(-30))], rel=1e-12
    )


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_rising_curve_reaches_the_share_where_it_should(share: float) -> None:
    data = counts([[(1.0, 8, 0), (math.exp(8.0), 8, 8)]])
    (at,) = log_thresholds(data, *curve(2.0, 1.0), share)
    assert 1 / (1 + math.exp(-(1.0 + 2.0 * (at - 4.0)))) == pytest.approx(share)


def test_a_threshold_stays_within_the_levels_that_were_tried() -> None:
    data = counts([[(2.0, 8, 0), (32.0, 8, 8)]])
    assert np.exp(log_thresholds(data, *curve(0.5, 50.0), 0.5)) == pytest.approx([2.0])
    assert np.exp(log_thresholds(data, *curve(0.5, -50.0), 0.5)) == pytest.approx([32.0])


@pytest.mark.parametrize("slope", [0.0, -1.0])
def test_a_curve_that_does_not_rise_is_put_in_the_middle(slope: float) -> None:
    data = counts([[(2.0, 8, 4), (32.0, 8, 3)]])
    assert np.exp(log_thresholds(data, *curve(slope, 1.0), 0.5)) == pytest.approx([8.0])


def test_resampled_thresholds_scatter_as_the_delta_method_says() -> None:
    levels = np.array([4.0, 8.0, 16.0])
    trials = 2000
    p = 1 / (1 + np.exp(-2 * np.log(levels / 8)))
    data = counts([[(m, trials, round(trials * q)) for m, q in zip(levels, p, strict=True)]])
    at, drawn = resampled(data, 0.5, 800, np.random.default_rng(2))
    assert at == pytest.approx([math.log(8)], abs=1e-3) and drawn.shape == (800, 1)
    # By symmetry var(threshold) = var(intercept) / slope^2 = 1 / (slope^2 sum w). A standard deviation of 800
    # draws errs by 1 / sqrt(1600), that is 2.5 %, the mean by 1 / sqrt(800) of it: five times either.
    spread = 1 / (2 * math.sqrt(trials * float((p * (1 - p)).sum())))
    assert drawn.std() == pytest.approx(spread, rel=0.125)
    assert drawn.mean() == pytest.approx(math.log(8), abs=5 * spread / math.sqrt(800) + 1e-3)


def test_resampling_is_a_function_of_its_generator() -> None:
    data = counts(THREE)
    first, again, other = (resampled(data, 0.5, 3, np.random.default_rng(seed))[1] for seed in (5, 5, 6))
    assert (first == again).all() and not (first == other).all()
