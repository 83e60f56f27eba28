"""Results travel as texts and come back equal, to the last bit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from refute import Instance
from refute.audit.judgement import Judgement
from refute.audit.one_claim import Searched, audit_claim, audit_siblings, search_part
from refute.audit.profiles import PROFILES
from refute.audit.result import Result
from refute.audit.result_text import record_of, result_of, result_text, text_of
from refute.audit.verdict import Verdict
from refute.evidence.sequential import Call, Decision
from refute.inputs.registry import discover
from tests.refute.planted import CPU, SMALL, below, gamble, planted

QUICK = PROFILES["quick"]


def test_results_of_the_toy_paper_come_back(toy: Path) -> None:
    for claim in discover(toy).claims:
        result = audit_claim(claim, QUICK, 3, CPU)
        assert result_of(result_text(result), claim) == result
        for sibling, found in audit_siblings(claim, QUICK, 3, CPU):
            assert found.verdict is Verdict.REFUTED
            assert result_of(result_text(found), found.claim) == found, sibling


@pytest.mark.parametrize(
    "result",
    [
        audit_claim(planted(check=below(500)), SMALL, 0, CPU),
        audit_claim(gamble(0.05), SMALL, 0, CPU),
        audit_claim(planted(check=lambda *_: 1 / 0), SMALL, 0, CPU),
    ],
    ids=["refuted", "trials", "error"],
)
def test_results_of_every_kind_come_back(result: Result) -> None:
    assert result_of(result_text(result), result.claim) == result


def test_a_failure_probability_of_the_instance_is_the_same_after_the_way() -> None:
    """A claim does not travel; what its function of the instance said is in the judgements."""
    claim = gamble(0.0, failure_probability=lambda instance: 0.05 if instance.x % 2 else 0.1)
    result = audit_claim(claim, SMALL, 0, CPU)
    back = result_of(result_text(result), claim)
    assert back == result
    assert [plan.delta for plan in back.plans] == [0.05, 0.1]
    assert {judgement.comparisons[0].bound for judgement in back.met} == {0.05, 0.1}


def test_parts_of_a_search_come_back() -> None:
    for number in (0, 1):
        part = search_part(planted(check=below(500)), number, SMALL, 0, CPU)
        assert record_of(text_of(part), Searched) == part
    assert part.ends and part.witness is not None


def test_extreme_numbers_come_back_to_the_last_bit() -> None:
    numbers = (5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.0, 2.0**-1074)
    judgement = Judgement(
        decision=Decision(Call.CERTIFIED, 7, 0), why=Counter({"slow": 3}), measured=numbers, steps=2**70
    )
    instance = Instance(X=np.array([[1e-300, 2.0**53], [0.1, -1.0]]), k=2**80, name="a\u2028b", deep=True)
    part = Searched(((instance, judgement),))
    ((back, found),) = record_of(text_of(part), Searched).judged
    assert [value.hex() for value in found.measured] == [value.hex() for value in numbers]
    assert found == judgement and isinstance(found.why, Counter)
    assert back == instance and not back.X.flags.writeable


@pytest.mark.parametrize("text", ["{}", '{"judged": [[1, 2]]}'])
def test_what_is_no_such_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"judged|missing|expected"):
        result_of(text, planted())
