from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, seed, settings

from claims.convergence.c1_contraction_certificate import CLAIM, REACH, check
from claims.convergence.starting_points import FITTED, certified_near_starts, fit, initial_network
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import separated
from models.certificate.certificate import certify
from models.certificate.certified_run import run_until_certified
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import residuals
from refute import Compute, Instance, Outcome, Unmet
from refute.numerics.rounding import gamma

FINE = Compute()


def test_the_search_reaches_every_class() -> None:
    reached: Counter[str] = Counter()

    @seed(0)
    @settings(
        max_examples=120,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CLAIM.instances)
    def collect(instance: Instance) -> None:
        reached.update(name for name, test in CLAIM.classes.items() if test(instance))

    collect()
    # Far starts keep 2^-4 between samples and near ones 2^-8: "nearly" of the other claims is closer.
    assert set(CLAIM.classes) - set(reached) <= {"nearly parallel", "nearly antipodal"}


def unstable_entries(at: Instance) -> int:
    """|S| where the run of the check is certified; 0 if it is not."""
    X = tensor(at.X, FINE)
    start = initial_network(at, FINE)
    largest = float(torch.linalg.eigvalsh(tangent_kernel(start, X, at.regime))[0, -1])
    result = run_until_certified(start, X, at.share * 2 / largest, at.regime, max_steps=REACH)
    return int(certify(result.network, X, at.share * 2 / largest, at.regime).unstable[0])


@pytest.mark.parametrize("at", certified_near_starts(), ids=lambda at: at.describe())
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
