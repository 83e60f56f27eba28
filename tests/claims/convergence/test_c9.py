from __future__ import annotations

import numpy as np
import pytest

from claims.convergence.c9_tube_at_the_start import (
    CLAIM,
    ENVELOPE,
    FOLLOWED,
    PREACTIVATION,
    RADIUS,
    RESIDUAL,
    check,
)
from claims.convergence.tight_points import given_point
from claims.convergence.tube_starts import (
    crossing_neuron,
    drawn_starts,
    dying_neuron,
    tight_starts,
    uncertain_companion,
)
from models.certificate.tube_state import TubeTerms
from refute import Comparisons, Compute, Instance, Outcome, Unmet
from tests.claims.convergence.drawn_classes import classes_drawn

FINE = Compute()


def comparisons(at: Instance, terms: TubeTerms | None = None) -> Comparisons:
    found = check(at, FINE) if terms is None else check(at, FINE, terms=terms)
    assert not isinstance(found, Unmet)
    return found


def share(at: Instance, label: str) -> float:
    """The measured number over its bound."""
    (part,) = (part for part in comparisons(at) if part.label == label)
    return float(part.measured) / float(part.bound)


@pytest.mark.parametrize("name", CLAIM.classes)
def test_the_stratum_of_a_class_reaches_it(name: str) -> None:
    assert classes_drawn(CLAIM.strata.get(name, CLAIM.instances), CLAIM.classes)[name] > 0


@pytest.mark.parametrize(
    "at",
    [
        uncertain_companion(),
        crossing_neuron(),
        dying_neuron(),
        *drawn_starts(),
        *tight_starts(),
    ],
)
def test_with_every_part_no_special_start_contradicts_the_claim(at: Instance) -> None:
    assert all(part.outcome is Outcome.HOLDS for part in comparisons(at))


@pytest.mark.parametrize("w", [1.25, 1.5])
def test_a_minimum_on_a_tilted_sample_stays_where_it_is(w: float) -> None:
    """All that happens is rounding, of run and reference: without the latter a radius is negative."""
    X = np.array([[-0.9], [0.4]])
    X /= np.linalg.norm(X)
    at = given_point(X, w * X.T, np.sqrt(2) / w * X.T, 0.1, "weak", pieces=0)
    assert all(part.outcome is Outcome.HOLDS for part in comparisons(at))


def test_the_block_certificate_is_asked_as_well() -> None:
    """Once by the tube and once by the block, at the second and the third of the tight starts."""
    counts = [sum(part.label == ENVELOPE for part in comparisons(at)) for at in tight_starts()]
    assert counts == [1, 2, 2]


def test_drawn_starts_are_certified_but_for_the_last() -> None:
    parts = [{part.label for part in comparisons(at)} for at in drawn_starts()]
    assert [ENVELOPE in labels and RADIUS in labels for labels in parts] == [True, True, True, False]


def test_the_bounds_are_nearly_attained() -> None:
    assert share(uncertain_companion(), RESIDUAL) > 0.999
    assert share(uncertain_companion(), PREACTIVATION) > 0.999
    assert share(tight_starts()[0], RADIUS) > 0.9


@pytest.mark.parametrize("sibling", CLAIM.siblings, ids=lambda sibling: sibling.name)
def test_a_sibling_falls_by_its_part_on_its_own_start(sibling: object) -> None:
    (at,) = sibling.examples  # type: ignore[attr-defined]
    found = check(at, FINE, **sibling.changes)  # type: ignore[attr-defined]
    assert not isinstance(found, Unmet)
    fallen = {part.label for part in found if part.outcome is Outcome.VIOLATED}
    assert sibling.falls in fallen  # type: ignore[attr-defined]


def test_the_norm_of_sums_falls_by_nothing_but_the_residual() -> None:
    found = comparisons(uncertain_companion(), TubeTerms(norms=False))
    assert [part.label for part in found if part.outcome is Outcome.VIOLATED] == [RESIDUAL]


def test_without_a_kernel_or_a_second_node_the_premise_is_not_met() -> None:
    at = dying_neuron()
    assert isinstance(check(at.replace(W=np.array([[-1.0]])), FINE), Unmet)
    late = drawn_starts()[3].replace(share=2.0**-40)
    assert FOLLOWED * late.share < 1
    assert isinstance(check(late, FINE), Unmet)


def test_blame_replays_the_start() -> None:
    at = drawn_starts()[1]
    (start,) = CLAIM.restrict_to["P7"](at)
    assert start.W.shape == start.A.shape == (at.m, 4) and start.regime == "joint"
    assert not CLAIM.restrict_to["P3"](at)
