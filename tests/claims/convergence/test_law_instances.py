"""The instances on which the calibrated laws are tried: within the caps, and of every class."""

import math

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy

from claims.convergence import calibrated_law
from claims.convergence.calibrated_law import (
    FASTEST,
    MAX_STEPS,
    MAX_WIDTH,
    beyond_the_caps,
    promise,
    short_width,
)
from claims.convergence.rate_claim import crowded_pairs, overshot_pairs
from claims.convergence.reachable_data import classes, strata, typical
from claims.preliminaries.fixed_data import pair, sphere
from models.kernels.limit import limit_kernel
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Unmet
from refute.numerics.rounding import gamma


def test_data_beyond_the_caps_do_not_meet_the_premise() -> None:
    wide = calibrated_law.draw(Instance(X=pair(0.1), excess=1.0, pace=0.5), [], Compute(), regime="weak")
    long = calibrated_law.draw(Instance(X=pair(1e-4), excess=1.0, pace=0.5), [], Compute(), regime="weak")
    assert isinstance(wide, Unmet)
    assert "neurons" in wide.reason
    assert isinstance(long, Unmet)
    assert "steps" in long.reason


@pytest.mark.parametrize("regime", REGIMES)
def test_typical_data_are_several_samples_within_the_caps(regime: Regime) -> None:
    sizes: list[tuple[int, int]] = []

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(typical(regime))
    def visit(instance: Instance) -> None:
        X = instance.X
        assert not beyond_the_caps(instance, regime)
        assert 0 < instance.pace <= FASTEST[regime]
        assert instance.excess >= 1
        assert (np.abs(np.linalg.norm(X, axis=0) - 1) <= gamma(X.shape[0] + 4)).all()
        sizes.append(X.shape)

    visit()
    several = sum(d >= 3 and n >= 3 for d, n in sizes)
    assert 2 * several >= len(sizes)
    assert 6 * sum(n == 1 for _, n in sizes) <= len(sizes)
    assert max(n for _, n in sizes) >= 12


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(crowded_pairs())
def test_crowded_pairs_are_close_and_the_short_law_can_be_tried_on_them(instance: Instance) -> None:
    cosine = float(instance.X[:, 0] @ instance.X[:, 1])
    assert math.cos(0.091) < cosine < math.cos(0.069)
    for regime in REGIMES:
        assert short_width(instance.X, regime) <= MAX_WIDTH
        assert promise(instance.X, regime).steps <= MAX_STEPS


@pytest.mark.parametrize("regime", REGIMES)
def test_every_class_has_a_strategy_that_constructs_it_within_the_caps(regime: Regime) -> None:
    tests = classes(regime)
    strategies = strata(regime)
    assert set(strategies) == set(tests)
    for name, strategy in strategies.items():
        found = drawn(strategy)
        met = [instance for instance in found if not beyond_the_caps(instance, regime)]
        assert 3 * sum(tests[name](instance) for instance in met) >= len(found), name


def drawn(strategy: SearchStrategy[Instance]) -> list[Instance]:
    """Ten instances of a strategy."""
    found: list[Instance] = []

    @settings(max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def visit(instance: Instance) -> None:
        found.append(instance)

    visit()
    return found


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(overshot_pairs("joint"), overshot_pairs("weak"))
def test_overshot_pairs_step_beyond_twice_the_inverse_of_the_kernel(joint: Instance, weak: Instance) -> None:
    overshot: tuple[tuple[Instance, Regime], ...] = ((joint, "joint"), (weak, "weak"))
    for instance, regime in overshot:
        told = promise(instance.X, regime, instance.pace)
        kernel = limit_kernel(torch.from_numpy(instance.X.copy()), regime)
        assert told.step_size * float(torch.linalg.eigvalsh(kernel)[-1]) / len(instance.X) > 2.2
        assert told.step_size * told.rate < 1


def test_a_sphere_is_a_function_of_its_numbers() -> None:
    assert (sphere(5, 10, 0) == sphere(5, 10, 0)).all()
    assert (sphere(5, 10, 0) != sphere(5, 10, 1)).any()
    assert sphere(5, 10, 0).shape == (10, 5)
