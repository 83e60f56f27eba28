"""Every claim can be judged in single precision, so that an audit can say which verdicts survive it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, find, settings

from refute import Claim, Compute, Instance
from refute.audit.judgement import judge
from refute.inputs.registry import discover

SINGLE = Compute(dtype="float32")
FIRST = settings(
    phases=(Phase.generate,), database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
CLAIMS = discover(Path(__file__).parent.parent.parent).claims


def any_instance(claim: Claim) -> Instance:
    return claim.examples[0] if claim.examples else find(claim.instances, lambda _: True, settings=FIRST)


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_what_is_judged_in_double_precision_can_be_judged_in_single(claim: Claim) -> None:
    judged = judge(claim, any_instance(claim), SINGLE, 0)
    assert judged.unmet or judged.comparisons
