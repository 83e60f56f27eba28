import itertools
import math

import numpy as np
import pytest

from claims.appendix.width_table import (
    AS_SEEN,
    AT_START,
    BY_TUBE,
    CLOSE,
    FOR_ALL_TIME,
    GRIDS,
    LARGEST_RUN,
    LARGEST_START,
    START,
    SWEEP,
    TUBE,
    TUBE_NUMBERS,
    TUBE_REACH,
    bounds,
    cells,
    cost,
    data,
    levels,
    regime,
    sizes,
)
from claims.convergence.calibrated_law import promise, run_trials
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import pair_angles
from models.certificate.block import certify_block
from models.certificate.tube import certify_start
from models.networks.initialization import draw_network
from refute import Cell, Compute
from refute.sweep.batches import Batch, batch_generators, run_batch
from refute.sweep.bracket import planner

ORTHOGONAL = Cell({"data": "orthonormal", "n": 2, "d": 2})
SYNTHETIC = [grid for grid in GRIDS if grid != "digits"]


@pytest.mark.parametrize("grid", SYNTHETIC)
def test_every_cell_meets_the_assumptions_and_is_itself_each_time(grid: str) -> None:
    assert len(set(cells(grid))) == len(cells(grid))
    for cell in cells(grid):
        X = data(cell)
        assert X.shape == (cell["d"], cell["n"])
        assert np.abs(np.linalg.norm(X, axis=0) - 1).max() < 2.0**-50
        assert X.shape[1] == 1 or math.sin(float(pair_angles(X).min())) > 0.1
        assert (data(cell) == X).all()


def test_digits_are_rows_of_unit_norm() -> None:
    pytest.importorskip("sklearn")
    for cell in cells("digits"):
        X = data(cell)
        assert X.shape == (64, cell["n"])
        assert np.abs(np.linalg.norm(X, axis=0) - 1).max() < 2.0**-50


def test_an_unknown_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="default, tiny, deep, digits"):
        cells("large")


def test_close_pairs_are_as_close_as_they_say() -> None:
    for cell in cells("default"):
        if cell["data"] == "close pairs":
            x, y = np.split(data(cell), 2, axis=1)
            assert np.linalg.norm(x - y, axis=0) == pytest.approx(CLOSE)


def test_widths_are_a_factor_root_two_apart() -> None:
    for arm, most in (("weak", LARGEST_RUN), ("joint" + START, LARGEST_START)):
        grid = levels(ORTHOGONAL, arm)
        assert grid[-1] == most
        assert all(1.4 < high / low < 1.43 for low, high in itertools.pairwise(grid) if low > 64)
    assert levels(Cell({"data": "random sphere", "n": 8, "d": 8, "draw": 0}), "weak" + START) == ()


def test_tubes_are_tried_at_widths_a_factor_two_apart_where_they_are_affordable() -> None:
    arm = "weak" + TUBE
    sphere: dict[str, int | float | str] = {"data": "random sphere", "draw": 0}
    grid = levels(ORTHOGONAL, arm)
    assert 2048 < bounds(ORTHOGONAL, arm) < 4096
    assert grid == tuple(2**k for k in range(4, 12))
    beyond = Cell({**sphere, "n": 4, "d": 8})
    assert bounds(beyond, arm) > 2**12 == TUBE_NUMBERS / 32 == levels(beyond, arm)[-1]
    assert levels(beyond, arm)[0] / 2 < bounds(beyond, arm) / TUBE_REACH <= levels(beyond, arm)[0]
    assert levels(Cell({**sphere, "n": 8, "d": 4}), arm) == ()
    assert levels(Cell({"data": "orthonormal", "n": 1, "d": 65}), arm) == ()
    for one in ("weak", "weak" + START, arm):
        works = [cost(ORTHOGONAL, one, m) for m in grid]
        assert all(low < high for low, high in itertools.pairwise(works))


def test_a_trial_is_the_run_of_its_own_generator() -> None:
    batch = Batch(ORTHOGONAL, "weak", 16, 2)
    outcomes = run_batch(SWEEP, 5, batch, Compute())
    X = data(ORTHOGONAL)
    for outcome, generator in zip(outcomes, batch_generators(SWEEP, 5, batch), strict=True):
        result = run_trials(X, 16, "weak", [generator], Compute())
        assert outcome.success == (result.certified_at[0] >= 0, result.broken_at[0] < 0, False, False)
        assert outcome.steps == result.steps[0]
    assert {outcome.success[:2] for outcome in outcomes} >= {(True, True), (False, False)}


def test_what_is_kept_for_all_time_is_kept_as_far_as_seen() -> None:
    for arm in ("weak", "joint"):
        for outcome in run_batch(SWEEP, 0, Batch(ORTHOGONAL, arm, 6, 0), Compute()):
            for_all_time, as_seen, *_ = outcome.success
            assert as_seen or not for_all_time


@pytest.mark.parametrize("arm", ["weak" + START, "joint" + START])
def test_at_the_start_the_certificate_is_asked_with_the_small_step(arm: str) -> None:
    batch = Batch(ORTHOGONAL, arm, 1448, 0)
    X = data(ORTHOGONAL)
    outcomes = run_batch(SWEEP, 0, batch, Compute())
    network = draw_network("rademacher", 1448, 2, batch_generators(SWEEP, 0, batch))
    trained = regime(arm)
    step_size = 1 / (8 * (float(np.linalg.norm(X, 2)) ** 2 + X.shape[1]))

    found = certify_block(network, tensor(X, Compute()), step_size * (1 - 2.0**-30), trained)
    wanted = promise(X, trained).rate
    assert [outcome.success[2] for outcome in outcomes] == (found.rate >= wanted).tolist()
    assert not any(outcome.success[3] for outcome in outcomes)


@pytest.mark.parametrize("arm", ["weak" + TUBE, "joint" + TUBE])
def test_by_the_tube_a_start_is_certified_with_the_rate_of_the_runs(arm: str) -> None:
    """At a width where some are, and far below that of the block certificate."""
    batch = Batch(ORTHOGONAL, arm, 64, 0)
    outcomes = run_batch(SWEEP, 0, batch, Compute())
    X = data(ORTHOGONAL)
    network = draw_network("rademacher", 64, 2, batch_generators(SWEEP, 0, batch))
    trained = regime(arm)
    found = certify_start(network, tensor(X, Compute()), (1 - 2.0**-30) / 24, trained)
    wanted = promise(X, trained).rate
    assert [outcome.success for outcome in outcomes] == [
        (False, False, False, r >= wanted) for r in found.rate
    ]
    assert 0 < sum(outcome.success[3] for outcome in outcomes) < len(outcomes)


def test_the_explicit_width_is_certified_at_the_start() -> None:
    cell = Cell({"data": "orthonormal", "n": 1, "d": 1})
    for arm in ("weak" + START, "joint" + START):
        batch = Batch(cell, arm, math.ceil(bounds(cell, arm)), 0)
        assert all(outcome.success[2] for outcome in run_batch(SWEEP, 1, batch, Compute()))


def test_each_arm_is_asked_its_own_question() -> None:
    assert SWEEP.asked("weak") == SWEEP.asked("joint") == (FOR_ALL_TIME, AS_SEEN)
    assert SWEEP.asked("weak" + START) == SWEEP.asked("joint" + START) == (AT_START,)
    assert SWEEP.asked("weak" + TUBE) == SWEEP.asked("joint" + TUBE) == (BY_TUBE,)
    assert SWEEP.promises.keys() == {AT_START}
    out_of_reach = Cell({"data": "random sphere", "n": 8, "d": 8, "draw": 0})
    assert not planner(SWEEP, "tiny", ())(out_of_reach, "weak" + START, {})


def test_sizes_name_what_varies() -> None:
    arc = Cell({"data": "arc", "n": 3, "d": 2, "spacing": 0.5})
    assert set(sizes(arc)) == {"n", "d", "spacing", "1/lambda_0"}
    assert sizes(ORTHOGONAL)["1/lambda_0"] == pytest.approx(2)
