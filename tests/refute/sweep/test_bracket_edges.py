"""The fields of a bracket, the schedule of its trials, and records at their edges."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refute.evidence.boundaries import exceedances
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Trial
from refute.sweep.batches import Batch, Threshold, run_batch, tables
from refute.sweep.bracket import (
    ALPHA,
    PATIENCE,
    Boundaries,
    Side,
    boundaries,
    every_test,
    next_levels,
    planner,
    ratio,
    side,
    thresholds,
)
from tests.refute.plain_sweep import ONE, PLAIN

SWEEP = replace(
    PLAIN,
    criteria=("first", "second"),
    run=lambda cell, arm, level, generators, compute: [Trial((True, False), level)] * len(generators),
    shares=lambda grid: (0.5, 0.75),
    asks={"b": ("second",)},
)


@pytest.mark.parametrize(("share", "error"), [(0.5, 0.2), (0.5, 1e-3), (0.9, 1e-3), (0.1, 1e-2)])
def test_boundaries_begin_where_trials_that_agree_decide(share: float, error: float) -> None:
    by = boundaries(share, error)
    up = next(n for n in range(len(by.above)) if by.above[n] <= n)
    down = next(n for n in range(len(by.below)) if by.below[n] >= 0)
    assert by.share == share and by.shortest == min(up, down) and by.cap == PATIENCE * max(up, down)
    assert len(by.above) == len(by.below) == by.cap + 1
    assert by.above == exceedances(share, error, by.cap)
    # Fewer successes than the share is more failures than the rest: the same test, looked at from below.
    assert by.below == tuple(n - m for n, m in enumerate(exceedances(1 - share, error, by.cap)))


def test_agreeing_trials_cannot_reject_before_their_own_probability_is_below_the_error() -> None:
    by = boundaries(0.9, 1e-3)
    up = next(n for n in range(len(by.above)) if by.above[n] <= n)
    down = next(n for n in range(len(by.below)) if by.below[n] >= 0)
    assert 0.9**up <= 1e-3 and 0.1**down <= 1e-3 and by.shortest == down < up


@pytest.mark.parametrize(("share", "error"), [(-0.1, 0.1), (1.0, 0.1), (0.5, 0.0), (0.5, 1.0)])
def test_what_is_no_probability_is_refused(share: float, error: float) -> None:
    with pytest.raises(ValueError, match="must lie strictly between 0 and 1"):
        boundaries(share, error)


def test_a_share_that_agreeing_trials_do_not_exceed_in_1024_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^1024 trials do not decide whether P exceeds 0.999 at level 0.01$"
    ):
        boundaries(0.999, 1e-2)
    assert boundaries(0.99, 1e-2).cap > PATIENCE * 128


def test_a_small_test_written_out() -> None:
    by = Boundaries(0.5, (9, 9, 9, 3, 3), (-1, -1, 0, 0, 1), 2, 4)
    for successes, told in (
        ((True, True, True), Side.ABOVE),
        ((False, False), Side.BELOW),
        ((False,), Side.OPEN),
        ((True, False, False, False), Side.BELOW),
        ((True, True, False, False), Side.EXHAUSTED),
        ((True, True, False), Side.OPEN),
        ((True, True, False, False, False, False, False), Side.EXHAUSTED),
        ((), Side.OPEN),
    ):
        assert side(by, successes) is told
    assert by.above[2] > 2 and next_levels(by, (5,), {5: (True, False, True, False)}) == ()


def test_the_level_of_all_tests_counts_levels_criteria_and_shares_of_the_arms_chosen() -> None:
    # Two cells: arm a asks two criteria and b one, each at three levels.
    assert every_test(SWEEP, "g", ()) == tuple(boundaries(p, ALPHA / (2 * 18 * 2)) for p in (0.5, 0.75))
    assert every_test(SWEEP, "g", ["b"]) == tuple(boundaries(p, ALPHA / (2 * 6 * 2)) for p in (0.5, 0.75))
    empty = replace(SWEEP, levels=lambda cell, arm: [])
    assert every_test(empty, "g", ()) == tuple(boundaries(p, ALPHA / 4) for p in (0.5, 0.75))


def test_trials_are_asked_for_by_halves_up_to_the_cap() -> None:
    sweep = replace(SWEEP, shares=lambda grid: (0.5,), asks={}, criteria=("first",))
    (by,) = every_test(sweep, "g", ())
    ask = planner(sweep, "g", ())
    seen = list[Trial]()
    asked = list[int]()
    while wanted := ask(ONE, "a", {2: seen} if seen else {}):
        (level, count) = wanted[0]
        if level != 2:
            break
        asked.append(count)
        seen += [Trial((k % 2 == 0,)) for k in range(len(seen), len(seen) + count)]
    done = by.shortest
    told = [by.shortest]
    while done < by.cap:
        told.append(min(done // 2, by.cap - done))
        done += told[-1]
    assert asked == told and len(seen) == by.cap
    assert ask(ONE, "a", {2: seen}) == [(1, by.shortest), (3, by.shortest)]


def test_what_is_asked_serves_the_slowest_question() -> None:
    half, high = every_test(SWEEP, "g", ())
    ask = planner(SWEEP, "g", ())
    wanted = dict(ask(ONE, "a", {}))
    assert wanted == {2: max(half.shortest, high.shortest)}
    some = [Trial((True, True))] * 3
    assert dict(ask(ONE, "b", {2: some})) == {2: max(half.shortest, high.shortest) - 3}


def test_a_threshold_holds_what_decided_it() -> None:
    half, _ = every_test(SWEEP, "g", ())
    many = half.cap * 2
    history = {1: [Trial((False, False))] * many, 3: [Trial((True, False))] * many, 2: []}
    found = thresholds(SWEEP, "g", (), ONE, "a", history)
    assert [(one.criterion, one.share, one.low, one.high) for one in found] == [
        ("first", 0.5, 1.0, 3.0),
        ("first", 0.75, 1.0, 3.0),
        ("second", 0.5, 3.0, math.inf),
        ("second", 0.75, 3.0, math.inf),
    ]
    assert [one.censored for one in found] == [False, False, True, True]
    assert all((one.cell, one.arm, one.trials) == (ONE, "a", 2 * many) for one in found)
    assert found[0].counts == {1: (many, 0), 3: (many, many)} and found[2].counts[3] == (many, 0)
    assert [one.criterion for one in thresholds(SWEEP, "g", (), ONE, "b", history)] == ["second"] * 2


def test_contradictions_leave_the_widest_bracket_that_both_sides_allow() -> None:
    half, _ = every_test(SWEEP, "g", ())
    yes = [Trial((True, True))] * half.cap
    no = [Trial((False, False))] * half.cap
    levels = replace(SWEEP, levels=lambda cell, arm: [1, 2, 3, 4], shares=lambda grid: (0.5,))

    def edges(told: str) -> tuple[float, float]:
        history = {level: yes if word == "+" else no for level, word in enumerate(told, start=1)}
        found = thresholds(levels, "g", (), ONE, "b", history)[0]
        return found.low, found.high

    assert edges("-+-+") == (1.0, 4.0)
    assert edges("+---") == (0.0, math.inf)
    assert edges("++-+") == (0.0, 4.0)
    assert edges("--++") == (2.0, 3.0)
    assert edges("++++") == (0.0, 1.0)


def test_a_ratio_to_a_bracket_from_the_lowest_level_has_two_ends() -> None:
    one = Threshold(ONE, "a", "c", 0.5, 2, 4)
    other = Threshold(ONE, "b", "c", 0.5, 1, 2)
    assert ratio(one, other) == (1.0, 4.0) and ratio(other, one) == (0.25, 1.0)


def test_a_sweep_unless_told_otherwise() -> None:
    assert math.isnan(PLAIN.bounds(ONE, "a")) and PLAIN.sizes(ONE) == {} and PLAIN.shares("g") == (0.5,)
    assert PLAIN.cost(ONE, "a", 7) == 7.0 and PLAIN.batch == 8 and PLAIN.promises == {}
    assert PLAIN.asked("a") == ("c",)
    assert (SWEEP.asked("a"), SWEEP.asked("b")) == (("first", "second"), ("second",))


@pytest.mark.parametrize(
    ("low", "high", "censored"), [(0, 1, True), (1, math.inf, True), (0, math.inf, True), (1, 2, False)]
)
def test_a_bracket_open_on_a_side_is_censored(low: float, high: float, censored: bool) -> None:
    one = Threshold(ONE, "a", "c", 0.5, low, high)
    assert one.censored is censored and one.trials == 0 and one.counts == {}


def test_a_batch_runs_as_many_trials_as_it_holds() -> None:
    assert run_batch(SWEEP, 0, Batch(ONE, "a", 5, 0), Compute()) == (Trial((True, False), 5),) * 8
    assert Trial((True,)).steps == 0
    short: Any = replace(SWEEP, run=lambda *_: [Trial((True, False))] * 7 + [Trial((True,))])
    with pytest.raises(ValueError, match="s: an outcome needs one success or failure for each criterion"):
        run_batch(short, 0, Batch(ONE, "a", 5, 0), Compute())
    with pytest.raises(ValueError, match="s: 9 outcomes for 8 trials"):
        run_batch(
            replace(SWEEP, run=lambda *_: [Trial((True, False))] * 9), 0, Batch(ONE, "a", 5, 0), Compute()
        )


def test_cells_and_batches_are_ordered_by_their_address() -> None:
    assert Cell({"n": 2}) > ONE and repr(ONE) == "Cell({'n': 1})" and ONE["n"] == 1
    first = Batch(ONE, "a", 2, 9)
    assert (
        first < Batch(Cell({"n": 2}), "a", 1, 0)
        and first < Batch(ONE, "b", 1, 0)
        and first > Batch(ONE, "a", 2, 8)
    )
    assert Cell({"x": float(np.float32(0.5)), "é": "ü"}).text == '{"x":0.5,"é":"ü"}'
    assert [arm for _, arm in tables(SWEEP, "g", ())] == ["a", "b", "a", "b"]


@pytest.mark.parametrize("value", [np.bool_(True), None, b"x", np.float64(np.nan)])
def test_other_values_are_refused_by_name(value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^size is "):
        Cell({"size": value})
