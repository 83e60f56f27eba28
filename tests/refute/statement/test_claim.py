"""A claim says exactly what is measured, and a sibling inherits what it does not change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Outcome,
    Sibling,
    Trials,
    equal,
    settled_exactly,
)
from refute.statement.claim_code import Escalate
from tests.refute.planted import below, coin, gamble, planted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"check": None}, "exactly one of check and draw"),
        ({"draw": coin(0.0), "failure_probability": 0.1}, "exactly one of check and draw"),
        ({"failure_probability": 0.1}, "a claim with draw, and only such a claim"),
        ({"check": None, "draw": coin(0.0)}, "a claim with draw, and only such a claim"),
        ({"siblings": ()}, "needs at least one false sibling"),
        ({"keep": ("odd",)}, "keeps 'odd', which is none of its classes"),
        ({"check": None, "draw": coin(0.0), "failure_probability": 1}, "or is a function of the instance"),
        ({"proof": tuple, "lemmas": tuple}, "steps of a whole proof go to proof, those of a part to lemmas"),
    ],
)
def test_a_claim_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^P1: .*{message}"):
        planted(**changes)


def as_sibling(claim: Claim, **changes: Any) -> Claim:
    return claim.as_sibling(Sibling("false", "a false statement", "of this", **{"falls": "", **changes}))


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


def doubled(instance: Instance, _: Compute, *, factor: int = 2, offset: int = 0) -> Comparisons:
    return (equal("x doubled", 2 * instance.x, factor * instance.x + offset),)


def decided_by(instance: Instance, comparison: Comparison, *, factor: int = 2, offset: int = 0) -> Comparison:
    holds = 2 * instance.x == factor * instance.x + offset
    return settled_exactly(comparison, holds)


def test_a_change_reaches_the_check_and_its_escalation_alike() -> None:
    claim = planted(check=doubled, escalate=decided_by)
    variant = claim.as_sibling(
        Sibling("three", "2 x = 3 x", "x = 1", falls="x doubled", changes={"factor": 3})
    )
    assert variant.check is not None and variant.escalate is not None
    (found,) = variant.check(Instance(x=1), Compute())  # type: ignore[misc]
    assert (found.measured, found.bound, found.outcome) == (2.0, 3.0, Outcome.VIOLATED)
    assert variant.escalate(Instance(x=1), found).settled is Outcome.VIOLATED
    assert variant.escalate(Instance(x=0), found).settled is Outcome.HOLDS
    (true,) = claim.check(Instance(x=1), Compute())  # type: ignore[misc]
    assert true.outcome is Outcome.HOLDS


def test_a_sibling_has_a_cost_of_its_own_where_it_names_one() -> None:
    assert as_sibling(planted()).cost is planted().cost
    assert as_sibling(planted(), cost=Cost.SLOW).cost is Cost.SLOW


def test_a_change_of_trials_reaches_the_draw() -> None:
    def draw(
        _: Instance, generators: Sequence[np.random.Generator], __: Compute, *, fails: bool = False
    ) -> Trials:
        return Trials(np.full(len(generators), fails))

    claim = replace(gamble(0.0), draw=draw)
    variant = claim.as_sibling(
        Sibling("all", "every trial fails", "none does", falls="", changes={"fails": True})
    )
    assert variant.draw is not None and variant.failure_probability == claim.failure_probability
    trials = variant.draw(Instance(x=1), [np.random.default_rng(0)], Compute())
    assert isinstance(trials, Trials) and trials.failed.tolist() == [True]


@pytest.mark.parametrize("escalate", [decided_by, lambda instance, comparison: comparison])
def test_a_change_that_nothing_is_called_is_refused(escalate: Escalate) -> None:
    """The escalation must know what the check knows, or it would decide for another statement."""
    known = escalate is decided_by
    claim = planted(check=doubled, escalate=escalate)
    name = "divisor" if known else "factor"
    message = (
        "it changes divisor, and what can change is factor, offset"
        if known
        else "can change is an argument behind a \\*, of which there is none"
    )
    with pytest.raises(ValueError, match=message):
        claim.as_sibling(Sibling("three", falls="x doubled", changes={name: 3}))


def test_the_examples_of_siblings_by_the_same_code_are_judged_first() -> None:
    at = [Instance(x=x) for x in range(4)]
    own = Sibling("own", "x <= 500", "so", falls="x", examples=(at[1], at[2], at[0]))
    another = Sibling("another", "x <= 500", "so", falls="x", examples=(at[3],), check=below(500))
    claim = planted(examples=(at[0], at[1]), siblings=(own, another))
    assert claim.first == (at[0], at[1], at[2])
    assert claim.as_sibling(own).first == own.examples
    assert gamble(0.0, examples=(at[0],), siblings=(own,)).first == (at[0],)
