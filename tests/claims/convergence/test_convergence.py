import math

import numpy as np
import pytest
import torch

from claims.convergence import c2_weak_linear_rate, c3_joint_linear_rate
from claims.convergence.c1_contraction_certificate import CLAIM, check
from claims.convergence.calibrated_law import promise
from claims.convergence.starting_points import initial_network
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import sphere
from models.certificate.certified_run import run_until_certified
from models.networks.autoencoder import preactivations
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Claim, Compute, Instance, Outcome, Status, Unmet
from refute.evidence.sequential import Call, design, sequential_test
from refute.numerics.rounding import gamma

PRACTICAL: dict[Regime, int] = {"weak": 1024, "joint": 128}
"""Widths at which at least 19 starts in 20 are to be certified on random data in ten dimensions."""


def instance(regime: Regime = "weak", **changed: object) -> Instance:
    fields: dict[str, object] = {
        "X": sphere(2, 3, 0),
        "m": 64,
        "law": "rademacher",
        "start": 1,
        "kinks": 0,
        "share": 0.5,
        "regime": regime,
    }
    return Instance(**{**fields, **changed})


def not_certified(X: np.ndarray, regime: Regime, first: int, count: int) -> np.ndarray:
    """Which of the trials first, ..., first + count - 1 end without any certificate."""
    d, n = X.shape
    m = PRACTICAL[regime]
    generators = [np.random.default_rng([n, d, m, trial]) for trial in range(first, first + count)]
    network = draw_network("rademacher", m, d, generators)
    result = run_until_certified(
        network, tensor(X, Compute()), promise(X, regime).step_size, regime, wanted=0.0
    )
    failed: np.ndarray = result.certified_at < 0
    return failed


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("n", [5, 10])
def test_nineteen_starts_in_twenty_are_certified_at_practical_widths(n: int, regime: Regime) -> None:
    def draw(first: int, count: int) -> np.ndarray:
        trials = range(first, first + count)
        failed = [not_certified(sphere(n, 10, trial), regime, trial, 1) for trial in trials]
        return np.concatenate(failed)

    assert sequential_test(draw, design(0.05, level=1e-6)).call is Call.CERTIFIED


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.75])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_certified_runs_obey_their_certificate(regime: Regime, share: float, dtype: str) -> None:
    comparisons = check(instance(regime, share=share), Compute(dtype=dtype))
    assert not isinstance(comparisons, Unmet)
    assert [comparison.outcome for comparison in comparisons] == [Outcome.HOLDS] * 2


@pytest.mark.parametrize("regime", REGIMES)
def test_false_rates_are_exceeded(regime: Regime) -> None:
    at = instance(regime, share=0.25)
    rates = [sibling for sibling in CLAIM.siblings if sibling.name in ("four-lambda-min", "lambda-max")]
    assert len(rates) == 2
    for sibling in rates:
        false = CLAIM.as_sibling(sibling).check
        assert false is not None
        comparisons = false(at, Compute())
        assert not isinstance(comparisons, Unmet)
        assert comparisons[0].outcome is Outcome.VIOLATED, sibling.name
        assert comparisons[1].outcome is Outcome.HOLDS


def test_kinks_are_where_the_instance_puts_them() -> None:
    at = instance(kinks=3)
    placed = initial_network(at, Compute())
    plain = initial_network(instance(), Compute())
    X = tensor(at.X, Compute())
    Z = preactivations(placed.W, X)[0]
    rounding = gamma(32) * float(plain.W.norm())
    for r, offset in enumerate((-(2.0**-30), 0.0, 2.0**-30)):
        assert abs(float(Z[r, r % 2]) - offset) <= rounding
    assert torch.equal(placed.W[0, 3:], plain.W[0, 3:])
    assert torch.equal(placed.A, plain.A)


def test_a_start_without_an_active_neuron_says_nothing() -> None:
    X = np.ones((1, 1))
    dead = next(
        start
        for start in range(64)
        if initial_network(instance(X=X, m=1, start=start), Compute()).W.max() < 0
    )
    found = check(instance(X=X, m=1, start=dead), Compute())
    assert isinstance(found, Unmet)
    assert "no neuron is active" in found.reason


def test_a_width_too_small_to_converge_says_nothing() -> None:
    found = check(instance(X=sphere(4, 4, 0), m=4), Compute())
    assert isinstance(found, Unmet)
    assert "no certificate" in found.reason


@pytest.mark.parametrize("claim", [c2_weak_linear_rate.CLAIM, c3_joint_linear_rate.CLAIM])
def test_the_laws_are_conjectures_of_rates_at_nine_in_ten(claim: Claim) -> None:
    assert claim.status is Status.CONJECTURE
    assert claim.failure_probability == 0.1
    assert "C1" in claim.uses
    for example in claim.examples:
        assert math.isfinite(example.excess)
        assert (np.abs(np.linalg.norm(example.X, axis=0) - 1) <= gamma(16)).all()
