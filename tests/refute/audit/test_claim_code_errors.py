"""What a newcomer's claim gets wrong is one line that says what, where and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from refute import Claim, Comparisons, Compute, Instance, Sibling, Step, at_most
from refute.audit.verdict import Verdict
from tests.refute.audit.auditing import run
from tests.refute.planted import WHOLE, planted


def check(instance: Instance, compute: Compute) -> Comparisons:
    return (at_most("x", instance.x, 1000),)


def floats(instance: Instance, compute: Compute) -> Comparisons:
    """A true statement of floats, off by their rounding and without a word of it."""
    return (at_most("x", instance.x * 0.1 * 3, instance.x * 0.3),)


def bare(instance: Instance, compute: Compute) -> Any:
    return instance.x <= 1000


PLACE = "test_claim_code_errors.py:"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"instances": st.integers(1, 9)},
            "a strategy of the claim yields 1, and is to yield instances: st.builds",
        ),
        (
            {"instances": st.just(np.ones(2))},
            "a strategy of the claim yields array([1., 1.]), and is to yield inst",
        ),
        (
            {"classes": {"odd": lambda i: i.x % 2 == 1}, "strata": {"odd": st.just((1,))}},
            "a strategy of the claim yields (1,), and is to yield instances",
        ),
        (
            {"check": bare},
            "P1: a check returns comparisons (at_most, at_least, equal) or Unmet, as a tuple, not True",
        ),
        ({"check": floats}, "x: compares the float 0.3"),
        ({"proof": lambda: True}, "proof and lemmas return a tuple of Steps, not True"),
        (
            {"lemmas": lambda: (Step("one", True), True)},
            "proof and lemmas return a tuple of Steps, not (Step(",
        ),
        (
            {"classes": {"two": lambda _: np.array([True, False])}},
            "P1: class 'two' says True or False, not array([ True, False])",
        ),
    ],
)
def test_code_that_gives_the_wrong_thing_is_an_error_in_one_line(changes: dict[str, Any], said: str) -> None:
    result = run(planted(**{"check": check, **changes}))
    assert result.verdict is Verdict.ERROR
    assert said in result.because and PLACE in result.because and "\n" not in result.because


def test_a_strategy_that_filters_all_away_is_no_pass_whatever_a_class_has() -> None:
    claim = planted(
        instances=WHOLE.filter(lambda instance: instance.x > 1000),
        classes={"odd": lambda instance: instance.x % 2 == 1},
        strata={"odd": WHOLE.filter(lambda instance: instance.x % 2 == 1)},
    )
    result = run(claim)
    assert result.verdict is Verdict.OUT_OF_REACH
    assert result.because == "The strategy of its instances constructs none: what it filters leaves nothing."


@pytest.mark.parametrize("share", [5, -0.1])
def test_a_reach_that_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"P1: minimum_reach is a share, not {share}"):
        planted(minimum_reach=share)


@pytest.mark.parametrize("probability", ["0.1", 0, 1, 1.5, np.ones(2)])
def test_a_failure_probability_is_a_number_between_0_and_1(probability: Any) -> None:
    with pytest.raises(
        (TypeError, ValueError), match="P1: a failure_probability lies between 0 and 1, or is a"
    ):
        Claim(**{**vars(planted()), "check": None, "draw": check, "failure_probability": probability})


def test_a_sibling_that_changes_a_quantity_to_what_it_is_is_refused() -> None:
    def keyed(instance: Instance, _: Compute, *, most: int = 1000) -> Comparisons:
        return (at_most("x", instance.x, most),)

    claim = planted(check=keyed)
    with pytest.raises(ValueError, match="it changes most to 1000, which it is"):
        claim.as_sibling(_changing(1000))
    assert claim.as_sibling(_changing(500)).check is not None


def _changing(most: int) -> Sibling:
    return Sibling("less", "x <= 500", "so", falls="x", changes={"most": most})
