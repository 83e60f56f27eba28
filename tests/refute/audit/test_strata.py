"""The search is spent on typical instances and on every class, and a class that it misses is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from refute import Claim, Cost, Instance, Sibling, Unmet
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import Profile
from refute.audit.strata import most_instances, strata_of
from refute.audit.verdict import Verdict
from tests.refute.planted import CPU, below, planted


def numbers(low: int, high: int) -> st.SearchStrategy[Instance]:
    return st.builds(Instance, x=st.integers(low, high))


CLASSES = {
    "tiny": lambda instance: bool(instance.x < 3),
    "large": lambda instance: bool(instance.x > 10_000),
}
STRATA = {"tiny": numbers(0, 2), "large": numbers(10_001, 20_000)}


def profile(count: int) -> Profile:
    return Profile("some", dict.fromkeys(Cost, count), dict.fromkeys(Cost, 20))


def stratified(**changes: Any) -> Claim:
    fields = {"instances": numbers(100, 1000), "classes": CLASSES, "strata": STRATA, "check": below(10**6)}
    return planted(**{**fields, **changes})


@pytest.mark.parametrize("count", [2, 4, 12, 40])
def test_half_is_typical_and_every_class_gets_its_share(count: int) -> None:
    result = audit_claim(stratified(), profile(count), 0, CPU)
    typical = sum(100 <= instance.x <= 1000 for instance, _ in result.judged)
    assert result.verdict is Verdict.SUPPORTED
    assert typical >= count // 2
    assert all(reached >= 1 for reached in result.classes.values())
    assert len(result.judged) <= most_instances(stratified(), count)


def test_a_class_that_met_no_premise_is_out_of_reach_by_name() -> None:
    def check(instance: Instance, compute: Any) -> Any:
        return Unmet("too large") if instance.x > 10_000 else below(10**6)(instance, compute)

    result = audit_claim(stratified(check=check), profile(40), 0, CPU)
    assert result.verdict is Verdict.OUT_OF_REACH
    assert result.because == "No instance that met the premise is of the class 'large'."
    assert result.classes["large"] == 0 and result.classes["tiny"] > 0


def test_a_stratum_that_misses_its_class_is_out_of_reach() -> None:
    narrowed = stratified(strata={**STRATA, "tiny": numbers(3, 10)})
    assert "'tiny'" in audit_claim(narrowed, profile(40), 0, CPU).because


def test_too_few_instances_are_out_of_reach() -> None:
    assert audit_claim(stratified(least=20), profile(40), 0, CPU).verdict is Verdict.SUPPORTED
    said = audit_claim(stratified(least=200), profile(40), 0, CPU)
    assert said.verdict is Verdict.OUT_OF_REACH and "fewer than 200" in said.because
    cheap = stratified(least=None)
    assert audit_claim(cheap, profile(12), 0, CPU).verdict is Verdict.OUT_OF_REACH


def test_a_part_by_which_no_sibling_falls_is_no_pass() -> None:
    sibling = Sibling("false", "false", "so", falls="another part", check=below(-1))
    result = audit_claim(stratified(siblings=(sibling,)), profile(40), 0, CPU)
    assert result.verdict is Verdict.UNDECIDED
    assert result.because == "No sibling falls by 'x': nothing shows that it can fail."


def test_a_sibling_is_searched_first_where_it_must_fall() -> None:
    sibling = Sibling("false", "false", "so", falls="x", where="large", check=below(15_000))
    claim = stratified(siblings=(sibling,)).as_sibling(sibling)
    first = strata_of(claim, 40, 0)[0]
    assert first.examples == strata_of(claim, 40, 0)[1].examples
    result = audit_claim(claim, profile(40), 0, CPU)
    assert result.verdict is Verdict.REFUTED
    assert result.counterexample is not None and result.counterexample.instance.x > 15_000
