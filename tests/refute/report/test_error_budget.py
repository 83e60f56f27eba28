"""The error budget counts what was put to chance: instances that had trials, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from refute.audit.all_claims import Record
from refute.audit.one_claim import audit_claim
from refute.audit.request import Request
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.inputs.registry import Book
from refute.report.audit_json import audit_record
from refute.report.page import render
from refute.report.records.audit import AuditRecord
from refute.report.text import error_budget
from refute.statement.claim_code import Trials, Unmet
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from refute.statement.paper import Paper
from tests.refute.planted import CPU, SMALL, gamble, planted

PAPER = Paper("Invented", "Nobody, 1911", {"F1": "Numbers are small."}, {}, str)


def audited(met: int, values: int) -> AuditRecord:
    """An audit of a check and of trials that `met` of so many values meet the premise of."""

    def draw(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials | Unmet:
        if instance.x >= met:
            return Unmet("too large")
        return Trials(np.array([generator.random() < 0 for generator in generators]))

    examples = tuple(Instance(x=x) for x in range(values))
    trials = gamble(0.0, id="P2", draw=draw, instances=st.just(examples[0]), examples=examples)
    claims = (planted(), trials)
    request = Request(claims, SMALL, 0, CPU)
    results = [audit_claim(claim, SMALL, 0, CPU) for claim in claims]
    return audit_record(Book(PAPER, claims, {}), request, Record(results=results), Path("witnesses"))


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (3, "Trials were judged on 3 instances, each at level 1e-6: the chance"),
        (1, "Trials were judged on 1 instance, each at level 1e-6: the chance"),
        (0, "No statement was tested with trials, so no verdict depends on chance."),
    ],
)
def test_only_instances_that_had_trials_are_counted(met: int, said: str) -> None:
    audit = audited(met, 5)
    assert audit.claims[1].instances == 5
    assert audit.budget.instances == met
    assert audit.budget.bound == met * FALSE_ALARM_LEVEL
    assert said in error_budget(audit)
    assert said in " ".join(render(audit).split())
