"""A claim says exactly what is measured, and a sibling inherits what it does not change."""

from typing import Any

import pytest

from refute import Claim, Instance, Sibling
from tests.refute.planted import below, coin, gamble, planted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"check": None}, "exactly one of check and draw"),
        ({"draw": coin(0.0), "failure_probability": 0.1}, "exactly one of check and draw"),
        ({"failure_probability": 0.1}, "a claim with draw, and only such a claim"),
        ({"check": None, "draw": coin(0.0)}, "a claim with draw, and only such a claim"),
        ({"siblings": ()}, "needs at least one false sibling"),
        ({"proof": tuple, "lemmas": tuple}, "steps of a whole proof go to proof, those of a part to lemmas"),
    ],
)
def test_a_claim_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^P1: .*{message}"):
        planted(**changes)


def as_sibling(claim: Claim, **changes: Any) -> Claim:
    return claim.as_sibling(Sibling("false", "a false statement", "of this", "", **changes))


def test_a_sibling_inherits_what_it_does_not_change() -> None:
    claim = planted(escalate=lambda instance, comparison: comparison, proof=tuple, examples=(Instance(x=1),))
    other = as_sibling(claim)
    assert (other.id, other.title) == ("P1~false", "a false statement")
    assert (claim.name, other.name) == ("P1", "P1~false")
    assert other.check is claim.check and other.escalate is claim.escalate
    assert other.instances is claim.instances
    assert other.proof is None and other.examples == ()


def test_a_sibling_inherits_no_lemma_either() -> None:
    assert as_sibling(planted(lemmas=tuple)).lemmas is None


def test_a_sibling_with_its_own_check_does_not_escalate_by_the_claims_formula() -> None:
    check = below(3)
    other = as_sibling(planted(escalate=lambda instance, comparison: comparison), check=check)
    assert other.check is check and other.escalate is None


def test_a_sibling_may_turn_trials_into_a_check_and_back() -> None:
    checked = as_sibling(gamble(0.0), check=below(3))
    assert checked.draw is None and checked.failure_probability is None
    drawn = as_sibling(planted(), draw=coin(1.0), failure_probability=0.2)
    assert drawn.check is None and drawn.failure_probability == 0.2
    assert as_sibling(gamble(0.0), draw=coin(1.0)).failure_probability == 0.1
    with pytest.raises(ValueError, match="failure_probability"):
        as_sibling(planted(), draw=coin(1.0))
