"""What a blame is in JSON, with and without a false claim."""

from __future__ import annotations

from refute.audit.blame import Blame
from refute.audit.judgement import judge
from refute.report.audit_json import blame_record
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from tests.refute.planted import below, planted
from tests.refute.sample_claims import in_json


def test_a_blame_without_a_false_claim_has_no_instance_and_no_comparisons() -> None:
    found = in_json(blame_record(Blame(("A1",), held=("A2",), skipped={"A3": "it lends nothing"})))
    assert (found["false"], found["path"], found["instance"], found["findings"]) == (None, ["A1"], None, [])
    assert (found["held"], found["skipped"]) == (["A2"], {"A3": "it lends nothing"})


def test_a_false_claim_is_named_with_its_instance_and_comparisons() -> None:
    instance = Instance(x=3)
    judgement = judge(planted(check=below(2)), instance, Compute(), 0)
    found = in_json(blame_record(Blame(("A1", "A2"), instance, judgement)))
    assert (found["false"], found["path"]) == ("A2", ["A1", "A2"])
    assert found["instance"] == instance.to_json()
    assert found["findings"] == [in_json(comparison.record()) for comparison in judgement.comparisons] != []
