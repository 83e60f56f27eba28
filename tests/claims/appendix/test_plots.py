import math
from pathlib import Path

import numpy as np
import pytest

from claims.appendix.headlines import HEADLINES
from claims.appendix.plots import plots
from claims.contents import FINDINGS
from claims.convergence import c6_movement
from claims.convergence import movement_plot as moving
from claims.convergence.c6_movement import KERNEL_WINDOW, WINDOW
from claims.convergence.c6_movement import WIDTHS as WIDTHS_OF_C6
from claims.convergence.calibrated_law import law_width, promise, run_trials
from claims.convergence.movement_plot import X as MOVED
from claims.convergence.movement_plot import ladder, movement_plot
from claims.convergence.plots import residual_plot
from claims.initialization.i2_matrix_chernoff import FAILURE_PROBABILITY, sufficient_width
from claims.initialization.plots import HALF, chernoff_edges, eigenvalue_plot
from claims.kernels.plots import collapse_plot
from claims.memorization.circle_plot import circle_plot
from claims.memorization.plots import WIDTH
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import limit_eigenvalue
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.plot_values import WIDTHS
from claims.tied.plots import frozen_plot, tied_plot
from claims.tied.width_ladders import STEPS, step_size
from claims.tied.width_ladders import WIDTHS as LADDER
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import rounding_floors
from refute import Compute, Instance, Plot, stream_key, trial_generators
from refute.inputs.registry import discover


def series(plot: Plot, start: str) -> tuple[np.ndarray, np.ndarray]:
    found = next(s for s in plot.series if s.label.startswith(start))
    return np.array(found.x), np.array(found.y)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_residual_lies_below_both_of_its_envelopes(regime: Regime) -> None:
    X = sphere(5, 10, 0)
    compute = Compute()
    m = math.ceil(law_width(X, regime))
    plot = residual_plot(regime, 0, compute)
    key = stream_key(0, f"plot/residual/{regime}", Instance(X=X, m=m))
    runs = run_trials(X, m, regime, trial_generators(key, 0, 1), compute)
    k, measured = series(plot, "||E(k)||")
    same, promised = series(plot, "promised")
    later, certified = series(plot, "certified")
    (mark,) = plot.marks
    floors = rounding_floors(runs.network, tensor(X, compute), promise(X, regime).step_size, later)[0]
    assert (k == same).all()
    assert (measured[1:] < promised[1:]).all()
    assert mark.x == runs.certified_at[0] <= later[0]
    assert (measured[k >= mark.x] <= certified + floors).all()
    assert f"width {m}" in plot.caption
    assert f"step {int(mark.x)}" in plot.caption


def test_the_promised_envelope_is_that_of_the_claim() -> None:
    k, promised = series(residual_plot("weak", 0, Compute()), "promised")
    told = promise(sphere(5, 10, 0), "weak")
    expected = promised[0] * (1 - told.step_size * told.rate) ** (k / 2)
    assert (np.abs(promised - expected) <= 2.0**-53 * 4 * (k[-1] + 1) * promised[0]).all()


def test_eigenvalues_settle_inside_the_chernoff_band_and_near_the_limit() -> None:
    plot = eigenvalue_plot(8, 0, Compute())
    m, median = series(plot, "median")
    _, limit = series(plot, "limit")
    assert m.tolist() == list(WIDTHS)
    seen, band = (next(s for s in plot.series if s.label.startswith(name)) for name in ("range", "Chernoff"))
    for each in (seen, band):
        assert each.low is not None and each.high is not None
        assert all(low <= y <= high for low, y, high in zip(each.low, each.y, each.high, strict=True))
    assert (np.array(band.low) <= median).all() and (median <= np.array(band.high)).all()
    assert (np.diff(np.array(band.low)) >= 0).all() and (np.diff(np.array(band.high)) < 0).all()
    beyond = m >= plot.marks[0].x
    assert beyond.any() and (~beyond).any()
    assert ((np.array(band.low) >= limit / 2) == beyond).all()


def test_the_edges_of_the_band_solve_the_inequalities_of_chernoff() -> None:
    X = sphere(3, 3, 0)
    limit = limit_eigenvalue(X)
    ratio = np.linalg.eigvalsh(X.T @ X)[-1] / limit.middle
    for m in (32, 512, 8192):
        least, most = chernoff_edges(X, limit, m)
        e = most - 1
        above = math.exp(-((1 + e) * math.log(1 + e) - e) * m / ratio)
        assert above == pytest.approx(FAILURE_PROBABILITY, rel=1e-9)
        lost = 9 * math.exp(-(1 - least + least * math.log(least or 1.0)) * m / (3 * ratio))
        assert lost == pytest.approx(FAILURE_PROBABILITY, rel=1e-9) if least else lost > FAILURE_PROBABILITY
    assert chernoff_edges(X, limit, 32)[0] == 0.0 < chernoff_edges(X, limit, 8192)[0]
    # at the width of I2 the lower edge is the share that it promises; that width adds its roundings
    m = math.ceil(sufficient_width(X, HALF, limit))
    assert HALF <= chernoff_edges(X, limit, m)[0] < HALF + 1e-3


def test_the_untrained_error_falls_as_the_formula_says() -> None:
    draws = 64
    plot = tied_plot(draws, 0, Compute())
    m, mean = series(plot, "mean")
    _, formula = series(plot, "(2 d + 3)")
    assert (formula == 23 / m).all()
    # One draw varies by about its mean; 64 draws leave an eighth of that, here six times over.
    assert (np.abs(mean - formula) <= 6 / math.sqrt(draws) * formula).all()


def test_all_pictures_are_drawn_and_announced() -> None:
    said: list[str] = []
    drawn = plots(16, 0, Compute(), said.append)
    assert [plot.id for plot in drawn] == [
        "needed-widths",
        "residual-weak",
        "residual-joint",
        "movement",
        "collapse",
        "smallest-eigenvalue",
        "tied-error",
        "frozen",
        "memorization-weak",
        "memorization-joint",
        "memorization-circle",
        "finite-width",
        "crossover",
        "certified-widths",
    ]
    assert len(said) == len(drawn)
    assert "16 initializations" in next(p for p in drawn if p.id == "smallest-eigenvalue").caption
    assert list(plots(16, 0, Compute(), said.append)) == list(drawn)


def test_every_number_of_a_headline_is_measured_by_a_picture_or_by_trials() -> None:
    claims = {claim.id: claim for claim in discover(Path(__file__).parents[3]).claims}
    measured = {plot.id: plot.numbers for plot in plots(6, 0, Compute(), lambda name: None)}
    assert [headline.finding for headline in HEADLINES] == list(FINDINGS)
    for headline in HEADLINES:
        assert headline.plot in measured
        assert {claims[label].finding for label in headline.claims} == {headline.finding}
        for quantity in headline.quantities.values():
            if quantity.source == "plot":
                assert quantity.name in measured[quantity.of]
            else:
                assert claims[quantity.of].draw is not None
                assert quantity.name in ("median", "low", "high")


def test_training_at_the_reconstructing_scale_moves_less_than_the_bound_of_t5() -> None:
    plot = frozen_plot(4, 0, Compute())
    m, moved = series(plot, "movement of the weights")
    assert m.tolist() == LADDER.tolist()
    assert plot.numbers == {"width": 2048.0, "movement": moved[-1]}
    X = sphere(3, 4, 0)
    # T5: sqrt(eta m T) ||E(0)||_F, with E ||E(0)||^2 = n (2 d + 3) / m of T2 and ||W(0)||^2 near m d
    scale = np.sqrt(step_size(X, 2.0) * STEPS * 3 * 11 / (m * 4))
    assert (moved < 2 * scale).all()
    assert moved[-1] < moved[0] / 3


def test_the_eigenvalues_of_an_arc_collapse_with_the_exponents_of_k7() -> None:
    plot = collapse_plot(Compute())
    for n, name, power in ((4, "lambda_0", 1), (2, "gamma_0", 2), (4, "gamma_0", 3)):
        assert abs(plot.numbers[f"{name} slope, n = {n}"] - power) < 0.1
        t, values = series(plot, f"{name}, n = {n}")
        assert len(t) == len(values) and (values > 0).all()


def test_around_the_circle_samples_are_answered_with_themselves() -> None:
    plot = circle_plot(0, Compute())
    _, before = series(plot, "the input itself")
    at_a_sample = before < 0.02
    assert at_a_sample.sum() >= 4
    for regime in REGIMES:
        angles, nearest = series(plot, f"{regime}, infinite width")
        assert (nearest[at_a_sample] < 0.1).all()
        assert (nearest <= 2.0).all() and len(angles) == 181
        _, finite = series(plot, f"{regime}, width {WIDTH}, median")
        assert (finite[at_a_sample] < 0.1).all()
        assert 0 < np.abs(finite - nearest).max() < 0.25
    assert [mark.label for mark in plot.marks] == ["x_1", "x_2", "x_3", "x_4"]


def test_movement_falls_like_the_root_of_the_width_and_is_that_of_c6() -> None:
    plot = movement_plot(6, 0, Compute())
    for name in ("neuron", "kernel"):
        for regime in REGIMES:
            m, values = series(plot, f"{name}, {regime}")
            assert m.tolist() == WIDTHS_OF_C6.tolist() and (values > 0).all()
            low, high = WINDOW if name == "neuron" else KERNEL_WINDOW
            assert low < plot.numbers[f"{name} slope, {regime}"] < high
        _, line = series(plot, f"{name}: slope -1/2")
        assert line == pytest.approx(line[0] * np.sqrt(m[0] / m))
    # the picture's largest distance is never below what is seen of it
    moved, _ = ladder("weak", 3, 0, Compute())
    key = stream_key(0, "plot/movement/weak", Instance(X=MOVED, m=256))
    start = draw_network("rademacher", 256, 6, trial_generators(key, 0, 3))
    told = promise(MOVED, "weak")
    run = descend(start, tensor(MOVED, Compute()), told.step_size, 60, "weak")
    seen = run.movement.max(0).values / (told.step_size * run.residual.sum(0))
    assert (moved[:, 0] > 0.9 * array(seen)).all()


def test_a_ladder_that_is_not_certified_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "WIDTHS", np.array([2]))
    monkeypatch.setattr(c6_movement, "TO_CERTIFY", 0)
    with pytest.raises(ValueError, match="a run of the picture at width 2 has no certificate"):
        ladder("weak", 2, 0, Compute())
