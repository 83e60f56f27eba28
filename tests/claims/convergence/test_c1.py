from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from claims.convergence import c1_contraction_certificate
from claims.convergence.c1_contraction_certificate import CLAIM, REACH, check, four_times_the_smallest
from claims.convergence.starting_points import FITTED, certified_near_starts, fit, initial_network
from claims.convergence.tight_points import (
    dying_neuron,
    overshooting_kink,
    overshooting_partner,
    slow_remainder,
    straight_way,
)
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import separated
from models.certificate.certificate import certify
from models.certificate.certified_run import run_until_certified
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import residuals
from refute import Comparisons, Compute, Instance, Outcome, Unmet
from refute.numerics.rounding import gamma
from tests.claims.convergence.drawn_classes import classes_drawn

FINE = Compute()


@pytest.mark.parametrize("name", CLAIM.classes)
def test_the_stratum_of_a_class_reaches_it(name: str) -> None:
    assert classes_drawn(CLAIM.strata.get(name, CLAIM.instances), CLAIM.classes)[name] > 0


def test_a_watch_of_one_step_misses_the_slow_remainder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c1_contraction_certificate, "WATCHED", 1)
    monkeypatch.setattr(c1_contraction_certificate, "LEGS", 1)
    envelope, _ = comparisons_of(slow_remainder(), rate=four_times_the_smallest)
    assert envelope.outcome is Outcome.HOLDS
    monkeypatch.undo()
    envelope, _ = comparisons_of(slow_remainder(), rate=four_times_the_smallest)
    assert envelope.outcome is Outcome.VIOLATED


def test_two_neurons_of_eight_use_their_radii_up() -> None:
    _, radius = comparisons_of(straight_way(), share=0.9)
    assert radius.outcome is Outcome.VIOLATED
    _, whole = comparisons_of(straight_way())
    assert 0.9 * whole.bound < whole.measured < whole.bound


@pytest.mark.parametrize("at", [dying_neuron(), overshooting_kink(), overshooting_partner()])
def test_with_every_term_no_tight_point_contradicts_the_claim(at: Instance) -> None:
    found = check(at, FINE)
    assert isinstance(found, Unmet) or all(part.outcome is Outcome.HOLDS for part in found)


def comparisons_of(at: Instance, **changes: Any) -> Comparisons:
    found = check(at, FINE, **changes)
    assert not isinstance(found, Unmet)
    return found


def unstable_entries(at: Instance) -> int:
    """|S| where the run of the check is certified; 0 if it is not."""
    X = tensor(at.X, FINE)
    start = initial_network(at, FINE)
    largest = float(torch.linalg.eigvalsh(tangent_kernel(start, X, at.regime))[0, -1])
    result = run_until_certified(start, X, at.share * 2 / largest, at.regime, max_steps=REACH)
    return int(certify(result.network, X, at.share * 2 / largest, at.regime).unstable[0])


@pytest.mark.parametrize(
    "at", [at for at in certified_near_starts() if at.kinks > 0], ids=lambda at: at.describe()
)
def test_near_starts_are_certified_with_entries_that_stick(at: Instance) -> None:
    assert unstable_entries(at) > 0
    comparisons = check(at, FINE)
    assert not isinstance(comparisons, Unmet)
    assert all(comparison.outcome is Outcome.HOLDS for comparison in comparisons)


def test_the_certified_near_starts_are_what_far_ones_do_not_reach() -> None:
    starts = certified_near_starts()
    assert min(at.m for at in starts) == 4
    assert min(separated(at.X) for at in starts) < 2.0**-5
    assert max(at.share for at in starts) > 0.9
    assert {at.regime for at in starts} == {"weak", "joint"}


def test_a_fitted_start_reproduces_the_data_up_to_its_noise() -> None:
    at = certified_near_starts()[2]
    network = initial_network(at, FINE)
    E = array(residuals(network, tensor(at.X, FINE)))[0]
    W = array(network.W)[0]
    noise = FITTED * np.linalg.norm(np.maximum(W @ at.X, 0)) * 8
    assert 0 < np.linalg.norm(E) <= noise
    A = fit(at.X, W, array(network.A)[0])
    left = at.X - A.T @ np.maximum(W @ at.X, 0) / np.sqrt(A.size)
    assert np.linalg.norm(left) <= gamma(2000)
