"""The two fits on data whose answer is known in closed form, and which cells enter which law."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refute.statement.sweep import Cell
from refute.sweep.batches import Threshold
from refute.sweep.bracket_fit import BracketFit, bracket_fit
from refute.sweep.power_laws import agreement, fits
from refute.sweep.shape_fit import Shape, ShapeFit, shape, shape_fit
from tests.refute.toy_sweep_law import SWEEP

COUNTS = {4: (16, 1), 16: (16, 8), 64: (16, 15)}
GRID = np.log(np.array([[8, 4], [8, 16], [16, 4], [16, 16], [32, 64]], dtype=float))


def bracket(low: float, high: float, counts: Mapping[int, tuple[int, int]] = COUNTS, **key: Any) -> Threshold:
    cell = Cell({"n": 8, "d": 4, "data": "toy", **key})
    return Threshold(cell, "plain", "succeeds", 0.5, low, high, 48, counts)


def rows(count: int, **key: Any) -> list[Threshold]:
    return [bracket(2.0 * n, 3.0 * n, n=n, **key) for n in [8 * 2**k for k in range(count)]]


def test_the_middle_of_even_brackets_is_the_law_itself() -> None:
    m = np.exp(0.5 + GRID @ [1.2, 0.4])
    found = bracket_fit(GRID, m / 1.1, m * 1.1)
    assert found.middle == pytest.approx((1.2, 0.4), abs=1e-5)
    assert found.constant == pytest.approx(math.exp(0.5), rel=1e-4) and found.miss == 1.0
    for (least, most), true in zip(found.intervals, (1.2, 0.4), strict=True):
        assert least < true - 0.05 and true + 0.05 < most


def test_brackets_open_above_bound_an_exponent_below_only() -> None:
    logs = np.array([[0.0], [1.0]])
    ((least, most),) = bracket_fit(logs, np.array([1.0, 8.0]), np.array([2.0, math.inf])).intervals
    assert least == pytest.approx(math.log(4), abs=1e-5) and most == math.inf
    ((least, most),) = bracket_fit(logs, np.array([1.0, 0.0]), np.array([2.0, 8.0])).intervals
    assert most == pytest.approx(math.log(8), abs=1e-5) and least == -math.inf


@pytest.mark.parametrize(("low", "high"), [((1.0, 2.0), (2.0, 2.0)), ((1.0, 3.0), (2.0, 2.0))])
def test_a_bracket_without_room_is_refused(low: Sequence[float], high: Sequence[float]) -> None:
    with pytest.raises(ValueError, match="low below its high"):
        bracket_fit(np.array([[0.0], [1.0]]), np.array(low), np.array(high))


def test_brackets_open_on_both_sides_are_refused() -> None:
    with pytest.raises(ValueError, match="open on both sides"):
        bracket_fit(np.array([[0.0]]), np.array([0.0]), np.array([math.inf]))


def test_the_shape_is_of_closed_brackets_at_two_levels_or_more() -> None:
    closed = rows(3)
    generator = np.random.default_rng(0)
    assert shape(closed[:2], generator) is None
    mixed = [bracket(0.0, 3.0), closed[0], bracket(1.0, 2.0, {4: (16, 8)}), *closed[1:], bracket(1, math.inf)]
    found = shape(mixed, generator)
    assert found is not None and found.which.tolist() == [1, 3, 4]
    assert found.at == pytest.approx([math.log(16)] * 3, abs=1e-6) and found.drawn.shape == (400, 3)
    higher = shape([replace(one, share=0.9) for one in mixed], generator)
    assert higher is not None and (higher.at > found.at + 0.1).all()


def shaped(at: np.ndarray, deviations: np.ndarray) -> Shape:
    return Shape(np.arange(len(at)), at, at + deviations)


def test_thresholds_on_a_power_law_give_its_exponents_and_the_spread_of_the_draws() -> None:
    normal = np.linalg.svd(np.hstack([np.ones((5, 1)), GRID]))[0][:, 3]  # orthogonal to every power law
    deviations = np.linspace(-1, 1, 201)[:, None] * (GRID[:, 0] + normal)
    found = shape_fit(GRID, shaped(0.3 + GRID @ [1.0, 0.5], deviations), np.zeros(5))
    assert found is not None and found.middle == pytest.approx((1.0, 0.5))
    assert (found.constant, found.scatter, found.widened) == pytest.approx((math.exp(0.3), 1.0, 1.0))
    # The slope of the draws is uniform on [0, 2]: 95 % of it leaves out 2.5 % on either side.
    assert found.intervals[0] == pytest.approx((0.05, 1.95))
    assert found.intervals[1] == pytest.approx((0.5, 0.5))


def test_scatter_that_the_draws_do_not_explain_widens_the_intervals() -> None:
    # orthogonal to every line
    logs = np.array([[-1.0], [0.0], [1.0]])
    bump = np.array([0.2, -0.4, 0.2])
    draws = np.array([[-0.1, 0.2, -0.1], [0.1, -0.2, 0.1], [-1.0, 0.0, 1.0], [1.0, 0.0, -1.0]])
    found = shape_fit(logs, shaped(2 * logs[:, 0] + bump, draws), np.zeros(3))
    assert found is not None and found.middle == pytest.approx((2.0,))
    # Residuals: 0.24 of the thresholds; 0.06, 0.06, 0 and 0 of the draws, 0.03 on average.
    assert found.widened == pytest.approx(math.sqrt(0.24 / 0.03))
    assert found.scatter == pytest.approx(math.exp(math.sqrt(0.24 / 3)))
    least, most = np.quantile([0.0, 0.0, 1.0, -1.0], [0.025, 0.975]) * found.widened
    assert found.intervals[0] == pytest.approx((2 + least, 2 + most))
    calm = shape_fit(logs, shaped(2 * logs[:, 0] + bump, 10 * draws), np.zeros(3))
    assert calm is not None and calm.widened == 1.0
    still = shape_fit(logs, shaped(2 * logs[:, 0] + bump, 0 * draws), np.zeros(3))
    assert still is not None and still.widened == 1.0


def test_a_logarithm_is_taken_off_the_thresholds_that_are_there() -> None:
    offset = np.array([9.0, 0.5, 9.0, 0.1, 0.7])
    which = np.array([1, 3, 4])
    logs = GRID[:, :1]
    at = 1.0 + logs[which, 0] * 0.8 + offset[which]
    found = shape_fit(logs, Shape(which, at, at[None] + np.zeros((2, 3))), offset)
    assert found is not None and found.middle == pytest.approx((0.8,))
    assert found.intervals[0] == pytest.approx((0.8, 0.8)) and found.constant == pytest.approx(math.e)


@pytest.mark.parametrize(("count", "told"), [(3, False), (4, True)])
def test_cells_that_the_law_passes_through_anyway_give_no_shape_fit(count: int, told: bool) -> None:
    found = shape_fit(GRID, Shape(np.arange(count), np.ones(count), np.ones((2, count))), np.zeros(5))
    assert (found is not None) == told


def test_sizes_that_vary_together_give_no_shape_fit() -> None:
    logs = np.log(np.array([[2, 4], [4, 16], [8, 64], [16, 256]], dtype=float))
    assert shape_fit(logs, shaped(np.ones(4), np.ones((2, 4))), np.zeros(4)) is None
    assert shape_fit(logs, None, np.zeros(4)) is None


def laws(found: Sequence[Threshold], seed: int = 0) -> list[dict[str, Any]]:
    return fits(SWEEP, found, seed)


def test_three_cells_are_fitted_and_two_are_not() -> None:
    assert laws(rows(2)) == []
    found = laws(rows(3))
    assert [(one["family"], one["cells"], one["log_factor"]) for one in found] == [
        ("toy", 3, None),
        ("toy", 3, "n"),
    ]
    assert {(one["arm"], one["criterion"], one["share"]) for one in found} == {("plain", "succeeds", 0.5)}


def test_a_cell_that_nothing_bounds_is_left_out_and_a_half_open_one_counts() -> None:
    open_cell = bracket(0.0, math.inf, n=64)
    half = bracket(0.0, 200.0, n=64)
    assert laws([*rows(3), open_cell])[0]["cells"] == 3
    assert laws([*rows(3), half])[0]["cells"] == 4


def test_all_cells_are_fitted_together_where_there_are_several_families() -> None:
    found = laws(rows(3) + rows(3, data="other", d=9))
    assert [(one["family"], one["cells"]) for one in found if one["log_factor"] is None] == [
        ("toy", 3),
        ("all cells", 6),
        ("other", 3),
    ]
    together = next(one for one in found if one["family"] == "all cells")
    assert [each["size"] for each in together["exponents"]] == ["n", "d"]


def test_a_family_is_fitted_against_the_sizes_that_its_keys_name() -> None:
    sweep = replace(SWEEP, sizes=lambda cell: {"n": float(cell["n"]), "hidden": 1.0 / float(cell["n"])})
    (plain, divided) = fits(sweep, rows(3), 0)
    assert [each["size"] for each in plain["exponents"]] == ["n"] and divided["log_factor"] == "n"
    both = fits(sweep, rows(3) + rows(3, data="other"), 0)
    together = [one for one in both if one["family"] == "all cells"]
    assert [each["size"] for each in together[0]["exponents"]] == ["n", "hidden"]
    # 1 / n is below 1: a law divided by its logarithm would be of no number.
    assert [one["log_factor"] for one in together] == [None, "n"]


def test_a_size_of_one_has_no_logarithm_to_divide_by() -> None:
    found = laws([bracket(2.0 * n, 3.0 * n, n=n) for n in (1, 8, 16)])
    assert [one["log_factor"] for one in found] == [None]


def test_every_field_of_a_law_says_what_the_fits_say() -> None:
    found = rows(5)
    law, divided = laws(found)
    logs = np.log([[8.0], [16.0], [32.0], [64.0], [128.0]])
    ends = np.array([one.low for one in found]), np.array([one.high for one in found])
    a = bracket_fit(logs, *ends)
    (each,) = law["exponents"]
    assert each["middle"] == a.middle[0] and each["brackets"] == pytest.approx(a.intervals[0], abs=5e-5)
    # Every cell has the same counts, so the same logistic threshold, 16: the exponent of the shape is 0.
    assert each["estimate"] == pytest.approx(0, abs=1e-9) and law["constant"] == pytest.approx(16)
    assert each["shape"][0] < 0 < each["shape"][1]
    assert (law["rejected"], law["miss"]) == (False, 1.0)
    assert (law["scatter"], law["widened"]) == pytest.approx((1.0, 1.0))
    under = bracket_fit(logs, *(end / np.log([8, 16, 32, 64, 128]) for end in ends))
    assert divided["exponents"][0]["middle"] == pytest.approx(under.middle[0])
    assert divided["exponents"][0]["estimate"] < -0.1


def test_without_a_shape_the_constant_is_that_of_the_brackets() -> None:
    law = laws([replace(one, counts={}) for one in rows(3)])[0]
    assert law["constant"] == pytest.approx(math.sqrt(6), rel=1e-4)
    assert (law["scatter"], law["widened"]) == (None, None)
    assert (law["exponents"][0]["shape"], law["exponents"][0]["estimate"]) == (None, None)


def test_the_draws_depend_on_the_seed_and_on_the_law_only() -> None:
    first = laws(rows(4))
    alone = laws(rows(4) + rows(3, data="other"))
    assert first == laws(rows(4)) and first[0]["exponents"] == alone[0]["exponents"]
    assert first[0]["exponents"][0]["shape"] != laws(rows(4), seed=1)[0]["exponents"][0]["shape"]


def test_intervals_that_touch_meet() -> None:
    law = BracketFit(((0.0, 1.0), (2.0, 3.0)), (0.5, 2.5), 1.0, 1.0)

    def told(*intervals: tuple[float, float]) -> str:
        return agreement(law, ShapeFit(intervals, (0.0, 0.0), 1.0, 1.25, 1.0))

    for second in ((3.0, 4.0), (1.0, 2.0), (2.2, 2.3)):
        assert told((0.2, 0.4), second) == "the intervals of both fits meet"
    for second in ((3.01, 4.0), (1.0, 1.99)):
        assert "do not meet" in told((0.2, 0.4), second) and "1.25" in told((0.2, 0.4), second)
    assert "do not meet" in told((1.5, 1.6), (2.0, 3.0))
    rejected = agreement(BracketFit((), (), 1.0, 1.75), ShapeFit(((0, 1),), (0.5,), 1.0, 1.25, 1.0))
    assert "no power law" in rejected and "1.75" in rejected and "1.25" in rejected
