"""C10: its law in numbers, what it leaves out, and siblings on the data by which they fall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.convergence.c10_law_of_the_start import (
    CLAIM,
    LOW_PAIR,
    NOT_ENCLOSED,
    OPPOSED,
    WIDEST,
    cross,
    draw,
)
from claims.convergence.start_law import (
    JOINT,
    WEAK,
    a_third,
    start_width,
    width_of,
    without_eigenvalue,
    without_samples,
)
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import separated, unit_norm, unit_norm_rounding
from claims.preliminaries.data_spectrum import spectrum
from claims.preliminaries.fixed_data import pair
from models.certificate.tube import certify_start
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Sibling, Status, Trials, Unmet
from tests.claims.convergence.drawn_classes import classes_drawn

FINE = Compute()
TWO = Instance(X=np.eye(2), regime="weak", excess=1.0)


def generators(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng([10, b]) for b in range(count)]


def trials(at: Instance, count: int, **changes: object) -> Trials:
    found = draw(at, generators(count), FINE, **changes)  # type: ignore[arg-type]
    assert isinstance(found, Trials)
    return found


def test_the_law_of_orthonormal_samples() -> None:
    kappa_0 = 1 - 1 / (2 * math.pi)
    for k in (2, 3, 8):
        assert width_of(np.eye(k), "weak") == pytest.approx(4 * WEAK * k * k, rel=1e-9)
        assert width_of(np.eye(k), "joint") == pytest.approx(JOINT * k * k / kappa_0**2, rel=1e-9)
    assert width_of(np.eye(4)[:, :2], "joint") == pytest.approx(JOINT * 8 / kappa_0**2, rel=1e-9)


@pytest.mark.parametrize("regime", REGIMES)
def test_the_law_takes_the_eigenvalues_on_the_safe_side(regime: Regime) -> None:
    numbers = spectrum(pair(0.7))
    theta = 0.7
    off = {
        "weak": (math.pi - theta) * math.cos(theta) / (2 * math.pi),
        "joint": (math.sin(theta) + 2 * (math.pi - theta) * math.cos(theta)) / (2 * math.pi),
    }
    low = {"weak": 0.5 - off["weak"], "joint": 1 - off["joint"]}[regime]
    exact = (1 + math.cos(theta)) / low**2 * {"weak": WEAK * 4, "joint": JOINT * 4}[regime]
    assert exact <= start_width(numbers, regime) <= exact * (1 + 1e-9)


def test_the_false_laws() -> None:
    numbers = spectrum(np.eye(4))
    for regime in REGIMES:
        law = start_width(numbers, regime)
        assert a_third(numbers, regime) == law / 3
        assert without_eigenvalue(numbers, regime) == pytest.approx(law, rel=1e-9)
        assert without_samples(numbers, regime) == law / (4 if regime == "joint" else 1)
    pairs = spectrum(pair(0.5))
    assert without_eigenvalue(pairs, "weak") == pytest.approx(4 * WEAK * 4 * pairs.top, rel=1e-9)


def test_data_without_a_positive_eigenvalue_have_no_width() -> None:
    assert width_of(np.array([[1.0, 1.0], [0.0, 0.0]]), "weak") == math.inf


def test_a_cross_has_nearly_opposite_points_of_unit_norm() -> None:
    X = cross(0.05)
    assert X.shape == (2, 4)
    assert unit_norm(X) <= unit_norm_rounding(2)
    assert float(separated(X)) == pytest.approx(2 * math.sin(0.025), rel=1e-9)
    numbers = spectrum(X)
    assert 1.9 < numbers.top < 2.1 and 0.45 < numbers.lambda_0 < 0.5


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"X": np.eye(3)[:, :1]}, "range"),
        ({"X": np.eye(9)[:, :2]}, "range"),
        ({"X": np.ones((1, 1))}, "range"),
        ({"X": pair(0.5)}, "cap"),
        ({"X": pair(0.53), "regime": "joint"}, "cap"),
        ({"X": pair(0.53), "excess": 1.5}, "cap"),
    ],
)
def test_what_is_outside_of_the_statement_is_not_met(changed: dict[str, object], why: str) -> None:
    found = draw(TWO.replace(**changed), generators(1), FINE)
    assert isinstance(found, Unmet)
    assert why in found.reason


@pytest.mark.parametrize(("regime", "distance"), [("weak", 0.50), ("joint", 0.53)])
def test_the_cap_leaves_out_pairs_as_close_as_the_statement_says(regime: Regime, distance: float) -> None:
    closest, apart = (pair(2 * math.asin(chord / 2)) for chord in (distance, distance + 0.01))
    assert width_of(closest, regime) > WIDEST >= width_of(apart, regime)


@pytest.mark.parametrize("regime", REGIMES)
def test_a_trial_is_the_certificate_of_its_start(regime: Regime) -> None:
    at = TWO.replace(regime=regime, excess=0.3)
    found = trials(at, 6)
    m = math.ceil(0.3 * width_of(at.X, regime))
    eta = 1 / (8 * (1 + 2))
    for generator, failed, why in zip(generators(6), found.failed, found.why, strict=True):
        start = draw_network("rademacher", m, 2, [generator])
        assert certify_start(start, tensor(at.X, FINE), eta, regime).certified[0] != failed
        assert why == (NOT_ENCLOSED[regime] if failed else "")


@pytest.mark.parametrize("at", [TWO, OPPOSED, LOW_PAIR])
def test_starts_of_the_law_are_certified(at: Instance) -> None:
    assert trials(at, 8).failed.sum() <= 1


@pytest.mark.parametrize("sibling", CLAIM.siblings, ids=lambda sibling: sibling.name)
def test_a_sibling_fails_on_its_own_data(sibling: Sibling) -> None:
    (at,) = sibling.examples
    found = trials(at, 10, **sibling.changes)
    assert found.failed.sum() >= 4
    assert {why for why in found.why if why} == {sibling.falls}


def test_half_of_the_law_is_too_little_where_points_are_nearly_opposite() -> None:
    found = trials(OPPOSED.replace(excess=0.5), 30)
    assert found.failed.sum() >= 8


@pytest.mark.parametrize("name", CLAIM.classes)
def test_the_stratum_of_a_class_reaches_it(name: str) -> None:
    assert classes_drawn(CLAIM.strata.get(name, CLAIM.instances), CLAIM.classes)[name] > 0


def test_the_law_is_a_conjecture_at_nine_in_ten() -> None:
    assert CLAIM.status is Status.CONJECTURE
    assert CLAIM.failure_probability == 0.1
