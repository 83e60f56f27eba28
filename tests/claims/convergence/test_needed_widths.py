import numpy as np

from claims.convergence.calibrated_law import promise
from claims.convergence.needed_widths import (
    BUDGET,
    LADDER,
    WIDEST,
    D,
    N,
    Needed,
    from_the_first_step,
    needed,
    needed_widths_plot,
)
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import sphere
from models.certificate.whole_run import prove_from_start
from models.networks.initialization import draw_network
from refute import Compute, Instance, median_interval, stream_key, trial_generators

COMPUTE = Compute()


def test_a_needed_width_is_the_least_from_which_on_every_run_is_certified() -> None:
    starts = draw_network(
        "rademacher", WIDEST, D, trial_generators(stream_key(0, "a test", Instance(n=N)), 0, 2), device="cpu"
    )
    found = needed(sphere(N, D, 0), starts, "joint", COMPUTE)
    assert found.at.shape == (2, len(LADDER))
    for width, step, row in zip(found.width, found.step, found.at >= 0, strict=True):
        first = LADDER.index(width)
        assert row[first:].all()
        assert first == 0 or not row[first - 1]
        assert 0 <= step <= BUDGET


def test_the_numbers_of_the_picture_are_medians_over_the_same_starts() -> None:
    plot = needed_widths_plot(6, 0, COMPUTE)
    again = needed_widths_plot(6, 0, COMPUTE)
    assert plot == again
    numbers = plot.numbers
    assert numbers["ratio low"] <= numbers["ratio"] <= numbers["ratio high"]
    assert {mark.x for mark in plot.marks} == {numbers["weak"], numbers["joint"]}
    for series, regime in zip(plot.series, ("weak", "joint"), strict=True):
        assert series.label == f"{regime} training"
        share = np.array(series.y)
        assert share[-1] == 1.0
        # at the median width half of the starts at least are certified
        assert share[np.array(series.x) >= numbers[regime]].min() >= 0.5


def test_an_interval_of_the_median_is_public() -> None:
    assert median_interval(np.arange(1.0, 17.0)) == (4.0, 13.0)


def test_the_width_from_the_first_step_is_the_least_whose_run_is_proved_whole() -> None:
    X = sphere(N, D, 0)
    keys = trial_generators(stream_key(0, "a test", Instance(n=N)), 0, 3)
    starts = draw_network("rademacher", WIDEST, D, keys, device="cpu")
    found = needed(X, starts, "joint", COMPUTE)
    widths = from_the_first_step(X, starts, "joint", found)
    for b, width in enumerate(widths):
        rungs = range(LADDER.index(found.width[b]), LADDER.index(width) + 1)
        proved = [
            prove_from_start(
                starts.select(b).first_neurons(LADDER[k]),
                tensor(X, COMPUTE),
                promise(X, "joint").step_size,
                "joint",
                int(found.at[b, k]),
            ).proved_from
            == 0
            for k in rungs
        ]
        assert proved == [False] * (len(proved) - 1) + [True]
    nowhere = Needed(np.full(3, np.inf), found.step, found.at)
    assert np.isinf(from_the_first_step(X, starts, "joint", nowhere)).all()


def test_only_in_double_precision_is_a_proof_from_the_first_step_looked_for() -> None:
    name = "ratio from the first step"
    assert name in needed_widths_plot(2, 0, COMPUTE).numbers
    assert name not in needed_widths_plot(2, 0, Compute(dtype="float32")).numbers
