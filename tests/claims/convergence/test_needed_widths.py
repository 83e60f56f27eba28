import numpy as np

from claims.convergence.needed_widths import BUDGET, LADDER, WIDEST, D, N, needed, needed_widths_plot
from claims.preliminaries.fixed_data import sphere
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
