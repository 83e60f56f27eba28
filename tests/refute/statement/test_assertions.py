"""The kind of a claim chooses the assertion, and a claim that asserts something else is an error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from refute import Claim, Comparisons, Compute, Instance, Kind, Trials, at_least, at_most, equal
from refute.audit.judgement import judge
from refute.audit.one_claim import audit_claim
from refute.audit.verdict import Verdict
from refute.statement.assertions import ASSERTIONS
from tests.refute.planted import CPU, SMALL, gamble, planted

SIGNS = {"==": equal, "<=": at_most, ">=": at_least}
SAID = {
    Kind.EQUALITY: ["=="],
    Kind.UPPER_BOUND: ["<="],
    Kind.LOWER_BOUND: [">="],
    Kind.RATE: ["<=", ">="],
    Kind.FOR_ALL_TIME: ["<=", ">="],
    Kind.EXPONENT: ["<= >="],
    Kind.WITH_PROBABILITY: [],
}


def compares(*signs: str) -> Comparisons:
    return tuple(SIGNS[sign](f"part {sign}", 1.0, 1.0) for sign in signs)


def measures(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    coins = np.array([generator.random() for generator in generators])
    return Trials(coins < 0, measured=coins)


def fits(claim: Claim) -> bool:
    result = audit_claim(claim, SMALL, 0, CPU)
    mismatch = result.because.startswith(f"ValueError: P1: a statement of kind {claim.kind} ")
    assert mismatch == (result.verdict is Verdict.ERROR), result.because
    return not mismatch


def test_every_kind_has_its_assertion() -> None:
    assert set(ASSERTIONS) == set(SAID) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("signs", ["==", "<=", ">=", "== <=", "== >=", "<= >=", "== <= >="])
def test_a_check_compares_as_its_kind_demands(kind: Kind, signs: str) -> None:
    said = [set(demand.split()) for demand in SAID[kind]]
    claim = planted(kind=kind, check=lambda *_: compares(*signs.split()))
    assert fits(claim) == any(demand <= set(signs.split()) for demand in said)


@pytest.mark.parametrize("kind", Kind)
def test_trials_judge_what_is_said_of_random_starts(kind: Kind) -> None:
    bounds = (Kind.EQUALITY, Kind.UPPER_BOUND, Kind.LOWER_BOUND)
    assert fits(gamble(0.0, kind=kind, draw=measures)) == (kind not in bounds)


def test_a_mismatch_is_an_error_in_a_sentence() -> None:
    result = audit_claim(planted(kind=Kind.LOWER_BOUND), SMALL, 0, CPU)
    assert result.verdict is Verdict.ERROR
    sentence = "ValueError: P1: a statement of kind lower bound compares by >= on every instance, and here"
    assert result.because.startswith(f"{sentence} only by <= (")
    result = audit_claim(gamble(0.0, kind=Kind.EQUALITY), SMALL, 0, CPU)
    assert result.because.startswith("ValueError: P1: a statement of kind equality is judged by a check, not")
    result = audit_claim(planted(kind=Kind.WITH_PROBABILITY), SMALL, 0, CPU)
    assert "a statement of kind with probability is judged by trials, not by a check" in result.because


def test_the_window_of_an_exponent_has_two_sides() -> None:
    claim = planted(kind=Kind.EXPONENT, check=lambda *_: compares("<=", "=="))
    with pytest.raises(ValueError, match="kind exponent compares by <= and >= on every instance"):
        judge(claim, Instance(x=1), CPU, 0)
