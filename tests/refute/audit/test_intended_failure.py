"""A false sibling counts as refuted only if it falls by the part it names, where it names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from refute import Claim, Comparisons, Compute, Instance, Sibling, Trials, at_most
from refute.audit.judgement import judge
from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from tests.refute.planted import CPU, SMALL, gamble, planted

CLASSES = {"odd": lambda instance: bool(instance.x % 2), "huge": lambda instance: bool(instance.x > 1000)}


def two_parts(instance: Instance, _: Compute) -> Comparisons:
    """The first part fails for x > 200, the second one for x > 700."""
    return at_most("first part", instance.x, 200), at_most("second part", instance.x, 700)


def only(**changes: Any) -> Claim:
    """A claim with one false sibling."""
    sibling = Sibling("false", "a false statement", "so", **{"falls": "", "check": two_parts, **changes})
    return planted(classes=CLASSES, siblings=(sibling,))


def fate(claim: Claim) -> Result:
    ((_, result),) = audit_siblings(claim, SMALL, 0, CPU)
    return result


@pytest.mark.parametrize(("falls", "least"), [("", 201), ("first part", 201), ("second", 701)])
def test_the_search_aims_at_the_part_that_must_fail(falls: str, least: int) -> None:
    result = fate(only(falls=falls))
    assert result.verdict is Verdict.REFUTED and result.counterexample is not None
    assert result.counterexample.instance.x >= least
    assert ("first part" in result.because) == (falls != "second")


def test_a_sibling_that_falls_by_another_part_is_not_refuted() -> None:
    result = fate(only(falls="third part"))
    assert result.verdict is Verdict.UNDECIDED and result.counterexample is None
    assert result.because.startswith("Refuted for another reason: 'first part'")
    assert result.because.endswith("fails, and not 'third part'.")


def test_a_witness_stays_in_its_class_while_it_shrinks() -> None:
    result = fate(only(falls="first part", where="odd"))
    assert result.counterexample is not None and result.counterexample.instance.x % 2 == 1


def test_a_sibling_that_falls_elsewhere_is_not_refuted() -> None:
    result = fate(only(falls="first part", where="huge"))
    assert result.verdict is Verdict.UNDECIDED
    assert result.because.startswith(
        "Refuted for another reason: on an instance that is not of the class 'huge', 'first part'"
    )


def test_the_claim_itself_may_fall_by_any_part() -> None:
    assert audit_claim(planted(check=two_parts), SMALL, 0, CPU).verdict is Verdict.REFUTED


def failing(*reasons: str) -> Any:
    """Trials that all fail, for these reasons in turn."""

    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        count = len(generators)
        return Trials(np.ones(count, dtype=bool), tuple(reasons[b % len(reasons)] for b in range(count)))

    return draw


@pytest.mark.parametrize(
    ("falls", "reasons", "refuted"),
    [
        ("rate", ("rate broken",), True),
        ("rate", ("rate broken", "rate lost", "crash"), True),
        ("rate", ("rate broken", "crash", "crash"), False),
        ("rate", ("",), False),
        ("", ("",), True),
        ("", ("crash",), True),
    ],
)
def test_most_failing_trials_must_give_the_reason(
    falls: str, reasons: tuple[str, ...], refuted: bool
) -> None:
    sibling = Sibling("false", "a false statement", "so", falls=falls, draw=failing(*reasons))
    result = fate(gamble(0.0, siblings=(sibling,)))
    assert (result.verdict is Verdict.REFUTED) == refuted
    assert refuted or "failing trials say 'rate'" in result.because


def test_reasons_of_trials_that_hold_are_no_reason_to_fall() -> None:
    def draw(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        failed = np.arange(len(generators)) % 4 == 0
        return Trials(failed, tuple("crash" if f else "rate kept" for f in failed))

    sibling = Sibling("false", "a false statement", "so", falls="rate", draw=draw)
    claim = gamble(0.0, 0.01, siblings=(sibling,))
    judgement = judge(claim.as_sibling(sibling), Instance(x=1), CPU, 0)
    assert judgement.violation == 0 and judgement.missed_reason.startswith("0 of ")
    assert judge(claim.as_sibling(Sibling("f", falls="", draw=draw)), Instance(x=1), CPU, 0).violation > 0
