"""W5: what belongs to the statement, a ladder on given starts, and siblings on given ladders."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.width.least_widths import Size, certified_there, needed_widths, seen_there
from claims.width.separated_families import OPPOSED
from claims.width.w5_order_n_d import CLAIM, FASTER, STARTS, draw, family, ladder, why_not
from refute import Compute, Instance, Status, Trials, Unmet
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.verdict import Verdict
from tests.claims.convergence.drawn_classes import classes_drawn

FINE = Compute()
ALL_HALF = Instance(c=0.5, block=0, shape="equal", turn=0, n=3, d=12, to_n=12, to_d=12)


def trials(instance: Instance, count: int, **changes: object) -> Trials:
    generators = [np.random.default_rng([5, b]) for b in range(count)]
    found = draw(instance, generators, FINE, **changes)  # type: ignore[arg-type]
    assert isinstance(found, Trials)
    return found


@given(st.one_of(CLAIM.instances, *CLAIM.strata.values()))
@settings(max_examples=60, deadline=None)
def test_drawn_families_are_of_the_statement(instance: Instance) -> None:
    assert why_not(instance) == ""
    for n, d in ladder(instance):
        products = family(instance).data(n, d)
        assert products.shape == (d, n)


@pytest.mark.parametrize("name", CLAIM.classes)
def test_the_stratum_of_a_class_reaches_it(name: str) -> None:
    assert classes_drawn(CLAIM.strata.get(name, CLAIM.instances), CLAIM.classes)[name] > 0


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"c": 0.51}, "family"),
        ({"c": -0.1}, "family"),
        ({"block": 5}, "family"),
        ({"shape": "star"}, "family"),
        ({"shape": OPPOSED, "block": 3}, "family"),
        ({"shape": "flipped"}, "family"),
        ({"shape": "flipped", "block": 2}, "family"),
        ({"n": 1, "d": 4}, "two sizes"),
        ({"d": 3, "n": 3}, "two sizes"),
        ({"to_n": 11}, "two sizes"),
        ({"to_d": 17}, "two sizes"),
        ({"n": 12, "to_n": 3, "to_d": 16}, "two sizes"),
        ({"block": 2}, "not have"),
        ({"n": 3, "d": 4, "to_n": 12, "to_d": 8}, "not have"),
    ],
)
def test_what_is_outside_of_the_statement_is_not_met(changed: dict[str, object], why: str) -> None:
    assert why_not(ALL_HALF) == ""
    found = draw(ALL_HALF.replace(**changed), [np.random.default_rng(0)], FINE)
    assert isinstance(found, Unmet)
    assert why in found.reason


def test_a_trial_is_what_the_needed_widths_of_its_starts_say() -> None:
    found = trials(ALL_HALF, 3)
    assert found.measured is not None
    for b in range(3):
        generator = np.random.default_rng([5, b])
        ends: list[float] = []
        sizes: list[Size] = list(ladder(ALL_HALF))
        for size in sizes:
            widths = needed_widths(family(ALL_HALF).data(*size), [generator], STARTS, FINE, serves=seen_there)
            ends.append(float(np.log(widths).mean()))
        slope = (ends[1] - ends[0]) / math.log(4)
        assert found.measured[b] == pytest.approx(slope)
        assert found.failed[b] == (slope > 1)


def test_the_proved_width_grows_faster_than_the_seen_one_where_n_grows_alone() -> None:
    seen = trials(ALL_HALF, 6)
    proved = trials(ALL_HALF, 6, serves=certified_there)
    assert seen.measured is not None and proved.measured is not None
    assert np.median(seen.measured) < 1 < np.median(proved.measured)
    assert {why for why in proved.why if why} == {FASTER}


def test_the_law_is_a_conjecture_and_its_siblings_fall() -> None:
    assert CLAIM.status is Status.CONJECTURE
    for sibling in CLAIM.siblings:
        result = audit_claim(CLAIM.as_sibling(sibling), PROFILES["quick"], 0, FINE)
        assert result.verdict is Verdict.REFUTED, sibling.name
