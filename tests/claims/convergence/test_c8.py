from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from claims.convergence import c8_whole_run as c8
from claims.convergence.c8_whole_run import CLAIM, DISTANCE, ENVELOPE, RADIUS, certified_points, check
from claims.convergence.short_runs import (
    far_from_the_stored_point,
    lost_sign,
    saddle,
    shift_of,
    start_of,
    tight_runs,
)
from claims.preliminaries.arrays import array
from models.certificate.distance import Guards
from models.training import double_double
from refute import Compute, Instance, Outcome, Unmet
from tests.claims.convergence.drawn_classes import classes_drawn

FINE = Compute()


@pytest.mark.parametrize("name", CLAIM.classes)
def test_the_stratum_of_a_class_reaches_it(name: str) -> None:
    assert classes_drawn(CLAIM.strata[name], CLAIM.classes)[name] > 0


def outcomes(instance: Instance, **changes: Any) -> dict[str, Outcome]:
    found = check(instance, FINE, **changes)
    assert not isinstance(found, Unmet)
    return {part.label: part.outcome for part in found}


@pytest.mark.parametrize("at", [saddle(), far_from_the_stored_point()])
def test_tight_instances_obey_the_claim_itself(at: Instance) -> None:
    assert outcomes(at) == dict.fromkeys((DISTANCE, ENVELOPE, RADIUS), Outcome.HOLDS)


def test_tight_runs_obey_the_claim_but_for_the_one_across_a_kink() -> None:
    across, *others = tight_runs()
    assert isinstance(check(across, Compute()), Unmet)
    assert outcomes(across, guards=Guards(pattern=False))[DISTANCE] is Outcome.VIOLATED
    for at in others:
        assert set(outcomes(at).values()) == {Outcome.HOLDS}


def test_a_sign_that_rounding_turns_is_in_doubt_and_matters() -> None:
    found = check(lost_sign(), FINE)
    assert isinstance(found, Unmet) and found.reason == "an entry is in doubt"
    assert outcomes(lost_sign(), guards=Guards(pattern=False))[DISTANCE] is Outcome.VIOLATED
    z = array(start_of(lost_sign()).W)[0] @ lost_sign().X
    exact = start_of(lost_sign()).W[0, :4].sum(1)
    assert (np.abs(z[:4]) <= 2.0**-52).all() and exact.abs().max() < 1


@pytest.mark.parametrize(
    ("at", "changes", "part"),
    [
        (saddle(), {"guards": Guards(growth=False)}, DISTANCE),
        (far_from_the_stored_point(), {"enlarged": False}, ENVELOPE),
        (far_from_the_stored_point(), {"allowed": 0.0}, RADIUS),
    ],
)
def test_each_part_left_out_is_missed_where_it_is_needed(
    at: Instance, changes: dict[str, Any], part: str
) -> None:
    assert outcomes(at, **changes)[part] is Outcome.VIOLATED


def test_the_shift_is_of_the_length_it_is_said_to_be() -> None:
    for at in (saddle(), far_from_the_stored_point()):
        W, A = shift_of(at)
        size = np.sqrt((W**2).sum() + (A**2).sum())
        assert (1 - 2.0**-19) * at.off < size < at.off
        assert at.regime == "joint" or not A.any()


def test_it_holds_in_double_double_with_a_compiler_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    at = saddle().replace(kind="double-double")
    assert outcomes(at)[DISTANCE] is Outcome.HOLDS
    monkeypatch.setattr(double_double, "_functions", lambda: None)
    assert outcomes(at)[DISTANCE] is Outcome.HOLDS


def test_a_run_that_is_not_certified_in_time_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c8, "LONGEST", 1)
    found = check(saddle(), FINE)
    assert isinstance(found, Unmet) and found.reason == "no certificate within the steps allowed"
    assert certified_points(saddle()) == ()


def test_the_certified_point_is_handed_to_c1() -> None:
    (at,) = certified_points(saddle())
    assert at.law == "given" and at.W[0, 0] == pytest.approx(1, abs=1e-2)
    from claims.convergence.c1_contraction_certificate import check as c1

    found = c1(at, FINE)
    assert not isinstance(found, Unmet)
