import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from refute.statement.sweep import Cell
from refute.sweep.batches import Threshold
from refute.sweep.bracket_fit import bracket_fit
from refute.sweep.logistic import counts, fit, log_thresholds
from refute.sweep.power_laws import agreement, fits
from tests.refute.toy_sweep_law import SWEEP, survey


def brackets(seed: int, count: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    logs = np.sort(generator.uniform(0, 5, count))
    middle = 1 + 0.7 * logs
    low = middle - generator.uniform(0.05, 1, count)
    high = middle + generator.uniform(0.05, 1, count)
    return logs, np.exp(low), np.exp(high)


@pytest.mark.parametrize("seed", range(5))
def test_one_exponent_is_bounded_by_the_steepest_and_flattest_pairs(seed: int) -> None:
    logs, low, high = brackets(seed)
    ((least, most),) = bracket_fit(logs[:, None], low, high).intervals
    pairs = [(i, j, logs[j] - logs[i]) for i, j in itertools.combinations(range(len(logs)), 2)]
    assert least == pytest.approx(max(math.log(low[j] / high[i]) / gap for i, j, gap in pairs), abs=1e-4)
    assert most == pytest.approx(min(math.log(high[j] / low[i]) / gap for i, j, gap in pairs), abs=1e-4)


def test_open_brackets_leave_open_intervals() -> None:
    logs, low, high = brackets(0)
    ((least, most),) = bracket_fit(logs[:, None], np.zeros_like(low), high).intervals
    assert (least, most) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="open on both sides"):
        bracket_fit(logs[:, None], np.zeros_like(low), np.full_like(high, math.inf))


def test_a_law_that_is_no_power_law_is_rejected_with_what_it_misses() -> None:
    logs = np.array([[0.0], [1.0], [2.0]])
    thresholds = np.exp(np.array([0.0, 3.0, 0.0]))
    found = bracket_fit(logs, thresholds / 1.1, thresholds * 1.1)
    assert found.intervals == ()
    # The best line misses the three points by 3 / 2 in the logarithm, less the brackets' own 0.0953.
    assert found.miss == pytest.approx(math.exp(1.5) / 1.1, rel=1e-5)


def penalized(at: np.ndarray, x: np.ndarray, trials: np.ndarray, good: np.ndarray) -> float:
    """Minus the log likelihood with Jeffreys' prior, written out."""
    p = 1 / (1 + np.exp(-(at[0] + at[1] * x)))
    w = trials * p * (1 - p)
    information = np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])
    likelihood = good @ np.log(p) + (trials - good) @ np.log1p(-p)
    return -float(likelihood + 0.5 * math.log(np.linalg.det(information)))


def test_the_logistic_fit_maximizes_the_penalized_likelihood() -> None:
    cells = [[(4.0, 8, 0), (8.0, 16, 3), (16.0, 16, 13), (32.0, 8, 8)], [(4.0, 8, 0), (16.0, 8, 8)]]
    data = counts(cells)
    a, b = fit(data)
    for row, cell in enumerate(cells):
        levels, trials, good = (np.array(column, dtype=float) for column in zip(*cell, strict=True))
        told = np.log(levels) - data.centre[row], trials, good
        best = minimize(
            penalized, [0.1, 1.0], told, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12}
        )
        assert (a[row], b[row]) == pytest.approx(tuple(best.x), abs=1e-4)
    assert np.exp(log_thresholds(data, a, b, 0.5))[1] == pytest.approx(8)


def test_both_fits_recover_the_exponents_and_agree() -> None:
    held = {"brackets": 0, "shape": 0}
    for seed in range(4):
        law = fits(SWEEP, survey(seed), seed)[0]
        assert law["family"] == "toy"
        assert law["agreement"] == "the intervals of both fits meet"
        for each, true in zip(law["exponents"], (1.0, 0.5), strict=True):
            for name in held:
                least, most = each[name]
                held[name] += least <= true <= most
            assert each["estimate"] == pytest.approx(true, abs=0.1)
    assert held["brackets"] >= 7
    assert held["shape"] >= 6


def exact(threshold: float, n: int) -> Threshold:
    cell = Cell({"n": n, "d": 4, "data": "toy"})
    return Threshold(cell, "plain", "succeeds", 0.5, threshold / 1.02, threshold * 1.02)


def test_a_logarithm_looks_like_a_power_until_it_is_divided_out() -> None:
    found = [exact(3 * n * math.log(n), n) for n in (8, 16, 32, 64)]
    plain, divided = fits(SWEEP, found, 0)
    assert (plain["log_factor"], divided["log_factor"]) == (None, "n")
    assert plain["rejected"] or plain["exponents"][0]["brackets"][0] > 1.2
    least, most = divided["exponents"][0]["brackets"]
    assert least <= 1 <= most
    assert [each["size"] for each in plain["exponents"]] == ["n"]


def test_a_law_that_brackets_reject_is_said_not_to_agree() -> None:
    found = [exact(threshold, n) for threshold, n in ((10, 8), (1000, 16), (10, 32))]
    law = fits(SWEEP, found, 0)[0]
    assert law["rejected"]
    assert law["exponents"][0]["brackets"] is None
    assert "too few" in law["agreement"]


def test_agreement_is_about_every_exponent() -> None:
    law = bracket_fit(np.array([[0.0], [1.0]]), np.array([1.0, 2.0]), np.array([1.1, 2.2]))
    shape = None
    assert agreement(law, shape).startswith("too few")
