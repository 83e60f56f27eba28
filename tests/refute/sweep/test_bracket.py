import math
from dataclasses import replace

import numpy as np
import pytest

from refute.statement.sweep import Cell, Trial
from refute.sweep.batches import Threshold
from refute.sweep.bracket import (
    ALPHA,
    Boundaries,
    Side,
    boundaries,
    every_test,
    next_levels,
    planner,
    ratio,
    side,
)
from tests.refute.toy_sweep_law import CELLS, LEVELS, SWEEP, survey, truth

BY = boundaries(0.5, 1e-4)


def reached(by: Boundaries, q: float) -> dict[Side, float]:
    """The exact probability of each decision when trials succeed with probability q."""
    alive = {0: 1.0}
    decided = {Side.ABOVE: 0.0, Side.BELOW: 0.0}
    for n in range(1, by.cap + 1):
        stepped: dict[int, float] = {}
        for count, mass in alive.items():
            for more, share in ((1, q), (0, 1 - q)):
                stepped[count + more] = stepped.get(count + more, 0.0) + mass * share
        alive = {}
        for count, mass in stepped.items():
            if count >= by.above[n]:
                decided[Side.ABOVE] += mass
            elif count <= by.below[n]:
                decided[Side.BELOW] += mass
            else:
                alive[count] = mass
    return decided


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("error", [1e-2, 1e-4])
def test_each_one_sided_test_keeps_its_error(share: float, error: float) -> None:
    decided = reached(boundaries(share, error), share)
    assert 0 < decided[Side.ABOVE] <= error
    assert 0 < decided[Side.BELOW] <= error


def test_a_level_far_from_the_threshold_is_decided_before_the_cap() -> None:
    assert reached(BY, 0.95)[Side.ABOVE] > 0.99
    assert reached(BY, 0.05)[Side.BELOW] > 0.99


def test_the_first_boundary_decides_whatever_follows() -> None:
    assert side(BY, [True] * BY.shortest) is Side.ABOVE
    assert side(BY, [True] * BY.shortest + [False] * 1000) is Side.ABOVE
    assert side(BY, [False] * BY.shortest) is Side.BELOW
    assert side(BY, [True] * (BY.shortest - 1)) is Side.OPEN
    assert side(BY, [True, False] * BY.cap) is Side.EXHAUSTED


def outcomes(**sides: str) -> dict[int, list[bool]]:
    trials = {"up": [True] * BY.shortest, "down": [False] * BY.shortest, "open": [True, False]}
    trials["even"] = [True, False] * BY.cap
    return {int(level[1:]): trials[name] for level, name in sides.items()}


def test_bisection_asks_for_the_middle_of_what_is_left() -> None:
    levels = (1, 2, 3, 4, 5, 6, 7)
    assert next_levels(BY, levels, {}) == (4,)
    assert next_levels(BY, levels, outcomes(_4="open")) == (4,)
    assert next_levels(BY, levels, outcomes(_4="up")) == (2,)
    assert next_levels(BY, levels, outcomes(_4="even")) == (2, 6)
    assert next_levels(BY, levels, outcomes(_4="even", _2="down", _6="up")) == (3, 5)
    assert next_levels(BY, levels, outcomes(_4="even", _3="down", _5="up")) == ()
    assert next_levels(BY, (), {}) == ()


def test_decisions_that_contradict_each_other_leave_the_wider_bracket() -> None:
    assert next_levels(BY, (1, 2, 3, 4), outcomes(_2="up", _3="down")) == (1, 4)


def test_all_tests_of_a_grid_share_alpha() -> None:
    (by,) = every_test(SWEEP, "default", ())
    assert by == boundaries(0.5, ALPHA / (2 * len(CELLS) * len(LEVELS)))
    assert len(every_test(replace(SWEEP, shares=lambda grid: (0.5, 0.9)), "default", ())) == 2


def test_the_planner_stops_and_never_asks_beyond_the_cap() -> None:
    (by,) = every_test(SWEEP, "default", ())
    ask = planner(SWEEP, "default", ())
    cell = CELLS[0]
    history = dict[int, list[Trial]]()
    generator = np.random.default_rng(3)
    for _ in range(1000):
        wanted = ask(cell, "plain", history)
        if not wanted:
            break
        for level, count in wanted:
            seen = history.setdefault(level, [])
            assert 0 < count <= by.cap - len(seen)
            seen += [Trial((bool(generator.random() < 0.5),)) for _ in range(count)]
    assert not ask(cell, "plain", history)


def test_brackets_hold_the_truth_and_every_seed_gives_its_own() -> None:
    surveys = [survey(seed) for seed in range(8)]
    # A survey's brackets hold all at once with probability 0.95: 8 surveys miss twice in 6 of 100 cases.
    held = [all(one.low < truth(one.cell) <= one.high for one in found) for found in surveys]
    assert sum(held) >= 7
    assert surveys[0] == survey(0)
    assert surveys[0] != surveys[1]


def test_a_ratio_of_brackets_is_as_wide_as_they_allow() -> None:
    def bracket(low: float, high: float) -> Threshold:
        return Threshold(Cell({"n": 1}), "plain", "succeeds", 0.5, low, high)

    assert ratio(bracket(2, 4), bracket(8, 16)) == (0.125, 0.5)
    assert ratio(bracket(2, 4), bracket(0, 16)) == (0.125, math.inf)
    assert ratio(bracket(2, 4), bracket(8, math.inf)) == (0.0, 0.5)


@pytest.mark.parametrize(("share", "error"), [(0.0, 0.1), (1.0, 0.1), (0.5, 0.0), (1e-9, 1e-9)])
def test_shares_and_errors_that_no_trials_decide_are_refused(share: float, error: float) -> None:
    with pytest.raises(ValueError, match=r"share|decide"):
        boundaries(share, error)
