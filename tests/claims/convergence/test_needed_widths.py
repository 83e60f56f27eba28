import numpy as np

from claims.convergence.calibrated_law import promise
from claims.convergence.needed_widths import (
    BUDGET,
    LADDER,
    WIDEST,
    D,
    N,
    Needed,
    needed,
    needed_widths_plot,
    proved_from_the_first_step,
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
    assert found.certified.shape == (2, len(LADDER))
    for width, step, row in zip(found.width, found.step, found.certified, strict=True):
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


def test_runs_from_the_first_step_are_counted_where_a_run_is_proved_and_in_double_precision_only() -> None:
    X = sphere(N, D, 0)
    keys = trial_generators(stream_key(0, "a test", Instance(n=N)), 0, 2)
    starts = draw_network("rademacher", WIDEST, D, keys, device="cpu")
    found = needed(X, starts, "joint", COMPUTE)
    proved = proved_from_the_first_step(X, starts, "joint", found)
    alone = [
        prove_from_start(
            starts.select(b).first_neurons(int(found.width[b])),
            tensor(X, COMPUTE),
            promise(X, "joint").step_size,
            "joint",
            int(found.step[b]),
        ).proved_from
        for b in range(2)
    ]
    assert proved.tolist() == [step == 0 for step in alone]
    nowhere = Needed(np.full(2, np.inf), found.step, found.certified)
    assert not proved_from_the_first_step(X, starts, "joint", nowhere).any()
    assert "weak from the first step" in needed_widths_plot(2, 0, COMPUTE).numbers
    assert "weak from the first step" not in needed_widths_plot(2, 0, Compute(dtype="float32")).numbers
