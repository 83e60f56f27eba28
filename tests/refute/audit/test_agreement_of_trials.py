"""Agreement of trials: the same trials in another precision, and the digits that ran out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refute.audit.agreement import compare
from refute.audit.one_claim import audit_claim
from refute.audit.verdict import Verdict
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim_code import Trials
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from refute.statement.sibling import Sibling
from tests.refute.audit.agreeing import FEW, SINGLE, claim, single


def test_trials_of_the_same_instance_are_the_same_trials() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        share = 0.05 + 0 * single(compute)
        return Trials(np.array([rng.random() < share for rng in generators]))

    chancy = claim(None, draw=draw, failure_probability=0.1)
    chancy = replace(chancy, siblings=(Sibling("none", falls="", failure_probability=0.01),))
    result = audit_claim(chancy, FEW, 0, Compute())
    row = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert result.trials > 0
    assert (row.identical, row.verdict) == (True, result.verdict)


@pytest.mark.parametrize(("reason", "explained"), [("out of digits: spent", True), ("broken", False)])
def test_trials_that_ran_out_of_digits_explain_themselves(reason: str, explained: bool) -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        failed = np.array([rng.random() < single(compute) for rng in generators])
        return Trials(failed, tuple(reason if f else "" for f in failed))

    chancy = claim(None, draw=draw, failure_probability=0.1)
    result = audit_claim(chancy, FEW, 0, Compute())
    row = compare(result, SINGLE, 0, FALSE_ALARM_LEVEL)
    assert (row.reference, row.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    assert row.explained is explained
    assert ("float32: out of digits: spent (" in row.explanation) is explained


def test_a_reference_that_ran_out_of_digits_once_takes_no_explanation_away() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        failed = np.array([single(compute) or rng.random() < 0.08 for rng in generators])
        return Trials(failed, tuple("out of digits: spent" if f else "" for f in failed))

    result = audit_claim(claim(None, draw=draw, failure_probability=0.1), FEW, 0, Compute())
    assert any(judgement.why for _, judgement in result.judged)
    assert compare(result, SINGLE, 0, FALSE_ALARM_LEVEL).explained


def test_trials_without_any_failure_have_nothing_to_explain() -> None:
    def draw(instance: Instance, generators: Any, compute: Compute) -> Trials:
        bad = single(compute) and instance.x > 0
        harmless = single(compute) and not bad
        reason = "out of digits: spent" if bad else "broken" if harmless else ""
        failed = np.array([rng.random() < bad for rng in generators])
        failed[:1] |= harmless
        return Trials(failed, tuple(reason if f else "" for f in failed))

    result = audit_claim(claim(None, draw=draw, failure_probability=0.1), FEW, 0, Compute())
    assert compare(result, SINGLE, 0, FALSE_ALARM_LEVEL).explained
