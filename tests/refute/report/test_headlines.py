from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from refute.audit.verdict import Verdict
from refute.report.headlines import Finding, findings, worst
from refute.report.page import render
from refute.report.terminal import print_table
from tests.refute.sample_audit import read, sample


def headline(**changes: Any) -> dict[str, Any]:
    ratio = {"source": "plot", "of": "residual", "name": "ratio"}
    slope = {"source": "measured", "of": "C2", "name": "median"}
    plain = {
        "finding": "F2",
        "claims": ["C2"],
        "sentence": "Weak needs {ratio:.2g} times as many, slope {slope:.2f}.",
        "quantities": {"ratio": ratio, "slope": slope},
        "plot": "residual",
    }
    return {**plain, **changes}


def audit(numbers: dict[str, float], **changes: Any) -> dict[str, Any]:
    made = sample() | {"headlines": [headline(**changes)]}
    made["plots"][0]["numbers"] = numbers
    return made


def second(made: dict[str, Any]) -> Finding:
    found = findings(read(made))
    assert [one.label for one in found] == ["F1", "F2"]
    return found[1]


def test_the_numbers_of_a_headline_are_those_of_the_audit() -> None:
    made = audit({"ratio": 6.72})
    found = second(made)
    assert found.sentence == "Weak needs 6.7 times as many, slope -0.50."
    assert found.missing == ""
    assert [claim.id for claim in found.chief] == ["C2"]
    assert found.conjectures == ("C2",)
    page = render(read(made))
    assert "Weak needs 6.7 times as many" in page
    assert 'href="#figure-residual"' in page


def test_the_terminal_tells_a_finding_with_its_verdict_and_only_with_its_numbers() -> None:
    def printed(made: dict[str, Any]) -> str:
        stream = StringIO()
        print_table(read(made), Console(file=stream, width=100))
        return " ".join(stream.getvalue().split())

    told = "F2 \u2713 SUPPORTED. Weak needs 6.7 times as many, slope -0.50."
    assert told in printed(audit({"ratio": 6.72}))
    assert "Weak needs" not in printed(audit({}))


def test_a_number_that_was_not_measured_is_said_to_be_missing_and_no_other_stands_in_for_it() -> None:
    for made in (audit({}), audit({"ratio": 6.7}) | {"plots": []}):
        found = second(made)
        assert found.sentence == ""
        assert found.missing == "not measured in this audit: the figure residual"
        assert "not measured in this audit: the figure residual" in render(read(made))
    unmeasured = audit({"ratio": 6.7})
    for claim in unmeasured["claims"]:
        claim["measured"] = None
    assert second(unmeasured).missing == "not measured in this audit: the trials of C2"


def test_a_finding_is_no_better_than_the_worst_of_its_claims() -> None:
    first, last = findings(read(sample()))
    assert first.verdict is Verdict.REFUTED
    assert first.standing == "3 of its 7 claims stand, not K7, C3, T6, M1"
    assert last.verdict is Verdict.SUPPORTED
    assert last.standing == "its claim stands"
    assert worst([]) is None
    assert worst([Verdict.PROVED, Verdict.PROVED]) is Verdict.PROVED


@pytest.mark.parametrize("open_verdict", [v for v in Verdict if not v.passes])
def test_no_open_verdict_hides_behind_a_pass(open_verdict: Verdict) -> None:
    assert worst([Verdict.PROVED, open_verdict, Verdict.SUPPORTED]) is open_verdict


def test_a_finding_of_which_a_part_ran_is_no_pass() -> None:
    made = audit({"ratio": 6.7}, claims=["C2", "W7"])
    found = second(made)
    assert found.verdict is None
    assert found.standing == "audited in part: C2 passed, W7 did not run"
    made["claims"][4]["verdict"] = "UNDECIDED"
    assert second(made).verdict is Verdict.UNDECIDED
    assert second(made).standing == "0 of its 1 claims stand, not C2"


def test_a_finding_of_which_no_claim_ran_has_no_verdict() -> None:
    made = sample()
    made["claims"] = [claim for claim in made["claims"] if claim["finding"] != "F2"]
    found = second(made)
    assert found.verdict is None
    assert found.standing == "none of its claims was audited"
    assert "no verdict" in render(read(made))
